// The exported graph predicts what the model predicts, by an evaluator that shares nothing with the model.
#include <gtest/gtest.h>

#include <cmath>

#include "graph/program.hpp"
#include "onnx/evaluate.hpp"
#include "onnx/model_file.hpp"
#include "onnx/networks.hpp"
#include "support/within.hpp"

namespace retrograd {
namespace {

template <class T>
std::map<std::string, evaluation::Tensor<T>> run(const onnx::ModelProto& file, const Dataset& data) {
  std::map<std::string, evaluation::Tensor<T>> inputs;
  for (const Block& b : data.inputs) {
    evaluation::Tensor<T> t{{data.rows, b.cols}, {}};
    for (int64_t n = 0; n < data.rows; ++n)
      for (int j = 0; j < b.cols; ++j) t.values.push_back(static_cast<T>(b.at(n, j)));
    inputs[b.name] = std::move(t);
  }
  return evaluation::evaluate<T>(file.graph(), std::move(inputs));
}

class Exported : public testing::TestWithParam<Precision> {};

TEST_P(Exported, GraphPredictsWhatTheModelPredicts) {
  double worst = 0;
  for (const auto& [name, network] : networks::all()) {
    SCOPED_TRACE(name);
    const Model model = networks::random_model(network, GetParam());
    const Dataset data = networks::random_data(network, 70);
    const std::vector<float> expected = model.predict(data);
    const onnx::ModelProto file = model_file::to_onnx(model);
    const auto compare = [&](const auto& outputs, double tolerance) {
      const auto& p = outputs.at(file.graph().output(0).name());
      ASSERT_EQ(p.dims, (std::vector<int64_t>{data.rows, model.outputs()}));
      for (size_t i = 0; i < expected.size(); ++i) {
        const double error = support::error_of(static_cast<double>(expected[i]), static_cast<double>(p.values[i])) /
                             (1 + std::abs(static_cast<double>(expected[i])));
        ASSERT_TRUE(support::within(error, tolerance))
            << "element " << i << ": " << expected[i] << " and " << p.values[i];
        worst = std::max(worst, error);
      }
      if (model.network().loss_type != "softmax_xent") return;
      const auto& label = outputs.at(file.graph().output(2).name());
      ASSERT_EQ(label.values.size(), static_cast<size_t>(data.rows));
      for (size_t n = 0; n < label.values.size(); ++n) {
        const auto row = expected.begin() + static_cast<std::ptrdiff_t>(n) * model.outputs();
        const auto k = static_cast<std::ptrdiff_t>(label.values[n]);
        ASSERT_GE(row[k] + 1e-6f, *std::max_element(row, row + model.outputs()));
      }
    };
    if (GetParam() == Precision::float32)
      compare(run<float>(file, data), 1e-5);
    else
      compare(run<double>(file, data), 5e-7);  // predict() rounds to float; attributes of nodes are floats
  }
  RecordProperty("largest_error", std::to_string(worst));
}

INSTANTIATE_TEST_SUITE_P(Both, Exported, testing::Values(Precision::float32, Precision::float64),
                         [](const auto& tested) { return std::string(to_string(tested.param)); });

TEST(Export, TheFileSaysWhatItIs) {
  Network net;
  net.input("x", 4).linear(3).activation("relu").linear(2).loss("softmax_xent");
  const onnx::ModelProto file = model_file::to_onnx(networks::random_model(net, Precision::float32));
  EXPECT_EQ(file.ir_version(), 8);
  ASSERT_EQ(file.opset_import_size(), 1);
  EXPECT_EQ(file.opset_import(0).version(), 17);
  EXPECT_EQ(file.producer_name(), "retrograd");
  const onnx::GraphProto& g = file.graph();
  ASSERT_EQ(g.input_size(), 1);
  EXPECT_EQ(g.input(0).name(), "x");
  EXPECT_EQ(g.input(0).type().tensor_type().shape().dim(0).dim_param(), "N");
  EXPECT_EQ(g.input(0).type().tensor_type().shape().dim(1).dim_value(), 4);
  std::vector<std::string> outputs, tensors, nodes;
  for (const auto& o : g.output()) outputs.push_back(o.name());
  for (const auto& t : g.initializer()) tensors.push_back(t.name());
  for (const auto& n : g.node()) nodes.push_back(n.op_type() + " " + n.output(0));
  EXPECT_EQ(outputs, (std::vector<std::string>{"p", "z2", "label"}));
  EXPECT_EQ(tensors, (std::vector<std::string>{"W1", "b1", "W2", "b2"}));
  EXPECT_EQ(nodes, (std::vector<std::string>{"Gemm z1", "Relu a1", "Gemm z2", "Softmax p", "ArgMax label"}));
  EXPECT_EQ(g.initializer(0).dims_size(), 2);
  EXPECT_EQ(g.initializer(1).dims_size(), 1);
}

TEST(Export, DoubleModelsHoldDoubles) {
  Network net;
  net.input("x", 4).linear(2).loss("squared").target(2);
  const onnx::ModelProto file = model_file::to_onnx(networks::random_model(net, Precision::float64));
  for (const auto& t : file.graph().initializer()) EXPECT_EQ(t.data_type(), onnx::TensorProto::DOUBLE);
  EXPECT_EQ(file.graph().input(0).type().tensor_type().elem_type(), onnx::TensorProto::DOUBLE);
}

/// The evaluator would be no second opinion if it did not notice a wrong graph.
TEST(Export, EvaluatorSeesAChangedGraph) {
  Network net;
  net.input("x", 4).linear(3).activation("relu").linear(2).loss("softmax_xent");
  const Model model = networks::random_model(net, Precision::float32);
  const Dataset data = networks::random_data(net, 40);
  onnx::ModelProto file = model_file::to_onnx(model);
  file.mutable_graph()->mutable_node(1)->set_op_type("Identity");
  const auto p = run<float>(file, data).at("p");
  const std::vector<float> expected = model.predict(data);
  double worst = 0;
  for (size_t i = 0; i < expected.size(); ++i)
    worst = std::max(worst, std::abs(static_cast<double>(expected[i]) - static_cast<double>(p.values[i])));
  EXPECT_GT(worst, 1e-2);
  file.mutable_graph()->mutable_node(1)->set_op_type("HardSwish");
  EXPECT_THROW(run<float>(file, data), std::runtime_error);
}

}  // namespace
}  // namespace retrograd
