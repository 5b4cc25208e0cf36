#include "data/table/csv_stream.hpp"

#include <algorithm>
#include <cstring>

#include "base/fail.hpp"

namespace retrograd {

CsvStream::CsvStream(std::string path, CsvOptions options, size_t piece)
    : path_(std::move(path)), options_(std::move(options)), piece_(piece), bytes_(path_) {}

std::optional<Table> CsvStream::next() {
  size_t size = piece_;
  while (!ended_ || !rest_.empty()) {
    size = std::max(size, rest_.size() + piece_);  // a row longer than a piece: more is read, until it ends
    FileBytes text;
    text.data = LargeBuffer<char>(size + FileBytes::kPadding);
    std::memcpy(text.data.get(), rest_.data(), rest_.size());
    text.size = rest_.size();
    if (!ended_) {
      text.size += bytes_.read(text.data.get() + text.size, size - text.size);
      ended_ = text.size < size;
    }
    std::memset(text.data.get() + text.size, 0, FileBytes::kPadding);
    text.data[text.size] = '\n';
    if (text.size == 0 && names_.empty()) fail("{} is empty", path_);
    const char* const begin = text.data.get();  // the buffer itself moves along with its owner
    const size_t length = text.size;
    const bool first = names_.empty();
    auto csv = std::make_shared<CsvText>(
        path_, std::move(text),
        CsvTextOptions{options_.separator, options_.missing, options_.on_bad_row == OnBadRow::skip, options_.decimal},
        CsvPiece{first ? nullptr : &names_, line_, !ended_});
    if (first && csv->has_names()) {
      names_ = csv->names();
      options_.separator = csv->separator();
    }
    const size_t used = csv->has_names() ? csv->used() : 0;
    used_ += used;
    rest_.assign(begin + used, length - used);
    line_ += std::count(begin, begin + used, '\n');
    if (ended_) rest_.clear();
    if (csv->has_names() && csv->rows() > 0) return read_rows(std::move(csv), options_);
  }
  return std::nullopt;
}

}  // namespace retrograd
