// What a run or a prediction will allocate is known before, and refused if it cannot be.
#include "train/model/memory_needed.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "plan/executor.hpp"
#include "train/problems.hpp"

namespace retrograd {
namespace {

using namespace testing_train;

Layer layer_of(const std::string& type, std::vector<int> sizes = {}) {
  Layer layer;
  layer.type = type;
  layer.sizes = std::move(sizes);
  return layer;
}

graph::ForwardProgram program_of(int features, int width) {
  Network net;
  net.input("x", features).linear(width).layer(layer_of("batch_norm")).activation("relu").dropout(0.2);
  net.linear(3).loss("softmax_xent");
  return graph::compile(net);
}

TEST(MemoryNeeded, OfAnExecutorIsWhatItPlans) {
  const graph::ForwardProgram program = program_of(7, 33);
  const graph::ReverseProgram reverse = graph::reverse(program);
  for (const int64_t rows : {1, 32, 100}) {
    for (const graph::ReverseProgram* r : {static_cast<const graph::ReverseProgram*>(nullptr), &reverse})
      EXPECT_EQ(plan::Executor::bytes(program, r, rows), static_cast<double>(plan::Executor(program, r, rows).bytes()));
  }
}

TEST(MemoryNeeded, OfTrainingGrowsWithWhatItIsFor) {
  const graph::ForwardProgram program = program_of(7, 64);
  const graph::ReverseProgram reverse = graph::reverse(program);
  const auto needed = [&](const char* optimizer, int64_t batch, int threads, int64_t valid = 0) {
    TrainOptions o = plain_options(batch, 1);
    o.threads = threads;
    return training::memory_of_training(program, reverse, optim::choose_optimizer(optimizer), o, 1000, valid);
  };
  const auto numbers = static_cast<double>(program.total_size), trained = static_cast<double>(program.trained_size);
  const training::MemoryNeeded sgd = needed("sgd", 32, 1);
  EXPECT_GE(sgd.parameters, 4 * (numbers + trained));
  EXPECT_LE(sgd.parameters, 24 * numbers);
  EXPECT_EQ(needed("adam", 32, 1).parameters, sgd.parameters + 2 * 2 * 4 * trained);
  EXPECT_EQ(needed("sgd", 32, 1, 100).parameters, sgd.parameters + 8 * numbers);
  EXPECT_EQ(sgd.rows, 8000);
  EXPECT_EQ(needed("sgd", 32, 1, 100).rows, 8000 + 100 * 3 * 4);
  EXPECT_EQ(needed("sgd", 320, 1).activations - sgd.activations, plan::Executor::bytes(program, &reverse, 320) +
                                                                     plan::Executor::bytes(program, &reverse, 256) -
                                                                     2 * plan::Executor::bytes(program, &reverse, 32));
  EXPECT_EQ(needed("sgd", 32, 3).activations - sgd.activations, 2 * plan::Executor::bytes(program, nullptr, 256));
}

TEST(MemoryNeeded, ARunThatCannotFitSaysSoAtOnce) {
  const Problem problem = make_problem(Task::classification, 64, 4, 3, false);
  NetworkOptions wide;
  wide.hidden = {1'000'000, 1'000'000};
  const std::string message = message_of([&] {
    train(make_network(problem.spec, problem.data, wide), problem.spec, problem.data, nullptr, plain_options(64, 1));
  });
  EXPECT_EQ(message.find("training (parameters "), 0u) << message;
  for (const char* part : {"TB, activations of 64 rows ", " of memory, but ", "give a smaller network"})
    EXPECT_NE(message.find(part), std::string::npos) << message;
}

TEST(MemoryNeeded, ARunThatFitsLogsIt) {
  const Problem problem = make_problem(Task::classification, 64, 4, 3, false);
  std::vector<std::string> lines;
  Callbacks callbacks;
  callbacks.log = [&](const std::string& line) { lines.push_back(line); };
  train(make_network(problem.spec, problem.data, NetworkOptions()), problem.spec, problem.data, nullptr,
        plain_options(64, 1), callbacks);
  EXPECT_EQ(std::count_if(lines.begin(), lines.end(),
                          [](const std::string& l) { return l.starts_with("memory: training takes about "); }),
            1);
}

/// Layers without parameters cost nothing in the file of a model; all of these are needed until the last sum.
TEST(MemoryNeeded, AStrangersModelDoesNotGetAbsurdBuffers) {
  constexpr int kColumns = 2, kSums = 4, kLayers = 50, kCategories = 1 << 23;
  Network net;
  net.input("x", kColumns);
  Layer sum = layer_of("add"), first = layer_of("slice");
  std::vector<Layer> sums(kSums, sum);
  for (Layer& add : sums)
    for (int k = 0; k < kLayers; ++k) {
      Layer wide = layer_of("one_hot", std::vector<int>(kColumns, kCategories));
      wide.name = fmt::format("wide{}_{}", &add - sums.data(), k);
      wide.inputs = {"x"};
      add.inputs.push_back(wide.name);
      net.layer(wide);
    }
  for (Layer& add : sums) {
    add.name = fmt::format("sum{}", &add - sums.data());
    sum.inputs.push_back(add.name);
    net.layer(add);
  }
  sum.name = "sum";
  first.name = "first";
  first.inputs = {"sum"};
  first.attributes = {{"count", kColumns}};
  net.layer(sum).layer(first).prediction("first");
  const DataSpec spec = array_spec(Task::regression, kColumns, kColumns);
  Dataset data;
  data.rows = 300;
  data.inputs.push_back({"x", kColumns, std::vector<float>(size_t{300} * kColumns, 1.0f)});
  for (const Precision precision : {Precision::float32, Precision::float64}) {
    const Model model(net, precision, {}, spec);
    for (const std::string& message : {message_of([&] { model.predict(data, 2); }), message_of([&] {
                                         const std::vector<float> x(kColumns);
                                         std::vector<float> y(static_cast<size_t>(model.outputs()));
                                         model.predict_row(x, y);
                                       })}) {
      EXPECT_EQ(message.find("predicting "), 0u) << message;
      EXPECT_NE(message.find(" of memory, but "), std::string::npos) << message;
    }
  }
}

}  // namespace
}  // namespace retrograd
