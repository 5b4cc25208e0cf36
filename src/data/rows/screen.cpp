#include "data/rows/screen.hpp"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <functional>
#include <unordered_set>

#include "base/fail.hpp"
#include "data/number.hpp"
#include "data/rows/encode.hpp"
#include "data/spec/column_type.hpp"
#include "data/spec/infer.hpp"
#include "data/text.hpp"

namespace retrograd {
namespace {

/// Looks at the values of one column and lists the rows that are bad.
class Screen {
 public:
  Screen(const Table& table, int column, BadRowList& bad)
      : table_(table), index_(column), column_(table.column(column)), bad_(bad) {}

  bool numeric() const { return column_.numeric; }

  void missing(std::string_view role) {
    for (int64_t r = 0; r < table_.rows(); ++r)
      if (column_.numeric ? std::isnan(number(r)) : code(r) < 0)
        add(r, [&] { return fmt::format("the {} is missing", role); });
  }

  /// Texts that are not numbers, and numbers that a float does not hold.
  void not_numbers() {
    if (!column_.numeric)
      texts([this](const std::string& text) {
        const std::optional<double> value = parse_number(text, table_.decimal());
        return !value ? "is not a number" : std::abs(*value) > FLT_MAX ? kInfinite : "";
      });
    else
      for (int64_t r = 0; r < table_.rows(); ++r)
        if (std::abs(number(r)) > FLT_MAX) add(r, [&] { return in_quotes(table_.field(r, index_)) + " " + kInfinite; });
  }

  void negative() {
    if (!column_.numeric)
      texts([this](const std::string& text) {
        return parse_number(text, table_.decimal()).value_or(0) < 0 ? kNegative : "";
      });
    else
      for (int64_t r = 0; r < table_.rows(); ++r)
        if (number(r) < 0) add(r, [&] { return in_quotes(table_.field(r, index_)) + " " + kNegative; });
  }

  /// Texts of a column of texts that `wrong` has something to say of.
  void texts(const std::function<std::string(const std::string&)>& wrong) {
    if (column_.numeric) return;
    std::vector<std::string> why;
    bool any = false;
    for (const std::string_view text : column_.text.texts) {
      why.push_back(wrong(std::string(text)));
      any = any || !why.back().empty();
    }
    for (int64_t r = 0; any && r < table_.rows(); ++r)
      if (code(r) >= 0 && !why[static_cast<size_t>(code(r))].empty())
        add(r, [&] {
          const auto text = static_cast<size_t>(code(r));
          return in_quotes(column_.text.texts[text]) + " " + why[text];
        });
  }

  /// Values that are coded as categories, under their canonical names.
  void values(const std::function<std::string(const std::string&)>& wrong) {
    const CodedColumn coded_values = coded(table_, index_);
    std::vector<std::string> why;
    for (const std::string& value : coded_values.values) why.push_back(wrong(value));
    for (int64_t r = 0; r < table_.rows(); ++r) {
      const int32_t c = coded_values.codes[static_cast<size_t>(r)];
      if (c >= 0 && !why[static_cast<size_t>(c)].empty())
        add(r,
            [&] { return in_quotes(coded_values.values[static_cast<size_t>(c)]) + " " + why[static_cast<size_t>(c)]; });
    }
  }

 private:
  static constexpr const char* kInfinite = "is infinite (or beyond the 32-bit float range)";
  static constexpr const char* kNegative = "is negative";

  double number(int64_t row) const { return column_.numbers[static_cast<size_t>(row)]; }
  int32_t code(int64_t row) const { return column_.text.codes[static_cast<size_t>(row)]; }
  /// Looking up a field of a streamed table reads the file: only for reasons that are kept.
  template <class F>
  void add(int64_t row, const F& why) {
    bad_.add(row, column_.name, bad_.tells(row) ? why() : std::string());
  }

  const Table& table_;
  int index_;
  const TableColumn& column_;
  BadRowList& bad_;
};

std::string not_utf8(const std::string& text) { return is_utf8(text) ? "" : "is not UTF-8"; }

void screen_training(const Table& table, int c, const DataOptions& options, BadRowList& bad) {
  const std::string& name = table.column(c).name;
  const ColumnRole role = role_of(name, options);
  if (role == ColumnRole::ignored) return;
  Screen screen(table, c, bad);
  if (role == ColumnRole::target) screen.missing("target");
  if (role == ColumnRole::weight) {
    screen.missing("weight");
    screen.not_numbers();
    screen.negative();
    return;
  }
  screen.texts(not_utf8);
  const auto found = options.types.find(name);
  const bool told = found != options.types.end() || (role == ColumnRole::target && options.task);
  const bool numbers = found != options.types.end() ? found->second == ColumnType::numeric
                                                    : role == ColumnRole::target && options.task == Task::regression;
  if (numbers || (!told && (screen.numeric() || has_stray_texts(coded(table, c))))) screen.not_numbers();
}

void screen_boolean(Screen screen, const ColumnSpec& spec) {
  const bool zero_one = spec.categories.at(0) == "0" && spec.categories.at(1) == "1";
  if (screen.numeric() && zero_one) return screen.not_numbers();
  screen.values([&](const std::string& value) {
    return boolean_code(value, spec) >= 0
               ? std::string()
               : fmt::format("is neither {} nor {}", in_quotes(spec.categories[0]), in_quotes(spec.categories[1]));
  });
}

void screen_target(Screen screen, const ColumnSpec& spec, Task task) {
  screen.missing("target");
  if (task == Task::regression) return screen.not_numbers();
  if (spec.type == ColumnType::boolean) {
    return screen.values([&](const std::string& value) {
      return boolean_code(value, spec) >= 0 ? "" : "is a class that training did not have";
    });
  }
  const std::unordered_set<std::string> classes(spec.categories.begin(), spec.categories.end());
  screen.values(
      [&](const std::string& value) { return classes.contains(value) ? "" : "is a class that training did not have"; });
}

}  // namespace

void skip_bad_rows(Table& table, const DataOptions& options) {
  for (bool again = true; again;) {
    BadRowList bad;
    for (int c = 0; c < static_cast<int>(table.columns().size()); ++c) {
      screen_training(table, c, options, bad);
      table.release(c);
    }
    again = !bad.empty();
    table.skip(bad);
  }
}

void skip_bad_rows(Table& table, const DataSpec& spec, bool need_target) {
  BadRowList bad;
  for (const ColumnSpec& column : spec.columns) {
    const int c = table.find(column.name);
    if (c < 0 || column.role == ColumnRole::ignored) continue;
    Screen screen(table, c, bad);
    if (column.role == ColumnRole::feature) {
      if (column.type == ColumnType::boolean)
        screen_boolean(screen, column);
      else if (column.type != ColumnType::categorical)
        screen.not_numbers();
    } else if (need_target && column.role == ColumnRole::target) {
      screen_target(screen, column, spec.task);
    } else if (need_target) {
      screen.missing("weight");
      screen.not_numbers();
      screen.negative();
    }
  }
  table.skip(bad);
}

void leave_out(Table& table, const BadRows& skipped) {
  BadRowList more;
  const BadRows already = table.skipped();
  for (const int64_t row : skipped.rows)
    if (!std::binary_search(already.rows.begin(), already.rows.end(), row)) more.add(already.among_good(row), "", "");
  table.skip(more);
}

}  // namespace retrograd
