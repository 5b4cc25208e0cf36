// Operators that move elements: which goes where, of any element type.
#include "onnx/evaluate/evaluate_node.hpp"

namespace retrograd::evaluation {
namespace {

Tensor gather(Node& n) {
  const Tensor &x = n.in(0), &index = n.in(1);
  const size_t axis = axis_of(n, n.integer("axis", 0), x.dims.size());
  const Around a(x.dims, axis);
  const std::vector<int64_t>& picks = n.values<int64_t>(1);
  Tensor y;
  y.dims.assign(x.dims.begin(), x.dims.begin() + static_cast<std::ptrdiff_t>(axis));
  y.dims.insert(y.dims.end(), index.dims.begin(), index.dims.end());
  y.dims.insert(y.dims.end(), x.dims.begin() + static_cast<std::ptrdiff_t>(axis) + 1, x.dims.end());
  std::visit(
      [&](const auto& from) {
        std::decay_t<decltype(from)> to;
        to.reserve(a.outer * picks.size() * a.inner);
        for (size_t o = 0; o < a.outer; ++o)
          for (int64_t k : picks) {
            if (k < 0) k += static_cast<int64_t>(a.size);
            if (k < 0 || k >= static_cast<int64_t>(a.size)) n.refuse("index {} of {} elements", k, a.size);
            const auto first =
                from.begin() + static_cast<std::ptrdiff_t>((o * a.size + static_cast<size_t>(k)) * a.inner);
            to.insert(to.end(), first, first + static_cast<std::ptrdiff_t>(a.inner));
          }
        y.values = std::move(to);
      },
      x.values);
  return y;
}

Tensor concat(Node& n) {
  Tensor y = n.in(0);
  const size_t axis = axis_of(n, n.integer("axis", 0), y.dims.size());
  for (int k = 1; k < n.inputs(); ++k) {
    std::vector<int64_t> others = n.in(k).dims;
    if (others.size() != y.dims.size()) n.refuse("inputs of different ranks");
    y.dims[axis] += others[axis];
    others[axis] = y.dims[axis];
    if (others != y.dims) n.refuse("inputs whose shapes differ beside the axis");
  }
  std::visit(
      [&](const auto& first) {
        using Values = std::decay_t<decltype(first)>;
        Values to;
        to.reserve(count(y.dims));
        const size_t outer = Around(y.dims, axis).outer;
        for (size_t o = 0; o < outer; ++o)
          for (int k = 0; k < n.inputs(); ++k) {
            const auto& from = n.values<typename Values::value_type>(k);
            const auto width = static_cast<std::ptrdiff_t>(from.size() / outer);
            const auto at = from.begin() + static_cast<std::ptrdiff_t>(o) * width;
            to.insert(to.end(), at, at + width);
          }
        y.values = std::move(to);
      },
      n.in(0).values);
  return y;
}

Tensor reshape(Node& n) {
  Tensor y = n.in(0);
  std::vector<int64_t> dims = n.values<int64_t>(1);
  const bool zero_stays = n.integer("allowzero", 0) != 0;
  size_t known = 1;
  int64_t* open = nullptr;
  for (size_t k = 0; k < dims.size(); ++k) {
    if (dims[k] == 0 && !zero_stays) {
      if (k >= y.dims.size()) n.refuse("dimension {} is copied from a tensor of rank {}", k, y.dims.size());
      dims[k] = y.dims[k];
    }
    if (dims[k] == -1)
      open = &dims[k];
    else
      known *= static_cast<size_t>(dims[k]);
  }
  if (open != nullptr) *open = known > 0 ? static_cast<int64_t>(y.size() / known) : 0;
  if (count(dims) != y.size()) n.refuse("{} elements into [{}]", y.size(), fmt::join(dims, ", "));
  y.dims = std::move(dims);
  return y;
}

Tensor flatten(Node& n) {
  Tensor y = n.in(0);
  const int64_t axis = n.integer("axis", 1);
  if (axis < 0 || axis > static_cast<int64_t>(y.dims.size())) n.refuse("axis {}", axis);
  const std::vector<int64_t> front(y.dims.begin(), y.dims.begin() + axis), back(y.dims.begin() + axis, y.dims.end());
  y.dims = {static_cast<int64_t>(count(front)), static_cast<int64_t>(count(back))};
  return y;
}

}  // namespace

Function find_structural(std::string_view domain, std::string_view op) {
  if (!domain.empty()) return nullptr;
  if (op == "Gather") return gather;
  if (op == "Concat") return concat;
  if (op == "Reshape") return reshape;
  if (op == "Flatten") return flatten;
  return nullptr;
}

}  // namespace retrograd::evaluation
