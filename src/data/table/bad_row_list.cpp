#include "data/table/bad_row_list.hpp"

#include <algorithm>

#include "base/fail.hpp"
#include "data/text.hpp"

namespace retrograd {
namespace {

std::string described(const BadRows& bad, const BadRow& row) {
  return fmt::format("{}, line {}{}: {}", bad.path, row.line,
                     row.column.empty() ? "" : fmt::format(", column {}", in_quotes(row.column)), row.why);
}

}  // namespace

void BadRowList::add(int64_t row, const std::string& column, const std::string& why) {
  rows_.push_back(row);
  if (first_.size() == BadRows::kShown && first_.rbegin()->first <= row) return;
  first_.try_emplace(row, Reason{column, why});
  if (first_.size() > BadRows::kShown) first_.erase(std::prev(first_.end()));
}

void BadRowList::add(const BadRowList& other) {
  rows_.insert(rows_.end(), other.rows_.begin(), other.rows_.end());
  first_.insert(other.first_.begin(), other.first_.end());
  while (first_.size() > BadRows::kShown) first_.erase(std::prev(first_.end()));
}

BadRows BadRowList::located(const std::function<int64_t(int64_t row)>& line_of) const {
  BadRows out;
  out.rows = rows_;
  std::sort(out.rows.begin(), out.rows.end());
  out.rows.erase(std::unique(out.rows.begin(), out.rows.end()), out.rows.end());
  for (const auto& [row, reason] : first_) out.first.push_back({row, line_of(row), reason.column, reason.why});
  return out;
}

void join(BadRows& before, BadRows later) {
  // Both are ascending: of the rows left, number r is row r + n of the file, n bad ones of `before` standing before it.
  size_t n = 0;
  const auto in_file = [&](int64_t row) {
    while (n < before.rows.size() && before.rows[n] <= row + static_cast<int64_t>(n)) ++n;
    return row + static_cast<int64_t>(n);
  };
  for (int64_t& row : later.rows) row = in_file(row);
  n = 0;
  for (BadRow& bad : later.first) bad.row = in_file(bad.row);
  const auto middle = static_cast<std::ptrdiff_t>(before.rows.size());
  before.rows.insert(before.rows.end(), later.rows.begin(), later.rows.end());
  std::inplace_merge(before.rows.begin(), before.rows.begin() + middle, before.rows.end());
  before.first.insert(before.first.end(), later.first.begin(), later.first.end());
  std::sort(before.first.begin(), before.first.end(), [](const BadRow& a, const BadRow& b) { return a.row < b.row; });
  if (before.first.size() > BadRows::kShown) before.first.resize(BadRows::kShown);
}

void append(BadRows& before, const BadRows& piece) {
  for (const int64_t row : piece.rows) before.rows.push_back(before.of + row);
  for (const BadRow& bad : piece.first) {
    if (before.first.size() == BadRows::kShown) break;
    before.first.push_back(bad);
    before.first.back().row += before.of;
  }
  before.of += piece.of;
}

void check_most_are_good(const BadRows& bad) {
  if (2 * std::ssize(bad.rows) <= bad.of) return;
  fail("{}: {} of {} rows cannot be read, more than half: this is not the table that it is taken for; the first: {}",
       bad.path, bad.rows.size(), bad.of, described(bad, bad.first.at(0)));
}

int64_t BadRows::in_source(int64_t good) const {
  // Row r of `rows` has r - i good ones before it, i being its place there: those at most `good` stand before.
  size_t low = 0, high = rows.size();
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (rows[middle] - static_cast<int64_t>(middle) <= good)
      low = middle + 1;
    else
      high = middle;
  }
  return good + static_cast<int64_t>(low);
}

int64_t BadRows::among_good(int64_t row) const {
  const auto place = std::lower_bound(rows.begin(), rows.end(), row);
  if (place == rows.end() || *place != row) return row - (place - rows.begin());
  const auto known = std::find_if(first.begin(), first.end(), [&](const BadRow& bad) { return bad.row == row; });
  fail("{}: row {} cannot be read and was left out{}", path, row + 1,
       known == first.end() ? "" : ": " + described(*this, *known));
}

std::vector<std::string> BadRows::lines() const {
  std::vector<std::string> out;
  if (empty()) return out;
  out.push_back(fmt::format("{}: {} of {} rows cannot be read and {} left out{}", path, rows.size(), of,
                            rows.size() == 1 ? "was" : "were",
                            rows.size() > first.size() ? fmt::format("; the first {}:", first.size()) : ":"));
  for (const BadRow& row : first) out.push_back(described(*this, row));
  return out;
}

}  // namespace retrograd
