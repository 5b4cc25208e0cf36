#include "data/table/csv.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/fail.hpp"
#include "base/run_threads.hpp"
#include "data/number.hpp"
#include "data/table/csv_text.hpp"
#include "data/table/dictionary.hpp"
#include "data/text.hpp"

namespace retrograd {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr int64_t kSampleRows = 100;         // rows that decide what a column is read as at first
constexpr int64_t kRowsPerThread = 1 << 14;  // fewer are not worth a thread
constexpr int64_t kMostCells = int64_t{1} << 40;

enum class Kind : uint8_t { number, text, skip };

/// Reads a contiguous range of rows. A column read as numbers that turns out to hold text is skipped from there on and
/// read again as text when all ranges are done.
class RangeReader {
 public:
  RangeReader(const CsvText& csv, std::vector<Kind> kinds, std::vector<TableColumn>& columns, OnBadRow on_bad_row)
      : csv_(csv), kinds_(std::move(kinds)), columns_(columns), on_bad_row_(on_bad_row), dictionaries_(kinds_.size()) {}

  void read(int64_t begin, int64_t end) {
    while (begin < end) {
      try {
        for (; begin < end; ++begin) read_row(begin);
      } catch (const RowError& e) {
        if (on_bad_row_ == OnBadRow::fail) throw;
        bad_.add(begin++, {}, e.why);
      }
    }
  }

  const BadRowList& bad() const { return bad_; }
  const std::vector<Kind>& kinds() const { return kinds_; }
  const Dictionary& dictionary(size_t column) const { return dictionaries_[column]; }
  std::shared_ptr<std::deque<std::string>> store() const { return store_; }

 private:
  void read_row(int64_t r) {
    const size_t count = kinds_.size();
    const bool fast = !csv_.missing_numbers() && csv_.decimal() != csv_.separator();
    const char* p = csv_.row(r);
    for (size_t c = 0; c < count; ++c) {
      const Kind kind = kinds_[c];
      if (kind == Kind::number) {
        number(p, r, c, fast);
      } else if (kind == Kind::text) {
        const std::string_view text = csv_.field(p, store_.get());
        columns_[c].text.codes[static_cast<size_t>(r)] = csv_.is_missing(text) ? -1 : dictionaries_[c].add(text);
      } else {
        csv_.field(p, nullptr);
      }
      if (CsvText::at_line_end(p)) {
        if (c + 1 != count) ragged(r, c + 1);
        break;
      }
      if (c + 1 == count) ragged(r, count + 1);
      ++p;
    }
  }

  void number(const char*& p, int64_t row, size_t c, bool fast) {
    double& out = columns_[c].numbers[static_cast<size_t>(row)];
    if (fast) {
      const char* q = p;
      if (parse_plain_number(q, out, csv_.decimal()) && (*q == csv_.separator() || CsvText::at_line_end(q))) {
        p = q;
        return;
      }
    }
    const std::string_view text = csv_.field(p, store_.get());
    if (csv_.is_missing(text)) {
      out = kMissing;
      return;
    }
    std::string_view trimmed = text;
    while (!trimmed.empty() && csv_.is_blank(trimmed.front())) trimmed.remove_prefix(1);
    while (!trimmed.empty() && csv_.is_blank(trimmed.back())) trimmed.remove_suffix(1);
    const std::optional<double> value = parse_number(trimmed, csv_.decimal());
    out = value.value_or(kMissing);
    if (!value) kinds_[c] = Kind::skip;
  }

  [[noreturn]] void ragged(int64_t row, size_t found) const {
    const char* p = csv_.row(row);
    int64_t fields = 0;
    for (bool more = true; more; ++fields) {
      csv_.field(p, nullptr);
      more = !CsvText::at_line_end(p);
      ++p;
    }
    throw RowError{
        csv_.row(row),
        fmt::format("{} fields, expected {} as in the header (separator {}){}",
                    std::max<int64_t>(fields, static_cast<int64_t>(found)), kinds_.size(),
                    csv_.separator() == '\t' ? "tab" : in_quotes(std::string(1, csv_.separator())),
                    csv_.separator() == csv_.decimal() ? "; put numbers with a decimal comma in quotes" : "")};
  }

  const CsvText& csv_;
  std::vector<Kind> kinds_;
  std::vector<TableColumn>& columns_;
  OnBadRow on_bad_row_;
  BadRowList bad_;
  std::vector<Dictionary> dictionaries_;
  std::shared_ptr<std::deque<std::string>> store_ = std::make_shared<std::deque<std::string>>();
};

std::vector<Kind> kinds_of_sample(const CsvText& csv, OnBadRow on_bad_row) {
  const int64_t rows = std::min(csv.rows(), kSampleRows);
  std::vector<TableColumn> columns(csv.names().size());
  for (TableColumn& column : columns) column.numbers = LargeBuffer<double>(static_cast<size_t>(rows));
  RangeReader sample(csv, std::vector<Kind>(columns.size(), Kind::number), columns, on_bad_row);
  sample.read(0, rows);
  std::vector<Kind> kinds = sample.kinds();
  std::replace(kinds.begin(), kinds.end(), Kind::skip, Kind::text);
  return kinds;
}

/// Refuses a table that claims many more cells than it has bytes, before memory for the cells is asked for. Every field
/// takes at least its separator or line end, so more than half of the rows of such a table are too short.
void check_cells(const CsvText& csv) {
  const auto columns = static_cast<int64_t>(csv.names().size());
  const int64_t last = csv.rows() - 1;
  if (last <= 2 * (csv.row(last) - csv.row(0)) / columns) return;
  std::vector<TableColumn> nothing;
  RangeReader(csv, std::vector<Kind>(csv.names().size(), Kind::skip), nothing, OnBadRow::fail).read(0, last + 1);
}

/// Reads the ranges, each on its thread. Of several errors the one of the earliest rows is thrown.
void read_ranges(std::vector<RangeReader>& readers, int64_t rows) {
  const auto count = static_cast<int64_t>(readers.size());
  run_threads(count,
              [&](int64_t i) { readers[static_cast<size_t>(i)].read(rows * i / count, rows * (i + 1) / count); });
}

/// Joins the dictionaries of the ranges in order, so codes are by first appearance whatever the number of ranges.
void merge_texts(const std::vector<RangeReader>& readers, size_t c, int64_t rows, TextColumn& text) {
  Dictionary all = readers[0].dictionary(c);
  const auto count = static_cast<int64_t>(readers.size());
  auto owners = std::make_shared<std::vector<std::shared_ptr<std::deque<std::string>>>>();
  owners->push_back(readers[0].store());
  for (int64_t i = 1; i < count; ++i) {
    const RangeReader& reader = readers[static_cast<size_t>(i)];
    std::vector<int32_t> code;
    for (const std::string_view t : reader.dictionary(c).texts()) code.push_back(all.add(t));
    for (int64_t r = rows * i / count; r < rows * (i + 1) / count; ++r) {
      int32_t& cell = text.codes[static_cast<size_t>(r)];
      if (cell >= 0) cell = code[static_cast<size_t>(cell)];
    }
    owners->push_back(reader.store());
  }
  text.texts = all.texts();
  text.owner = std::move(owners);
}

}  // namespace

Table read_rows(std::shared_ptr<CsvText> csv, const CsvOptions& options) {
  const int64_t rows = csv->rows();
  const size_t count = csv->names().size();
  const std::string path = csv->path();
  if (rows > std::numeric_limits<int32_t>::max() || rows > kMostCells / static_cast<int64_t>(count)) {
    fail("{}: {} rows of {} columns are more than this reader takes", path, rows, count);
  }

  std::vector<Kind> kinds;
  try {
    check_cells(*csv);
    kinds = kinds_of_sample(*csv, options.on_bad_row);
  } catch (const RowError& e) {
    csv->refuse(e);
  }
  std::vector<TableColumn> columns(count);
  for (size_t c = 0; c < count; ++c) {
    columns[c].name = csv->names()[c];
    if (kinds[c] == Kind::number) columns[c].numbers = LargeBuffer<double>(static_cast<size_t>(rows));
    if (kinds[c] == Kind::text) columns[c].text.codes.resize(static_cast<size_t>(rows));
  }
  const int64_t threads = std::clamp<int64_t>(rows / kRowsPerThread, 1, std::max(1, options.threads));
  std::vector<RangeReader> readers;
  readers.reserve(static_cast<size_t>(threads));
  for (int64_t i = 0; i < threads; ++i) readers.emplace_back(*csv, kinds, columns, options.on_bad_row);
  try {
    read_ranges(readers, rows);
  } catch (const RowError& e) {
    csv->refuse(e);
  }

  BadRowList bad;
  for (const RangeReader& reader : readers) bad.add(reader.bad());
  BadRows skipped = bad.located([&](int64_t row) { return csv->line(csv->row(row)); });
  skipped.path = path;
  skipped.of = rows;
  // Columns that turned out to hold text are read again below, all in one go: without the bad rows.
  csv->drop(skipped.rows);
  std::vector<std::pair<int, TextColumn*>> turned;
  for (size_t c = 0; c < count; ++c) {
    const bool text = kinds[c] == Kind::text;
    if (std::any_of(readers.begin(), readers.end(), [&](const RangeReader& r) { return r.kinds()[c] == Kind::skip; })) {
      columns[c].numeric = false;
      columns[c].numbers.reset();
      turned.emplace_back(static_cast<int>(c), &columns[c].text);
      continue;
    }
    columns[c].numeric = !text;
    if (text) merge_texts(readers, c, rows, columns[c].text);
    drop_rows(columns[c], rows, skipped.rows);
  }
  csv->columns(turned);
  if (!skipped.rows.empty())
    for (TableColumn& column : columns) to_numbers_if_all_are(column, csv->rows(), csv->decimal());
  const int64_t kept = csv->rows();
  return Table(path, kept, std::move(columns), std::move(csv), skipped);
}

CsvOptions csv_options(const DataOptions& o) { return {o.separator, o.missing, o.threads, o.on_bad_row, o.decimal}; }

CsvOptions csv_options(const DataSpec& s, const ReadOptions& o) {
  return {s.separator, s.missing_texts, o.threads, o.on_bad_row, s.decimal};
}

Table read_csv(const std::string& path, const CsvOptions& options) {
  const bool tolerant = options.on_bad_row == OnBadRow::skip;
  Table table = read_rows(
      std::make_shared<CsvText>(path, read_file(path),
                                CsvTextOptions{options.separator, options.missing, tolerant, options.decimal}),
      options);
  check_most_are_good(table.skipped());
  return table;
}

}  // namespace retrograd
