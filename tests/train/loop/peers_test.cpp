// One model, trained by 1, 2, 4 or 8 ranks on any number of threads: the bits of one process with as many shards.
#include <gtest/gtest.h>

#include <filesystem>
#include <mutex>
#include <numeric>

#include "parallel/peers.hpp"
#include "parallel/threads.hpp"
#include "train/problems.hpp"
#include "train/run_folder.hpp"

namespace retrograd {
namespace {

using namespace testing_train;

constexpr int kShards = 8;

struct Case {
  std::string name;
  std::function<void(TrainOptions&)> options;
  std::function<void(NetworkOptions&)> network = [](NetworkOptions&) {};
  int64_t validation_rows = 0;
  bool weighted = true;
};

/// 600 rows in batches of 256: the last has 88, of which some ranks have none.
struct Setting {
  explicit Setting(const Case& c) {
    const Problem all = make_problem(Task::classification, 600 + c.validation_rows, 6, 3, c.weighted);
    std::vector<int64_t> rows(static_cast<size_t>(all.data.rows));
    std::iota(rows.begin(), rows.end(), int64_t{0});
    spec = all.spec;
    data = take(all.data, {rows.begin(), rows.begin() + 600});
    if (c.validation_rows > 0) valid = take(all.data, {rows.begin() + 600, rows.end()});
    NetworkOptions network;
    network.hidden = {40, 70, 20};
    network.dropout = 0;
    c.network(network);
    prepared = make_network(spec, data, network);
    options = plain_options(256, 3);
    options.shards = kShards;
    c.options(options);
    if (options.augment != "none") spec.row_shape = {2, 3};
  }

  Trained run(Peers* peers, int threads, const Callbacks& callbacks = {}) const {
    TrainOptions o = options;
    o.peers = peers;
    o.threads = threads;
    return train(prepared, spec, data, valid.rows > 0 ? &valid : nullptr, o, callbacks);
  }

  DataSpec spec;
  Dataset data, valid;
  Prepared prepared;
  TrainOptions options;
};

std::vector<Case> cases() {
  return {
      {"plain", [](TrainOptions& o) { o.optimizer = "sgd"; }, [](NetworkOptions&) {}, 0, false},
      {"momentum_and_weights", [](TrainOptions& o) { o.optimizer = "momentum"; }},
      {"adam_and_dropout", [](TrainOptions& o) { o.optimizer = "adam"; }, [](NetworkOptions& n) { n.dropout = 0.3; }},
      {"batch_norm_and_clipping",
       [](TrainOptions& o) {
         o.clip_norm = 0.3;
         o.clip_value = 0.1;
         o.l2 = 0.01;
       },
       [](NetworkOptions& n) { n.normalise = "batch_norm"; }},
      {"layer_norm_and_a_batch_of_all", [](TrainOptions& o) { o.batch = -1; },
       [](NetworkOptions& n) { n.normalise = "layer_norm"; }},
      {"images", [](TrainOptions& o) { o.augment = "shift=1,rotate,elastic,flip"; },
       [](NetworkOptions& n) { n.dropout = 0.2; }},
      {"early_stopping",
       [](TrainOptions& o) {
         o.learning_rate = 0.9;
         o.epochs = 60;
         o.patience = 3;
         o.metric = "auc";
       },
       [](NetworkOptions&) {}, 700},
      {"most_ranks_without_rows",
       [](TrainOptions& o) {
         o.batch = 60;
         o.epochs = 1;
       },
       [](NetworkOptions& n) { n.normalise = "batch_norm"; }},
      {"double", [](TrainOptions& o) { o.precision = Precision::float64; }}};
}

class PeersTrain : public testing::TestWithParam<Case> {};

TEST_P(PeersTrain, TheBitsOfOneProcess) {
  const Setting setting(GetParam());
  const Trained alone = setting.run(nullptr, 1);
  if (setting.valid.rows > 0) {
    EXPECT_LT(alone.history.size(), static_cast<size_t>(setting.options.epochs)) << "the patience ended nothing";
  }
  for (const int ranks : {1, 2, 4, 8})
    for (const int threads : {1, 2})
      run_as_threads(ranks, [&](Transport& transport) {
        // Small buckets are sent while the backward pass goes on; those that are measured hold all of a small network.
        Peers peers(transport, threads == 2 ? 4000 : 0);
        const Trained together = setting.run(&peers, threads);
        const auto where = testing::Message() << "rank " << peers.rank() << " of " << ranks << ", threads " << threads;
        EXPECT_EQ(together.model.fingerprint(), alone.model.fingerprint()) << where;
        ASSERT_EQ(together.history.size(), alone.history.size()) << where;
        EXPECT_EQ(together.best_epoch, alone.best_epoch);
        for (size_t e = 0; e < alone.history.size(); ++e) {
          EXPECT_EQ(together.history[e].train_loss, alone.history[e].train_loss) << where;
          EXPECT_EQ(together.history[e].valid_loss, alone.history[e].valid_loss) << where;
          EXPECT_EQ(together.history[e].valid_metric, alone.history[e].valid_metric) << where;
        }
      });
}

INSTANTIATE_TEST_SUITE_P(All, PeersTrain, testing::ValuesIn(cases()), [](const auto& each) { return each.param.name; });

TEST(Peers, RanksThatDoNotDivideTheShardsAreRefused) {
  Setting setting({"plain", [](TrainOptions& o) { o.shards = 2; }});
  std::mutex mutex;
  EXPECT_THROW(
      run_as_threads(
          4,
          [&](Transport& transport) {
            Peers peers(transport);
            const std::string message = message_of([&] { setting.run(&peers, 1); });
            const std::lock_guard lock(mutex);
            expect_mentions(message, {"4 ranks cannot share batches of 2 shards", "start 1, 2 ranks", "--shards 4"});
            throw std::runtime_error(message);
          }),
      std::exception);
}

TEST(Peers, AStopOfTheFirstOneStopsAll) {
  Setting setting({"plain", [](TrainOptions&) {}});
  Callbacks callbacks;
  callbacks.step = [](int64_t step, int64_t) { return step == 4; };
  run_as_threads(4, [&](Transport& transport) {
    Peers peers(transport);
    const Trained trained = setting.run(&peers, 1, peers.rank() == 0 ? callbacks : Callbacks{});
    EXPECT_EQ(trained.stopped, "stopped by request");
    EXPECT_EQ(trained.history.back().steps, 4);
  });
}

TEST(Peers, AnErrorOfTheFirstOnesCallbackIsItsOwn) {
  Setting setting({"plain", [](TrainOptions&) {}});
  Callbacks callbacks;
  callbacks.step = [](int64_t step, int64_t) {
    if (step == 4) throw Error("the callback is tired");
    return false;
  };
  EXPECT_EQ(message_of([&] {
              run_as_threads(4, [&](Transport& transport) {
                Peers peers(transport);
                setting.run(&peers, 1, peers.rank() == 0 ? callbacks : Callbacks{});
              });
            }),
            "the callback is tired");
}

TEST(Peers, ACheckpointGoesOnWithAnotherNumberOfRanks) {
  const TemporaryFolder folder;
  Setting setting({"batch_norm_and_dropout", [](TrainOptions& o) { o.optimizer = "adam"; },
                   [](NetworkOptions& n) {
                     n.normalise = "batch_norm";
                     n.dropout = 0.2;
                   }});
  const Trained whole = setting.run(nullptr, 1);
  setting.options.checkpoint.folder = folder.path();
  setting.options.checkpoint.every = "1steps";
  const auto part = [&](int ranks, int64_t steps) {
    Callbacks callbacks;
    callbacks.step = [&](int64_t step, int64_t) { return step >= steps; };
    std::string print;
    run_as_threads(ranks, [&](Transport& transport) {
      Peers peers(transport);
      const Trained trained = setting.run(&peers, 1, peers.rank() == 0 ? callbacks : Callbacks{});
      if (peers.rank() == 0) print = trained.model.fingerprint();
    });
    setting.options.checkpoint.resume = true;
    return print;
  };
  part(2, 2);
  part(8, 4);
  part(1, 6);
  EXPECT_EQ(part(4, 1000), whole.model.fingerprint());
}

}  // namespace
}  // namespace retrograd
