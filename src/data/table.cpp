#include "data/table.hpp"

#include <cmath>
#include <limits>

#include "base/fail.hpp"
#include "data/csv_text.hpp"
#include "data/dictionary.hpp"
#include "data/text.hpp"

namespace retrograd {

Table::Table(std::string path, int64_t rows, std::vector<TableColumn> columns, std::shared_ptr<const CsvText> text)
    : path_(std::move(path)), rows_(rows), columns_(std::move(columns)), text_(std::move(text)) {}

Table::Table(std::string path, const std::vector<std::string>& names, const std::vector<std::vector<double>>& values)
    : path_(std::move(path)), rows_(values.empty() ? 0 : static_cast<int64_t>(values[0].size())) {
  if (names.size() != values.size()) fail("{}: {} column names for {} columns", path_, names.size(), values.size());
  if (rows_ == 0) fail("{}: no rows", path_);
  if (rows_ > std::numeric_limits<int32_t>::max()) fail("{}: {} rows are more than a table takes", path_, rows_);
  for (size_t c = 0; c < names.size(); ++c) {
    if (static_cast<int64_t>(values[c].size()) != rows_) {
      fail("{}: column {} has {} rows, expected {} as in the first column", path_, in_quotes(names[c]),
           values[c].size(), rows_);
    }
    TableColumn& column = columns_.emplace_back();
    column.name = names[c];
    column.numbers = LargeBuffer<double>(values[c].size());
    std::copy(values[c].begin(), values[c].end(), column.numbers.get());
  }
}

std::vector<std::string> Table::names() const {
  std::vector<std::string> out;
  for (const TableColumn& c : columns_) out.push_back(c.name);
  return out;
}

int Table::find(std::string_view name) const {
  for (size_t c = 0; c < columns_.size(); ++c) {
    if (columns_[c].name == name) return static_cast<int>(c);
  }
  return -1;
}

std::string Table::where(int64_t row) const {
  return text_ ? fmt::format("{}, line {}", path_, text_->line(text_->row(row)))
               : fmt::format("{}, row {}", path_, row);
}

std::string Table::field(int64_t row, int index) const {
  if (text_ == nullptr) {
    const double value = column(index).numbers[static_cast<size_t>(row)];
    return std::isnan(value) ? std::string() : number_text(value);
  }
  const char* p = text_->row(row);
  for (int c = 0; c < index; ++c) {
    text_->field(p, nullptr);
    ++p;
  }
  std::deque<std::string> store;
  return std::string(text_->field(p, &store));
}

TextColumn Table::texts(int index) const {
  const TableColumn& from = column(index);
  if (!from.numeric) return from.text;
  TextColumn out;
  if (text_) {
    text_->column(index, out);
    return out;
  }
  auto store = std::make_shared<std::deque<std::string>>();
  Dictionary dictionary;
  for (int64_t r = 0; r < rows_; ++r) {
    const double value = from.numbers[static_cast<size_t>(r)];
    out.codes.push_back(std::isnan(value) ? -1 : dictionary.add(store->emplace_back(number_text(value))));
  }
  out.texts = dictionary.texts();
  out.owner = std::move(store);
  return out;
}

}  // namespace retrograd
