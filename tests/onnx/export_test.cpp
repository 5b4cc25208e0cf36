// The exported graph predicts what the model predicts, by an evaluator that shares nothing with the model.
#include <gtest/gtest.h>

#include <set>

#include "onnx/evaluate/evaluate.hpp"
#include "onnx/model_file.hpp"
#include "onnx/networks.hpp"
#include "onnx/parity/compare.hpp"
#include "onnx/parity/raw_inputs.hpp"
#include "retrograd/error.hpp"
#include "support/message.hpp"
#include "support/within.hpp"

namespace retrograd {
namespace {

class Exported : public testing::TestWithParam<Precision> {};

TEST_P(Exported, GraphPredictsWhatTheModelPredicts) {
  for (const auto& [name, network] : networks::all()) {
    SCOPED_TRACE(name);
    const Model model = networks::random_model(network, GetParam());
    const Dataset data = networks::random_data(network, 70);
    const onnx::ModelProto file = model_file::to_onnx(model);
    const evaluation::Tensors outputs = evaluation::evaluate(file.graph(), parity::array_inputs(model, data));
    const GraphReading reading = parity::compare(parity::Expected(model, data, 1), outputs, "own");
    EXPECT_EQ(reading.labels_differ, 0);
    for (const OutputDifference& d : reading.outputs)
      EXPECT_TRUE(support::within(d.of_allowed, 1)) << d.output << ": " << d.absolute << " in row " << d.row;
  }
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
  EXPECT_EQ(outputs, (std::vector<std::string>{"label", "probabilities", "logits"}));
  EXPECT_EQ(tensors, (std::vector<std::string>{"W1", "b1", "W2", "b2"}));
  EXPECT_EQ(nodes,
            (std::vector<std::string>{"Gemm z1", "Relu a1", "Gemm logits", "Softmax probabilities", "ArgMax label"}));
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

TEST(Export, EverythingIsNamedAndDescribed) {
  for (const auto& [name, network] : networks::all()) {
    SCOPED_TRACE(name);
    const onnx::ModelProto file = model_file::to_onnx(networks::random_model(network, Precision::float32));
    const onnx::GraphProto& g = file.graph();
    EXPECT_FALSE(file.doc_string().empty());
    EXPECT_FALSE(g.doc_string().empty());
    std::set<std::string> seen;
    const auto check = [&](const auto& described) {
      EXPECT_FALSE(described.name().empty());
      EXPECT_FALSE(described.doc_string().empty()) << described.name();
      EXPECT_TRUE(seen.insert(described.name()).second) << described.name() << " is there twice";
    };
    for (const auto& i : g.input()) check(i);
    for (const auto& o : g.output()) check(o);
    for (const auto& t : g.initializer()) {
      EXPECT_FALSE(t.name().empty());
      EXPECT_TRUE(seen.insert(t.name()).second) << t.name() << " is there twice";
    }
    for (const auto& n : g.node()) {
      EXPECT_FALSE(n.name().empty());
      EXPECT_FALSE(n.doc_string().empty()) << n.name();
    }
  }
}

/// The evaluator would be no second opinion if it did not notice a wrong graph.
TEST(Export, EvaluatorSeesAChangedGraph) {
  Network net;
  net.input("x", 4).linear(3).activation("relu").linear(2).loss("softmax_xent");
  const Model model = networks::random_model(net, Precision::float32);
  const Dataset data = networks::random_data(net, 40);
  const parity::Expected expected(model, data, 1);
  onnx::ModelProto file = model_file::to_onnx(model);
  const auto run = [&] { return evaluation::evaluate(file.graph(), parity::array_inputs(model, data)); };
  EXPECT_TRUE(parity::compare(expected, run(), "own").ok());
  onnx::NodeProto& relu = *file.mutable_graph()->mutable_node(1);
  relu.set_op_type("Identity");
  EXPECT_FALSE(parity::compare(expected, run(), "own").ok());
  relu.set_op_type("Relu");
  relu.add_attribute()->set_name("ceiling");
  EXPECT_NE(support::message_of([&] { run(); }).find("attribute 'ceiling' is not known"), std::string::npos);
  relu.set_op_type("Hardmax");
  EXPECT_NE(support::message_of([&] { run(); }).find("Hardmax"), std::string::npos);
}

}  // namespace
}  // namespace retrograd
