// Data that a program already holds, by the rules of array files.
#include <cmath>
#include <limits>

#include "base/fail.hpp"
#include "data/array/array.hpp"
#include "data/rows/encode.hpp"
#include "data/spec/infer.hpp"

namespace retrograd {
namespace {

constexpr const char* kPlace = "data in memory";

void require_not_infinite(const Block& x) {
  const std::span<const float> numbers = x.floats();
  for (size_t i = 0; i < numbers.size(); ++i)
    if (std::isinf(numbers[i]))
      fail("{}, row {}, value {}: {} is infinite", kPlace, i / static_cast<size_t>(x.cols),
           i % static_cast<size_t>(x.cols), numbers[i]);
}

}  // namespace

Loaded from_memory(Values x, std::vector<int64_t> row_shape, const std::vector<double>& target,
                   const DataOptions& options) {
  const int64_t width = checked_product(row_shape, 1, kPlace);
  if (row_shape.empty() || width < 1 || width > std::numeric_limits<int>::max())
    fail("{}: a row has the shape {}; expected at least one axis and one value", kPlace, shape_text(row_shape));
  const size_t size = std::visit([](const auto& values) { return values.size(); }, x);
  const size_t cols = static_cast<size_t>(width), rows = size / cols;
  if (rows < 1 || size != rows * cols)
    fail("{}: {} values are not whole rows of the shape {} ({} values each)", kPlace, size, shape_text(row_shape),
         cols);
  const size_t targets = target.size() / rows;
  if (targets < 1 || target.size() != targets * rows)
    fail("{}: {} target values for {} rows; expected the same number for each row", kPlace, target.size(), rows);
  if (!options.targets.empty() || !options.weight.empty() || !options.ignore.empty())
    fail("{}: target, weight and ignored columns are for tables, not for arrays", kPlace);

  std::vector<std::string> names;
  std::vector<std::vector<double>> columns(targets);
  for (size_t t = 0; t < targets; ++t) {
    names.push_back(targets == 1 ? "y" : fmt::format("y{}", t));
    for (size_t row = 0; row < rows; ++row) columns[t].push_back(target[row * targets + t]);
  }
  const Table table(kPlace, names, columns);
  DataOptions named = options;
  named.targets = names;

  Loaded out;
  out.spec = infer(table, named);
  out.spec.source = "npy";
  out.spec.row_shape = std::move(row_shape);
  out.data.rows = static_cast<int64_t>(rows);
  out.data.target = encode_target(table, out.spec);
  Block block;
  block.name = "x";
  block.cols = static_cast<int>(width);
  block.values = std::move(x);
  require_not_infinite(block);
  out.data.inputs.push_back(std::move(block));
  return out;
}

}  // namespace retrograd
