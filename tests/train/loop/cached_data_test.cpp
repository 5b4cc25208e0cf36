// Training on a mapped cache, in windows of few steps: the bits of training in memory.
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>

#include "data/files/mapped_file.hpp"
#include "parallel/peers.hpp"
#include "parallel/threads.hpp"
#include "train/loop/row_order.hpp"
#include "train/loop/window.hpp"
#include "train/problems.hpp"
#include "train/run_folder.hpp"
#include "train/stopped_run.hpp"

namespace retrograd {
namespace {

using namespace testing_train;

constexpr size_t kMemory = 4096;  // bytes: windows of 32 rows, the least that a batch of 16 needs

class CachedData : public testing::Test {
 protected:
  CachedData() {
    std::string text = "a,b,colour,w,y\n";
    for (int i = 0; i < 700; ++i) {
      const int a = i * 37 % 101, b = i * 53 % 97;
      text += (i % 17 == 4 ? std::string() : std::to_string(a) + ".5") + "," + std::to_string(b) + ",";
      text += (i % 5 == 0 ? "red" : i % 3 == 0 ? "green" : "blue") + std::string(",") + std::to_string(1 + i % 3) + ",";
      text += (a + b > 95 ? "yes\n" : "no\n");
    }
    spill(csv_, text);
  }

  Loaded load(size_t memory) const {
    DataOptions options;
    options.targets = {"y"};
    options.weight = "w";
    if (memory > 0) options.cache = {folder_ / "cache", memory};
    return load_training(csv_, options);
  }

  /// The whole way: read, hold out, build, train.
  Trained run(size_t memory, const std::function<void(TrainOptions&)>& change, const Callbacks& callbacks = {}) const {
    const Loaded loaded = load(memory);
    const Split parts = split(loaded.data, 0.25, 3, true);
    NetworkOptions shape;
    shape.hidden = {7, 5};
    shape.dropout = 0.2;
    const Prepared prepared = make_network(loaded.spec, parts.train, shape);
    TrainOptions options = plain_options(16, 3);
    options.optimizer = "adam";
    options.learning_rate = 0.01;
    options.threads = 1;
    change(options);
    return train(prepared, loaded.spec, parts.train, &parts.valid, options, callbacks);
  }

  const TemporaryFolder folder_;
  const std::string csv_ = folder_ / "t.csv";
};

TEST_F(CachedData, GiveTheModelOfARunInMemory) {
  const std::vector<std::function<void(TrainOptions&)>> changes = {
      [](TrainOptions&) {},
      [](TrainOptions& o) { o.batch = -1; },
      [](TrainOptions& o) { o.precision = Precision::float64; },
      [](TrainOptions& o) { o.balanced_classes = true; },
      [](TrainOptions& o) { o.threads = 0; },
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    SCOPED_TRACE(i);
    const Trained expected = run(0, changes[i]);
    for (const int threads : {1, 2, 3})
      for (const size_t memory : {kMemory, 3 * kMemory, size_t{1} << 20}) {
        SCOPED_TRACE(std::to_string(threads) + " threads, " + std::to_string(memory) + " bytes");
        expect_same(run(memory,
                        [&](TrainOptions& o) {
                          o.threads = threads;
                          changes[i](o);
                        }),
                    expected);
      }
  }
}

TEST_F(CachedData, RanksThatHoldTheirOwnRowsTrainTheModelOfOneProcess) {
  const std::vector<std::function<void(TrainOptions&)>> changes = {
      [](TrainOptions& o) { o.batch = 256; },  // of which the first rank measures more than its part
      [](TrainOptions& o) { o.batch = -1; }, [](TrainOptions& o) { o.precision = Precision::float64; },
      [](TrainOptions& o) { o.threads = 0; },  // timed on rows before any are read; batches of 16 leave ranks without
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    SCOPED_TRACE(i);
    const auto change = [&](TrainOptions& o) {
      o.shards = 4;
      changes[i](o);
    };
    const Trained expected = run(0, change);
    for (const int ranks : {2, 4})
      for (const size_t memory : {kMemory, size_t{1} << 20}) {
        load(memory);  // builds the cache
        run_as_threads(ranks, [&](Transport& transport) {
          Peers peers(transport);
          const Trained found = run(memory, [&](TrainOptions& o) {
            change(o);
            o.peers = &peers;
          });
          EXPECT_EQ(found.model.fingerprint(), expected.model.fingerprint()) << ranks << " ranks, " << memory;
          if (peers.rank() != 0) return;
          ASSERT_EQ(found.history.size(), expected.history.size());
          for (size_t e = 0; e < expected.history.size(); ++e) {
            EXPECT_EQ(found.history[e].train_loss, expected.history[e].train_loss);
            EXPECT_EQ(found.history[e].valid_metric, expected.history[e].valid_metric);
            ASSERT_EQ(found.history[e].layers.size(), expected.history[e].layers.size());
            for (size_t l = 0; l < expected.history[e].layers.size(); ++l)
              EXPECT_EQ(found.history[e].layers[l].dW, expected.history[e].layers[l].dW);
          }
        });
      }
  }
}

TEST_F(CachedData, RanksTellOfADivergenceWhatOneProcessDoes) {
  const auto refused = [&](size_t memory, Peers* peers) {
    return message_of([&] {
      run(memory, [&](TrainOptions& o) {
        o.optimizer = "sgd";
        o.learning_rate = 1e30;
        o.shards = 4;
        o.batch = 128;
        o.peers = peers;
      });
    });
  };
  const std::string expected = refused(0, nullptr);
  load(kMemory);
  run_as_threads(4, [&](Transport& transport) {
    Peers peers(transport);
    EXPECT_EQ(refused(kMemory, &peers), expected);
  });
}

TEST_F(CachedData, GoOnFromAnyStepWithOrWithoutTheCache) {
  const Trained expected = run(0, [](TrainOptions&) {});
  for (int64_t step = 1; step <= expected.history.back().steps; step += 5) {
    SCOPED_TRACE(step);
    std::filesystem::remove_all(folder_ / "checkpoint");
    const auto keep = [&](TrainOptions& o) {
      o.checkpoint.folder = folder_ / "checkpoint";
      o.checkpoint.every = "1step";
    };
    Callbacks dying;
    dying.step = [&](int64_t now, int64_t) {
      if (now == step) throw Killed();
      return false;
    };
    EXPECT_THROW(run(step % 2 == 0 ? 0 : kMemory, keep, dying), Killed);
    expect_same(run(step % 4 == 0 ? 0 : kMemory,
                    [&](TrainOptions& o) {
                      keep(o);
                      o.checkpoint.resume = true;
                    }),
                expected);
  }
}

TEST_F(CachedData, DivergenceNamesTheRowOfTheData) {
  const auto refused = [&](size_t memory) {
    return message_of([&] {
      run(memory, [](TrainOptions& o) {
        o.optimizer = "sgd";
        o.learning_rate = 1e30;
      });
    });
  };
  const std::string expected = refused(0);
  EXPECT_NE(expected.find("training row"), std::string::npos) << expected;
  EXPECT_EQ(refused(kMemory), expected);
}

TEST_F(CachedData, AWindowHoldsTheRowsOfItsSteps) {
  const Loaded memory = load(0), cached = load(kMemory);
  const training::Rows all{&cached.data, std::vector<float>(700, 2.0f)};
  training::Window window(all, 16);
  ASSERT_LT(window.rows().data->rows, 700) << "several windows";
  training::RowOrder order(700, 16, 5);
  for (const int epoch : {1, 2}) {
    order.begin(epoch);
    for (const int64_t place : {0, 16, 320, 304, 688}) {
      const auto expected = order.at(place), found = window.at(order, epoch, place);
      ASSERT_EQ(found.size(), expected.size());
      for (size_t n = 0; n < found.size(); ++n) {
        EXPECT_EQ(window.rows().name(found[n]), expected[n]);
        EXPECT_EQ(window.rows().weight(found[n]), 2);
        EXPECT_EQ(window.rows().data->target.at(found[n], 0), memory.data.target.at(expected[n], 0));
        for (size_t b = 0; b < memory.data.inputs.size(); ++b)
          for (int c = 0; c < memory.data.inputs[b].cols; ++c) {
            const float value = memory.data.inputs[b].at(expected[n], c);
            const float copy = window.rows().data->inputs[b].at(found[n], c);
            EXPECT_TRUE(copy == value || (copy != copy && value != value));
          }
      }
    }
  }
}

}  // namespace
}  // namespace retrograd
