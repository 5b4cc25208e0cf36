#include "onnx/evaluate/evaluate.hpp"

#include <cstring>

#include "onnx/evaluate/evaluate_node.hpp"

namespace retrograd::evaluation {
namespace {

template <class T>
std::vector<T> unpack(const std::string& raw) {
  std::vector<T> values(raw.size() / sizeof(T));
  std::memcpy(values.data(), raw.data(), values.size() * sizeof(T));
  return values;
}

Tensor initializer(const onnx::TensorProto& t) {
  Tensor result;
  result.dims.assign(t.dims().begin(), t.dims().end());
  switch (t.data_type()) {
    case onnx::TensorProto::FLOAT:
      result.values = unpack<float>(t.raw_data());
      break;
    case onnx::TensorProto::DOUBLE:
      result.values = unpack<double>(t.raw_data());
      break;
    case onnx::TensorProto::INT64:
      result.values = unpack<int64_t>(t.raw_data());
      break;
    case onnx::TensorProto::STRING:
      result.values = std::vector<std::string>(t.string_data().begin(), t.string_data().end());
      break;
    default:
      fail("tensor '{}': element type {} is not known", t.name(), t.data_type());
  }
  if (count(result.dims) != result.size())
    fail("tensor '{}': {} values, but its shape asks for {}", t.name(), result.size(), count(result.dims));
  return result;
}

Function find_operator(const onnx::NodeProto& n) {
  for (const auto find : {find_elementwise, find_structural, find_matrix})
    if (const Function f = find(n.domain(), n.op_type())) return f;
  fail("node '{}': operator {} of domain '{}' is not known", n.name(), n.op_type(), n.domain());
}

/// Element types by ONNX's numbers.
int type_of(const Tensor& t) {
  constexpr int kTypes[] = {onnx::TensorProto::FLOAT, onnx::TensorProto::DOUBLE, onnx::TensorProto::INT64,
                            onnx::TensorProto::BOOL, onnx::TensorProto::STRING};
  return kTypes[t.values.index()];
}

void check_declared(const onnx::ValueInfoProto& info, const Tensor& t) {
  const auto& declared = info.type().tensor_type();
  bool fits = type_of(t) == declared.elem_type() && t.dims.size() == static_cast<size_t>(declared.shape().dim_size());
  for (size_t k = 0; fits && k < t.dims.size(); ++k) {
    const auto& d = declared.shape().dim(static_cast<int>(k));
    fits = !d.has_dim_value() || d.dim_value() == t.dims[k];
  }
  if (!fits)
    fail("tensor '{}' is of type {} [{}], which is not what the graph declares", info.name(), type_of(t),
         fmt::join(t.dims, ", "));
}

}  // namespace

Tensors evaluate(const onnx::GraphProto& graph, Tensors inputs) {
  Tensors tensors = std::move(inputs);
  for (const auto& in : graph.input()) {
    const auto found = tensors.find(in.name());
    if (found == tensors.end()) fail("the graph's input '{}' has no value", in.name());
    check_declared(in, found->second);
  }
  for (const auto& t : graph.initializer()) tensors[t.name()] = initializer(t);
  for (const auto& proto : graph.node()) {
    std::vector<const Tensor*> arguments;
    for (const std::string& name : proto.input()) {
      const auto found = tensors.find(name);
      if (!name.empty() && found == tensors.end()) fail("node '{}' reads '{}' before it is made", proto.name(), name);
      arguments.push_back(name.empty() ? nullptr : &found->second);
    }
    if (proto.output_size() != 1) fail("node '{}' has {} outputs, expected 1", proto.name(), proto.output_size());
    Node node(proto, std::move(arguments));
    Tensor result = find_operator(proto)(node);
    node.done();
    tensors[proto.output(0)] = std::move(result);
  }
  for (const auto& info : graph.value_info())
    if (const auto found = tensors.find(info.name()); found != tensors.end()) check_declared(info, found->second);
  Tensors outputs;
  for (const auto& out : graph.output()) {
    const auto found = tensors.find(out.name());
    if (found == tensors.end()) fail("the graph's output '{}' is made by no node", out.name());
    check_declared(out, found->second);
    outputs[out.name()] = found->second;
  }
  return outputs;
}

}  // namespace retrograd::evaluation
