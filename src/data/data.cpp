// The small members of the public types of data.hpp.
#include "retrograd/data.hpp"

#include <algorithm>

#include "base/fail.hpp"
#include "data/text.hpp"

namespace retrograd {

std::string_view to_string(ColumnType type) {
  switch (type) {
    case ColumnType::numeric:
      return "numeric";
    case ColumnType::categorical:
      return "categorical";
    case ColumnType::boolean:
      return "boolean";
    case ColumnType::constant:
      return "constant";
    case ColumnType::identifier:
      return "identifier";
  }
  fail("no column type {}", static_cast<int>(type));
}

std::string_view to_string(ColumnRole role) {
  switch (role) {
    case ColumnRole::feature:
      return "feature";
    case ColumnRole::target:
      return "target";
    case ColumnRole::weight:
      return "weight";
    case ColumnRole::ignored:
      return "ignored";
  }
  fail("no column role {}", static_cast<int>(role));
}

std::string_view to_string(Task task) {
  switch (task) {
    case Task::classification:
      return "classification";
    case Task::multilabel:
      return "multilabel";
    case Task::regression:
      return "regression";
  }
  fail("no task {}", static_cast<int>(task));
}

std::vector<std::string> default_missing() { return {"NA", "N/A", "NaN", "nan", "NAN", "null", "NULL", "Null", "?"}; }

int64_t RowLines::of(int64_t row) const {
  const auto next =
      std::upper_bound(runs.begin(), runs.end(), row, [](int64_t r, const Run& run) { return r < run.row; });
  return next == runs.begin() ? 0 : std::prev(next)->line + row - std::prev(next)->row;
}

std::vector<std::string> DataSpec::classes() const {
  std::vector<std::string> out;
  for (const ColumnSpec& column : columns) {
    if (column.role != ColumnRole::target) continue;
    if (task == Task::classification) return column.categories;
    out.push_back(column.name);
  }
  return out;
}

std::vector<int> DataSpec::with_role(ColumnRole role) const {
  std::vector<int> out;
  for (size_t c = 0; c < columns.size(); ++c) {
    if (columns[c].role == role) out.push_back(static_cast<int>(c));
  }
  return out;
}

int64_t Block::rows() const {
  if (cols == 0) return 0;
  return std::visit([&](const auto& v) { return static_cast<int64_t>(v.size()) / cols; }, values);
}

std::span<const float> Block::floats() const {
  if (const auto* owned = std::get_if<std::vector<float>>(&values)) return *owned;
  if (const auto* borrowed = std::get_if<std::span<const float>>(&values)) return *borrowed;
  return {};
}

float Block::at(int64_t row, int col) const {
  const size_t i = static_cast<size_t>(row) * static_cast<size_t>(cols) + static_cast<size_t>(col);
  return std::visit([&](const auto& v) { return static_cast<float>(v[i]); }, values);
}

void add_type_override(DataOptions& options, std::string_view text) {
  const size_t equals = text.rfind('=');
  const std::string_view type = equals == std::string_view::npos ? "" : text.substr(equals + 1);
  const std::string name(text.substr(0, equals == std::string_view::npos ? 0 : equals));
  if (name.empty() || type.empty()) {
    fail("{} is not a column type; write NAME=numeric, NAME=categorical, NAME=boolean or NAME=ignore", in_quotes(text));
  }
  if (type == "numeric") {
    options.types[name] = ColumnType::numeric;
  } else if (type == "categorical") {
    options.types[name] = ColumnType::categorical;
  } else if (type == "boolean") {
    options.types[name] = ColumnType::boolean;
  } else if (type == "ignore") {
    options.ignore.push_back(name);
  } else {
    fail("column {} cannot be {}; the types are numeric, categorical, boolean and ignore", in_quotes(name),
         in_quotes(type));
  }
}

}  // namespace retrograd
