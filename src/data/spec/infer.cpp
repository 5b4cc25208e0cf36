#include "data/spec/infer.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>

#include "base/fail.hpp"
#include "base/run_threads.hpp"
#include "data/spec/column_type.hpp"
#include "data/text.hpp"

namespace retrograd {
namespace {

/// Missing values as a category, and the limit of categories.
void finish_categories(ColumnSpec& column, int limit, std::vector<std::string>& warnings) {
  if (column.missing > 0) {
    const auto same = std::find(column.categories.begin(), column.categories.end(), kMissingCategory);
    int64_t count = column.missing;
    if (same != column.categories.end()) {
      const auto i = same - column.categories.begin();
      count += column.counts[static_cast<size_t>(i)];
      column.categories.erase(same);
      column.counts.erase(column.counts.begin() + i);
    }
    size_t place = 0;
    while (place < column.counts.size() &&
           (column.counts[place] > count ||
            (column.counts[place] == count && column.categories[place] < kMissingCategory)))
      ++place;
    column.categories.insert(column.categories.begin() + static_cast<std::ptrdiff_t>(place),
                             std::string(kMissingCategory));
    column.counts.insert(column.counts.begin() + static_cast<std::ptrdiff_t>(place), count);
  }
  const auto kept = static_cast<size_t>(limit);
  if (column.categories.size() <= kept) return;
  int64_t rows = 0;
  for (size_t i = kept; i < column.counts.size(); ++i) rows += column.counts[i];
  warnings.push_back(
      fmt::format("column {} has {} categories: the {} most frequent are kept, the other {} ({} rows) count as unseen",
                  in_quotes(column.name), column.categories.size(), kept, column.categories.size() - kept, rows));
  column.categories.resize(kept);
  column.counts.resize(kept);
}

void finish_feature(const Table& table, int index, const DataOptions& options, DataSpec& spec) {
  ColumnSpec& column = spec.columns[static_cast<size_t>(index)];
  switch (column.type) {
    case ColumnType::numeric:
      require_finite(table, index);
      break;
    case ColumnType::categorical:
      finish_categories(column, options.max_categories, spec.warnings);
      break;
    case ColumnType::boolean:
      break;
    case ColumnType::constant:
      require_finite(table, index);
      column.role = ColumnRole::ignored;  // warned of by warn_of_constants
      break;
    case ColumnType::identifier:
      column.role = ColumnRole::ignored;
      if (!numbers_in_disguise(table, index).empty()) break;  // warned of as that
      spec.warnings.push_back(
          fmt::format("column {} is like an identifier ({}): ignored; --type {}=numeric or {}=categorical uses it",
                      in_quotes(column.name), column.why, column.name, column.name));
      break;
  }
}

/// A line each for a few columns, one for all if there are many: of wide tables hundreds may be constant.
void warn_of_constants(const std::vector<const ColumnSpec*>& constant, std::vector<std::string>& warnings) {
  constexpr size_t kApart = 3;
  if (constant.size() <= kApart) {
    for (const ColumnSpec* column : constant)
      warnings.push_back(fmt::format("column {} is constant ({}): ignored", in_quotes(column->name), column->why));
    return;
  }
  std::string first;
  for (size_t i = 0; i < kApart; ++i) first += (i > 0 ? ", " : "") + in_quotes(constant[i]->name);
  warnings.push_back(fmt::format("{} columns are constant ({} and {} more): ignored", constant.size(), first,
                                 constant.size() - kApart));
}

/// Inspects every column that is not a target; columns are independent, so they are shared among threads.
void inspect_columns(const Table& table, const DataOptions& options, DataSpec& spec) {
  const auto count = static_cast<int>(spec.columns.size());
  std::vector<std::exception_ptr> errors(spec.columns.size());
  std::atomic<int> next{0};
  const auto work = [&] {
    for (int c; (c = next.fetch_add(1)) < count;) {
      ColumnSpec& column = spec.columns[static_cast<size_t>(c)];
      const ColumnRole role = column.role;
      if (role == ColumnRole::target) continue;
      std::optional<ColumnType> type;
      if (const auto found = options.types.find(column.name); found != options.types.end()) type = found->second;
      if (role == ColumnRole::weight) type = ColumnType::numeric;
      if (role == ColumnRole::ignored) type.reset();
      try {
        if (role == ColumnRole::weight) require_weights(table, c);
        column = inspect_column(table, c, type, role != ColumnRole::ignored);
      } catch (...) {
        errors[static_cast<size_t>(c)] = std::current_exception();
      }
      table.release(c);
      column.role = role;
      if (role == ColumnRole::weight) column.why = "the weight of each row";
    }
  };
  const int most = table.streamed() ? 1 : std::max(1, options.threads);
  run_threads(std::clamp(count, 1, most), [&](int64_t) { work(); });
  for (const std::exception_ptr& error : errors) {
    if (error) std::rethrow_exception(error);
  }
}

}  // namespace

void check_names(const Table& table, const DataOptions& options) {
  const auto check = [&](const std::string& name, std::string_view what) {
    if (table.find(name) < 0) {
      fail("{}: there is no column {} ({}){}", table.path(), in_quotes(name), what, suggestion(name, table.names()));
    }
  };
  for (const std::string& name : options.targets) check(name, "the target");
  for (const std::string& name : options.ignore) check(name, "to be ignored");
  for (const auto& [name, type] : options.types) check(name, "in a type override");
  if (!options.weight.empty()) check(options.weight, "the weight");
  for (size_t i = 0; i < options.targets.size(); ++i) {
    const std::string& target = options.targets[i];
    if (std::find(options.ignore.begin(), options.ignore.end(), target) != options.ignore.end()) {
      fail("column {} is both target and ignored", in_quotes(target));
    }
    if (target == options.weight) fail("column {} is both target and weight", in_quotes(target));
    if (std::find(options.targets.begin(), options.targets.begin() + static_cast<std::ptrdiff_t>(i), target) !=
        options.targets.begin() + static_cast<std::ptrdiff_t>(i)) {
      fail("column {} is named twice as target", in_quotes(target));
    }
  }
  if (options.max_categories < 2) fail("the limit of categories must be at least 2, found {}", options.max_categories);
}

ColumnRole role_of(const std::string& name, const DataOptions& options) {
  const auto in = [&](const std::vector<std::string>& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  if (in(options.targets)) return ColumnRole::target;
  if (name == options.weight) return ColumnRole::weight;
  return in(options.ignore) ? ColumnRole::ignored : ColumnRole::feature;
}

void require_complete(const Table& table, int index, std::string_view role) {
  const TableColumn& column = table.column(index);
  const auto missing = [&](int64_t r) {
    const auto i = static_cast<size_t>(r);
    return column.numeric ? std::isnan(column.numbers[i]) : column.text.codes[i] < 0;
  };
  int64_t first = -1, count = 0;
  for (int64_t r = 0; r < table.rows(); ++r) {
    if (!missing(r)) continue;
    if (count++ == 0) first = r;
  }
  if (count == 0) return;
  if (count == table.rows()) {
    fail("{}: the {} {} has no value in any row", table.path(), role, in_quotes(column.name));
  }
  fail("{}: the {} {} is missing ({} of {} rows); fill it in or remove {}{}", table.where(first), role,
       in_quotes(column.name), count, table.rows(), count == 1 ? "this row" : "these rows",
       table.in_memory() ? "" : " (--on-bad-row skip leaves such rows out)");
}

void require_weights(const Table& table, int index) {
  require_numbers(table, index, "the column is the weight");
  require_complete(table, index, "weight");
  require_finite(table, index);
  const TableColumn& column = table.column(index);
  bool positive = false;
  for (int64_t r = 0; r < table.rows(); ++r) {
    const double weight = column.numbers[static_cast<size_t>(r)];
    if (weight < 0)
      fail("{}: the weight {} is {}; weights must not be negative", table.where(r), in_quotes(column.name), weight);
    positive = positive || static_cast<float>(weight) > 0;
  }
  if (!positive) fail("{}: the weight {} is 0 in every row", table.path(), in_quotes(column.name));
}

DataSpec infer(const Table& table, const DataOptions& options) {
  check_names(table, options);
  DataSpec spec;
  spec.source = "csv";
  spec.rows = table.rows();
  spec.separator = options.separator;
  spec.missing_texts = options.missing;
  spec.decimal = table.decimal();
  for (const std::string& name : table.names()) {
    ColumnSpec& column = spec.columns.emplace_back();
    column.name = name;
    column.role = role_of(name, options);
  }
  infer_targets(table, options, spec);
  inspect_columns(table, options, spec);
  std::vector<const ColumnSpec*> constant;
  for (int c = 0; c < static_cast<int>(spec.columns.size()); ++c) {
    const ColumnSpec& column = spec.columns[static_cast<size_t>(c)];
    if (column.role == ColumnRole::feature) {
      finish_feature(table, c, options, spec);
      if (column.type == ColumnType::constant) constant.push_back(&column);
    }
    table.release(c);
  }
  warn_of_constants(constant, spec.warnings);
  warn_of_duplicates(table, spec);
  warn_of_leaks(table, spec);
  warn_of_doubtful(table, options, spec);
  for (ColumnSpec& column : spec.columns) {
    if (column.role != ColumnRole::ignored) continue;  // what is not read need not be stored
    column.categories.clear();
    column.counts.clear();
  }
  return spec;
}

}  // namespace retrograd
