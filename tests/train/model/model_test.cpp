// Model: what it refuses, what its fingerprint covers, and predictions that depend on neither threads nor blocks.
#include "retrograd/model.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <thread>

#include "base/random.hpp"
#include "graph/program.hpp"
#include "plan/reference_executor.hpp"
#include "retrograd/error.hpp"
#include "train/problems.hpp"

namespace retrograd {
namespace {

using Values = std::map<std::string, std::vector<double>>;

Network classifier() {
  Network net;
  net.input("x", 10).linear(7).activation("gelu").linear(3).loss("softmax_xent");
  return net;
}

Values random_values(const Network& network) {
  Stream random(3, Purpose::check, 1);
  Values values;
  const graph::ForwardProgram program = graph::compile(network);
  for (const graph::Parameter& p : program.parameters)
    for (size_t i = 0; i < p.size(); ++i)
      values[p.name].push_back(static_cast<double>(static_cast<float>(2 * random.uniform() - 1)));
  return values;
}

Model classifier_model(Precision precision = Precision::float32) {
  return Model(classifier(), precision, random_values(classifier()), {});
}

Dataset data_for(int64_t rows, bool weights = true) {
  Stream random(4, Purpose::check, 1);
  std::vector<float> x, y, w;
  for (int64_t n = 0; n < rows; ++n) {
    for (int j = 0; j < 10; ++j) x.push_back(static_cast<float>(4 * random.uniform() - 2));
    y.push_back(static_cast<float>(random.below(3)));
    w.push_back(static_cast<float>(random.uniform()));
  }
  Dataset data;
  data.rows = rows;
  data.inputs.push_back({"x", 10, x});
  data.target = {"target", 1, y};
  if (weights) data.weight = {"weight", 1, w};
  return data;
}

using testing_train::expect_mentions;
using testing_train::message_of;

TEST(Model, PredictsWhatTheReferencePredictsToTheBit) {
  Network net;  // fused multiply-adds and comparisons alone: the reference computes the same chain
  net.input("x", 10).linear(7).activation("relu").linear(3).loss("squared").target(3);
  const Model model(net, Precision::float32, random_values(net), {});
  for (const int64_t rows : {1, 31, 32, 33, 256, 257, 1000}) {
    const Dataset data = data_for(rows);
    plan::ReferenceExecutor<float> reference(model.program(), nullptr);
    reference.resize(rows);
    reference.value(model.program().inputs[0]) = std::get<std::vector<float>>(data.inputs[0].values);
    std::vector<float> parameters = model.parameters_f32();
    reference.forward(parameters.data(), false);
    const std::vector<float> found = model.predict(data);
    const std::vector<float>& expected = reference.value(model.program().prediction);
    ASSERT_EQ(found.size(), expected.size());
    for (size_t i = 0; i < found.size(); ++i) ASSERT_EQ(found[i], expected[i]) << rows << " rows, " << i;
  }
}

TEST(Model, PredictionsDependOnNeitherThreadsNorNeighbours) {
  for (const Precision precision : {Precision::float32, Precision::float64}) {
    const Model model = classifier_model(precision);
    const Dataset all = data_for(1500);
    const std::vector<float> expected = model.predict(all, 1);
    for (const int threads : {0, 2, 3, 8}) EXPECT_EQ(model.predict(all, threads), expected);
    for (const int64_t row : {int64_t{0}, int64_t{299}, int64_t{1499}}) {
      const std::vector<float> one = model.predict(take(all, {row}));
      for (int k = 0; k < 3; ++k)
        EXPECT_EQ(one[static_cast<size_t>(k)], expected[static_cast<size_t>(row * 3 + k)]) << "row " << row;
    }
    const Model::Loss loss = model.loss(all, 1);
    for (const int threads : {0, 2, 5}) {
      EXPECT_EQ(model.loss(all, threads).total, loss.total);
      EXPECT_EQ(model.loss(all, threads).weight, loss.weight);
    }
  }
}

TEST(Model, LossIsTheWeightedSumOfSurprises) {
  const Model model = classifier_model();
  for (const bool weights : {false, true}) {
    const Dataset data = data_for(600, weights);
    const std::vector<float> p = model.predict(data);
    double total = 0, weight = 0;
    for (int64_t n = 0; n < data.rows; ++n) {
      const double w = weights ? static_cast<double>(data.weight.at(n, 0)) : 1.0;
      total -=
          w * std::log(static_cast<double>(p[static_cast<size_t>(n * 3) + static_cast<size_t>(data.target.at(n, 0))]));
      weight += w;
    }
    const Model::Loss loss = model.loss(data);
    EXPECT_NEAR(loss.total, total, 1e-5 * total);
    EXPECT_NEAR(loss.weight, weight, 1e-9);
    EXPECT_NEAR(loss.mean(), total / weight, 1e-5);
  }
}

TEST(Model, BothPrecisionsAgree) {
  const Dataset data = data_for(100);
  const std::vector<float> a = classifier_model(Precision::float32).predict(data);
  const std::vector<float> b = classifier_model(Precision::float64).predict(data);
  for (size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i], b[i], 1e-5);
  EXPECT_NEAR(classifier_model(Precision::float32).loss(data).total,
              classifier_model(Precision::float64).loss(data).total, 1e-4);
}

TEST(Model, ManyThreadsMayPredictAtOnce) {
  const Model model = classifier_model();
  const Dataset data = data_for(300);
  const std::vector<float> expected = model.predict(data);
  std::vector<int> wrong(6);
  std::vector<std::thread> threads;
  for (int& w : wrong)
    threads.emplace_back([&] {
      for (int k = 0; k < 20; ++k) w += model.predict(data, 1 + k % 2) != expected;
    });
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(wrong, std::vector<int>(6));
}

TEST(Model, OneRowGivesTheBitsOfManyInBothPrecisionsFromSeveralThreads) {
  for (const Precision precision : {Precision::float32, Precision::float64}) {
    const Model model = classifier_model(precision);
    const Dataset data = data_for(70);
    const std::vector<float> expected = model.predict(data);
    std::vector<int> wrong(4);
    std::vector<std::thread> threads;
    for (int& w : wrong)
      threads.emplace_back([&] {
        for (int64_t n = 0; n < data.rows; ++n) {
          std::vector<float> x, y(3);
          for (int j = 0; j < 10; ++j) x.push_back(data.inputs[0].at(n, j));
          model.predict_row(x, y);
          w += !std::equal(y.begin(), y.end(), expected.begin() + n * 3);
        }
      });
    for (std::thread& t : threads) t.join();
    EXPECT_EQ(wrong, std::vector<int>(4));
  }
}

TEST(Model, OneRowThroughEveryKindOfLayer) {
  // Lanes that an earlier, larger request left behind must not matter.
  Network net;
  const auto layer = [](const char* type, std::vector<std::string> inputs = {}) {
    Layer l;
    l.type = type;
    l.inputs = std::move(inputs);
    return l;
  };
  net.input("a", 6).input("b", 3).layer(layer("concat", {"a", "b"})).linear(150).layer(layer("batch_norm"));
  net.activation("tanh").dropout(0.5).linear(40).layer(layer("layer_norm"));
  net.activation("gelu").linear(4).loss("softmax_xent");
  Values values = random_values(net);
  for (auto& [name, numbers] : values)
    for (double& v : numbers) v = std::abs(v);  // a variance is not negative
  const Model model(net, Precision::float32, values, {});
  Dataset data;
  data.rows = 200;
  Stream random(8, Purpose::check, 1);
  std::vector<float> first, second;
  for (int i = 0; i < 200 * 6; ++i) first.push_back(static_cast<float>(random.uniform()));
  for (int i = 0; i < 200 * 3; ++i) second.push_back(static_cast<float>(random.uniform()));
  data.inputs.push_back({"a", 6, first});
  data.inputs.push_back({"b", 3, second});
  const std::vector<float> expected = model.predict(data);
  for (size_t n = 0; n < 200; ++n) {
    std::vector<float> x(first.begin() + static_cast<int64_t>(n) * 6, first.begin() + static_cast<int64_t>(n + 1) * 6);
    x.insert(x.end(), second.begin() + static_cast<int64_t>(n) * 3, second.begin() + static_cast<int64_t>(n + 1) * 3);
    std::vector<float> y(4);
    model.predict_row(x, y);
    for (size_t k = 0; k < 4; ++k) ASSERT_EQ(y[k], expected[n * 4 + k]) << n;
  }
}

TEST(Model, OneRowOfAnotherSizeIsRefused) {
  std::vector<float> x(9), y(3);
  expect_mentions(message_of([&] { classifier_model().predict_row(x, y); }), {"9", "3", "reads 10", "predicts 3"});
}

TEST(Model, BytesAreTheirNumbers) {
  Network net;
  net.input("x", 20).linear(4).activation("relu").linear(2).loss("softmax_xent");
  const Model model(net, Precision::float32, random_values(net), {});
  std::vector<uint8_t> bytes;
  std::vector<float> numbers;
  for (int i = 0; i < 20 * 50; ++i) {
    bytes.push_back(static_cast<uint8_t>(i * 7));
    numbers.push_back(static_cast<float>(bytes.back()));
  }
  Dataset a, b;
  a.rows = b.rows = 50;
  a.inputs.push_back({"x", 20, bytes});
  b.inputs.push_back({"x", 20, numbers});
  EXPECT_EQ(model.predict(a), model.predict(b));
}

TEST(Model, NoRows) {
  const Dataset none = data_for(0);
  EXPECT_TRUE(classifier_model().predict(none, 3).empty());
  EXPECT_EQ(classifier_model().loss(none).total, 0);
}

TEST(Model, FingerprintCoversEveryParameterBitPrecisionAndDescription) {
  const std::string print = classifier_model().fingerprint();
  EXPECT_EQ(print.size(), 32u);
  EXPECT_EQ(print, classifier_model().fingerprint());
  EXPECT_NE(print, classifier_model(Precision::float64).fingerprint());
  for (const auto& [name, numbers] : random_values(classifier())) {
    for (size_t i = 0; i < numbers.size(); ++i) {
      Values changed = random_values(classifier());
      changed[name][i] = static_cast<double>(std::nextafter(static_cast<float>(numbers[i]), 2.0f));
      ASSERT_NE(Model(classifier(), Precision::float32, changed, {}).fingerprint(), print) << name << " " << i;
    }
  }
  Network other = classifier();
  other.layers[1].type = "silu";
  EXPECT_NE(Model(other, Precision::float32, random_values(other), {}).fingerprint(), print);
  EXPECT_EQ(classifier_model().with_notes({{"a", "b"}}).fingerprint(), print);
}

TEST(Model, NotesAreReplacedInACopyOnly) {
  const Model model = classifier_model();
  const Model noted = model.with_notes({{"config", "x"}});
  EXPECT_TRUE(model.notes().empty());
  EXPECT_EQ(noted.notes().at("config"), "x");
  EXPECT_EQ(&noted.parameters_f32(), &model.parameters_f32());  // shared, not copied
}

TEST(Model, ParametersByName) {
  const Values values = random_values(classifier());
  for (const Precision precision : {Precision::float32, Precision::float64}) {
    const Model model = classifier_model(precision);
    for (const auto& [name, numbers] : values) EXPECT_EQ(model.parameter(name), numbers);
    expect_mentions(message_of([&] { model.parameter("W9"); }), {"'W9'", "W1", "b2"});
  }
}

TEST(Model, RefusesValuesThatDoNotFit) {
  const auto with = [](const std::function<void(Values&)>& change) {
    Values values = random_values(classifier());
    change(values);
    return message_of([&] { Model(classifier(), Precision::float32, values, {}); });
  };
  expect_mentions(with([](Values& v) { v.erase("b1"); }), {"'b1'", "7 numbers"});
  expect_mentions(with([](Values& v) { v["W2"].pop_back(); }), {"'W2'", "[7, 3]", "21", "20"});
  expect_mentions(with([](Values& v) { v["W7"] = {1}; }), {"'W7'"});
  expect_mentions(with([](Values& v) { v["b1"][2] = 1e39; }), {"'b1'", "element 2", "32-bit"});
}

TEST(Model, RefusesDataThatDoNotFit) {
  const Model model = classifier_model();
  const auto with = [&](const std::function<void(Dataset&)>& change, bool loss) {
    Dataset data = data_for(5);
    change(data);
    return message_of([&] { loss ? static_cast<void>(model.loss(data)) : static_cast<void>(model.predict(data)); });
  };
  expect_mentions(with([](Dataset& d) { d.inputs[0].name = "numeric"; }, false), {"'x'", "[N, 10]", "'numeric'"});
  expect_mentions(with([](Dataset& d) { d.inputs.clear(); }, false), {"'x'", "no inputs"});
  expect_mentions(with([](Dataset& d) { d.inputs[0] = {"x", 5, std::vector<float>(25)}; }, false), {"'x'", "10", "5"});
  expect_mentions(with([](Dataset& d) { d.rows = 6; }, false), {"'x'", "5 rows", "6"});
  expect_mentions(with([](Dataset& d) { d.target = {}; }, true), {"no target"});
  expect_mentions(with(
                      [](Dataset& d) {
                        d.target = {"target", 2, std::vector<float>(10)};
                      },
                      true),
                  {"target", "[5, 1]", "[5, 2]"});
  expect_mentions(with(
                      [](Dataset& d) {
                        d.weight = {"weight", 1, std::vector<float>(4)};
                      },
                      true),
                  {"weight", "[4, 1]"});
  expect_mentions(message_of([&] { model.predict(data_for(5), -1); }), {"threads", "-1"});
  EXPECT_EQ(with([](Dataset& d) { d.target = {}; }, false), "(accepted)");
}

}  // namespace
}  // namespace retrograd
