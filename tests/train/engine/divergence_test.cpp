// Divergence is explained: operator, layer, row, operands, and the growth before.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "train/engine/first_bad_number.hpp"
#include "train/problems.hpp"

namespace retrograd {
namespace {

using namespace testing_train;

std::string message_of_training(const Prepared& prepared, const Problem& problem, const TrainOptions& options) {
  return message_of([&] { train(prepared, problem.spec, problem.data, nullptr, options); });
}

Prepared network(const std::string& activation, const Problem& problem) {
  NetworkOptions n;
  n.hidden = {6, 5};
  n.activation = activation;
  n.dropout = 0;
  return make_network(problem.spec, problem.data, n);
}

TEST(Divergence, AFarTooHighRateIsToldWithItsGrowth) {
  for (const Precision precision : {Precision::float32, Precision::float64}) {
    const Problem problem = make_problem(Task::regression, 64, 3, 1, false);
    TrainOptions options = plain_options(16, 400);
    options.learning_rate = 30;
    options.precision = precision;
    const std::string message = message_of_training(network("relu", problem), problem, options);
    expect_mentions(message, {"training diverged", "--lr 3", "first number that is not finite, in step", "step ",
                              "|z1|", "|z3|", "loss"});
  }
}

TEST(Divergence, TheFirstBadNumberIsFoundInTheForwardPass) {
  const Problem problem = make_problem(Task::regression, 64, 3, 1, false);
  Prepared prepared = network("relu", problem);
  // Unit 3 of z2 overflows in every row: 5 terms of about 1e38 and more.
  prepared.constants["b1"] = std::vector<double>(6, 1e20);
  prepared.constants["W2"] = std::vector<double>(30, 0.0);
  for (size_t i = 0; i < 6; ++i) prepared.constants["W2"][i * 5 + 2] = 1e19;
  const std::string message = message_of_training(prepared, problem, plain_options(16, 3));
  expect_mentions(message, {"in step 1", "forward, z2 = linear(a1; W2, b2)", "training row ", "unit 3 is inf",
                            "a sum of 6 terms, the largest a1[", "W2[", ",3]", "1e+19"});
}

TEST(Divergence, TheRowOfAnInfiniteValueIsNamed) {
  const Problem problem = make_problem(Task::regression, 32, 3, 1, false);
  Problem broken = problem;
  // A finite number of a column whose scale makes it overflow when squared by the loss.
  std::get<std::vector<float>>(broken.data.target.values)[20] = 3e38f;
  const std::string message = message_of_training(network("tanh", problem), broken, plain_options(-1, 3));
  expect_mentions(message, {"in step 1", "training row 21,", "l = squared", "is inf"});
}

TEST(Divergence, AnUpdateThatOverflowsIsTold) {
  const Problem problem = make_problem(Task::regression, 32, 3, 1, false);
  TrainOptions options = plain_options(-1, 1);
  options.learning_rate = 1e38;
  std::vector<float>& y = std::get<std::vector<float>>(const_cast<Dataset&>(problem.data).target.values);
  for (float& v : y) v *= 1000;
  Prepared prepared = network("tanh", problem);
  prepared.constants["y_scaled.scale"] = {1.0};
  expect_mentions(message_of_training(prepared, problem, options),
                  {"the update by sgd", "goes from", "η 1e+38", "in step 1"});
}

TEST(Divergence, AReplayWithSlotsEndsInTheStepThatDiverged) {
  // Momentum over several epochs: without its slots, or with other rows, the replay would end in another step.
  const Problem problem = make_problem(Task::regression, 64, 3, 1, false);
  TrainOptions options = plain_options(16, 400);
  options.optimizer = "momentum";
  options.learning_rate = 6;
  const std::string message = message_of_training(network("relu", problem), problem, options);
  const size_t at = message.find("training diverged: in step ");
  ASSERT_NE(at, std::string::npos) << message;
  const std::string step = message.substr(at + 27, message.find(' ', at + 27) - at - 27);
  expect_mentions(message, {"not finite, in step " + step});
}

}  // namespace
}  // namespace retrograd
