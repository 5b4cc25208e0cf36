// Collects rows that cannot be read, in any order, several reasons a row.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "retrograd/bad_rows.hpp"

namespace retrograd {

/// Keeps every row's number, and the reasons of the first few: what is shown needs no more.
class BadRowList {
 public:
  void add(int64_t row, const std::string& column, const std::string& why);
  void add(const BadRowList& other);
  bool empty() const { return rows_.empty(); }
  /// Whether the reason of this row would be kept, as things are.
  bool tells(int64_t row) const { return first_.size() < BadRows::kShown || row < first_.rbegin()->first; }
  /// Every row once, ascending, with the first reason that was given for it.
  BadRows located(const std::function<int64_t(int64_t row)>& line_of) const;

 private:
  struct Reason {
    std::string column, why;
  };
  std::vector<int64_t> rows_;
  std::map<int64_t, Reason> first_;
};

/// `later` names rows of what was left after `before`: joined, all numbers are those of the file.
void join(BadRows& before, BadRows later);

/// Appends the bad rows of the next piece of a file.
void append(BadRows& before, const BadRows& piece);

/// Throws Error, naming the first, if more than half of the rows are bad: then the file is not what it is taken for.
void check_most_are_good(const BadRows& bad);

}  // namespace retrograd
