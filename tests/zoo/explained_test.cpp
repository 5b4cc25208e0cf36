// Any gradient of a trained model: a thousand random ones of each, every number of their derivations held against the
// formulas in double, the training step's own executor, and a difference of the loss.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "base/random.hpp"
#include "graph/program.hpp"
#include "retrograd/explain.hpp"
#include "zoo/animals.hpp"

namespace retrograd::zoo {
namespace {

constexpr int kPasses = 10, kWeights = 100;  // of each pass; every other one is a training step on 24 rows

std::string fault_of(const Derivation& d) {
  for (const DerivationNode& n : d.nodes)
    if (!n.leaf && !n.value.ok) return n.symbol + " is beyond its bound";
  for (const ForwardTrace& t : d.forward)
    if (!t.result.ok) return t.value + " is beyond its bound";
  if (!d.central_ok) return "the central difference disagrees";
  if (!d.executor_ok) return "the executor has another gradient";
  return {};
}

void expect_explained(const std::string& name, const Trained& trained, const Dataset& data) {
  SCOPED_TRACE(name);
  Stream random(11, Purpose::check, static_cast<uint64_t>(data.rows));
  std::vector<const graph::Parameter*> learned;
  for (const graph::Parameter& p : trained.model.program().parameters)
    if (p.trained) learned.push_back(&p);
  int differences = 0, by_executor = 0;
  for (int pass = 0; pass < kPasses; ++pass) {
    ExplainOptions o;
    o.training = trained.options;
    o.batch = pass % 2 == 1;
    std::set<int64_t> rows;
    while (rows.size() < (o.batch ? 24u : 1u))
      rows.insert(static_cast<int64_t>(random.below(static_cast<uint64_t>(data.rows))));
    o.rows.assign(rows.begin(), rows.end());
    o.max_nodes = 16;
    const Explainer explainer(trained.model, data, o);
    const Explanation whole = explainer.explain({.top = 1});
    EXPECT_TRUE(whole.ok()) << (whole.complaints.empty() ? "" : whole.complaints[0]);
    for (int k = 0; k < kWeights; ++k) {
      const graph::Parameter& p = *learned[random.below(learned.size())];
      const auto from = static_cast<int>(random.below(static_cast<uint64_t>(p.rows)));
      const auto to = static_cast<int>(random.below(static_cast<uint64_t>(p.cols)));
      const bool matrix = p.rows > 1 || p.name.starts_with("W");
      const Derivation d = explainer.derive(p.name, matrix ? from : -1, to);
      ASSERT_EQ(fault_of(d), "") << d.symbol << ", row " << o.rows[0] + 1;
      differences += d.central_step > 0;
      by_executor += d.executor.has_value();
    }
  }
  // What was not there cannot have agreed.
  EXPECT_GE(differences, kPasses * kWeights / 2) << "most steps of differences cross a kink";
  EXPECT_GE(by_executor, kPasses * kWeights / 2);
}

TEST(Explained, AThousandWeightsOfEveryKindOfHealthyModel) {
  // Of the zoo's: normalisations, dropout, losses and most activations, trained shortly.
  const std::set<std::string> wanted = {
      "relu, momentum, two classes", "sigmoid, 2 layers",     "gelu, five classes",   "silu, labels",
      "leaky relu, rmsprop",         "mish, absolute loss",   "softplus, huber loss", "batch norm",
      "layer norm, 4 layers",        "dropout and validation"};
  size_t found = 0;
  for (const Animal& animal : healthy()) {
    if (!wanted.contains(animal.name)) continue;
    ++found;
    zoo::Setup s = animal.make(Half::judge);
    s.options.epochs = std::min(s.options.epochs, 8);
    expect_explained(animal.name, train(s.prepared, s.spec, s.train, s.valid ? &*s.valid : nullptr, s.options),
                     s.train);
  }
  EXPECT_EQ(found, wanted.size());
}

TEST(Explained, AThousandWeightsOfModelsWithVanishingGradientsAndDeadUnits) {
  size_t found = 0;
  for (const Animal& animal : broken()) {
    const bool wanted = animal.expected == std::vector<std::string>{"vanishing_gradients"} ||
                        animal.expected == std::vector<std::string>{"dead_units"};
    if (!wanted || found >= 4) continue;
    ++found;
    zoo::Setup s = animal.make(Half::judge);
    s.options.epochs = std::min(s.options.epochs, 6);
    expect_explained(animal.name, train(s.prepared, s.spec, s.train, nullptr, s.options), s.train);
  }
  EXPECT_GE(found, 2u);
}

TEST(Explained, AThousandWeightsOfATableWithCategoriesAndGaps) {
  std::string text = "age,city,income,member,price\n";
  Stream random(5, Purpose::check, 1);
  const char* const cities[] = {"Graz", "Linz", "Wien", "Wels"};
  for (int n = 0; n < 400; ++n) {
    const auto city = random.below(4), age = 18 + random.below(60), member = random.below(2);
    text += (n % 17 == 0 ? std::string() : std::to_string(age)) + "," + (n % 23 == 0 ? "" : cities[city]) + "," +
            std::to_string(20000 + 400 * age + random.below(9000)) + "," + (member == 1 ? "yes" : "no") + "," +
            std::to_string(50 + 20 * city + age + 10 * member + random.below(10)) + "\n";
  }
  std::string folder = (std::filesystem::temp_directory_path() / "retrograd-explained-XXXXXX").string();
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  const std::string file = folder + "/rooms.csv";
  std::ofstream(file) << text;
  for (const char* target : {"price", "member"}) {
    DataOptions options;
    options.targets = {target};
    const Loaded loaded = load_training(file, options);
    TrainOptions plan;
    plan.epochs = 5;
    plan.threads = 1;
    expect_explained(target, train(make_network(loaded.spec, loaded.data, {}), loaded.spec, loaded.data, nullptr, plan),
                     loaded.data);
  }
  std::filesystem::remove_all(folder);
}

TEST(Explained, AThousandWeightsOfANetworkOnImages) {
  const std::string folder = "/usr/share/datasets/fashion-mnist";
  if (!std::filesystem::is_directory(folder))
    GTEST_SKIP() << "dataset-fashion-mnist is missing; ./dev test installs it";
  const Loaded loaded = load_training("idx:" + folder, {});
  const Split parts = split(loaded.data, 0.02, 3, true);
  NetworkOptions n;
  n.hidden = {32, 16};
  TrainOptions plan;
  plan.epochs = 2;
  plan.threads = 1;
  expect_explained("images", train(make_network(loaded.spec, parts.valid, n), loaded.spec, parts.valid, nullptr, plan),
                   parts.valid);
}

}  // namespace
}  // namespace retrograd::zoo
