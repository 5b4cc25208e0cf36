// Networks written by other programs: read, predicted, checked, explained, diagnosed, fine-tuned; refusals name what is
// not supported. The files come from make_models.py.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/random.hpp"
#include "data/array/array.hpp"
#include "data/files/zip.hpp"
#include "onnx/temporary_folder.hpp"
#include "retrograd/diagnose.hpp"
#include "retrograd/error.hpp"
#include "retrograd/evaluate.hpp"
#include "retrograd/export.hpp"
#include "retrograd/gradcheck.hpp"
#include "retrograd/start_from.hpp"

namespace retrograd {
namespace {

using testing::HasSubstr;

/// The generated files, made once.
const std::string& folder() {
  static const TemporaryFolder made;
  static const int status =
      std::system((RETROGRAD_PYTHON " -W ignore '" RETROGRAD_MAKE_MODELS "' '" + made.path() + "'").c_str());
  if (status != 0) ADD_FAILURE() << "make_models.py failed";
  return made.path();
}

Array array(const std::string& model, const std::string& name) {
  const std::string path = folder() + "/" + model + ".npz";
  const FileBytes archive = read_file(path);
  for (const ZipMember& member : zip_members(archive, path))
    if (member.name == name + ".npy") return parse_npy(zip_read(archive, member, path), path);
  throw Error("no " + name + " in " + path);
}

struct Case {
  std::string name;
  Task task;
  Precision precision;
  std::vector<std::string> classes;
  double tolerance;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class Imported : public testing::TestWithParam<Case> {
 protected:
  Model model() const { return Model::load(folder() + "/" + GetParam().name + ".onnx"); }

  /// The rows of the file, in blocks that the model reads; class codes, labels or numbers as targets.
  Dataset data(const Model& model) const {
    const Array X = array(GetParam().name, "X");
    Dataset data;
    data.rows = X.rows();
    Block block = to_block(X);
    block.name = model.network().inputs[0].name;
    data.inputs.push_back(block);
    const int cols = GetParam().task == Task::classification ? 1 : model.outputs();
    std::vector<float> y;
    Stream random(3, Purpose::check, 0);
    for (int64_t i = 0; i < data.rows * cols; ++i)
      y.push_back(GetParam().task == Task::regression
                      ? static_cast<float>(random.uniform())
                      : static_cast<float>(random.below(static_cast<uint64_t>(cols == 1 ? model.outputs() : 2))));
    data.target = {"target", cols, std::move(y)};
    return data;
  }
};

INSTANTIATE_TEST_SUITE_P(
    Forms, Imported,
    testing::Values(Case{"torch_images", Task::classification, Precision::float32, {"0", "1", "2"}, 2e-6},
                    Case{"torch_batch_norm", Task::multilabel, Precision::float32, {"y0", "y1", "y2", "y3"}, 2e-6},
                    Case{"torch_transformer_block", Task::regression, Precision::float32, {"y0", "y1"}, 1e-5},
                    Case{"torch_gates", Task::classification, Precision::float32, {"0", "1", "2"}, 3e-6},
                    Case{"keras_dense", Task::classification, Precision::float32, {"0", "1", "2"}, 2e-6},
                    Case{"activations", Task::regression, Precision::float64, {"y0", "y1", "y2", "y3"}, 1e-6},
                    Case{"sklearn_binary", Task::classification, Precision::float32, {"0", "1"}, 1e-5},
                    Case{"sklearn_words", Task::classification, Precision::float32, {"blue", "green", "red"}, 1e-5},
                    Case{"sklearn_columns", Task::regression, Precision::float32, {"target"}, 1e-5}),
    [](const auto& p) { return p.param.name; });

TEST_P(Imported, predicts_what_its_own_program_predicts) {
  const Model m = model();
  EXPECT_EQ(m.spec().task, GetParam().task);
  EXPECT_EQ(m.precision(), GetParam().precision);
  EXPECT_EQ(m.spec().classes(), GetParam().classes);
  EXPECT_THAT(m.notes().at("imported"), HasSubstr("main_graph"));
  const std::vector<float> p = m.predict(data(m));
  const Array expected = array(GetParam().name, "y");
  ASSERT_EQ(p.size(), static_cast<size_t>(expected.rows() * m.outputs()));
  for (size_t i = 0; i < p.size(); ++i) {
    const double e = expected.at(static_cast<int64_t>(i));
    ASSERT_LE(std::abs(static_cast<double>(p[i]) - e), GetParam().tolerance * std::max(1.0, std::abs(e))) << i;
  }
}

TEST_P(Imported, is_a_model_like_any_other) {
  const Model m = model();
  const TemporaryFolder to;
  m.save(to.file("ours.onnx"));
  const Model again = Model::load(to.file("ours.onnx"));
  EXPECT_EQ(again.fingerprint(), m.fingerprint());
  EXPECT_EQ(to_json(again.spec()), to_json(m.spec()));
  const Dataset rows = data(m);
  EXPECT_EQ(again.predict(rows), m.predict(rows));
  EXPECT_TRUE(gradcheck(m, rows).ok());
  EXPECT_FALSE(evaluate(m, rows).one_line().empty());
  EXPECT_THAT(to_c(m, {"network", 3}), HasSubstr("network_predict"));
}

TEST_P(Imported, is_fine_tuned_from_its_parameters) {
  const Model m = model();
  const Start start = start_from(m);
  const Dataset rows = data(m);
  TrainOptions options;
  options.precision = m.precision();
  options.epochs = 1;
  options.optimizer = "sgd";
  options.schedule = "constant";
  options.learning_rate = 1e-9;
  const Model same = train(start.prepared, start.spec, rows, nullptr, options).model;
  EXPECT_EQ(same.network(), m.network());
  for (const char* p : {"W1"})
    for (size_t i = 0; i < m.parameter(p).size(); ++i) ASSERT_NEAR(same.parameter(p)[i], m.parameter(p)[i], 1e-6);
  options.optimizer = "adamw";
  options.learning_rate = 0.01;
  options.epochs = 30;
  const Model better = train(start.prepared, start.spec, rows, nullptr, options).model;
  EXPECT_LT(better.loss(rows).mean(), m.loss(rows).mean());
}

TEST(Import, logits_become_classes_when_told) {
  const Model m = Model::load(folder() + "/torch_transformer_block.onnx");
  const Start start = start_from(m, Task::classification);
  EXPECT_EQ(start.prepared.network.loss_type, "softmax_xent");
  EXPECT_EQ(start.spec.classes(), (std::vector<std::string>{"0", "1"}));
  const Model labels = Model::load(folder() + "/torch_batch_norm.onnx");
  try {
    start_from(labels, Task::regression);
    FAIL() << "nothing was thrown";
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), HasSubstr("is for multilabel, which cannot become regression"));
  }
}

TEST(Import, layers_have_the_names_of_the_textbook) {
  const Model m = Model::load(folder() + "/torch_images.onnx");
  std::vector<std::string> names;
  for (const Layer& l : m.network().layers) names.push_back(l.name + " " + l.type);
  EXPECT_EQ(names, (std::vector<std::string>{"z1 linear", "a1 relu", "z2 linear"}));
  EXPECT_EQ(m.spec().row_shape, (std::vector<int64_t>{1, 4, 4}));
  std::vector<std::string> types;
  const Model block = Model::load(folder() + "/torch_transformer_block.onnx");
  for (const Layer& l : block.network().layers) types.push_back(l.type);
  EXPECT_EQ(types, (std::vector<std::string>{"layer_norm", "linear", "gelu", "linear", "add", "linear"}));
  const Model table = Model::load(folder() + "/sklearn_columns.onnx");
  EXPECT_EQ(table.spec().source, "csv");
  EXPECT_EQ(table.spec().columns[1].name, "income");
}

TEST(Import, names_what_is_not_supported) {
  const auto refused = nlohmann::json::parse(std::ifstream(folder() + "/refused.json"));
  EXPECT_GT(refused.size(), 20U);
  for (const auto& [name, words] : refused.items()) {
    const std::string path = folder() + "/" + name + ".onnx";
    try {
      Model::load(path);
      ADD_FAILURE() << name << " was read";
    } catch (const Error& e) {
      EXPECT_TRUE(std::string_view(e.what()).starts_with(path)) << e.what();
      for (const auto& word : words) EXPECT_THAT(e.what(), HasSubstr(word.get<std::string>())) << name;
    }
  }
}

/// Every cut and every changed byte gives a model or an Error, nothing else.
TEST(Import, damaged_files_are_refused_or_read) {
  for (const char* name : {"torch_gates", "sklearn_binary", "sklearn_columns"}) {
    const std::string whole = read_bytes(folder() + "/" + name + ".onnx");
    const TemporaryFolder to;
    Stream random(5, Purpose::check, 0);
    int read = 0;
    for (int trial = 0; trial < 300; ++trial) {
      std::string bytes = whole;
      if (trial % 3 == 0)
        bytes.resize(random.below(bytes.size()));
      else
        bytes[random.below(bytes.size())] = static_cast<char>(random.next());
      write_bytes(to.file("m.onnx"), bytes);
      try {
        Model::load(to.file("m.onnx"));
        ++read;
      } catch (const Error&) {
      }
    }
    EXPECT_LT(read, 300);
  }
}

}  // namespace
}  // namespace retrograd
