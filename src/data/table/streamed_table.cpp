#include "data/table/streamed_table.hpp"

#include <algorithm>
#include <limits>

#include "base/fail.hpp"
#include "data/files/scratch_file.hpp"
#include "data/table/dictionary.hpp"
#include "data/text.hpp"

namespace retrograd {
namespace {

/// Different texts, owned, with codes in order of first appearance.
class TextStore {
 public:
  int32_t code(std::string_view text) {
    const int32_t known = dictionary_.find(text);
    if (known >= 0) return known;
    constexpr size_t kBookkeeping = 64;  // a text's place in the table, the list and the store
    bytes_ += text.size() + kBookkeeping;
    return dictionary_.add(store_->emplace_back(text));
  }
  /// The codes of a column of a piece.
  void append(const TextColumn& column, std::vector<int32_t>& codes) {
    std::vector<int32_t> to;
    for (const std::string_view text : column.texts) to.push_back(code(text));
    for (const int32_t c : column.codes) codes.push_back(c < 0 ? -1 : to[static_cast<size_t>(c)]);
  }
  size_t bytes() const { return bytes_; }
  void give(TextColumn& out) const {
    out.texts = dictionary_.texts();
    out.owner = store_;
  }

 private:
  Dictionary dictionary_;
  std::shared_ptr<std::deque<std::string>> store_ = std::make_shared<std::deque<std::string>>();
  size_t bytes_ = 0;
};

struct Column {
  bool numeric = true, uncounted = false;  ///< uncounted: ignored, with more texts than fit
  TextStore texts;
  std::vector<int64_t> places;  ///< in the scratch file, one a piece
};

class Columns : public ColumnSource {
 public:
  /// `texts`: which columns hold text, from a reading before.
  Columns(std::string path, StreamOptions options, const std::string& beside, std::vector<bool> texts)
      : path_(std::move(path)), options_(std::move(options)), file_(beside), is_text_(std::move(texts)) {}

  /// False if a column that began with numbers turned out to hold text: then only its kind is known, in is_text().
  bool read() {
    CsvStream stream(path_, options_.csv, options_.piece);
    bool turned = false;
    while (const std::optional<Table> piece = stream.next()) {
      columns_.resize(piece->columns().size());
      for (size_t c = 0; c < columns_.size(); ++c) {
        Column& column = columns_[c];
        const bool numeric = piece->column(static_cast<int>(c)).numeric;
        if (rows_.empty()) column.numeric = numeric && !(c < is_text_.size() && is_text_[c]);
        if (column.numeric && !numeric) {
          turned = true;
          column.numeric = false;
        }
        if (!turned) append(*piece, c);
      }
      rows_.push_back(piece->rows());
      total_ += piece->rows();
      append_bad(*piece);
      if (total_ > std::numeric_limits<int32_t>::max()) fail("{}: more than 2^31 rows", path_);
    }
    names_ = stream.names();
    is_text_.clear();
    hash_ = stream.hash();
    for (size_t c = 0; c < columns_.size(); ++c) is_text_.push_back(!columns_[c].numeric);
    return !turned;
  }
  const std::vector<bool>& is_text() const { return is_text_; }

  std::vector<TableColumn> empty_columns() const {
    std::vector<TableColumn> out(columns_.size());
    for (size_t c = 0; c < out.size(); ++c) {
      out[c].name = names_[c];
      out[c].numeric = columns_[c].numeric;
    }
    return out;
  }
  int64_t rows() const { return total_; }
  const BadRows& skipped() const { return skipped_; }
  const std::string& hash() const { return hash_; }

  void load(int index, TableColumn& out) const override {
    const Column& column = columns_[static_cast<size_t>(index)];
    if (column.numeric)
      out.numbers = LargeBuffer<double>(static_cast<size_t>(total_));
    else
      out.text.codes.resize(static_cast<size_t>(total_), -1);
    if (column.uncounted) return;
    size_t at = 0;
    for (size_t i = 0; i < rows_.size(); ++i) {
      const auto rows = static_cast<size_t>(rows_[i]);
      if (column.numeric)
        file_.read(column.places[i], out.numbers.get() + at, rows * sizeof(double));
      else
        file_.read(column.places[i], out.text.codes.data() + at, rows * sizeof(int32_t));
      at += rows;
    }
    if (!column.numeric) column.texts.give(out.text);
  }

  char decimal() const override { return options_.csv.decimal; }

  std::string where(int64_t row) const override {
    std::string place;
    find(row, [&](const Table& piece, int64_t r) { place = piece.where(r); });
    return place;
  }

  std::vector<int64_t> lines(const std::vector<int64_t>& rows) const override {
    std::vector<int64_t> found;
    CsvStream stream(path_, options_.csv, options_.piece);
    int64_t begin = 0;
    while (const std::optional<Table> piece = found.size() < rows.size() ? stream.next() : std::nullopt) {
      const RowLines of_piece = piece->lines();
      while (found.size() < rows.size() && rows[found.size()] < begin + piece->rows())
        found.push_back(of_piece.of(rows[found.size()] - begin));
      begin += piece->rows();
    }
    return found;
  }

  std::string field(int64_t row, int column) const override {
    std::string text;
    find(row, [&](const Table& piece, int64_t r) { text = piece.field(r, column); });
    return text;
  }

  void texts(int column, TextColumn& out) const override {
    CsvStream stream(path_, options_.csv, options_.piece);
    TextStore texts;
    while (const std::optional<Table> piece = stream.next()) {
      texts.append(piece->texts(column), out.codes);
      if (texts.bytes() > options_.most_text) refuse(static_cast<size_t>(column));
    }
    texts.give(out);
  }

 private:
  void append_bad(const Table& piece) {
    BadRows bad = piece.skipped();
    bad.of = piece.rows() + std::ssize(bad.rows);
    skipped_.path = path_;
    retrograd::append(skipped_, bad);
  }

  void append(const Table& piece, size_t c) {
    Column& column = columns_[c];
    const auto rows = static_cast<size_t>(piece.rows());
    if (column.uncounted) return;
    if (column.numeric) {
      column.places.push_back(file_.append(piece.column(static_cast<int>(c)).numbers.get(), rows * sizeof(double)));
      return;
    }
    const size_t before = column.texts.bytes();
    codes_.clear();
    column.texts.append(piece.texts(static_cast<int>(c)), codes_);
    text_bytes_ += column.texts.bytes() - before;
    if (text_bytes_ > options_.most_text) {
      names_ = names_.empty() ? piece.names() : names_;
      const auto& ignored = options_.ignore;
      size_t largest = c;
      for (size_t k = 0; k < columns_.size(); ++k)
        if (columns_[k].texts.bytes() > columns_[largest].texts.bytes()) largest = k;
      if (std::find(ignored.begin(), ignored.end(), names_[largest]) == ignored.end()) refuse(largest);
      text_bytes_ -= columns_[largest].texts.bytes();
      columns_[largest].texts = {};
      columns_[largest].uncounted = true;
      if (largest == c) return;
    }
    column.places.push_back(file_.append(codes_.data(), rows * sizeof(int32_t)));
  }

  [[noreturn]] void refuse(size_t c) const {
    fail(
        "{}: the different texts of column {} do not fit into {} MiB, which is what building a cache keeps of them; "
        "leave the column out: --ignore {}",
        path_, in_quotes(names_.at(c)), options_.most_text >> 20, names_[c]);
  }

  template <class F>
  void find(int64_t row, const F& found) const {
    CsvStream stream(path_, options_.csv, options_.piece);
    while (const std::optional<Table> piece = stream.next()) {
      if (row < piece->rows()) return found(*piece, row);
      row -= piece->rows();
    }
  }

  std::string path_, hash_;
  StreamOptions options_;
  ScratchFile file_;
  std::vector<std::string> names_;
  std::vector<Column> columns_;
  std::vector<int64_t> rows_;  ///< of each piece
  std::vector<int32_t> codes_;
  int64_t total_ = 0;
  BadRows skipped_;
  size_t text_bytes_ = 0;
  std::vector<bool> is_text_;
};

}  // namespace

StreamedTable stream_table(const std::string& path, const StreamOptions& options, const std::string& beside) {
  auto columns = std::make_shared<Columns>(path, options, beside, std::vector<bool>());
  if (!columns->read()) {
    const std::vector<bool> texts = columns->is_text();
    columns = std::make_shared<Columns>(path, options, beside, texts);
    columns->read();
  }
  std::vector<TableColumn> empty = columns->empty_columns();
  const int64_t rows = columns->rows();
  std::string hash = columns->hash();
  BadRows skipped = columns->skipped();
  check_most_are_good(skipped);
  return {Table(std::move(columns), path, rows, std::move(empty), std::move(skipped)), std::move(hash)};
}

}  // namespace retrograd
