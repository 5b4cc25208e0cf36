#include "onnx/export/graph_builder.hpp"

#include <fmt/ranges.h>

#include <bit>

#include "base/fail.hpp"

namespace retrograd::model_file {
namespace {

static_assert(std::endian::native == std::endian::little, "raw tensor data are little-endian");

void write(const ops::OnnxAttribute& from, onnx::AttributeProto& to) {
  using Type = ops::OnnxAttribute::Type;
  to.set_name(from.name);
  switch (from.type) {
    case Type::integer:
      to.set_type(onnx::AttributeProto::INT);
      to.set_i(from.integer);
      break;
    case Type::real:
      to.set_type(onnx::AttributeProto::FLOAT);
      to.set_f(static_cast<float>(from.real));
      break;
    case Type::integers:
      to.set_type(onnx::AttributeProto::INTS);
      for (int64_t v : from.integers) to.add_ints(v);
      break;
    case Type::reals:
      to.set_type(onnx::AttributeProto::FLOATS);
      for (double v : from.reals) to.add_floats(static_cast<float>(v));
      break;
    case Type::string:
      to.set_type(onnx::AttributeProto::STRING);
      to.set_s(from.string);
      break;
  }
}

}  // namespace

std::string GraphBuilder::node(std::string_view op_type, std::vector<std::string> inputs,
                               std::vector<ops::OnnxAttribute> attributes) {
  return add_node(op_type, std::move(inputs), {}, attributes).output(0);
}

onnx::NodeProto& GraphBuilder::add_node(std::string_view op_type, std::vector<std::string> inputs,
                                        const std::string& output, const std::vector<ops::OnnxAttribute>& attributes) {
  onnx::NodeProto& n = *graph_.add_node();
  n.set_op_type(std::string(op_type));
  n.set_name(names_.fresh(fmt::format("{}/{}", prefix_, op_type)));
  n.set_doc_string(doc_);
  for (std::string& name : inputs) n.add_input(std::move(name));
  n.add_output(output.empty() ? n.name() : output);
  for (const ops::OnnxAttribute& a : attributes) write(a, *n.add_attribute());
  return n;
}

std::string GraphBuilder::constant(std::vector<double> values, std::vector<int64_t> dims) {
  onnx::TensorProto& t = add_tensor(names_.fresh(prefix_ + "/constant"), real_, dims, values.size());
  if (real_ == onnx::TensorProto::DOUBLE)
    t.set_raw_data(values.data(), values.size() * sizeof(double));
  else
    t.set_raw_data(std::vector<float>(values.begin(), values.end()).data(), values.size() * sizeof(float));
  return t.name();
}

std::string GraphBuilder::constant_int64(std::vector<int64_t> values, std::vector<int64_t> dims) {
  onnx::TensorProto& t = add_tensor(names_.fresh(prefix_ + "/constant"), onnx::TensorProto::INT64, dims, values.size());
  t.set_raw_data(values.data(), values.size() * sizeof(int64_t));
  return t.name();
}

std::string GraphBuilder::constant_text(const std::vector<std::string>& values) {
  onnx::TensorProto& t = add_tensor(names_.fresh(prefix_ + "/constant"), onnx::TensorProto::STRING,
                                    {static_cast<int64_t>(values.size())}, values.size());
  for (const std::string& v : values) t.add_string_data(v);
  return t.name();
}

onnx::TensorProto& GraphBuilder::add_tensor(const std::string& name, int type, const std::vector<int64_t>& dims,
                                            size_t values) {
  size_t count = 1;
  for (int64_t d : dims) count *= static_cast<size_t>(d);
  if (count != values) fail("'{}': {} values do not fill a tensor [{}]", name, values, fmt::join(dims, ", "));
  onnx::TensorProto& t = *graph_.add_initializer();
  t.set_name(name);
  t.set_data_type(type);
  for (int64_t d : dims) t.add_dims(d);
  return t;
}

void describe(onnx::ValueInfoProto& info, const std::string& name, int type, int features, std::string doc) {
  info.set_name(name);
  onnx::TypeProto_Tensor& t = *info.mutable_type()->mutable_tensor_type();
  t.set_elem_type(type);
  t.mutable_shape()->add_dim()->set_dim_param("N");
  if (features > 0) t.mutable_shape()->add_dim()->set_dim_value(features);
  if (!doc.empty()) info.set_doc_string(std::move(doc));
}

}  // namespace retrograd::model_file
