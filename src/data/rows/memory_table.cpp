// A table that a program already holds, by the rules of CSV files.
#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <unordered_set>

#include "base/fail.hpp"
#include "data/number.hpp"
#include "data/rows/encode.hpp"
#include "data/spec/infer.hpp"
#include "data/table/dictionary.hpp"
#include "data/text.hpp"

namespace retrograd {
namespace {

constexpr const char* kPlace = "table in memory";

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

/// What is read as missing, as texts and as numbers.
struct Missing {
  explicit Missing(const std::vector<std::string>& given) : texts(given.begin(), given.end()) {
    for (const std::string& text : given)
      if (const auto value = parse_number(text)) numbers.insert(*value);
  }
  std::unordered_set<std::string_view> texts;
  std::unordered_set<double> numbers;
};

void check_codes(const TableColumnView& column) {
  for (size_t row = 0; row < column.codes.size(); ++row)
    if (column.codes[row] < -1 || column.codes[row] >= std::ssize(column.texts))
      fail("{}, row {}, column {}: code {}, expected -1 (missing) to {}, as there are {} texts", kPlace, row,
           in_quotes(column.name), column.codes[row], std::ssize(column.texts) - 1, column.texts.size());
}

TableColumn column_of_numbers(const TableColumnView& from, const Missing& missing) {
  TableColumn column;
  column.name = from.name;
  column.numbers = LargeBuffer<double>(from.numbers.size());
  std::copy(from.numbers.begin(), from.numbers.end(), column.numbers.get());
  if (!missing.numbers.empty())
    for (size_t row = 0; row < from.numbers.size(); ++row)
      if (missing.numbers.contains(column.numbers[row])) column.numbers[row] = std::numeric_limits<double>::quiet_NaN();
  return column;
}

/// Codes in order of first appearance, as a reader of the file would give them; texts that no row has go away.
TableColumn column_of_texts(const TableColumnView& from, const Missing& missing) {
  check_codes(from);
  auto store = std::make_shared<std::deque<std::string>>();
  Dictionary dictionary;
  constexpr int32_t kUnknown = -2;
  std::vector<int32_t> code_of_text(from.texts.size(), kUnknown);
  TableColumn column;
  column.name = from.name;
  column.numeric = false;
  column.text.codes.reserve(from.codes.size());
  for (const int32_t given : from.codes) {
    if (given < 0) {
      column.text.codes.push_back(-1);
      continue;
    }
    int32_t& code = code_of_text[static_cast<size_t>(given)];
    if (code == kUnknown) {
      const std::string_view text = trimmed(from.texts[static_cast<size_t>(given)]);
      code = text.empty() || missing.texts.contains(text) ? -1 : dictionary.add(store->emplace_back(text));
    }
    column.text.codes.push_back(code);
  }
  column.text.texts = dictionary.texts();
  column.text.owner = std::move(store);
  return column;
}

Table to_table(const std::vector<TableColumnView>& columns, const std::vector<std::string>& missing_texts) {
  if (columns.empty()) fail("{}: no columns", kPlace);
  const size_t rows = std::max(columns[0].numbers.size(), columns[0].codes.size());
  if (rows == 0) fail("{}: no rows", kPlace);
  if (rows > static_cast<size_t>(std::numeric_limits<int32_t>::max()))
    fail("{}: {} rows are more than a table takes", kPlace, rows);
  const Missing missing(missing_texts);
  std::unordered_set<std::string_view> names;
  std::vector<TableColumn> out;
  for (const TableColumnView& column : columns) {
    if (!names.insert(column.name).second) fail("{}: two columns are named {}", kPlace, in_quotes(column.name));
    const bool numeric = !column.numbers.empty();
    if (numeric && !column.codes.empty())
      fail("{}: column {} has numbers and codes, expected one of them", kPlace, in_quotes(column.name));
    if (const size_t found = numeric ? column.numbers.size() : column.codes.size(); found != rows)
      fail("{}: column {} has {} rows, expected {} as in the first column", kPlace, in_quotes(column.name), found,
           rows);
    out.push_back(numeric ? column_of_numbers(column, missing) : column_of_texts(column, missing));
    to_numbers_if_all_are(out.back(), static_cast<int64_t>(rows), '.');
  }
  return Table(kPlace, static_cast<int64_t>(rows), std::move(out), nullptr);
}

}  // namespace

Loaded from_memory(const std::vector<TableColumnView>& columns, const DataOptions& options) {
  const Table table = to_table(columns, options.missing);
  Loaded out;
  out.spec = infer(table, options);
  out.data = encode(table, out.spec);
  return out;
}

Dataset with_memory(const std::vector<TableColumnView>& table, const DataSpec& spec, bool need_target) {
  return encode(to_table(table, spec.missing_texts), spec, {.need_target = need_target});
}

}  // namespace retrograd
