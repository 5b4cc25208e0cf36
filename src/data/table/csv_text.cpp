#include "data/table/csv_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/fail.hpp"
#include "data/number.hpp"
#include "data/table/dictionary.hpp"
#include "data/text.hpp"

namespace retrograd {
namespace {

constexpr size_t kMostColumns = 1'000'000;

const char* find_byte(const char* p, const char* end, char c) {
  return static_cast<const char*>(std::memchr(p, c, static_cast<size_t>(end - p)));
}

bool starts_with_bytes(std::string_view text, std::initializer_list<unsigned char> bytes) {
  return text.size() >= bytes.size() &&
         std::equal(bytes.begin(), bytes.end(), text.begin(),
                    [](unsigned char a, char b) { return a == static_cast<unsigned char>(b); });
}

}  // namespace

char detect_separator(std::string_view text, char decimal) {
  constexpr std::array<char, 5> kCandidates = {',', ';', '\t', '|', ' '};
  constexpr int kLines = 50;
  std::array<int, 5> header{}, line{};
  std::array<bool, 5> same;
  same.fill(true);
  bool in_quotes = false, any = false;
  int lines = 0;
  const auto end_line = [&] {
    if (!any) return;
    if (lines == 0) header = line;
    for (size_t k = 0; k < kCandidates.size(); ++k) same[k] = same[k] && line[k] == header[k];
    line = {};
    any = false;
    ++lines;
  };
  for (const char c : text.substr(0, 1 << 20)) {
    if (c == '"') in_quotes = !in_quotes;
    if (c == '\n' && !in_quotes) {
      end_line();
      if (lines == kLines) break;
      continue;
    }
    if (c != '\r') any = true;
    if (in_quotes) continue;
    for (size_t k = 0; k < kCandidates.size(); ++k) line[k] += c == kCandidates[k];
  }
  if (lines == 0) end_line();  // one line without an end
  int best = -1;
  const auto better = [&](size_t k) { return best < 0 || header[k] > header[static_cast<size_t>(best)]; };
  const size_t first = decimal == ',' ? 1 : 0;
  for (size_t k = first; k < 4; ++k) {
    if (header[k] > 0 && same[k] && better(k)) best = static_cast<int>(k);
  }
  for (size_t k = first; k < 4 && best < 0; ++k) {
    if (header[k] > 0) best = static_cast<int>(k);
  }
  if (best < 0 && first > 0 && header[0] > 0) best = 0;
  if (best < 0 && header[4] > 0 && same[4]) best = 4;
  return kCandidates[best < 0 ? first : static_cast<size_t>(best)];
}

CsvText::CsvText(std::string path, FileBytes bytes, CsvTextOptions options, const CsvPiece& piece)
    : path_(std::move(path)),
      bytes_(std::move(bytes)),
      begin_(bytes_.begin()),
      separator_(options.separator),
      decimal_(options.decimal),
      missing_(std::move(options.missing)),
      tolerant_(options.tolerant),
      first_line_(piece.line),
      header_(piece.names == nullptr ? 1 : 0) {
  if (header_ > 0) {
    check_is_text();
    if (starts_with_bytes(bytes_.view(), {0xEF, 0xBB, 0xBF})) begin_ += 3;
  }
  const auto size = static_cast<size_t>(bytes_.end() - begin_);
  const char detected = header_ > 0 || separator_ == 0 ? detect_separator({begin_, size}, decimal_) : separator_;
  if (separator_ == 0) separator_ = detected;
  if (std::strchr("\"\n\r.+-0123456789", separator_) != nullptr)
    fail("{} cannot separate columns", in_quotes({&separator_, 1}));
  if (decimal_ != '.' && decimal_ != ',')
    fail("the decimal mark is {}, expected a point or a comma", in_quotes({&decimal_, 1}));
  may_be_missing_[' '] = may_be_missing_['\t'] = true;
  for (const std::string& text : missing_) {
    if (!text.empty()) may_be_missing_[static_cast<unsigned char>(text[0])] = true;
    longest_missing_ = std::max(longest_missing_, text.size());
    missing_numbers_ = missing_numbers_ || parse_number(text, decimal_).has_value();
  }
  has_quotes_ = find_byte(begin_, bytes_.end(), '"') != nullptr;
  find_rows(piece.more);
  if (header_ == 0) {
    names_ = *piece.names;
    return;
  }
  if (starts_.empty() && piece.more) return;
  if (starts_.empty()) fail("{} is empty: it has only blank lines", path_);
  read_header();
  check_separators(detected);
  if (rows() == 0 && !piece.more) fail("{} has a header but no rows", path_);
}

void CsvText::check_is_text() const {
  const std::string_view text = bytes_.view();
  if (starts_with_bytes(text, {0xFF, 0xFE}) || starts_with_bytes(text, {0xFE, 0xFF})) {
    fail("{} is UTF-16 text; convert it to UTF-8, e.g. iconv -f UTF-16 -t UTF-8", path_);
  }
  if (starts_with_bytes(text, {'P', 'K', 3, 4}))
    fail("{} is a zip archive, not CSV; unpack it, or name NPZ data as npz:{}", path_, path_);
  const std::string_view head = text.substr(0, 4096);
  if (head.find('\0') != std::string_view::npos)
    fail("{} is not CSV text: it has zero bytes near its beginning", path_);
  if (text.find('\n') == std::string_view::npos && text.find('\r') != std::string_view::npos) {
    fail("{}: lines end in CR alone; convert them to LF, e.g. tr '\\r' '\\n'", path_);
  }
}

void CsvText::check_separators(char detected) const {
  if (names_.size() == 1 && detected != separator_ && names_[0].find(detected) != std::string::npos) {
    const auto shown = [](char c) { return c == '\t' ? std::string("tab") : in_quotes({&c, 1}); };
    fail("{}, line {}: the header is the single column {} with the separator {}; {} separates it", path_,
         line(bytes_.begin() + starts_[0]), in_quotes(names_[0]), shown(separator_), shown(detected));
  }
  if (names_.size() == 1 && detected == separator_)
    if (const int others = separators_below(); others > 0)
      fail(
          "{}, line {}: the header is the single column {}, but the lines below have {} or more fields; remove what "
          "stands "
          "before the names of the columns",
          path_, line(bytes_.begin() + starts_[0]), in_quotes(names_[0]), others + 1);
  if (separator_ == decimal_ && !has_quotes_)
    fail(
        "{}: commas separate the columns, so they cannot be decimal marks as well; put numbers like 1,5 in quotes, or "
        "separate the columns otherwise, e.g. by ';'",
        path_);
}

int CsvText::separators_below() const {
  constexpr int64_t kLines = 50, kFewest = 3;
  const int64_t count = std::min(rows(), kLines);
  for (const char c : {',', ';', '\t', '|'}) {
    if (c == decimal_) continue;
    int64_t with = 0;
    int fewest = std::numeric_limits<int>::max();
    for (int64_t r = 0; r < count; ++r) {
      const char* const begin = row(r);
      const char* const end = find_byte(begin, bytes_.end() + 1, '\n');
      const auto found = static_cast<int>(std::count(begin, end, c));
      if (found == 0 || find_byte(begin, end, '"') != nullptr) continue;
      ++with;
      fewest = std::min(fewest, found);
    }
    if (with >= kFewest && 5 * with >= 4 * count) return fewest;
  }
  return 0;
}

int64_t CsvText::line(const char* place) const { return first_line_ + std::count(bytes_.begin(), place, '\n'); }

bool CsvText::compare_missing(std::string_view text) const {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  if (text.size() > longest_missing_) return false;
  return text.empty() || std::find(missing_.begin(), missing_.end(), text) != missing_.end();
}

const char* CsvText::closing_quote(const char* open) const {
  const char* p = open + 1;
  const char* const end = open + std::min(kLongestRow, static_cast<size_t>(bytes_.end() - open));
  while (true) {
    p = p < end ? find_byte(p, end, '"') : nullptr;
    if (p == nullptr) throw RowError{open, "a quoted field is not closed"};
    if (p[1] != '"') return p;
    p += 2;
  }
}

/// The LF that ends the row at `p`.
const char* CsvText::row_end(const char* p) const {
  const char* const row = p;
  while (true) {
    const char* newline = find_byte(p, bytes_.end() + 1, '\n');  // the padding holds one
    if (!has_quotes_) return newline;
    const char* quote = find_byte(p, newline, '"');
    if (quote == nullptr) return newline;
    const char* before = quote;
    while (before > row && is_blank(before[-1])) --before;
    const bool opens = before == row || before[-1] == separator_;
    p = (opens ? closing_quote(quote) : quote) + 1;
  }
}

void CsvText::find_rows(bool more) {
  const char* p = begin_;
  const char* const end = bytes_.end();
  for (; p < end; used_ = std::min(static_cast<size_t>(p - bytes_.begin()), bytes_.size)) {
    if (at_line_end(p)) {
      p += *p == '\r' ? 2 : 1;
      continue;
    }
    if (starts_.size() == 1000) {  // a first guess of the number of rows, to allocate once
      const auto done = static_cast<size_t>(p - begin_), total = static_cast<size_t>(end - begin_);
      starts_.reserve(1000 + total / std::max<size_t>(1, done / 1000) * 11 / 10);
    }
    const char* const row = p;
    try {
      p = row_end(row) + 1;
    } catch (const RowError& e) {
      if (more && may_go_on(row)) return;
      if (!tolerant_ || starts_.size() < header_) refuse(e);
      p = find_byte(row, end + 1, '\n') + 1;
    }
    // What looks like the row's end may be that of this piece: a quote there may be the first of two, for instance.
    if (more && p >= end) {
      if (may_go_on(row)) return;
      fail("{}, line {}: a row of more than {} MiB; is this a table?", path_, line(row), kLongestRow >> 20);
    }
    starts_.push_back(static_cast<uint64_t>(row - bytes_.begin()));
  }
}

void CsvText::refuse(const RowError& error) const { fail("{}, line {}: {}", path_, line(error.place), error.why); }

void CsvText::drop(const std::vector<int64_t>& rows) {
  size_t to = header_, next = 0;
  for (size_t from = header_; from < starts_.size(); ++from) {
    if (next < rows.size() && static_cast<size_t>(rows[next]) + header_ == from)
      ++next;
    else
      starts_[to++] = starts_[from];
  }
  starts_.resize(to);
}

void CsvText::read_header() {
  const char* p = bytes_.begin() + starts_[0];
  std::deque<std::string> store;
  bool all_numbers = true, all_integers = true;
  const auto next = [&] {
    try {
      return field(p, &store);
    } catch (const RowError& e) {
      refuse(e);
    }
  };
  while (true) {
    const std::string_view text = next();
    if (!is_utf8(text)) {
      fail("{}, line {}: the header has {}, which is not UTF-8; convert the file, e.g. iconv -f LATIN1 -t UTF-8", path_,
           line(p), in_quotes(text));
    }
    const std::optional<double> number = parse_number(text, decimal_);
    all_numbers = all_numbers && number;
    all_integers = all_integers && number && *number == std::floor(*number);
    if (names_.size() == kMostColumns)
      fail("{}, line {}: the header names more than {} columns, which is more than this reader takes", path_, line(p),
           kMostColumns);
    names_.push_back(text.empty() ? fmt::format("column {}", names_.size() + 1) : std::string(text));
    if (at_line_end(p)) break;
    ++p;
  }
  if (all_numbers && !all_integers) {
    fail("{}, line {}: the first line must name the columns, but it holds only numbers; add a header", path_, line(p));
  }
  std::vector<std::string> sorted = names_;
  std::sort(sorted.begin(), sorted.end());
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice != sorted.end()) {
    fail("{}, line {}: two columns are named {}; rename one{}", path_, line(p), in_quotes(*twice),
         all_numbers ? " (or is the header missing?)" : "");
  }
}

std::string_view CsvText::quoted_field(const char*& p, std::deque<std::string>* store) const {
  const char* const open = p;
  const char* const close = closing_quote(open);
  const std::string_view inside(open + 1, static_cast<size_t>(close - open - 1));
  p = close + 1;
  while (is_blank(*p)) ++p;
  if (*p != separator_ && !at_line_end(p)) {
    throw RowError{p, fmt::format("text follows a closing quote: {}; write a quote inside a field as \"\"",
                                  in_quotes({open, static_cast<size_t>(std::min(p + 1, bytes_.end()) - open)}))};
  }
  if (store == nullptr || inside.find('"') == std::string_view::npos) return inside;
  std::string& plain = store->emplace_back();
  plain.reserve(inside.size());
  for (size_t i = 0; i < inside.size(); ++i) {
    plain += inside[i];
    if (inside[i] == '"') ++i;
  }
  return plain;
}

void CsvText::columns(const std::vector<std::pair<int, TextColumn*>>& wanted) const {
  if (wanted.empty()) return;
  auto store = std::make_shared<std::deque<std::string>>();
  std::vector<Dictionary> dictionaries(wanted.size());
  for (const auto& [index, out] : wanted) out->codes.resize(static_cast<size_t>(rows()));
  for (int64_t r = 0; r < rows(); ++r) {
    const char* p = row(r);
    int c = 0;
    for (size_t k = 0; k < wanted.size(); ++k, ++c) {
      for (; c < wanted[k].first; ++c) {
        field(p, nullptr);
        ++p;
      }
      const std::string_view text = field(p, store.get());
      wanted[k].second->codes[static_cast<size_t>(r)] = is_missing(text) ? -1 : dictionaries[k].add(text);
      if (k + 1 < wanted.size()) ++p;
    }
  }
  for (size_t k = 0; k < wanted.size(); ++k) {
    wanted[k].second->texts = dictionaries[k].texts();
    wanted[k].second->owner = store;
  }
}

RowLines CsvText::lines() const {
  RowLines out;
  if (rows() == 0) return out;
  constexpr int64_t kMany = 4096;
  const auto newlines = [](const char* from, const char* to) { return std::count(from, to, '\n'); };
  out.runs.push_back({0, line(row(0))});
  // As many line ends as rows: then one each, for every row has at least its own.
  for (int64_t begin = 0; begin + 1 < rows(); begin += kMany) {
    const int64_t end = std::min(begin + kMany, rows() - 1);
    if (newlines(row(begin), row(end)) == end - begin) continue;
    for (int64_t r = begin; r < end; ++r)
      if (const int64_t next = out.of(r) + newlines(row(r), row(r + 1)); next != out.of(r + 1))
        out.runs.push_back({r + 1, next});
  }
  return out;
}

}  // namespace retrograd
