// Adds nodes and tensors to an ONNX graph, each named and described.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "onnx/proto.hpp"
#include "onnx/tensor_names.hpp"
#include "retrograd/operator.hpp"

namespace retrograd::model_file {

inline constexpr std::string_view kMlDomain = "ai.onnx.ml";

/// Rooms see it as an OnnxWriter.
class GraphBuilder final : public ops::OnnxWriter {
 public:
  /// `real`: onnx::TensorProto::FLOAT or DOUBLE, the type of constants.
  GraphBuilder(onnx::GraphProto& graph, TensorNames& names, int real) : graph_(graph), names_(names), real_(real) {}

  /// What nodes and constants are part of: the beginning of their names, and the nodes' doc string.
  void section(std::string name, std::string doc) {
    prefix_ = std::move(name);
    doc_ = std::move(doc);
  }

  std::string node(std::string_view op_type, std::vector<std::string> inputs,
                   std::vector<ops::OnnxAttribute> attributes = {}) override;
  std::string constant(std::vector<double> values, std::vector<int64_t> dims = {}) override;
  std::string constant_int64(std::vector<int64_t> values, std::vector<int64_t> dims) override;
  std::string constant_text(const std::vector<std::string>& values);

  /// A node whose one output is called `output`; returns it for more attributes.
  onnx::NodeProto& add_node(std::string_view op_type, std::vector<std::string> inputs, const std::string& output,
                            const std::vector<ops::OnnxAttribute>& attributes = {});
  /// An initializer without data. Throws Error if `values` do not fill `dims`.
  onnx::TensorProto& add_tensor(const std::string& name, int type, const std::vector<int64_t>& dims, size_t values);

  onnx::GraphProto& graph() { return graph_; }
  int real() const { return real_; }

 private:
  onnx::GraphProto& graph_;
  TensorNames& names_;
  int real_;
  std::string prefix_, doc_;
};

/// Name, type and shape [N, features]; [N] when `features` is 0. N is free.
void describe(onnx::ValueInfoProto& info, const std::string& name, int type, int features, std::string doc = {});

}  // namespace retrograd::model_file
