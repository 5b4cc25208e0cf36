// Folds that several ranks train, each whole on one of them: the model, scores and predictions of one process.
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "parallel/peers.hpp"
#include "parallel/threads.hpp"
#include "retrograd/folds.hpp"
#include "train/problems.hpp"
#include "train/run_folder.hpp"

namespace retrograd {
namespace {

using namespace testing_train;

constexpr int kFolds = 5;

struct Setting {
  Setting() : problem(make_problem(Task::classification, 103, 4, 3, true)) {
    options.epochs = 4;
    options.patience = 0;
    options.threads = 1;
    options.seed = 5;
    options.checkpoint.every = "1epoch";
  }
  Prepared make(const Dataset& rows) const {
    NetworkOptions network;
    network.hidden = {6};
    network.dropout = 0.2;
    return make_network(problem.spec, rows, network);
  }
  FoldsTrained alone(const TrainOptions& with) const {
    return train_folds([this](const Dataset& rows) { return make(rows); }, problem.spec, problem.data, kFolds, with);
  }
  void apart(
      int ranks, const std::function<Callbacks(int)>& callbacks = {},
      const std::function<void(int rank)>& before_network = [](int) {}) const {
    run_as_threads(ranks, [&](Transport& transport) {
      Peers peers(transport);
      TrainOptions with = options;
      with.peers = &peers;
      const auto made = [&](const Dataset& rows) {
        before_network(peers.rank());
        return make(rows);
      };
      train_folds_apart(made, problem.spec, problem.data, kFolds, with, peers.rank() == 0 ? callbacks : nullptr);
    });
  }
  /// What the first rank makes of the checkpoints.
  FoldsTrained together() const {
    TrainOptions with = options;
    with.checkpoint.resume = true;
    return alone(with);
  }
  Problem problem;
  TrainOptions options;
};

void wait_for(const std::string& file) {
  while (!std::filesystem::exists(file)) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

void expect_same(const FoldsTrained& found, const FoldsTrained& expected) {
  EXPECT_EQ(found.trained.model.fingerprint(), expected.trained.model.fingerprint());
  EXPECT_TRUE(found.trained.finished);
  EXPECT_EQ(found.predictions, expected.predictions);
  ASSERT_EQ(found.folds.size(), expected.folds.size());
  for (size_t k = 0; k < found.folds.size(); ++k) {
    EXPECT_EQ(found.folds[k].trained.best_epoch, expected.folds[k].trained.best_epoch);
    EXPECT_EQ(found.folds[k].results.to_json(), expected.folds[k].results.to_json());
  }
}

TEST(FoldsApart, AreThoseOfOneProcess) {
  Setting s;
  const FoldsTrained expected = s.alone(s.options);
  for (const int ranks : {1, 2, 4}) {
    SCOPED_TRACE(ranks);
    const TemporaryFolder folder;
    s.options.checkpoint.folder = folder / "checkpoint";
    s.apart(ranks);
    for (int k = 1; k <= kFolds; ++k) {
      const std::string of_fold = s.options.checkpoint.folder + "/fold-" + std::to_string(k);
      const auto checkpoint = latest_checkpoint(of_fold);
      ASSERT_TRUE(checkpoint.has_value());
      EXPECT_TRUE(checkpoint->finished) << "nothing is left to do for the first rank";
      EXPECT_FALSE(std::filesystem::exists(of_fold + ".taken"));
    }
    expect_same(s.together(), expected);
  }
}

TEST(FoldsApart, AStopOfTheFirstRankStopsAllAndTheyGoOnWithAnotherNumber) {
  Setting s;
  const FoldsTrained expected = s.alone(s.options);
  const TemporaryFolder folder;
  s.options.checkpoint.folder = folder / "checkpoint";
  int networks = 0;  // of the second rank: the first is none of a fold's
  s.apart(
      2,
      [](int) {
        Callbacks callbacks;
        callbacks.step = [](int64_t step, int64_t) { return step == 3; };
        return callbacks;
      },
      [&](int rank) {
        // Else the second rank may have trained every fold before the first has taken a step.
        if (rank == 1 && ++networks > 1) wait_for(s.options.checkpoint.folder + "/fold-stop");
      });
  int finished = 0;
  for (int k = 1; k <= kFolds; ++k)
    if (const auto checkpoint = latest_checkpoint(s.options.checkpoint.folder + "/fold-" + std::to_string(k)))
      finished += checkpoint->finished;
  EXPECT_LT(finished, kFolds);
  s.options.checkpoint.resume = true;
  s.apart(4);
  expect_same(s.together(), expected);
}

TEST(FoldsApart, NeedRanksAndAFolder) {
  Setting s;
  const auto make = [&](const Dataset& rows) { return s.make(rows); };
  expect_mentions(message_of([&] { train_folds_apart(make, s.problem.spec, s.problem.data, kFolds, s.options); }),
                  {"several ranks"});
  expect_mentions(message_of([&] { s.apart(2); }), {"checkpoints", "--checkpoint-every none"});
}

}  // namespace
}  // namespace retrograd
