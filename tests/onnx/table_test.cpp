// Models of tables: raw rows, with gaps and values never seen, go straight into the graph.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "base/random.hpp"
#include "onnx/export/columns.hpp"
#include "onnx/model_file.hpp"
#include "onnx/networks.hpp"
#include "onnx/onnx_runtime.hpp"
#include "onnx/temporary_folder.hpp"
#include "retrograd/error.hpp"
#include "retrograd/parity.hpp"
#include "retrograd/train.hpp"
#include "support/message.hpp"

namespace retrograd {
namespace {

/// Columns of every kind, with names that clash with the graph's own.
constexpr const char* kHeader = "label,W1,x,logits,on,flag,rooms,level,town,risk,price,cost,wet,cold\n";

/// Rows of a made-up table; `later` has categories, words and gaps that the training rows do not.
std::string table(int rows, uint64_t seed, bool later) {
  Stream random(seed, Purpose::check, 5);
  const auto pick = [&](std::vector<const char*> from) { return std::string(from[random.below(from.size())]); };
  std::string text = kHeader;
  for (int n = 0; n < rows; ++n) {
    const double a = 4 * random.uniform(), b = 2 * random.uniform() - 1;
    const std::string town =
        later ? pick({"Ulm", "Bonn", "Wien, alt", "?", "", "NA", "Gent"}) : pick({"Ulm", "Bonn", "Wien, alt", ""});
    text += random.below(6) == 0 ? std::string(later ? "NA" : "") : std::to_string(a);            // label
    text += "," + (later && random.below(6) == 0 ? std::string("NA") : std::to_string(1e3 * b));  // W1
    text += "," + std::to_string(a * b);                                                          // x
    text += "," + pick({"red", "green"}) + (later && random.below(5) == 0 ? "dish" : "");         // logits
    text += "," + (later ? pick({"yes", "no", "Yes", "NO", "t", ""}) : pick({"yes", "no"}));      // on
    text += "," + pick({"0", "1"});                                                               // flag
    text += "," + (later ? pick({"1", "1.0", "02", "7", "3.0"}) : pick({"1", "2", "3"}));         // rooms
    text += "," + pick({"low", "mid", "high"});                                                   // level
    text += ",\"" + town + "\"";
    text += "," + std::string(a + b > 2.5 ? "high" : a + b > 1.5 ? "mid" : "none");
    text += "," + std::to_string(1e4 * (a + b)) + "," + std::to_string(1e-3 * (a - b));
    text += a > 2 ? ",yes" : ",no";
    text += b > 0 ? ",1\n" : ",0\n";
  }
  return text;
}

struct Case {
  const char* name;
  std::vector<std::string> targets;
  std::vector<std::string> ignored;
  const char* loss = "auto";
};

const std::vector<Case>& cases() {
  static const std::vector<Case> list = {
      {"several classes", {"risk"}, {"price", "cost", "wet", "cold"}},
      {"two classes, text", {"wet"}, {"price", "cost", "risk", "cold"}},
      {"two classes, 0 and 1", {"cold"}, {"price", "cost", "risk", "wet"}},
      {"classes that are integers", {"rooms"}, {"price", "cost", "wet", "cold", "risk"}},
      {"several labels", {"wet", "cold"}, {"price", "cost", "risk"}},
      {"a number", {"price"}, {"cost", "risk", "wet", "cold"}},
      {"a number, absolute loss", {"price"}, {"cost", "risk", "wet", "cold"}, "absolute"},
      {"a number, huber loss", {"price"}, {"cost", "risk", "wet", "cold"}, "huber"},
      {"several numbers", {"price", "cost"}, {"risk", "wet", "cold"}},
  };
  return list;
}

Model trained(const std::string& file, const Case& c, const NetworkOptions& given = {},
              Precision precision = Precision::float32) {
  DataOptions options;
  options.targets = c.targets;
  options.ignore = c.ignored;
  for (const char* column : {"logits", "rooms", "level", "town"})
    if (c.targets[0] != column) options.types[column] = ColumnType::categorical;
  const Loaded loaded = load_training(file, options);
  NetworkOptions network = given;
  if (network.hidden.empty()) network.hidden = {16, 8};
  network.loss = c.loss;
  TrainOptions train_options;
  train_options.epochs = 3;
  train_options.precision = precision;
  return train(make_network(loaded.spec, loaded.data, network), loaded.spec, loaded.data, nullptr, train_options).model;
}

void expect_parity(const std::string& model, const std::string& data) {
  const bool runtime = onnxruntime_missing().empty();
  const Parity parity = check_parity(Model::load(model), data, {runtime ? onnxruntime_folder() : "", 1});
  ASSERT_EQ(parity.readings.size(), 2u);
  EXPECT_EQ(parity.readings[0].missing, "");
  EXPECT_EQ(parity.readings[1].missing.empty(), runtime);
  for (const GraphReading& r : parity.readings) {
    EXPECT_EQ(r.labels_differ, 0) << r.by;
    for (const OutputDifference& d : r.outputs)
      EXPECT_TRUE(r.ok()) << r.by << ", " << d.output << ": " << d.absolute << " in row " << d.row;
  }
}

TEST(Tables, RawRowsOfEveryTask) {
  const TemporaryFolder folder;
  write_bytes(folder.file("train.csv"), table(300, 1, false));
  write_bytes(folder.file("later.csv"), table(200, 2, true));
  write_bytes(folder.file("one.csv"), table(1, 3, true));
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.name);
    trained(folder.file("train.csv"), c).save(folder.file("m.onnx"));
    expect_parity(folder.file("m.onnx"), folder.file("later.csv"));
    if (&c == &cases().front()) expect_parity(folder.file("m.onnx"), folder.file("one.csv"));
  }
}

TEST(Tables, DropoutAndNormalisationInTheirInferenceForm) {
  const TemporaryFolder folder;
  write_bytes(folder.file("train.csv"), table(300, 1, false));
  write_bytes(folder.file("later.csv"), table(200, 2, true));
  for (const char* normalise : {"batch_norm", "layer_norm"})
    for (const char* activation : {"gelu", "silu"}) {
      NetworkOptions options;
      options.normalise = normalise;
      options.activation = activation;
      options.dropout = 0.5;
      trained(folder.file("train.csv"), cases()[0], options).save(folder.file("m.onnx"));
      expect_parity(folder.file("m.onnx"), folder.file("later.csv"));
    }
}

TEST(Tables, DoubleModelsTakeFloatsToo) {
  const TemporaryFolder folder;
  write_bytes(folder.file("train.csv"), table(100, 1, false));
  write_bytes(folder.file("later.csv"), table(60, 2, true));
  NetworkOptions options;
  options.activation = "tanh";
  trained(folder.file("train.csv"), cases()[0], options, Precision::float64).save(folder.file("m.onnx"));
  expect_parity(folder.file("m.onnx"), folder.file("later.csv"));
}

TEST(Tables, InputsAndOutputsAreNamedAsTheColumns) {
  const TemporaryFolder folder;
  write_bytes(folder.file("train.csv"), table(100, 1, false));
  const auto graph_of = [&](const Case& c) {
    return model_file::to_onnx(trained(folder.file("train.csv"), c)).graph();
  };
  const auto described = [](const auto& list) {
    std::map<std::string, int> types;
    for (const auto& v : list) types[v.name()] = v.type().tensor_type().elem_type();
    return types;
  };
  constexpr int kText = onnx::TensorProto::STRING, kFloat = onnx::TensorProto::FLOAT, kInt = onnx::TensorProto::INT64;
  using Types = std::map<std::string, int>;
  const auto risk = graph_of(cases()[0]);
  EXPECT_EQ(described(risk.input()), (Types{{"label", kFloat},
                                            {"W1", kFloat},
                                            {"x", kFloat},
                                            {"logits", kText},
                                            {"on", kText},
                                            {"flag", kFloat},
                                            {"rooms", kText},
                                            {"level", kText},
                                            {"town", kText}}));
  EXPECT_EQ(risk.input(3).name(), "logits") << "in the order of the file";
  EXPECT_EQ(described(risk.output()), (Types{{"label_2", kText}, {"probabilities", kFloat}, {"logits_2", kFloat}}));
  EXPECT_EQ(described(graph_of(cases()[3]).output())["label_2"], kInt);
  EXPECT_EQ(described(graph_of(cases()[4]).output())["label_2"], kInt);
  EXPECT_EQ(described(graph_of(cases()[5]).output()), (Types{{"value", kFloat}}));
}

TEST(Tables, TextsOfACategoryAndOfABoolean) {
  ColumnSpec column;
  column.type = ColumnType::categorical;
  column.categories = {"b", std::string(kMissingCategory), "a"};
  using Values = std::vector<std::pair<std::string, float>>;
  EXPECT_EQ(model_file::text_values(column, {"", "NA"}),
            (Values{{"b", 0.0f}, {"(missing)", 1.0f}, {"a", 2.0f}, {"", 1.0f}, {"NA", 1.0f}}));
  column.categories = {"b", "a"};  // training had no gaps: a gap is unseen
  EXPECT_EQ(model_file::text_values(column, {"", "NA"}), (Values{{"b", 0.0f}, {"a", 1.0f}}));
  column.type = ColumnType::boolean;
  column.categories = {"off", "on"};
  EXPECT_EQ(model_file::text_values(column, {""}), (Values{{"off", 0.0f}, {"on", 1.0f}}));
  column.categories = {"N", "Y"};
  const Values values = model_file::text_values(column, {"", "f"});
  const auto value = [&](const std::string& text) {
    for (const auto& [name, v] : values)
      if (name == text) return v;
    return -1.0f;
  };
  EXPECT_EQ(value("N"), 0.0f);
  EXPECT_EQ(value("yes"), 1.0f);
  EXPECT_EQ(value("True"), 1.0f);
  EXPECT_EQ(value("0"), 0.0f);
  EXPECT_EQ(value("f"), -1.0f) << "means missing here";
}

TEST(Tables, WhatCountsAsEqual) {
  Parity parity;
  parity.rows = 1;
  GraphReading& r = parity.readings.emplace_back();
  r.labels = 1;
  EXPECT_TRUE(parity.ok());
  r.ties = 1;
  EXPECT_TRUE(parity.ok());
  r.labels_differ = 1;
  EXPECT_FALSE(parity.ok());
  r.labels_differ = 0;
  r.outputs.emplace_back().of_allowed = std::nan("");
  EXPECT_FALSE(parity.ok());
}

TEST(Tables, ARuntimeThatWasNamedMustBeThere) {
  const TemporaryFolder folder;
  write_bytes(folder.file("train.csv"), table(60, 1, false));
  const Model model = trained(folder.file("train.csv"), cases()[5]);
  const std::string message = support::message_of([&] {
    check_parity(model, folder.file("train.csv"), {folder.path(), 1});
  });
  EXPECT_NE(message.find("ONNX Runtime: "), std::string::npos) << message;
}

}  // namespace
}  // namespace retrograd
