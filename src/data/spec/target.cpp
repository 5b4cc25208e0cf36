// The target columns and the task.
#include <algorithm>
#include <cmath>

#include "base/fail.hpp"
#include "data/spec/column_type.hpp"
#include "data/spec/infer.hpp"
#include "data/text.hpp"

namespace retrograd {
namespace {

constexpr int64_t kMostIntegerClasses = 20;
constexpr int64_t kFewestRowsPerClass = 10;
constexpr int64_t kMostClasses = 100'000;

bool only_integers(const Table& table, int index) {
  const double* numbers = table.column(index).numbers.get();
  return std::all_of(numbers, numbers + table.rows(), [](double v) { return v == std::trunc(v); });
}

void refuse_single_value(const Table& table, const ColumnSpec& column, std::string_view value) {
  if (column.type != ColumnType::constant) return;
  if (table.rows() == 1) fail("{}: there is a single row, and so nothing to learn; give more rows", table.path());
  fail("{}: the target {} has a single value, {}, in all {} rows; there is nothing to learn", table.path(),
       in_quotes(column.name), value, table.rows());
}

ColumnSpec inspect_target(const Table& table, int index, std::optional<ColumnType> type) {
  require_complete(table, index, "target");
  ColumnSpec column = inspect_column(table, index, type, true);
  column.role = ColumnRole::target;
  refuse_single_value(table, column, in_quotes(table.field(0, index)));
  return column;
}

/// The target as classes, sorted by value (booleans: false, true).
ColumnSpec as_classes(const Table& table, int index, bool boolean) {
  ColumnSpec column = inspect_target(table, index, boolean ? ColumnType::boolean : ColumnType::categorical);
  column.why = "its values are the classes";
  if (column.distinct > kMostClasses) {
    fail("{}: the target {} has {} classes, at most {} are possible", table.path(), in_quotes(column.name),
         column.distinct, kMostClasses);
  }
  if (column.type == ColumnType::boolean) return column;
  std::vector<std::string> names;
  std::vector<int64_t> counts;
  for (const int i : by_value(column.categories)) {
    names.push_back(column.categories[static_cast<size_t>(i)]);
    counts.push_back(column.counts[static_cast<size_t>(i)]);
  }
  column.categories = std::move(names);
  column.counts = std::move(counts);
  return column;
}

ColumnSpec as_number(const Table& table, int index) {
  require_numbers(table, index, "the task is regression");
  ColumnSpec column = inspect_target(table, index, ColumnType::numeric);
  column.why = "every value is a number";
  require_finite(table, index);
  return column;
}

void single_target(const Table& table, int index, std::optional<Task> task, std::optional<ColumnType> type,
                   DataSpec& spec) {
  ColumnSpec& column = spec.columns[static_cast<size_t>(index)];
  const std::string name = in_quotes(column.name);
  if (!task && type) {
    task = *type == ColumnType::numeric ? Task::regression : Task::classification;
    spec.task_why = fmt::format("the target {} was declared {}", name, to_string(*type));
  } else if (task) {
    spec.task_why = "as told";
  }
  if (!task) {
    const ColumnSpec found = inspect_target(table, index, std::nullopt);
    if (found.type == ColumnType::identifier && !table.column(index).numeric) {
      if (const std::string disguise = numbers_in_disguise(table, index); !disguise.empty())
        fail("{}: the target {} {}", table.path(), name, disguise);
      fail("{}: the target {} is like an identifier ({}); name another target, or declare it with {}=categorical",
           table.path(), name, found.why, column.name);
    }
    const bool numbers = found.type == ColumnType::numeric || found.type == ColumnType::identifier;
    if (!numbers) {
      task = Task::classification;
      spec.task_why = fmt::format("the target {} is {} ({})", name, to_string(found.type), found.why);
    } else if (found.distinct <= kMostIntegerClasses && found.distinct * kFewestRowsPerClass <= table.rows() &&
               only_integers(table, index)) {
      task = Task::classification;
      spec.task_why =
          fmt::format("the target {} has {} distinct integers only; for regression declare {}=numeric or the task",
                      name, found.distinct, column.name);
    } else {
      task = Task::regression;
      spec.task_why =
          fmt::format("the target {} is numeric with {}{} distinct values", name,
                      found.distinct > kMostDistinct ? "more than " : "", std::min(found.distinct, kMostDistinct));
    }
  }
  spec.task = *task;
  if (*task == Task::regression) {
    column = as_number(table, index);
  } else if (*task == Task::multilabel || type == ColumnType::boolean) {
    column = as_classes(table, index, true);
  } else {
    // A boolean stays one, so that false comes before true; other values are sorted.
    const ColumnSpec found = inspect_column(table, index, type, true);
    column = as_classes(table, index, found.type == ColumnType::boolean);
  }
}

void several_targets(const Table& table, const std::vector<int>& targets, const DataOptions& options, DataSpec& spec) {
  std::optional<Task> task = options.task;
  if (task == Task::classification) fail("classification takes one target, found {}", targets.size());
  spec.task_why = "as told";
  if (!task) {
    size_t booleans = 0;
    for (const int c : targets) {
      const auto type = options.types.find(spec.columns[static_cast<size_t>(c)].name);
      const ColumnSpec found =
          inspect_target(table, c, type == options.types.end() ? std::nullopt : std::optional(type->second));
      booleans += found.type == ColumnType::boolean;
      if (found.type == ColumnType::boolean || table.column(c).numeric) continue;
      fail("{}: several targets must all be boolean (multi-label) or all numeric (regression), but {} is {} ({})",
           table.path(), in_quotes(found.name), to_string(found.type), found.why);
    }
    task = booleans == targets.size() ? Task::multilabel : Task::regression;
    spec.task_why =
        fmt::format("{} targets, {}", targets.size(), *task == Task::multilabel ? "all boolean" : "numeric");
  }
  spec.task = *task;
  for (const int c : targets) {
    spec.columns[static_cast<size_t>(c)] = *task == Task::regression ? as_number(table, c) : as_classes(table, c, true);
  }
}

}  // namespace

void infer_targets(const Table& table, const DataOptions& options, DataSpec& spec) {
  const std::vector<int> targets = spec.with_role(ColumnRole::target);
  if (targets.empty()) return;
  if (targets.size() > 1) return several_targets(table, targets, options, spec);
  const auto type = options.types.find(spec.columns[static_cast<size_t>(targets[0])].name);
  single_target(table, targets[0], options.task,
                type == options.types.end() ? std::nullopt : std::optional(type->second), spec);
}

}  // namespace retrograd
