// The model file; and the descriptions in it, which no checksum guards from someone who writes the file anew.
#include <algorithm>
#include <optional>

#include "explain/small_networks.hpp"
#include "fuzz/target.hpp"
#include "graph/program.hpp"
#include "onnx/model_file.hpp"
#include "onnx/proto.hpp"

namespace retrograd::fuzz {
namespace {

/// The most that a network may have for its numbers to be computed here.
constexpr int64_t kMostNumbers = 1 << 14;

/// Zeros in the shape of the network's inputs.
Dataset zeros(const Network& network, int64_t rows) {
  Dataset data;
  data.rows = rows;
  for (const NetworkInput& in : network.inputs)
    data.inputs.push_back({in.name, in.features, std::vector<float>(static_cast<size_t>(rows * in.features))});
  return data;
}

/// Writes the model, reads it back, and predicts by both.
void use(const Model& model, const Dataset& data) {
  std::string bytes;
  if (!accepts([&] { bytes = model_file::to_bytes(model); })) return;
  std::optional<Model> again;
  expect(accepts([&] { again = model_file::from_bytes(bytes, "written"); }), "a model is refused as it was written");
  expect(again->fingerprint() == model.fingerprint(), "a model changes when it is written and read");
  accepts([&] { model.predict(data, 1); });
}

std::map<std::string, std::vector<double>> half_values(const graph::ForwardProgram& program) {
  std::map<std::string, std::vector<double>> values;
  for (const graph::Parameter& p : program.parameters) values[p.name].assign(p.size(), 0.5);
  return values;
}

/// What another program's exporter writes: constants that are computed, weights that are turned, a bias that is added.
std::string foreign_model() {
  onnx::ModelProto file;
  file.set_ir_version(8);
  file.add_opset_import()->set_version(17);
  onnx::GraphProto& graph = *file.mutable_graph();
  const auto tensor = [&](const char* name, std::vector<int64_t> dims, size_t count) {
    onnx::TensorProto& t = *graph.add_initializer();
    t.set_name(name);
    t.set_data_type(onnx::TensorProto::FLOAT);
    for (const int64_t d : dims) t.add_dims(d);
    for (size_t i = 0; i < count; ++i) t.add_float_data(0.25F * static_cast<float>(i % 7) - 0.5F);
  };
  const auto node = [&](const char* type, std::vector<const char*> inputs, const char* output) -> onnx::NodeProto& {
    onnx::NodeProto& n = *graph.add_node();
    n.set_op_type(type);
    for (const char* in : inputs) n.add_input(in);
    n.add_output(output);
    return n;
  };
  const auto value = [](onnx::ValueInfoProto& v, const char* name, int64_t features) {
    v.set_name(name);
    onnx::TypeProto_Tensor& t = *v.mutable_type()->mutable_tensor_type();
    t.set_elem_type(onnx::TensorProto::FLOAT);
    t.mutable_shape()->add_dim()->set_dim_param("N");
    t.mutable_shape()->add_dim()->set_dim_value(features);
  };
  value(*graph.add_input(), "x", 3);
  value(*graph.add_output(), "p", 2);
  tensor("v", {4, 3}, 12);
  tensor("b", {4}, 4);
  tensor("w", {8}, 8);
  onnx::TensorProto& shape = *graph.add_initializer();
  shape.set_name("s");
  shape.set_data_type(onnx::TensorProto::INT64);
  shape.add_dims(2);
  for (const int64_t d : {4, -1}) shape.add_int64_data(d);
  node("Transpose", {"v"}, "t");
  node("MatMul", {"x", "t"}, "m");
  node("Add", {"m", "b"}, "z");
  node("Tanh", {"z"}, "a");
  node("Reshape", {"w", "s"}, "u");
  node("Gemm", {"a", "u"}, "g");
  node("Softmax", {"g"}, "p");
  return file.SerializeAsString();
}

}  // namespace

bool run_model(std::string_view bytes) {
  std::optional<Model> model;
  if (!accepts([&] { model = model_file::from_bytes(bytes, "input"); })) return false;
  use(*model, zeros(model->network(), 2));
  return true;
}

std::vector<std::string> seeds_model() {
  std::vector<std::string> all;
  for (const Network& network : {explain_test::chain("sigmoid"), explain_test::tangle()})
    for (const Precision precision : {Precision::float32, Precision::float64})
      all.push_back(model_file::to_bytes(explain_test::random_model(network, precision).with_notes({{"k", "text"}})));
  all.push_back(foreign_model());
  return all;
}

/// The network's description, a line end, and the dataspec (or nothing).
bool run_network(std::string_view bytes) {
  const size_t end = std::min(bytes.find('\n'), bytes.size());
  Network network;
  graph::ForwardProgram program;
  if (!accepts([&] {
        network = graph::network_from_json(bytes.substr(0, end));
        program = graph::compile(network);
      }))
    return false;
  const std::string text = graph::to_json(network);
  expect(graph::network_from_json(text) == network, "a network changes when it is written and read");
  graph::print(program);
  graph::summary(program);
  accepts([&] { graph::print(program, graph::reverse(program)); });
  int64_t numbers = static_cast<int64_t>(program.total_size);
  for (const auto& value : program.values) numbers = std::min(numbers + value.features, kMostNumbers + 1);
  if (numbers > kMostNumbers) return true;
  std::optional<Model> model;
  if (!accepts([&] {
        const std::string_view spec = bytes.substr(std::min(end + 1, bytes.size()));
        model.emplace(network, Precision::float32, half_values(program),
                      spec.empty() ? DataSpec{} : spec_from_json(spec));
      }))
    return true;
  use(*model, zeros(network, 2));
  return true;
}

std::vector<std::string> seeds_network() {
  const DataSpec spec = from_memory(std::vector<float>(10, 1), {5}, {0, 1}).spec;
  return {graph::to_json(explain_test::chain("relu")) + "\n" + to_json(spec),
          graph::to_json(explain_test::chain("layer_norm", "squared")) + "\n",
          graph::to_json(explain_test::chain("softplus", "sigmoid_bce")), graph::to_json(explain_test::tangle())};
}

}  // namespace retrograd::fuzz
