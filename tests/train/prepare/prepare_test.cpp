// Preprocessing, loss and prediction that are built around data: what each column becomes, held against arithmetic by
// hand on the compiled network.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "plan/reference_executor.hpp"
#include "train/problems.hpp"

namespace retrograd {
namespace {

using namespace testing_train;

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

ColumnSpec column(std::string name, ColumnType type, std::vector<std::string> categories = {}) {
  ColumnSpec c;
  c.name = std::move(name);
  c.type = type;
  c.categories = std::move(categories);
  return c;
}

/// Two numeric columns and two categorical ones; `missing`: a number is not there.
Problem table(bool missing) {
  Problem p;
  p.spec.source = "csv";
  p.spec.task = Task::classification;
  p.spec.columns = {column("a", ColumnType::numeric), column("b", ColumnType::numeric),
                    column("c", ColumnType::categorical, {"red", "green", "blue"}),
                    column("d", ColumnType::categorical, {"yes", "(missing)"}),
                    column("y", ColumnType::categorical, {"no", "yes"})};
  p.spec.columns.back().role = ColumnRole::target;
  p.spec.rows = p.data.rows = 4;
  p.data.inputs.push_back({"numeric", 2, std::vector<float>{1, 10, 3, missing ? kMissing : 20.0f, 5, 30, 7, 10}});
  p.data.inputs.push_back({"categorical", 2, std::vector<float>{0, 0, 1, 1, 2, -1, -1, 0}});
  p.data.target = {"target", 1, std::vector<float>{0, 1, 0, 1}};
  return p;
}

/// A value of the network by its name, row-major, in double, in inference mode, for these data and prepared constants.
std::vector<double> value(const Prepared& prepared, const Problem& problem, const std::string& name) {
  TrainOptions options = plain_options(-1, 1);
  options.precision = Precision::float64;
  const Bench bench(prepared, problem, options);
  plan::ReferenceExecutor<double> executor(bench.program, nullptr);
  executor.resize(problem.data.rows);
  const auto copy = [&](const Block& b, int id) {
    for (int64_t n = 0; n < b.rows(); ++n)
      for (int c = 0; c < b.cols; ++c)
        executor.value(id)[static_cast<size_t>(n * b.cols + c)] = static_cast<double>(b.at(n, c));
  };
  for (const int id : bench.program.inputs)
    for (const Block& b : problem.data.inputs)
      if (b.name == bench.program.values[static_cast<size_t>(id)].name) copy(b, id);
  copy(problem.data.target, bench.program.target);
  std::vector<double> parameters = bench.initial();
  executor.forward(parameters.data(), false);
  return executor.value(bench.program.value(name));
}

void expect_near(const std::vector<double>& found, const std::vector<double>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], 1e-12) << "element " << i;
}

TEST(Prepare, StandardisesNumbersAndSpreadsCategories) {
  const Problem p = table(false);
  const double sa = std::sqrt(5.0), sb = std::sqrt(68.75);  // of 1 3 5 7 (mean 4) and 10 20 30 10 (mean 17.5)
  expect_near(value(make_network(p.spec, p.data, {}), p, "x"), {-3 / sa, -7.5 / sb, 1, 0, 0, 1, 0,  //
                                                                -1 / sa, 2.5 / sb,  0, 1, 0, 0, 1,  //
                                                                1 / sa,  12.5 / sb, 0, 0, 1, 0, 0,  //
                                                                3 / sa,  -7.5 / sb, 0, 0, 0, 1, 0});
}

TEST(Prepare, MissingNumbersBecomeTheMeanAndAFlag) {
  const Problem p = table(true);
  const double sa = std::sqrt(5.0), m = 50.0 / 3, sb = std::sqrt((2 * (10 - m) * (10 - m) + (30 - m) * (30 - m)) / 3);
  const Prepared prepared = make_network(p.spec, p.data, {});
  expect_near(value(prepared, p, "x"), {-3 / sa, (10 - m) / sb,
                                        0,       0,
                                        1,       0,
                                        0,       1,
                                        0,  //
                                        -1 / sa, 0,
                                        0,       1,
                                        0,       1,
                                        0,       0,
                                        1,  //
                                        1 / sa,  (30 - m) / sb,
                                        0,       0,
                                        0,       0,
                                        1,       0,
                                        0,  //
                                        3 / sa,  (10 - m) / sb,
                                        0,       0,
                                        0,       0,
                                        0,       1,
                                        0});
  bool told = false;
  for (const std::string& line : prepared.decisions) told |= line.find("flag") != std::string::npos;
  EXPECT_TRUE(told);
}

TEST(Prepare, NumbersAloneAndCategoriesAlone) {
  Problem p = table(false);
  p.data.inputs.pop_back();
  EXPECT_EQ(value(make_network(p.spec, p.data, {}), p, "x").size(), 8u);
  p = table(true);
  p.data.inputs.pop_back();
  EXPECT_EQ(value(make_network(p.spec, p.data, {}), p, "x").size(), 16u);
  p = table(false);
  p.data.inputs.erase(p.data.inputs.begin());
  EXPECT_EQ(value(make_network(p.spec, p.data, {}), p, "x").size(), 20u);
}

TEST(Prepare, ConstantAndEmptyColumnsCarryNothing) {
  Problem p = table(false);
  p.data.inputs[0].values = std::vector<float>{0.1f, kMissing, 0.1f, kMissing, 0.1f, kMissing, 0.1f, kMissing};
  const std::vector<double> x = value(make_network(p.spec, p.data, {}), p, "scaled");
  // The mean is rounded nowhere, and a scale of 0 gives 0.
  expect_near(x, std::vector<double>(8));
}

TEST(Prepare, NumbersTooSmallForFloatsCarryNothing) {
  for (const char* scaling : {"standard", "robust", "quantile"}) {
    Problem p = table(false);
    std::vector<float> numbers;
    for (int n = 0; n < 4; ++n) numbers.insert(numbers.end(), {1e-40f * static_cast<float>(n), static_cast<float>(n)});
    p.data.inputs[0].values = numbers;
    NetworkOptions options;
    options.scaling = scaling;
    options.bins = 4;
    const Prepared prepared = make_network(p.spec, p.data, options);
    for (const auto& [name, constants] : prepared.constants)
      for (const double c : constants) EXPECT_TRUE(std::isfinite(static_cast<float>(c))) << scaling << " " << name;
    EXPECT_TRUE(std::isfinite(train(prepared, p.spec, p.data, nullptr, plain_options(-1, 2)).history[1].train_loss))
        << scaling;
  }
}

TEST(Prepare, ImagesShareOneMeanAndDeviation) {
  for (const bool bytes : {true, false}) {
    Problem p = make_problem(Task::classification, 3, 4, 2, false);
    p.spec.row_shape = {2, 2};
    const std::vector<uint8_t> pixels = {0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110};
    if (bytes)
      p.data.inputs[0].values = pixels;
    else
      p.data.inputs[0].values = std::vector<float>(pixels.begin(), pixels.end());
    double square = 0;
    for (const uint8_t v : pixels) square += (v - 55.0) * (v - 55.0) / 12;
    std::vector<double> expected;
    for (const uint8_t v : pixels) expected.push_back((v - 55.0) / std::sqrt(square));
    const Prepared prepared = make_network(p.spec, p.data, {});
    expect_near(value(prepared, p, "x_scaled"), expected);
    EXPECT_EQ(prepared.network.layers[0].type, bytes ? "standardise" : "impute");  // bytes cannot be missing
  }
}

TEST(Prepare, ArraysStandardiseEachColumn) {
  Problem p = make_problem(Task::classification, 2, 2, 2, false);
  p.data.inputs[0].values = std::vector<float>{1, 100, 3, 300};
  expect_near(value(make_network(p.spec, p.data, {}), p, "x_scaled"), {-1, -1, 1, 1});
}

TEST(Prepare, RegressionLearnsTheScaledTargetAndPredictsInItsUnit) {
  for (const int outputs : {1, 3}) {
    Problem p = make_problem(Task::regression, 400, 5, outputs, false);
    // Exactly linear targets, far from 0 and of very different sizes.
    const auto& x = std::get<std::vector<float>>(p.data.inputs[0].values);
    std::vector<float> y;
    for (size_t n = 0; n < 400; ++n)
      for (int k = 0; k < outputs; ++k)
        y.push_back(std::pow(100.0f, static_cast<float>(k)) *
                    (5000 + 30 * x[5 * n] - 20 * x[5 * n + static_cast<size_t>(k)]));
    p.data.target.values = y;
    const Prepared prepared = make_network(p.spec, p.data, std::vector<Layer>{}, NetworkOptions{});
    EXPECT_TRUE(prepared.hidden.empty());
    // Targets come in with mean 0 and deviation 1.
    const std::vector<double> scaled = value(prepared, p, "y_scaled");
    for (int k = 0; k < outputs; ++k) {
      double mean = 0, square = 0;
      for (size_t n = 0; n < 400; ++n) {
        const double v = scaled[n * static_cast<size_t>(outputs) + static_cast<size_t>(k)];
        mean += v / 400;
        square += v * v / 400;
      }
      EXPECT_NEAR(mean, 0, 1e-9);
      EXPECT_NEAR(square, 1, 1e-9);
    }
    TrainOptions options = plain_options(-1, 400);
    options.precision = Precision::float64;
    options.learning_rate = 0.5;
    const Trained t = train(prepared, p.spec, p.data, nullptr, options);
    const std::vector<float> found = t.model.predict(p.data);
    ASSERT_EQ(found.size(), y.size());
    for (size_t i = 0; i < y.size(); ++i) EXPECT_NEAR(found[i] / y[i], 1, 1e-6);
  }
}

TEST(Prepare, HiddenLayersByTheOptions) {
  const Problem p = make_problem(Task::classification, 50, 6, 3, false);
  NetworkOptions options;
  options.hidden = {11, 7};
  options.activation = "gelu";
  options.normalise = "batch_norm";
  options.dropout = 0.25;
  options.initializer = "orthogonal";
  const Prepared prepared = make_network(p.spec, p.data, options);
  std::string types;
  for (const Layer& l : prepared.hidden) types += l.type + " ";
  EXPECT_EQ(types, "linear batch_norm gelu dropout linear batch_norm gelu dropout ");
  EXPECT_EQ(prepared.hidden[4].units, 7);
  EXPECT_EQ(prepared.hidden[0].initializer, "orthogonal");
  EXPECT_EQ(prepared.hidden[3].attributes.at("rate"), 0.25);
  const graph::ForwardProgram program = graph::compile(prepared.network);
  ASSERT_NE(program.parameter("W3"), nullptr);
  EXPECT_EQ(program.parameter("W3")->rows, 7);
  EXPECT_EQ(program.parameter("W3")->cols, 3);
  options.dropout = 0;
  for (const Layer& l : make_network(p.spec, p.data, options).hidden) EXPECT_NE(l.type, "dropout");
}

TEST(Prepare, LayersOfTheCallersOwn) {
  const Problem p = table(true);
  const auto layer = [](const char* type, const char* name, std::vector<std::string> inputs, int units = 0) {
    Layer l;
    l.type = type;
    l.name = name;
    l.inputs = std::move(inputs);
    l.units = units;
    return l;
  };
  // A skip connection around one layer; the output layer follows the last one.
  const std::vector<Layer> layers = {layer("linear", "left", {"x"}, 5), layer("tanh", "bent", {"left"}),
                                     layer("linear", "right", {"bent"}, 5), layer("add", "both", {"left", "right"})};
  const Prepared prepared = make_network(p.spec, p.data, layers, {});
  EXPECT_EQ(prepared.hidden.size(), 4u);
  const graph::ForwardProgram program = graph::compile(prepared.network);
  EXPECT_EQ(program.parameter("left.W")->rows, 9);
  EXPECT_EQ(program.values[static_cast<size_t>(program.logits)].features, 2);
  const Trained t = train(prepared, p.spec, p.data, nullptr, plain_options(-1, 200));
  EXPECT_LT(t.history.back().train_loss, 0.1);
}

TEST(Prepare, SigmaScalesTheFirstFrequencies) {
  const Problem problem = table(false);
  const auto frequencies = [&](const std::string& embedding) {
    NetworkOptions n;
    n.hidden = {4};
    n.embedding = embedding;
    const Prepared prepared = make_network(problem.spec, problem.data, n);
    const Bench bench(prepared, problem, plain_options(-1, 1));
    for (const graph::Parameter& p : bench.program.parameters)
      if (p.name == "waves.w") {
        const std::vector<double> all = bench.initial();
        const auto begin = all.begin() + static_cast<std::ptrdiff_t>(p.offset);
        return std::vector<double>(begin, begin + static_cast<std::ptrdiff_t>(p.size()));
      }
    return std::vector<double>();
  };
  for (const std::string name : {"periodic", "plr"}) {
    const std::vector<double> usual = frequencies(name), wide = frequencies(name + ":sigma=0.4");
    ASSERT_EQ(usual.size(), name == "plr" ? 96u : 32u);
    EXPECT_EQ(usual, frequencies(name + ":sigma=0.1"));
    for (size_t i = 0; i < usual.size(); ++i) EXPECT_NEAR(wide[i], 4 * usual[i], 1e-6 * std::abs(wide[i]));
  }
  EXPECT_TRUE(frequencies("none").empty());
}

TEST(Prepare, SmoothingReachesTheLoss) {
  const Problem p = make_problem(Task::classification, 30, 3, 4, false);
  NetworkOptions options;
  options.smoothing = 0.2;
  EXPECT_EQ(make_network(p.spec, p.data, options).network.loss_attributes.at("smoothing"), 0.2);
  const Problem labels = make_problem(Task::multilabel, 30, 3, 4, false);
  EXPECT_EQ(make_network(labels.spec, labels.data, options).network.loss_attributes.at("smoothing"), 0.2);
  const Problem numbers = make_problem(Task::regression, 30, 3, 1, false);
  expect_mentions(message_of([&] { make_network(numbers.spec, numbers.data, options); }), {"smoothing", "'squared'"});
}

TEST(Prepare, EveryLossFitsItsTaskOnly) {
  const std::map<std::string, Task> fits = {{"squared", Task::regression},
                                            {"absolute", Task::regression},
                                            {"huber", Task::regression},
                                            {"softmax_xent", Task::classification},
                                            {"sigmoid_bce", Task::multilabel}};
  for (const Task task : {Task::classification, Task::multilabel, Task::regression}) {
    const Problem p = make_problem(task, 40, 3, 3, false);
    for (const auto& [loss, of] : fits) {
      NetworkOptions options;
      options.loss = loss;
      const std::string message = message_of([&] { make_network(p.spec, p.data, options); });
      if (of == task)
        EXPECT_EQ(message, "(accepted)") << loss;
      else
        expect_mentions(message, {loss, task == Task::regression       ? "squared, absolute or huber"
                                        : task == Task::classification ? "softmax_xent"
                                                                       : "sigmoid_bce"});
    }
    NetworkOptions options;
    options.loss = "hinge";
    expect_mentions(message_of([&] { make_network(p.spec, p.data, options); }), {"'hinge'"});
  }
}

TEST(Prepare, RefusesWhatCannotBeBuilt) {
  const Problem p = make_problem(Task::classification, 30, 3, 2, false);
  const auto with = [&](const std::function<void(NetworkOptions&)>& change) {
    NetworkOptions options;
    change(options);
    return message_of([&] { make_network(p.spec, p.data, options); });
  };
  expect_mentions(with([](NetworkOptions& o) { o.hidden = {4, 0}; }), {"0 units", "at least 1"});
  expect_mentions(with([](NetworkOptions& o) { o.activation = "linear"; }), {"'linear'", "activation"});
  expect_mentions(with([](NetworkOptions& o) { o.activation = "rellu"; }), {"'rellu'", "relu"});
  expect_mentions(with([](NetworkOptions& o) { o.activation = "softmax"; }), {"'softmax'", "sum of 1", "gelu"});
  expect_mentions(with([](NetworkOptions& o) { o.normalise = "layer"; }), {"'layer'", "layer_norm", "batch_norm"});
  for (const double bad : {1.0, 1.5, std::nan(""), std::numeric_limits<double>::infinity()})
    expect_mentions(with([=](NetworkOptions& o) { o.dropout = bad; }), {"dropout", "0.999"});
  for (const double bad : {-0.1, 1.0, std::nan("")})
    expect_mentions(with([=](NetworkOptions& o) { o.smoothing = bad; }), {"smoothing", "0.999"});
  Dataset none = take(p.data, {});
  expect_mentions(message_of([&] { make_network(p.spec, none, {}); }), {"no rows"});
  Dataset aimless = p.data;
  aimless.target = {};
  expect_mentions(message_of([&] { make_network(p.spec, aimless, {}); }), {"no target"});
  Dataset blind = p.data;
  blind.inputs.clear();
  expect_mentions(message_of([&] { make_network(p.spec, blind, {}); }), {"no usable feature"});
  Problem flat = make_problem(Task::regression, 10, 3, 2, false);
  for (size_t n = 0; n < 10; ++n) std::get<std::vector<float>>(flat.data.target.values)[2 * n + 1] = 7;
  expect_mentions(message_of([&] { make_network(flat.spec, flat.data, {}); }), {"constant", "7", "y1"});
  // What the reciprocal of a deviation, or the deviation itself, is no 32-bit float for.
  for (const float unit : {1e-39f, 3e38f, std::numeric_limits<float>::infinity()}) {
    for (size_t n = 0; n < 10; ++n)
      std::get<std::vector<float>>(flat.data.target.values)[2 * n + 1] = n % 2 == 0 ? unit : -unit;
    expect_mentions(message_of([&] { make_network(flat.spec, flat.data, {}); }), {"y1", "32-bit", "unit"});
  }
}

}  // namespace
}  // namespace retrograd
