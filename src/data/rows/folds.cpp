#include "retrograd/folds.hpp"

#include <algorithm>

#include "base/fail.hpp"
#include "base/random.hpp"

namespace retrograd {

std::vector<SplitRows> fold_rows(int64_t rows, int folds, uint64_t seed, const std::vector<int>& classes) {
  if (folds < 2 || folds > rows)
    fail("{} folds of {} rows; expected at least 2 folds, and a row for each", folds, rows);
  if (!classes.empty() && static_cast<int64_t>(classes.size()) != rows)
    fail("{} classes for {} rows", classes.size(), rows);
  struct Ranked {
    int label;
    uint64_t key;
    int64_t row;
  };
  std::vector<Ranked> order(static_cast<size_t>(rows));
  for (int64_t r = 0; r < rows; ++r) {
    const auto word = philox(seed, Purpose::split, static_cast<uint64_t>(r), 1, 0);  // split_rows draws from 0
    const auto at = static_cast<size_t>(r);
    order[at] = {classes.empty() ? 0 : classes[at], static_cast<uint64_t>(word[0]) << 32 | word[1], r};
  }
  std::sort(order.begin(), order.end(), [](const Ranked& a, const Ranked& b) {
    return a.label != b.label ? a.label < b.label : a.key != b.key ? a.key < b.key : a.row < b.row;
  });
  // Dealt out like cards, one class after another without a break: no fold gets two rows more than another.
  std::vector<int> fold_of(order.size());
  for (size_t i = 0; i < order.size(); ++i)
    fold_of[static_cast<size_t>(order[i].row)] = static_cast<int>(i % static_cast<size_t>(folds));
  std::vector<SplitRows> result(static_cast<size_t>(folds));
  for (int k = 0; k < folds; ++k) {
    SplitRows& split = result[static_cast<size_t>(k)];
    for (int64_t r = 0; r < rows; ++r) (fold_of[static_cast<size_t>(r)] == k ? split.valid : split.train).push_back(r);
  }
  return result;
}

}  // namespace retrograd
