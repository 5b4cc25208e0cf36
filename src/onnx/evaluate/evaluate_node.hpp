// One node while it is evaluated: its inputs and attributes, and the operators by name.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <fmt/ranges.h>

#include "base/fail.hpp"
#include "onnx/proto.hpp"
#include "onnx/tensor.hpp"

namespace retrograd::evaluation {

class Node {
 public:
  Node(const onnx::NodeProto& proto, std::vector<const Tensor*> inputs)
      : proto_(proto), inputs_(std::move(inputs)), used_(static_cast<size_t>(proto.attribute_size())) {}

  template <class... Args>
  [[noreturn]] void refuse(fmt::format_string<Args...> format, Args&&... args) const {
    fail("node '{}' ({}): {}", proto_.name(), proto_.op_type(), fmt::format(format, std::forward<Args>(args)...));
  }

  int inputs() const { return static_cast<int>(inputs_.size()); }
  bool has(int k) const { return k < inputs() && inputs_[static_cast<size_t>(k)] != nullptr; }
  const Tensor& in(int k) const {
    if (!has(k)) refuse("input {} is missing", k);
    return *inputs_[static_cast<size_t>(k)];
  }
  /// Input k as elements of T.
  template <class T>
  const std::vector<T>& values(int k) const {
    const auto* found = std::get_if<std::vector<T>>(&in(k).values);
    if (found == nullptr) refuse("input {} has another element type than expected", k);
    return *found;
  }

  /// Attributes; each must be asked for, or done() refuses the node.
  double real(const char* name, double otherwise) {
    const auto* a = find(name);
    return a != nullptr ? static_cast<double>(a->f()) : otherwise;
  }
  int64_t integer(const char* name, int64_t otherwise) {
    const auto* a = find(name);
    return a != nullptr ? a->i() : otherwise;
  }
  std::string text(const char* name, const std::string& otherwise) {
    const auto* a = find(name);
    return a != nullptr ? a->s() : otherwise;
  }
  const onnx::AttributeProto* find(const char* name) {
    for (size_t k = 0; k < used_.size(); ++k) {
      if (proto_.attribute(static_cast<int>(k)).name() != name) continue;
      used_[k] = true;
      return &proto_.attribute(static_cast<int>(k));
    }
    return nullptr;
  }
  void done() const {
    for (size_t k = 0; k < used_.size(); ++k)
      if (!used_[k]) refuse("attribute '{}' is not known", proto_.attribute(static_cast<int>(k)).name());
  }

 private:
  const onnx::NodeProto& proto_;
  std::vector<const Tensor*> inputs_;
  std::vector<bool> used_;
};

using Function = Tensor (*)(Node&);

/// The operator's function, or nullptr. One list a file.
Function find_elementwise(std::string_view domain, std::string_view op);
Function find_structural(std::string_view domain, std::string_view op);
Function find_matrix(std::string_view domain, std::string_view op);

/// Elements of a shape.
inline size_t count(const std::vector<int64_t>& dims) {
  size_t n = 1;
  for (int64_t d : dims) n *= static_cast<size_t>(d);
  return n;
}

/// A tensor as [outer, dims[axis], inner] around an axis.
struct Around {
  size_t outer = 1, size = 0, inner = 1;
  Around(const std::vector<int64_t>& dims, size_t axis) : size(static_cast<size_t>(dims[axis])) {
    for (size_t k = 0; k < axis; ++k) outer *= static_cast<size_t>(dims[k]);
    for (size_t k = axis + 1; k < dims.size(); ++k) inner *= static_cast<size_t>(dims[k]);
  }
};

/// Calls f with a zero of input k's type, float or double.
template <class F>
Tensor for_real(const Node& n, int k, F&& f) {
  if (std::holds_alternative<std::vector<float>>(n.in(k).values)) return f(float{});
  if (std::holds_alternative<std::vector<double>>(n.in(k).values)) return f(double{});
  n.refuse("input {} is neither float nor double", k);
}

/// `axis` counted from the end when negative; refused when there is no such axis.
inline size_t axis_of(const Node& n, int64_t axis, size_t rank) {
  if (axis < 0) axis += static_cast<int64_t>(rank);
  if (axis < 0 || axis >= static_cast<int64_t>(rank)) n.refuse("axis {} of a tensor of rank {}", axis, rank);
  return static_cast<size_t>(axis);
}

}  // namespace retrograd::evaluation
