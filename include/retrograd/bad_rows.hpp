// Rows of a table that cannot be read: what is done about them, and which they were.
//
// A row is bad when it has too few or too many fields, a quote that is not closed or that text follows, text among the
// numbers of a column, a number that is infinite, a text that is not UTF-8, no target, a class or a boolean that
// training did not have, or a weight that is missing or negative. (An empty feature is none of these: it is missing.)
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace retrograd {

enum class OnBadRow {
  fail,  ///< the first one is an Error with file, line and column
  skip   ///< they are left out and listed; an Error only if they are more than half of all rows
};

struct BadRow {
  int64_t row = 0;     ///< from 0, bad ones counted
  int64_t line = 0;    ///< in the file, from 1
  std::string column;  ///< empty: the row as a whole
  std::string why;
};

struct BadRows {
  static constexpr size_t kShown = 10;
  std::string path;
  int64_t of = 0;             ///< rows that there were, bad ones included
  std::vector<int64_t> rows;  ///< all of them, ascending
  std::vector<BadRow> first;  ///< the first kShown

  bool empty() const { return rows.empty(); }
  /// Which row of the source (from 0, bad ones counted) is number `good` of those that are left.
  int64_t in_source(int64_t good) const;
  /// The way back: which of those that are left is row `row` of the source. Throws Error, with the reason, for a bad
  /// one.
  int64_t among_good(int64_t row) const;
  /// "table.csv: 3 of 1000 rows cannot be read and were left out", then a line for each of the first: "table.csv, line
  /// 12, column 'x': …"; nothing if there are none.
  std::vector<std::string> lines() const;
};

}  // namespace retrograd
