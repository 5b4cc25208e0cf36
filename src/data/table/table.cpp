#include "data/table/table.hpp"

#include <cmath>
#include <limits>

#include "base/fail.hpp"
#include "data/number.hpp"
#include "data/table/csv_text.hpp"
#include "data/table/dictionary.hpp"
#include "data/text.hpp"

namespace retrograd {

namespace {

/// Calls keep(from, to) for every row that stays.
template <class F>
void for_kept(int64_t count, const std::vector<int64_t>& dropped, F keep) {
  size_t next = 0, to = 0;
  for (int64_t from = 0; from < count; ++from) {
    if (next < dropped.size() && dropped[next] == from)
      ++next;
    else
      keep(static_cast<size_t>(from), to++);
  }
}

}  // namespace

void drop_rows(TableColumn& column, int64_t count, const std::vector<int64_t>& rows) {
  if (rows.empty()) return;
  if (column.numeric) {
    for_kept(count, rows, [&](size_t from, size_t to) { column.numbers[to] = column.numbers[from]; });
    return;
  }
  TextColumn& text = column.text;
  std::vector<int32_t> code(text.texts.size(), -1);
  std::vector<std::string_view> texts;
  for_kept(count, rows, [&](size_t from, size_t to) {
    int32_t& cell = text.codes[to];
    cell = text.codes[from];
    if (cell < 0) return;
    int32_t& known = code[static_cast<size_t>(cell)];
    if (known < 0) {
      known = static_cast<int32_t>(texts.size());
      texts.push_back(text.texts[static_cast<size_t>(cell)]);
    }
    cell = known;
  });
  text.codes.resize(static_cast<size_t>(count) - rows.size());
  text.texts = std::move(texts);
}

void to_numbers_if_all_are(TableColumn& column, int64_t rows, char decimal) {
  if (column.numeric) return;
  std::vector<double> value;
  for (const std::string_view text : column.text.texts) {
    const std::optional<double> number = parse_number(text, decimal);
    if (!number) return;
    value.push_back(*number);
  }
  column.numeric = true;
  column.numbers = LargeBuffer<double>(static_cast<size_t>(rows));
  for (size_t r = 0; r < static_cast<size_t>(rows); ++r) {
    const int32_t code = column.text.codes[r];
    column.numbers[r] = code < 0 ? std::numeric_limits<double>::quiet_NaN() : value[static_cast<size_t>(code)];
  }
  column.text = {};
}

Table::Table(std::string path, int64_t rows, std::vector<TableColumn> columns, std::shared_ptr<CsvText> text,
             BadRows skipped)
    : path_(std::move(path)),
      rows_(rows),
      columns_(std::move(columns)),
      skipped_(std::move(skipped)),
      text_(std::move(text)) {}

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

Table::Table(std::shared_ptr<const ColumnSource> source, std::string path, int64_t rows,
             std::vector<TableColumn> columns, BadRows skipped)
    : path_(std::move(path)),
      rows_(rows),
      columns_(std::move(columns)),
      source_(std::move(source)),
      loaded_(columns_.size()),
      skipped_(std::move(skipped)) {
  for (const TableColumn& column : columns_) texts_in_source_.push_back(!column.numeric);
  dropped_.of = rows;
}

void Table::load(int index) const {
  const auto c = static_cast<size_t>(index);
  TableColumn& column = columns_[c];
  const bool numeric = column.numeric;
  column.numeric = texts_in_source_[c] == 0;
  source_->load(index, column);
  drop_rows(column, dropped_.of, dropped_.rows);
  if (numeric) to_numbers_if_all_are(column, rows_, decimal());
  loaded_[c] = 1;
}

void Table::release(int index) const {
  if (!source_) return;
  TableColumn& column = columns_[static_cast<size_t>(index)];
  column.numbers.reset();
  column.text = {};
  loaded_[static_cast<size_t>(index)] = 0;
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
  if (source_) return source_->where(dropped_.in_source(row));
  return text_ ? fmt::format("{}, line {}", path_, text_->line(text_->row(row)))
               : fmt::format("{}, row {}", path_, row);
}

char Table::decimal() const {
  if (source_) return source_->decimal();
  return text_ ? text_->decimal() : '.';
}

RowLines Table::lines() const { return text_ ? text_->lines() : RowLines(); }

std::string Table::field(int64_t row, int index) const {
  if (source_) return source_->field(dropped_.in_source(row), index);
  if (text_ == nullptr && !column(index).numeric) {
    const TextColumn& text = column(index).text;
    const int32_t code = text.codes[static_cast<size_t>(row)];
    return code < 0 ? std::string() : std::string(text.texts[static_cast<size_t>(code)]);
  }
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
  if (source_) {
    TableColumn all;
    all.numeric = false;
    source_->texts(index, all.text);
    drop_rows(all, dropped_.of, dropped_.rows);
    return all.text;
  }
  if (text_) {
    text_->columns({{index, &out}});
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

void Table::skip(const BadRowList& list) {
  if (list.empty()) return;
  if (source_) return skip_streamed(list);
  BadRows bad = list.located([&](int64_t row) { return text_ ? text_->line(text_->row(row)) : row; });
  if (text_) text_->drop(bad.rows);
  const int64_t rows = rows_ - std::ssize(bad.rows);
  for (TableColumn& column : columns_) {
    drop_rows(column, rows_, bad.rows);
    to_numbers_if_all_are(column, rows, decimal());
  }
  rows_ = rows;
  join(skipped_, std::move(bad));
}

void Table::skip_streamed(const BadRowList& list) {
  BadRows bad = list.located([](int64_t) { return 0; });
  std::vector<int64_t> told;
  for (const BadRow& row : bad.first) told.push_back(dropped_.in_source(row.row));
  join(dropped_, bad);
  dropped_.first.clear();
  const std::vector<int64_t> lines = source_->lines(told);
  for (size_t i = 0; i < lines.size(); ++i) bad.first[i].line = lines[i];
  rows_ -= std::ssize(bad.rows);
  join(skipped_, std::move(bad));
  for (int c = 0; c < static_cast<int>(columns_.size()); ++c) {
    release(c);
    if (columns_[static_cast<size_t>(c)].numeric) continue;
    load(c);
    to_numbers_if_all_are(columns_[static_cast<size_t>(c)], rows_, decimal());
    release(c);
  }
}

}  // namespace retrograd
