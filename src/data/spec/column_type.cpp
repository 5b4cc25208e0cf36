#include "data/spec/column_type.hpp"

#include <algorithm>
#include <bit>
#include <cfloat>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/fail.hpp"
#include "data/number.hpp"
#include "data/text.hpp"

namespace retrograd {
namespace {

constexpr int64_t kFewestForIdentifier = 20;  // below this many rows, distinct texts prove nothing
constexpr double kIdentifierShare = 0.9;      // distinct texts a row, from which on a column names its rows
constexpr double kTypoShare = 0.05;          // at most this share of texts in a column of numbers is taken for mistakes
constexpr int64_t kNumbersBeyondCodes = 20;  // more distinct numbers than this are measurements, not codes

/// Whether a name says that the column numbers the rows: id, user_id, userId, index, …
bool named_like_identifier(std::string_view name) {
  const std::string word = lower(name);
  for (const std::string_view known : {"id", "ids", "index", "idx", "row", "rowid", "rownumber", "row_number", "key",
                                       "uuid", "guid", "#", "unnamed: 0", "column 1"}) {
    if (word == known) return true;
  }
  if (word.starts_with("id_") || word.ends_with("_id") || word.ends_with(" id") || word.ends_with("-id")) return true;
  const size_t n = name.size();
  const auto small = [](char c) { return c >= 'a' && c <= 'z'; };
  return n > 2 && small(name[n - 3]) && (name.ends_with("Id") || name.ends_with("ID"));
}

/// Distinct values, counted in an open-addressing table that stops above kMostDistinct.
int64_t count_distinct(const double* numbers, int64_t rows) {
  // At most half full, and no larger than the rows ask for: most tables then count within the cache.
  const int width = static_cast<int>(std::bit_width(static_cast<uint64_t>(std::min(rows, kMostDistinct + 1)))) + 1;
  std::vector<uint64_t> slots(size_t{1} << width,
                              0);  // the bits of +0.0 mark a free slot; zero itself is counted apart
  int64_t distinct = 0;
  bool zero = false;
  for (int64_t r = 0; r < rows && distinct <= kMostDistinct; ++r) {
    if (std::isnan(numbers[r])) continue;
    if (numbers[r] == 0) {
      distinct += !zero;
      zero = true;
      continue;
    }
    const auto bits = std::bit_cast<uint64_t>(numbers[r]);
    size_t i = (bits * 0x9E3779B97F4A7C15u) >> (64 - width);
    while (slots[i] != 0 && slots[i] != bits) i = (i + 1) % slots.size();
    if (slots[i] == 0) {
      slots[i] = bits;
      ++distinct;
    }
  }
  return distinct;
}

bool all_distinct_integers(const double* numbers, int64_t rows) {
  if (!std::all_of(numbers, numbers + rows, [](double v) { return v == std::trunc(v); })) return false;
  std::vector<double> sorted(numbers, numbers + rows);
  std::sort(sorted.begin(), sorted.end());
  return std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end();
}

void summarise_booleans(ColumnSpec& spec) {
  const double no = static_cast<double>(spec.counts[0]), yes = static_cast<double>(spec.counts[1]), n = no + yes;
  spec.min = no > 0 ? 0 : 1;
  spec.max = yes > 0 ? 1 : 0;
  spec.mean = yes / n;
  spec.sd = std::sqrt((yes / n) * (no / n));
  spec.median = yes > no ? 1 : (yes < no ? 0 : 0.5);
}

void set_categories(ColumnSpec& spec, const CodedColumn& values, const std::vector<int>& order) {
  spec.categories.clear();
  spec.counts.clear();
  for (const int i : order) {
    spec.categories.push_back(values.values[static_cast<size_t>(i)]);
    spec.counts.push_back(values.counts[static_cast<size_t>(i)]);
  }
}

/// False and true if the values are one boolean vocabulary (spellings that differ in case are joined under the most
/// frequent one), with their counts.
bool as_booleans(const CodedColumn& values, ColumnSpec& spec) {
  std::string word[2], shown[2];
  int64_t count[2] = {0, 0}, most[2] = {0, 0};
  for (size_t i = 0; i < values.values.size(); ++i) {
    const int side = truth(values.values[i]);
    if (side < 0) return false;
    const std::string w = lower(values.values[i]);
    if (!word[side].empty() && word[side] != w) return false;
    word[side] = w;
    count[side] += values.counts[i];
    if (values.counts[i] > most[side]) {
      most[side] = values.counts[i];
      shown[side] = values.values[i];
    }
  }
  if (!is_boolean_pair(word[0], word[1])) return false;
  spec.categories = {shown[0], shown[1]};
  spec.counts = {count[0], count[1]};
  return true;
}

void make_categorical(ColumnSpec& spec, const CodedColumn& values) {
  spec.type = ColumnType::categorical;
  std::vector<int> order = by_value(values.values);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    return values.counts[static_cast<size_t>(a)] > values.counts[static_cast<size_t>(b)];
  });
  set_categories(spec, values, order);
}

void make_boolean(const Table& table, ColumnSpec& spec, const CodedColumn& values, bool forced) {
  spec.type = ColumnType::boolean;
  if (!as_booleans(values, spec)) {
    if (values.values.size() != 2) {
      fail("{}: column {} cannot be boolean: it has {} distinct values, expected 2", table.path(), in_quotes(spec.name),
           values.values.size());
    }
    set_categories(spec, values, by_value(values.values));
  }
  spec.distinct = 2;
  spec.why = fmt::format("{}{} and {}", forced ? "as told; " : "only the values ", in_quotes(spec.categories[0]),
                         in_quotes(spec.categories[1]));
  summarise_booleans(spec);
}

struct Tally {
  int64_t texts = 0, rows = 0, numbers = 0;  ///< rows of texts, all rows, distinct numbers

  explicit Tally(const CodedColumn& values) {
    for (size_t i = 0; i < values.values.size(); ++i) {
      const bool number = values.numbers[i] != 0;
      rows += values.counts[i];
      texts += number ? 0 : values.counts[i];
      numbers += number;
    }
  }
  bool stray() const {
    return texts > 0 && numbers > kNumbersBeyondCodes &&
           static_cast<double>(texts) <= kTypoShare * static_cast<double>(rows);
  }
};

/// A column of many numbers with a few texts among them is a column of numbers with mistakes: an error, not categories.
void refuse_stray_texts(const Table& table, int column, const CodedColumn& values) {
  const Tally tally(values);
  if (!tally.stray()) return;
  const std::string why = fmt::format("{} of its {} values are numbers", tally.rows - tally.texts, tally.rows);
  require_numbers(
      table, column, why,
      fmt::format("correct it, list it as a missing value, or declare {}=categorical", table.column(column).name));
}

}  // namespace

bool has_stray_texts(const CodedColumn& values) { return Tally(values).stray(); }

int64_t first_row_of(const CodedColumn& column, int32_t code) {
  return std::find(column.codes.begin(), column.codes.end(), code) - column.codes.begin();
}

void require_numbers(const Table& table, int column, std::string_view because, std::string_view fix, Asking asking) {
  const TableColumn& data = table.column(column);
  if (data.numeric) return;
  const char decimal = table.decimal();
  const bool comma = decimal == ',';
  for (int64_t r = 0; r < table.rows(); ++r) {
    const int32_t code = data.text.codes[static_cast<size_t>(r)];
    if (code < 0 || parse_number(data.text.texts[static_cast<size_t>(code)], decimal)) continue;
    const std::string value(data.text.texts[static_cast<size_t>(code)]);
    std::string other;
    if (parse_number(value, comma ? '.' : ',')) {
      if (asking == Asking::model)
        other = fmt::format("write it with a decimal {}, as in the training data", comma ? "comma" : "point");
      else
        other = comma ? "the decimal mark is the comma (--decimal ,): write it so, or leave that option out"
                      : "if the comma is the decimal mark, read the table with --decimal ,";
    }
    if (other.empty() && number_in_disguise(value)) other = "write it without grouping, currency and percent signs";
    fail("{}, column {}: {} is not a number, but {}; {}", table.where(r), in_quotes(data.name), in_quotes(value),
         because, other.empty() ? fix : other);
  }
}

void require_finite(const Table& table, int column) {
  const TableColumn& data = table.column(column);
  if (!data.numeric) return;
  for (int64_t r = 0; r < table.rows(); ++r) {
    if (std::abs(data.numbers[static_cast<size_t>(r)]) <= FLT_MAX || std::isnan(data.numbers[static_cast<size_t>(r)])) {
      continue;
    }
    fail("{}, column {}: {} is infinite (or beyond the 32-bit float range); correct it or list it as a missing value",
         table.where(r), in_quotes(data.name), in_quotes(table.field(r, column)));
  }
}

void summarise_numbers(const Table& table, int column, ColumnSpec& spec) {
  const double* numbers = table.column(column).numbers.get();
  std::vector<double> present;
  present.reserve(static_cast<size_t>(table.rows()));
  std::copy_if(numbers, numbers + table.rows(), std::back_inserter(present), [](double v) { return !std::isnan(v); });
  spec.missing = table.rows() - static_cast<int64_t>(present.size());
  spec.distinct = count_distinct(numbers, table.rows());
  if (present.empty()) return;
  const auto n = static_cast<double>(present.size());
  const auto [low, high] = std::minmax_element(present.begin(), present.end());
  spec.min = *low;
  spec.max = *high;
  if (!std::isfinite(spec.min) || !std::isfinite(spec.max)) {  // refused where the column is used
    spec.min = spec.max = 0;
    return;
  }
  // Scaled so that neither sum overflows even for numbers near double's limit.
  double scale = std::max(std::abs(spec.min), std::abs(spec.max));
  scale = scale > 1e100 ? scale : 1;
  double sum = 0, squares = 0;
  for (const double v : present) sum += v / scale;
  const double mean = sum / n;
  for (const double v : present) squares += (v / scale - mean) * (v / scale - mean);
  spec.mean = mean * scale;
  spec.sd = spec.min == spec.max ? 0 : std::sqrt(squares / n) * scale;
  const auto middle = present.begin() + static_cast<std::ptrdiff_t>(present.size() / 2);
  std::nth_element(present.begin(), middle, present.end());
  spec.median = *middle;
  if (present.size() % 2 == 0) spec.median = std::midpoint(*std::max_element(present.begin(), middle), *middle);
}

ColumnSpec inspect_column(const Table& table, int index, std::optional<ColumnType> forced, bool used) {
  const TableColumn& column = table.column(index);
  ColumnSpec spec;
  spec.name = column.name;
  if (column.numeric) summarise_numbers(table, index, spec);
  const int64_t rows = table.rows();

  if (forced == ColumnType::numeric || (column.numeric && !forced)) {
    if (!column.numeric) require_numbers(table, index, "the column was declared numeric");
    spec.type = ColumnType::numeric;
    spec.why = forced ? "as told" : "every value is a number";
    if (spec.distinct == 0 || (spec.distinct == 1 && spec.missing == 0)) {
      spec.type = ColumnType::constant;
      spec.why = spec.distinct == 0 ? "no value in any row" : "the same number in every row";
      return spec;
    }
    if (forced) return spec;
    const bool zero_one = spec.distinct == 2 && spec.min == 0 && spec.max == 1;
    if (zero_one || spec.distinct == 1) {
      const CodedColumn values = coded(table, index);
      if (zero_one) {
        make_boolean(table, spec, values, false);
      } else {
        make_categorical(spec, values);
        spec.why = "one number, or missing";
      }
    } else if (named_like_identifier(spec.name) && spec.missing == 0 &&
               all_distinct_integers(column.numbers.get(), rows)) {
      spec.type = ColumnType::identifier;
      spec.why = "a different integer in every row, and the name of an identifier";
    }
    return spec;
  }

  const CodedColumn values = coded(table, index);
  spec.distinct = static_cast<int64_t>(values.values.size());
  const int64_t present = std::accumulate(values.counts.begin(), values.counts.end(), int64_t{0});
  spec.missing = rows - present;
  for (const std::string& value : values.values) {
    if (!used || is_utf8(value)) continue;
    const auto code = static_cast<int32_t>(&value - values.values.data());
    fail("{}, column {}: {} is not UTF-8; convert the file, e.g. iconv -f LATIN1 -t UTF-8",
         table.where(first_row_of(values, code)), in_quotes(spec.name), in_quotes(value));
  }
  if (spec.distinct == 0 || (spec.distinct == 1 && spec.missing == 0)) {
    spec.type = ColumnType::constant;
    spec.why = spec.distinct == 0 ? "no value in any row" : fmt::format("{} in every row", in_quotes(values.values[0]));
    return spec;
  }
  if (forced == ColumnType::boolean) {
    make_boolean(table, spec, values, true);
    return spec;
  }
  if (!forced) {
    if (used) refuse_stray_texts(table, index, values);
    if (as_booleans(values, spec)) {
      make_boolean(table, spec, values, false);
      return spec;
    }
    if (present >= kFewestForIdentifier &&
        static_cast<double>(spec.distinct) >= kIdentifierShare * static_cast<double>(present)) {
      spec.type = ColumnType::identifier;
      spec.why = fmt::format("{} different texts in {} rows", spec.distinct, present);
      return spec;
    }
  }
  make_categorical(spec, values);
  spec.why = forced ? "as told" : "texts";
  if (!forced && spec.distinct == 1) spec.why = "one text, or missing";
  return spec;
}

}  // namespace retrograd
