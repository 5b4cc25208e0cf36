// What save() wrote, load() reads back to the bit.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "graph/program.hpp"
#include "onnx/model_file.hpp"
#include "onnx/networks.hpp"
#include "onnx/temporary_folder.hpp"
#include "retrograd/error.hpp"

namespace retrograd {
namespace {

/// Equal in everything that a model has; floats by their bits, which the fingerprint is made of.
void expect_equal(const Model& a, const Model& b) {
  EXPECT_EQ(a.network(), b.network());
  EXPECT_EQ(a.precision(), b.precision());
  EXPECT_EQ(a.fingerprint(), b.fingerprint());
  EXPECT_EQ(a.notes(), b.notes());
  EXPECT_EQ(to_json(a.spec()), to_json(b.spec()));
  ASSERT_EQ(a.parameters_f32().size(), b.parameters_f32().size());
  ASSERT_EQ(a.parameters_f64().size(), b.parameters_f64().size());
  for (size_t i = 0; i < a.parameters_f32().size(); ++i) ASSERT_EQ(a.parameters_f32()[i], b.parameters_f32()[i]);
  for (size_t i = 0; i < a.parameters_f64().size(); ++i) ASSERT_EQ(a.parameters_f64()[i], b.parameters_f64()[i]);
}

DataSpec some_spec() {
  DataSpec spec;
  spec.source = "csv";
  spec.rows = 1234567890123;
  spec.task = Task::classification;
  spec.task_why = "target 'kind' has 2 classes";
  spec.missing_texts = {"", "NA", "-"};
  spec.separator = ';';
  ColumnSpec number;
  number.name = "länge \"µm\"\n";
  number.distinct = 3;
  number.min = -0.1;
  number.max = 1e300;
  number.mean = 1.0 / 3.0;
  number.sd = 5e-324;
  ColumnSpec target;
  target.name = "kind";
  target.type = ColumnType::categorical;
  target.role = ColumnRole::target;
  target.categories = {"cat", "dog, or 狼"};
  target.counts = {7, 9};
  target.distinct = 2;
  spec.columns = {number, target};
  return spec;
}

class RoundTrip : public testing::TestWithParam<Precision> {};

TEST_P(RoundTrip, EveryNetwork) {
  const TemporaryFolder folder;
  for (const auto& [name, network] : networks::all()) {
    SCOPED_TRACE(name);
    const Model model = networks::random_model(network, GetParam(), 7, {{"config", "seed = 7\n"}, {"trained", "{}"}});
    const std::string path = folder.file("model.onnx");
    model.save(path);
    const Model loaded = Model::load(path);
    expect_equal(model, loaded);
    const Dataset data = networks::random_data(network, 65);
    EXPECT_EQ(model.predict(data), loaded.predict(data));
    EXPECT_EQ(folder.entries(), std::vector<std::string>{"model.onnx"});
    EXPECT_EQ(model_file::to_bytes(loaded), read_bytes(path)) << "the same model must give the same file";
  }
}

INSTANTIATE_TEST_SUITE_P(Both, RoundTrip, testing::Values(Precision::float32, Precision::float64),
                         [](const auto& tested) { return std::string(to_string(tested.param)); });

Network small() {
  Network net;
  return net.input("x", 3).linear(4).activation("relu").linear(2).loss("softmax_xent");
}

TEST(RoundTrip, DataspecAndNotesOfAnyText) {
  const Model plain = networks::random_model(small(), Precision::float32);
  std::map<std::string, std::vector<double>> values;
  for (const graph::Parameter& p : plain.program().parameters) values[p.name] = plain.parameter(p.name);
  const std::map<std::string, std::string> notes = {{"", "empty key"},
                                                    {"config", ""},
                                                    {"bytes", std::string("\0\xff\n", 3)},
                                                    {"note.note", std::string(100000, 'x')}};
  const Model model(small(), Precision::float32, values, some_spec(), notes);
  const Model loaded = model_file::from_bytes(model_file::to_bytes(model), "test");
  expect_equal(model, loaded);
  EXPECT_EQ(loaded.notes(), notes);
  EXPECT_EQ(loaded.spec().columns[0].name, "länge \"µm\"\n");
  EXPECT_EQ(loaded.spec().rows, 1234567890123);
  EXPECT_EQ(loaded.spec().classes(), (std::vector<std::string>{"cat", "dog, or 狼"}));
}

TEST(RoundTrip, ExtremeParameterValues) {
  const double inf = std::numeric_limits<double>::infinity();
  for (const Precision precision : {Precision::float32, Precision::float64}) {
    Network net;
    net.input("x", 6).linear(1).loss("squared");
    const double least = precision == Precision::float32 ? 1.401298464324817e-45 : 5e-324;
    const Model model(net, precision, {{"W1", {-0.0, least, inf, -inf, std::nan(""), 1.0 / 3}}, {"b1", {3e38}}}, {});
    const Model loaded = model_file::from_bytes(model_file::to_bytes(model), "test");
    EXPECT_EQ(loaded.fingerprint(), model.fingerprint());
    const std::vector<double> w = loaded.parameter("W1");
    EXPECT_TRUE(std::signbit(w[0]));
    EXPECT_EQ(w[1], least);
    EXPECT_EQ(w[2], inf);
    EXPECT_TRUE(std::isnan(w[4]));
  }
}

TEST(RoundTrip, ParametersThatThePredictionDoesNotReadSurvive) {
  Network net;
  net.input("x", 3).linear(4).activation("tanh").linear(2).loss("squared").target(2).prediction("a1");
  const Model model = networks::random_model(net, Precision::float32);
  const Model loaded = model_file::from_bytes(model_file::to_bytes(model), "test");
  EXPECT_EQ(loaded.parameter("W2"), model.parameter("W2"));
  const Dataset data = networks::random_data(net, 40);
  EXPECT_EQ(loaded.loss(data).total, model.loss(data).total);
}

TEST(RoundTrip, NamesThatCouldNotBeWrittenAreRefusedAtOnce) {
  Network net;
  net.input("x", 1).linear(1, "l\xe4nge").loss("squared");
  try {
    networks::random_model(net, Precision::float32);
    FAIL() << "accepted";
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find("UTF-8"), std::string::npos) << e.what();
  }
}

}  // namespace
}  // namespace retrograd
