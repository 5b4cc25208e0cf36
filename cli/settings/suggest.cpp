#include "settings/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace retrograd::cli {
namespace {

/// Optimal string alignment distance: Levenshtein's with swaps of neighbours.
size_t edits(std::string_view a, std::string_view b) {
  std::vector<size_t> two(b.size() + 1), one(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) one[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({one[j] + 1, row[j - 1] + 1, one[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], two[j - 2] + 1);
    }
    two = std::exchange(one, row);
  }
  return one[b.size()];
}

}  // namespace

std::string nearest(std::string_view typed, const std::vector<std::string>& known) {
  std::string best;
  size_t fewest = std::max<size_t>(1, typed.size() / 3) + 1;
  if (typed.size() > 64) return best;
  for (const std::string& name : known) {
    // A beginning of a name counts as one edit, so that "cos" finds cosine.
    const bool begins = typed.size() >= 3 && name.starts_with(typed);
    const size_t distance = begins ? 1 : edits(typed, name);
    if (distance < fewest) {
      fewest = distance;
      best = name;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view typed, const std::vector<std::string>& known) {
  const std::string name = nearest(typed, known);
  return name.empty() ? std::string() : fmt::format("; did you mean {}?", name);
}

}  // namespace retrograd::cli
