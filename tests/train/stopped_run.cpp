#include "train/stopped_run.hpp"

namespace retrograd::testing_train {

void expect_same(const Trained& found, const Trained& expected) {
  EXPECT_EQ(found.model.fingerprint(), expected.model.fingerprint());
  EXPECT_EQ(found.best_epoch, expected.best_epoch);
  EXPECT_EQ(found.stopped, expected.stopped);
  EXPECT_EQ(found.finished, expected.finished);
  ASSERT_EQ(found.history.size(), expected.history.size());
  for (size_t i = 0; i < found.history.size(); ++i) {
    const EpochReport &a = found.history[i], &b = expected.history[i];
    EXPECT_EQ(a.epoch, b.epoch);
    EXPECT_EQ(a.epochs, b.epochs);
    EXPECT_EQ(a.steps, b.steps);
    EXPECT_EQ(a.metric, b.metric);
    EXPECT_EQ(a.train_loss, b.train_loss);
    EXPECT_EQ(a.valid_loss, b.valid_loss);
    EXPECT_EQ(a.valid_metric, b.valid_metric);
    EXPECT_EQ(a.learning_rate, b.learning_rate);
    EXPECT_EQ(a.best, b.best);
  }
}

Setting::Setting(const Case& c)
    : problem(make_problem(c.task, 77, 6, c.task == Task::classification ? 3 : 2, true)),
      valid(make_problem(c.task, 40, 6, c.task == Task::classification ? 3 : 2, true, 8)) {
  NetworkOptions network;
  network.hidden = {19, 9};
  network.normalise = c.normalise;
  network.dropout = c.dropout;
  prepared = make_network(problem.spec, problem.data, network);
  options.epochs = 4;
  options.batch = 16;  // five steps an epoch, the last one ragged
  options.learning_rate = 0.02;
  options.patience = 0;
  options.threads = 1;
  c.change(options);
  if (options.augment != "none") problem.spec.row_shape = {2, 3};
}

Trained Setting::run(const TrainOptions& o, const Callbacks& callbacks) const {
  return train(prepared, problem.spec, problem.data, &valid.data, o, callbacks);
}

void Setting::run_and_die(const TrainOptions& o, int64_t step) const {
  Callbacks callbacks;
  callbacks.step = [=](int64_t now, int64_t) -> bool {
    if (now == step) throw Killed();
    return false;
  };
  EXPECT_THROW(run(o, callbacks), Killed);
}

Checkpoints::Checkpoints() {
  options_.checkpoint.folder = folder_ / "checkpoint";
  options_.checkpoint.every = "2steps";
}

std::string Checkpoints::refusal(const std::function<void(TrainOptions&)>& change) const {
  TrainOptions o = options_;
  o.checkpoint.resume = true;
  change(o);
  return message_of([&] { setting_.run(o); });
}

}  // namespace retrograd::testing_train
