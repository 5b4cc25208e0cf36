// Runs that go on from another: the same bits as one run, a start from a model, and refusals.
#include <gtest/gtest.h>

#include "support/message.hpp"
#include "train/problems.hpp"

namespace retrograd {
namespace {

using namespace testing_train;

Problem numbers(int64_t rows) { return make_problem(Task::regression, rows, 5, 2, true); }

TEST(GoOn, TwoRunsAreOne) {
  for (const char* optimizer : {"sgd", "momentum", "adam", "adamw", "rmsprop"}) {
    for (const Precision precision : {Precision::float32, Precision::float64}) {
      const Problem problem = numbers(150);
      NetworkOptions network;
      network.hidden = {16, 8};
      network.dropout = 0.2;
      const Prepared prepared = make_network(problem.spec, problem.data, network);
      TrainOptions options;
      options.optimizer = optimizer;
      options.schedule = "constant";
      options.batch = 32;
      options.precision = precision;
      options.keep_state = true;
      options.epochs = 5;
      const Trained whole = train(prepared, problem.spec, problem.data, nullptr, options);
      options.epochs = 2;
      const Trained first = train(prepared, problem.spec, problem.data, nullptr, options);
      options.epochs = 3;
      const Trained second = train(go_on(first.model, first.state), problem.spec, problem.data, nullptr, options);
      EXPECT_EQ(second.model.fingerprint(), whole.model.fingerprint()) << optimizer;
      EXPECT_EQ(second.state.step, 25);
      EXPECT_EQ(second.state.epoch, 5);
      EXPECT_EQ(second.state.slots, whole.state.slots);
      const Trained forgetful = train(go_on(first.model), problem.spec, problem.data, nullptr, options);
      EXPECT_NE(forgetful.model.fingerprint(), whole.model.fingerprint()) << optimizer;
    }
  }
}

TEST(GoOn, StartsFromTheModelAsItIs) {
  const Problem problem = numbers(60);
  TrainOptions options;
  options.epochs = 3;
  const Trained first =
      train(make_network(problem.spec, problem.data, {}), problem.spec, problem.data, nullptr, options);
  options.learning_rate = 1e-30;  // too small to change any number
  options.weight_decay = 0;
  options.optimizer = "sgd";
  options.epochs = 1;
  const Trained same = train(go_on(first.model), problem.spec, problem.data, nullptr, options);
  EXPECT_EQ(same.model.fingerprint(), first.model.fingerprint());
  EXPECT_TRUE(same.state.slots.empty());  // nobody asked for it
  EXPECT_EQ(same.state.step, 0);
}

TEST(GoOn, RefusesTheStateOfAnother) {
  const Problem problem = numbers(60);
  TrainOptions options;
  options.epochs = 1;
  options.keep_state = true;
  options.optimizer = "adam";
  const Trained first =
      train(make_network(problem.spec, problem.data, {}), problem.spec, problem.data, nullptr, options);
  options.optimizer = "momentum";
  EXPECT_EQ(support::message_of(
                [&] { train(go_on(first.model, first.state), problem.spec, problem.data, nullptr, options); }),
            "the state to go on from has 2 slots, momentum has 1; go on with the optimiser of that run");
  options.optimizer = "adam";
  TrainState shorter = first.state;
  shorter.slots[1].pop_back();
  EXPECT_NE(support::message_of([&] {
              train(go_on(first.model, shorter), problem.spec, problem.data, nullptr, options);
            }).find("trained numbers, the network has"),
            std::string::npos);
}

}  // namespace
}  // namespace retrograd
