// What a run does not go on from: another run, other data, nothing.
#include "train/stopped_run.hpp"

namespace retrograd {
namespace {

using namespace testing_train;

TEST_F(Checkpoints, AnotherRunIsRefusedWithItsDifferences) {
  setting_.run_and_die(options_, 9);
  const std::string head = "this run is not the one that was stopped";
  expect_mentions(refusal([](TrainOptions& o) { o.learning_rate = 0.03; }),
                  {head, "learning rate: 0.02 in the checkpoint, 0.03 now", "step 8"});
  expect_mentions(refusal([](TrainOptions& o) { o.seed = 2; }), {head, "seed: 1 in the checkpoint, 2 now"});
  expect_mentions(refusal([](TrainOptions& o) { o.epochs = 3; }), {head, "epochs: 4 in the checkpoint, 3 now"});
  expect_mentions(refusal([](TrainOptions& o) {
                    o.optimizer = "sgd";
                    o.batch = 32;
                  }),
                  {head, "optimizer: adamw:", "batch: 16 in the checkpoint, 32 now"});
  expect_mentions(refusal([](TrainOptions& o) { o.class_weights["c1"] = 2; }),
                  {head, "class weights, c1: nothing in the checkpoint, 2.0 now"});
  EXPECT_EQ(refusal([](TrainOptions& o) { o.threads = 2; }), "(accepted)");
}

TEST_F(Checkpoints, OtherDataAreRefused) {
  setting_.run_and_die(options_, 9);
  options_.checkpoint.resume = true;
  const auto with = [&](const std::function<void(Setting&)>& change) {
    Setting other{Case{"plain", Task::classification, "none", 0.1}};
    change(other);
    return message_of([&] { other.run(options_); });
  };
  expect_mentions(with([](Setting& s) { std::get<std::vector<float>>(s.problem.data.inputs[0].values)[5] += 1; }),
                  {"data, training, input x"});
  expect_mentions(with([](Setting& s) { std::get<std::vector<float>>(s.problem.data.weight.values)[5] += 1; }),
                  {"data, training, weight"});
  expect_mentions(with([](Setting& s) {
                    std::get<std::vector<float>>(s.valid.data.target.values)[5] =
                        1.0f - std::get<std::vector<float>>(s.valid.data.target.values)[5] / 2;
                  }),
                  {"data, validation, target"});
  expect_mentions(with([](Setting& s) {
                    for (Layer& layer : s.prepared.network.layers)
                      if (layer.units == 19) layer.units = 20;
                  }),
                  {"network, layers, ", "units: 19 in the checkpoint, 20 now"});
  expect_mentions(
      message_of([&] { train(setting_.prepared, setting_.problem.spec, setting_.problem.data, nullptr, options_); }),
      {"data, validation: "});
}

TEST_F(Checkpoints, ResumeWithoutOneIsRefused) {
  expect_mentions(refusal([](TrainOptions&) {}), {"there is no checkpoint to go on from"});
  expect_mentions(refusal([](TrainOptions& o) { o.checkpoint.folder.clear(); }), {"there is no folder"});
  expect_mentions(refusal([](TrainOptions& o) { o.checkpoint.every = "often"; }), {"'often' is not an interval"});
}

}  // namespace
}  // namespace retrograd
