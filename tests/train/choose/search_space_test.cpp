#include "train/choose/search_space.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "optim/optimizer.hpp"
#include "retrograd/preset.hpp"
#include "train/problems.hpp"

namespace retrograd {
namespace {

using namespace testing_train;

NetworkOptions small_network() {
  NetworkOptions n;
  n.hidden = {8, 8};
  n.dropout = 0.1;
  return n;
}

TEST(SearchSpace, CandidatesAreAFunctionOfSeedNumberAndBest) {
  const Problem problem = make_problem(Task::classification, 20, 3, 2, false);
  DataSpec table = problem.spec;
  TrainOptions options = plain_options(8, 4);
  const training::SearchSpace space(table, 20, small_network(), options, {}),
      same(table, 20, small_network(), options, {});
  options.seed = 9;
  const training::SearchSpace other(table, 20, small_network(), options, {});
  std::set<std::string> changed, embeddings;
  int different = 0, near = 0;
  for (int k = 1; k < 60; ++k) {
    const auto point = space.candidate(k, space.given());
    EXPECT_EQ(point, same.candidate(k, same.given()));
    different += point != other.candidate(k, other.given());
    const Trial trial = space.trial(k, point);
    if (k % 3 != 0) {
      EXPECT_LE(trial.changes.size(), 2u);
      near += !trial.changes.empty();
    }
    for (const auto& [name, value] : trial.changes) changed.insert(name);
    embeddings.insert(trial.network.embedding);
    EXPECT_GE(trial.network.hidden.size(), 1u);
    EXPECT_LE(trial.network.hidden.size(), 3u);
  }
  EXPECT_GT(different, 40);
  EXPECT_GT(near, 30);
  EXPECT_EQ(changed, (std::set<std::string>{"hidden", "lr", "dropout", "members", "bins", "embedding"}));
  EXPECT_EQ(embeddings, (std::set<std::string>{"none", "periodic", "periodic:sigma=0.03", "periodic:sigma=0.3",
                                               "periodic:sigma=1"}));
  EXPECT_TRUE(space.trial(0, space.given()).changes.empty());
  const training::SearchSpace fixed(table, 20, small_network(), options, {"hidden", "members", "bins", "embedding"});
  for (int k = 1; k < 20; ++k)
    for (const auto& [name, value] : fixed.trial(k, fixed.candidate(k, fixed.given())).changes)
      EXPECT_TRUE(name == "lr" || name == "dropout") << name;
  const training::SearchSpace nothing(table, 20, small_network(), options,
                                      {"hidden", "members", "bins", "embedding", "lr", "dropout"});
  EXPECT_TRUE(nothing.candidate(1, nothing.given()).empty());
  NetworkOptions binned = small_network();  // where there are bins, which numbers have them is a question
  binned.bins = 16;
  const training::SearchSpace of(table, 20, binned, options,
                                 {"hidden", "members", "bins", "embedding", "lr", "dropout"});
  const Trial tied = of.trial(1, of.candidate(1, of.given()));
  EXPECT_EQ(tied.changes, (std::vector<std::pair<std::string, std::string>>{{"bins_of", "tied"}}));
  EXPECT_EQ(tied.network.bins_of, "tied");
}

TEST(SearchSpace, OfFullBatchMethodsOnlyVariesWhatTheyTake) {
  const Problem problem = make_problem(Task::regression, 20, 3, 1, false);
  for (const char* optimizer : {"lbfgs", "lm"}) {
    TrainOptions options = plain_options(-1, 4);
    options.optimizer = optimizer;
    options.learning_rate = 1;
    NetworkOptions network = small_network();
    network.dropout = 0;
    const training::SearchSpace space(problem.spec, 20, network, options, {});
    std::set<std::string> changed;
    for (int k = 1; k < 60; ++k)
      for (const auto& [name, value] : space.trial(k, space.candidate(k, space.given())).changes) changed.insert(name);
    std::set<std::string> expected = {"hidden", "bins", "embedding"};
    if (optimizer == std::string("lbfgs")) expected.insert("members");
    EXPECT_EQ(changed, expected) << optimizer;
  }
}

TEST(SearchSpace, MembersThatShareWeightsKeepTheirHiddenLayers) {
  const Problem problem = make_problem(Task::classification, 20, 3, 2, false);
  NetworkOptions network = small_network();
  network.members = 4;
  network.share_weights = true;
  const NetworkOptions built = training::as_built(network, make_network(problem.spec, problem.data, network));
  EXPECT_EQ(built.hidden, network.hidden);
  EXPECT_EQ(built.dropout, network.dropout);
  const training::SearchSpace space(problem.spec, 20, built, plain_options(8, 4), {"hidden", "dropout"});
  for (int k = 1; k < 20; ++k) {
    const Trial trial = space.trial(k, space.candidate(k, space.given()));
    EXPECT_EQ(trial.network.hidden, network.hidden);
    EXPECT_EQ(trial.network.dropout, network.dropout);
  }
}

TEST(SearchSpace, EnsemblesOfTheRecipeAreTheFirstCandidates) {
  const Problem problem = make_problem(Task::regression, 20, 3, 1, false);
  const Preset table = preset("table", problem.spec, 10'000), tabm = preset("tabm", problem.spec, 10'000);
  const auto first = [&](const Preset& given, const std::vector<std::string>& fixed) {
    const training::SearchSpace space(problem.spec, 10'000, given.network, given.training, fixed);
    return space.trial(1, space.candidate(1, space.given()));
  };
  const Trial trial = first(table, {});
  EXPECT_EQ(trial.network.members, tabm.network.members);
  EXPECT_TRUE(trial.network.share_weights);
  EXPECT_EQ(trial.network.dropout, tabm.network.dropout);
  EXPECT_EQ(trial.training.learning_rate, tabm.training.learning_rate);
  EXPECT_EQ(trial.training.epochs, tabm.training.epochs);
  using Changes = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(trial.changes, (Changes{{"members", "8"},
                                    {"share_weights", "true"},
                                    {"lr", "0.08"},
                                    {"epochs", std::to_string(tabm.training.epochs)},
                                    {"dropout", "0"}}));
  EXPECT_EQ(first(table, {"lr", "epochs", "dropout"}).changes, (Changes{{"members", "8"}, {"share_weights", "true"}}));
  const training::SearchSpace all(problem.spec, 10'000, table.network, table.training, {});
  EXPECT_EQ(all.trial(2, all.candidate(2, all.given())).changes, (Changes{{"members", "4"}}));
  // A search gives the optimiser with all of its attributes.
  Preset in_full = table;
  in_full.training.optimizer = optim::to_string(optim::parse_optimizer(table.training.optimizer));
  ASSERT_NE(in_full.training.optimizer, table.training.optimizer);
  EXPECT_EQ(first(in_full, {}).changes, trial.changes);
  // Where the number of members or of what kind they are was asked for, and from another recipe, it is any other.
  EXPECT_FALSE(first(table, {"members"}).network.share_weights);
  EXPECT_FALSE(first(table, {"share_weights"}).network.share_weights);
  EXPECT_EQ(first(tabm, {"share_weights"}).training.epochs, tabm.training.epochs);
  EXPECT_FALSE(first({"plain", small_network(), plain_options(8, 4), {}}, {}).network.share_weights);
  // Near it the steps are its own.
  const auto best = all.candidate(1, all.given());
  bool other_steps = false;
  for (int k = 3; k < 60; ++k) {
    const Trial near = all.trial(k, all.candidate(k, best));
    if (k % 3 == 0 || !near.network.share_weights) continue;
    EXPECT_EQ(near.training.epochs, tabm.training.epochs);
    if (near.training.learning_rate == 0.08) continue;
    other_steps = true;
    EXPECT_TRUE(std::set<double>({0.024, 0.044, 0.144, 0.24}).count(near.training.learning_rate))
        << near.training.learning_rate;
  }
  EXPECT_TRUE(other_steps);
}

}  // namespace
}  // namespace retrograd
