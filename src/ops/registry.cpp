// Operators by name: the project's own rooms, and those registered from outside.
#include <fmt/ranges.h>

#include <algorithm>
#include <deque>
#include <mutex>
#include <numeric>
#include <shared_mutex>
#include <utility>

#include "base/fail.hpp"
#include "ops/all.hpp"

namespace retrograd::ops {
namespace {

template <class... R>
std::deque<Operator> operators_of(RoomList<R...>) {
  return {make_operator<R>()...};
}

/// A deque, so that references stay valid when operators are added.
struct Registry {
  std::shared_mutex mutex;
  std::deque<Operator> operators = operators_of(Rooms{});
};

Registry& registry() {
  static Registry instance;
  return instance;
}

/// Levenshtein distance: insertions, deletions and substitutions that turn `a` into `b`.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i + 1);
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t substitute = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({substitute, row[j] + 1, diagonal + 1});
    }
  }
  return row[b.size()];
}

/// Names within a third of their length in edits, or that contain what was written, nearest first.
std::vector<std::string_view> close_names(std::string_view name, const std::vector<std::string_view>& names) {
  std::vector<std::pair<size_t, std::string_view>> near;
  for (std::string_view candidate : names) {
    const size_t distance = edit_distance(name, candidate);
    const size_t allowed = std::max<size_t>(1, std::max(name.size(), candidate.size()) / 3);
    if (distance <= allowed || (name.size() >= 3 && candidate.find(name) != std::string_view::npos)) {
      near.emplace_back(distance, candidate);
    }
  }
  std::sort(near.begin(), near.end());
  std::vector<std::string_view> result;
  for (size_t i = 0; i < std::min<size_t>(near.size(), 3); ++i) result.push_back(near[i].second);
  return result;
}

bool is_lower_snake(std::string_view name) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && name[0] >= 'a' && name[0] <= 'z' && std::all_of(name.begin(), name.end(), allowed);
}

}  // namespace

const Operator& find_operator(std::string_view name) {
  Registry& r = registry();
  const std::shared_lock lock(r.mutex);
  std::vector<std::string_view> names;
  for (const Operator& op : r.operators) {
    if (op.info->name == name) return op;
    names.push_back(op.info->name);
  }
  const auto near = close_names(name, names);
  std::sort(names.begin(), names.end());
  fail("there is no operator '{}'{}; the operators are: {}", name,
       near.empty() ? std::string() : fmt::format(" (did you mean {}?)", fmt::join(near, " or ")),
       fmt::join(names, ", "));
}

std::vector<const Operator*> all_operators() {
  Registry& r = registry();
  const std::shared_lock lock(r.mutex);
  std::vector<const Operator*> result;
  for (const Operator& op : r.operators) result.push_back(&op);
  return result;
}

void register_operator(const Operator& op) {
  if (op.info == nullptr || !is_lower_snake(op.info->name)) {
    fail("register_operator: the operator's name is '{}'; expected a letter followed by a-z, 0-9 and _",
         op.info == nullptr ? std::string_view() : op.info->name);
  }
  const auto need = [&](bool present, std::string_view what) {
    if (!present)
      fail("register_operator: operator '{}' has no {}; build it with make_operator<Room>()", op.info->name, what);
  };
  need(op.shape != nullptr, "shape rule");
  need(op.formula != nullptr, "formula");
  need(op.forward != nullptr && op.backward != nullptr, "kernel");
  need(op.reference_forward_f32 != nullptr && op.reference_backward_f32 != nullptr &&
           op.reference_forward_f64 != nullptr && op.reference_backward_f64 != nullptr,
       "reference");
  need(op.to_onnx != nullptr || op.info->kind == Kind::loss, "ONNX export");
  Registry& r = registry();
  const std::unique_lock lock(r.mutex);
  for (const Operator& known : r.operators) {
    if (known.info->name == op.info->name) {
      fail("register_operator: the name '{}' is taken; choose another", op.info->name);
    }
  }
  r.operators.push_back(op);
}

OnnxAttribute onnx_attribute(std::string name, int64_t value) {
  OnnxAttribute a;
  a.name = std::move(name);
  a.type = OnnxAttribute::Type::integer;
  a.integer = value;
  return a;
}

OnnxAttribute onnx_attribute(std::string name, double value) {
  OnnxAttribute a;
  a.name = std::move(name);
  a.type = OnnxAttribute::Type::real;
  a.real = value;
  return a;
}

OnnxAttribute onnx_attribute(std::string name, std::vector<int64_t> value) {
  OnnxAttribute a;
  a.name = std::move(name);
  a.type = OnnxAttribute::Type::integers;
  a.integers = std::move(value);
  return a;
}

OnnxAttribute onnx_attribute(std::string name, std::string value) {
  OnnxAttribute a;
  a.name = std::move(name);
  a.type = OnnxAttribute::Type::string;
  a.string = std::move(value);
  return a;
}

}  // namespace retrograd::ops
