// Columns that can be read as they are, but hardly mean what they are taken for.
#include <algorithm>
#include <cfloat>
#include <cmath>

#include "base/fail.hpp"
#include "data/number.hpp"
#include "data/spec/column_type.hpp"
#include "data/spec/infer.hpp"
#include "data/text.hpp"

namespace retrograd {
namespace {

constexpr size_t kMostTexts = 1000;   // distinct texts that are looked at
constexpr size_t kFewestTexts = 3;    // fewer prove nothing
constexpr double kNearlyAll = 0.9;    // share of the texts that settles what they are
constexpr size_t kManyNumbers = 20;   // more distinct numbers than this are measurements, not codes
constexpr double kDwarfed = 1000;     // standard deviations over quartile distance: the values have become one
constexpr double kRounded = 0.01;     // of a deviation: rounding that is lost on nobody
constexpr int64_t kSampledRows = 64;  // rows in which leading zeros are looked for
constexpr int64_t kFewestRows = 10;   // in fewer, single classes are no surprise
constexpr size_t kFewestOfCode = 3;   // characters; "07" is rather a month

bool digit(char c) { return c >= '0' && c <= '9'; }

size_t digits_at(std::string_view text, size_t at) {
  size_t n = 0;
  while (at + n < text.size() && digit(text[at + n])) ++n;
  return n;
}

/// Whether `text` is a number with this decimal mark and, if any, thousands apart by another mark.
bool number_with(std::string_view text, char decimal) {
  size_t at = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
  size_t count = digits_at(text, at);
  if (count == 0) return false;
  at += count;
  const char group = at < text.size() && text[at] != decimal ? text[at] : '\0';
  if (group == '.' || group == ',' || group == ' ' || group == '\'') {
    if (count > 3) return false;
    for (; at < text.size() && text[at] == group; at += 4)
      if (digits_at(text, at + 1) != 3) return false;
  }
  if (at < text.size() && text[at] == decimal) at += 1 + digits_at(text, at + 1);
  return at == text.size();
}

}  // namespace

bool number_in_disguise(std::string_view text) {
  const auto trim = [&] {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  };
  for (const std::string_view sign : {"$", "€", "£", "¥", "%", "USD", "EUR", "GBP", "CHF"}) {
    if (text.starts_with(sign)) text.remove_prefix(sign.size());
    if (text.ends_with(sign)) text.remove_suffix(sign.size());
    trim();
  }
  return number_with(text, '.') || number_with(text, ',');
}

namespace {

/// 2024-03-01, 1.3.2024, 03/01/24, with or without a time behind a blank or a T.
bool date(std::string_view text) {
  const size_t first = digits_at(text, 0);
  if (first == 0 || first == 3 || first > 4 || first >= text.size()) return false;
  const char mark = text[first];
  if (mark != '-' && mark != '/' && mark != '.') return false;
  const size_t second = digits_at(text, first + 1);
  const size_t behind = first + 1 + second;
  if (second == 0 || second > 2 || behind >= text.size() || text[behind] != mark) return false;
  const size_t third = digits_at(text, behind + 1);
  const size_t end = behind + 1 + third;
  if (third == 0 || third == 3 || third > 4) return false;
  return end == text.size() || text[end] == ' ' || text[end] == 'T';
}

/// What the distinct texts of a column are.
struct Texts {
  size_t all = 0, numbers = 0, disguised = 0, dates = 0;
  size_t commas = 0, thousands = 0;  ///< of the disguised: with nothing but a decimal comma; perhaps a thousands comma
  std::string first_disguised, first_date;
  std::vector<std::string> words;
  char decimal;

  explicit Texts(const TableColumn& column, char mark) : decimal(mark) {
    for (const std::string_view text : column.text.texts) {
      if (all == kMostTexts) break;
      ++all;
      if (parse_number(text, decimal)) {
        ++numbers;
      } else if (number_in_disguise(text)) {
        if (disguised++ == 0) first_disguised = text;
        commas += parse_number(text, ',').has_value();
        thousands += number_with(text, '.');
      } else if (date(text)) {
        if (dates++ == 0) first_date = text;
      } else {
        words.emplace_back(text);
      }
    }
  }
  bool nearly_all(size_t count) const {
    return all >= kFewestTexts && static_cast<double>(count) >= kNearlyAll * static_cast<double>(all);
  }
  /// As numbers_in_disguise(), with what becomes of them otherwise in between.
  std::string disguise(std::string_view taken_for) const {
    if (disguised == 0 || !nearly_all(numbers + disguised)) return {};
    return fmt::format("holds numbers that are not written plainly, e.g. {}{}{}; {}", in_quotes(first_disguised),
                       taken_for.empty() ? "" : ": ", taken_for, plain());
  }

 private:
  /// The fix for numbers in disguise.
  std::string plain() const {
    if (decimal == '.' && commas == disguised && thousands == 0) return "read the table with --decimal ,";
    return fmt::format("{}write them with a decimal {}, and without grouping, currency and percent signs",
                       decimal == '.' && commas == disguised
                           ? "if the comma is the decimal mark, read the table with --decimal ,; else "
                           : "",
                       decimal == '.' ? "point" : "comma");
  }
};

std::string taken_for(const ColumnSpec& column) {
  if (column.role == ColumnRole::target) return "each is a class";
  return column.type == ColumnType::identifier ? "they are ignored" : "each is a category";
}

void doubt_texts(const TableColumn& data, const ColumnSpec& column, DataSpec& spec) {
  const Texts texts(data, spec.decimal);
  if (const std::string disguise = texts.disguise(taken_for(column)); !disguise.empty()) {
    spec.warnings.push_back(fmt::format("column {} {}", in_quotes(column.name), disguise));
  } else if (texts.nearly_all(texts.dates)) {
    spec.warnings.push_back(fmt::format(
        "column {} holds dates, e.g. {}: {}; numbers say more, e.g. columns for the year, the month and the weekday",
        in_quotes(column.name), in_quotes(texts.first_date), taken_for(column)));
  } else if (texts.numbers > kManyNumbers && texts.numbers >= texts.words.size() && !texts.words.empty()) {
    spec.warnings.push_back(
        fmt::format("column {} has {}{} different numbers, and texts among them, {}: {}; list texts that mean 'no "
                    "value' as missing values (--missing), then it is numeric",
                    in_quotes(column.name), texts.all == kMostTexts ? "at least " : "", texts.numbers,
                    listed(texts.words, 4), taken_for(column)));
  }
}

/// A few values so far out that scaling by mean and deviation makes all others alike.
void doubt_range(const TableColumn& data, const ColumnSpec& column, int64_t rows, DataSpec& spec) {
  const double far = std::max(column.max - column.median, column.median - column.min);
  if (!(column.sd > 0) || far < 3 * column.sd) return;
  std::vector<double> present;
  for (int64_t r = 0; r < rows; ++r)
    if (!std::isnan(data.numbers[static_cast<size_t>(r)])) present.push_back(data.numbers[static_cast<size_t>(r)]);
  const auto at = [&](size_t quarter) {
    const auto place = present.begin() + static_cast<std::ptrdiff_t>((present.size() - 1) * quarter / 4);
    std::nth_element(present.begin(), place, present.end());
    return *place;
  };
  const double low = at(1), high = at(3);
  const bool above = column.max - column.median >= column.median - column.min;
  if (high <= low || column.sd <= kDwarfed * (high - low)) return;
  spec.warnings.push_back(fmt::format(
      "column {}: half of its values are from {} to {}, but the {} is {}: against that the others are all alike; "
      "correct it, list it as a missing value, or scale by quantiles (--scaling quantile)",
      in_quotes(column.name), number_text(low), number_text(high), above ? "largest" : "smallest",
      number_text(above ? column.max : column.min)));
}

/// What 32-bit floats, which networks read, cannot tell apart: seconds since 1970 within an hour, long numbers of
/// things, cross sections in cm².
void doubt_precision(const TableColumn& data, const ColumnSpec& column, int64_t rows, DataSpec& spec) {
  const double largest = std::max(std::abs(column.min), std::abs(column.max));
  if (largest < FLT_MIN) {
    if (largest > 0)
      spec.warnings.push_back(
          fmt::format("column {}: its largest number is {:.3g}, too small for 32-bit floats, in which all are 0; "
                      "choose another unit",
                      in_quotes(column.name), largest));
    return;
  }
  if (!(column.sd > 0) || largest * FLT_EPSILON < kRounded * column.sd) return;
  double squares = 0;
  for (int64_t r = 0; r < rows; ++r) {
    const double v = data.numbers[static_cast<size_t>(r)], lost = v - static_cast<double>(static_cast<float>(v));
    if (!std::isnan(v)) squares += lost * lost;
  }
  if (std::sqrt(squares / static_cast<double>(rows)) < kRounded * column.sd) return;
  spec.warnings.push_back(
      fmt::format("column {}: its numbers lie near {} and differ by {:.3g} (deviation), but 32-bit floats, which "
                  "networks read, are "
                  "{:.3g} apart there: {}",
                  in_quotes(column.name), number_text(column.median), column.sd,
                  static_cast<double>(std::nextafter(static_cast<float>(largest), FLT_MAX)) -
                      static_cast<double>(static_cast<float>(largest)),
                  column.role == ColumnRole::target
                      ? "subtract a number near them first"
                      : fmt::format("subtract a number near them first, or, if they name things, --type {}=categorical",
                                    column.name)));
}

/// "01067" is a code: as a number it is 1067, and near 1068.
void doubt_leading_zeros(const Table& table, int index, const ColumnSpec& column, DataSpec& spec) {
  if (column.min < 0 || column.max < 100 || column.distinct <= 2) return;
  const int64_t rows = table.rows(), step = std::max<int64_t>(1, rows / kSampledRows);
  for (int64_t r = 0; r < rows; r += step) {
    const std::string text = table.field(r, index);
    if (text.size() < kFewestOfCode || text[0] != '0' || !std::all_of(text.begin(), text.end(), digit)) continue;
    spec.warnings.push_back(
        fmt::format("column {} has leading zeros, e.g. {}, like a code, but is read as numbers; --type {}=categorical "
                    "makes categories of them",
                    in_quotes(column.name), in_quotes(text), column.name));
    return;
  }
}

void doubt_classes(const ColumnSpec& target, DataSpec& spec) {
  std::vector<std::string> single;
  for (size_t i = 0; i < target.categories.size(); ++i)
    if (target.counts[i] == 1) single.push_back(target.categories[i]);
  if (single.empty()) return;
  spec.warnings.push_back(
      fmt::format("{} of the target {} {} a single row{}: what is learned of {} cannot be measured; give more rows, or "
                  "leave {} out",
                  single.size() == 1 ? "class " + in_quotes(single[0])
                                     : fmt::format("{} classes ({})", single.size(), listed(single, 4)),
                  in_quotes(target.name), single.size() == 1 ? "has" : "have", single.size() == 1 ? "" : " each",
                  single.size() == 1 ? "it" : "them", single.size() == 1 ? "it" : "them"));
}

void doubt_header(const std::vector<std::string>& names, DataSpec& spec) {
  for (const std::string& name : names) {
    const std::optional<double> number = parse_number(name, spec.decimal);
    // Whole numbers are names: years, pixels.
    if (!number || (*number >= 0 && *number == std::floor(*number))) continue;
    spec.warnings.push_back(fmt::format(
        "a column is named {}, which is a number: if the first line is a row of data, add a header", in_quotes(name)));
    return;
  }
}

}  // namespace

std::string numbers_in_disguise(const Table& table, int column) {
  const TableColumn& data = table.column(column);
  return data.numeric ? std::string() : Texts(data, table.decimal()).disguise({});
}

void warn_of_doubtful(const Table& table, const DataOptions& options, DataSpec& spec) {
  doubt_header(table.names(), spec);
  for (int c = 0; c < static_cast<int>(spec.columns.size()); ++c) {
    const ColumnSpec& column = spec.columns[static_cast<size_t>(c)];
    const bool left_out = column.role == ColumnRole::ignored && column.type != ColumnType::identifier;
    if (left_out || column.role == ColumnRole::weight || role_of(column.name, options) == ColumnRole::ignored) continue;
    const bool told = options.types.contains(column.name);
    const TableColumn& data = table.column(c);
    if (data.numeric && column.type == ColumnType::numeric) doubt_precision(data, column, table.rows(), spec);
    if (told) {
      table.release(c);
      continue;
    }
    if (!data.numeric) {
      doubt_texts(data, column, spec);
    } else if (column.type == ColumnType::numeric) {
      doubt_range(data, column, table.rows(), spec);
      doubt_leading_zeros(table, c, column, spec);
    }
    if (column.role == ColumnRole::target && column.type != ColumnType::numeric && table.rows() >= kFewestRows)
      doubt_classes(column, spec);
    table.release(c);
  }
}

}  // namespace retrograd
