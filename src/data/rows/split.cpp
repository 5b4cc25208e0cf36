#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/fail.hpp"
#include "base/random.hpp"
#include "data/files/mapped_file.hpp"
#include "data/files/scratch_file.hpp"
#include "retrograd/data.hpp"

namespace retrograd {
namespace {

struct Ranked {
  uint64_t key;
  int64_t row;
  bool operator<(const Ranked& other) const { return key != other.key ? key < other.key : row < other.row; }
};

/// How many rows each class gives to the validation part: its share rounded down, and one more for the largest
/// remainders (ties: the earlier class) until `total` is reached.
std::vector<int64_t> apportion(const std::vector<int64_t>& counts, int64_t total, int64_t rows) {
  std::vector<int64_t> quota(counts.size());
  std::vector<std::pair<double, size_t>> remainder;
  int64_t given = 0;
  for (size_t k = 0; k < counts.size(); ++k) {
    const double exact = static_cast<double>(counts[k]) * static_cast<double>(total) / static_cast<double>(rows);
    quota[k] = static_cast<int64_t>(exact);
    given += quota[k];
    remainder.emplace_back(exact - static_cast<double>(quota[k]), k);
  }
  std::stable_sort(remainder.begin(), remainder.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  for (const auto& [rest, k] : remainder) {
    if (given == total) break;
    if (quota[k] == counts[k]) continue;
    ++quota[k];
    ++given;
  }
  return quota;
}

/// The rows of a mapped block, mapped.
Block take_to_file(const Block& block, const std::vector<int64_t>& rows) {
  Block out;
  out.name = block.name;
  out.cols = block.cols;
  const std::span<const float> from = block.floats();
  const auto cols = static_cast<size_t>(block.cols);
  ScratchFile scratch(block.file->name());
  std::vector<float> piece;
  const size_t some = std::max<size_t>(1, (size_t{4} << 20) / (cols * sizeof(float)));
  for (size_t i = 0; i < rows.size(); i += some) {
    piece.clear();
    for (size_t k = i; k < std::min(rows.size(), i + some); ++k) {
      const auto row = from.subspan(static_cast<size_t>(rows[k]) * cols, cols);
      piece.insert(piece.end(), row.begin(), row.end());
    }
    scratch.append(piece.data(), piece.size() * sizeof(float));
  }
  out.file = std::make_shared<const MappedFile>(scratch.file(), 0, static_cast<size_t>(scratch.size()),
                                                block.file->name(), block.file->memory());
  out.values = out.file->floats();
  block.file->forget();
  return out;
}

Block take_block(const Block& block, const std::vector<int64_t>& rows) {
  Block out;
  out.name = block.name;
  out.cols = block.cols;
  const auto cols = static_cast<size_t>(block.cols);
  std::visit(
      [&](const auto& from) {
        std::vector<typename std::decay_t<decltype(from)>::value_type> to(rows.size() * cols);
        for (size_t i = 0; i < rows.size() && !from.empty(); ++i) {
          std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(static_cast<size_t>(rows[i]) * cols), cols,
                      to.begin() + static_cast<std::ptrdiff_t>(i * cols));
        }
        out.values = std::move(to);
      },
      block.values);
  return out;
}

}  // namespace

SplitRows split_rows(int64_t rows, double fraction, uint64_t seed, const std::vector<int>& classes) {
  if (!(fraction > 0 && fraction < 1))
    fail("the fraction for validation is {}, expected more than 0 and less than 1", fraction);
  if (rows < 2) fail("{} row cannot be split in two parts; give more data or a validation file", rows);
  if (!classes.empty() && static_cast<int64_t>(classes.size()) != rows) {
    fail("{} classes for {} rows", classes.size(), rows);
  }
  int classes_count = 1;
  for (const int k : classes) {
    if (k < 0) fail("row classes must not be negative, found {}", k);
    classes_count = std::max(classes_count, k + 1);
  }
  std::vector<std::vector<Ranked>> strata(static_cast<size_t>(classes_count));
  std::vector<size_t> sizes(strata.size());
  for (int64_t r = 0; r < rows; ++r)
    ++sizes[classes.empty() ? 0 : static_cast<size_t>(classes[static_cast<size_t>(r)])];
  for (size_t k = 0; k < strata.size(); ++k) strata[k].reserve(sizes[k]);
  for (int64_t r = 0; r < rows; ++r) {
    const auto word = philox(seed, Purpose::split, static_cast<uint64_t>(r), 0, 0);
    const size_t k = classes.empty() ? 0 : static_cast<size_t>(classes[static_cast<size_t>(r)]);
    strata[k].push_back({static_cast<uint64_t>(word[0]) << 32 | word[1], r});
  }
  const int64_t total = std::clamp<int64_t>(std::llround(fraction * static_cast<double>(rows)), 1, rows - 1);
  std::vector<int64_t> counts;
  for (const auto& stratum : strata) counts.push_back(static_cast<int64_t>(stratum.size()));
  const std::vector<int64_t> quota = apportion(counts, total, rows);

  SplitRows out;
  out.valid.reserve(static_cast<size_t>(total));
  out.train.reserve(static_cast<size_t>(rows - total));
  for (size_t k = 0; k < strata.size(); ++k) {
    const auto middle = strata[k].begin() + quota[k];
    std::nth_element(strata[k].begin(), middle, strata[k].end());
    for (auto it = strata[k].begin(); it != strata[k].end(); ++it)
      (it < middle ? out.valid : out.train).push_back(it->row);
  }
  std::sort(out.train.begin(), out.train.end());
  std::sort(out.valid.begin(), out.valid.end());
  return out;
}

namespace {

template <class TakeInput>
Dataset take_with(const Dataset& data, const std::vector<int64_t>& rows, const TakeInput& take_input) {
  for (const int64_t r : rows) {
    if (r < 0 || r >= data.rows) fail("row {} of a dataset of {} rows", r, data.rows);
  }
  Dataset out;
  out.rows = static_cast<int64_t>(rows.size());
  for (const Block& block : data.inputs) out.inputs.push_back(take_input(block, rows));
  if (!data.target.empty()) out.target = take_block(data.target, rows);
  if (!data.weight.empty()) out.weight = take_block(data.weight, rows);
  return out;
}

}  // namespace

Dataset take(const Dataset& data, const std::vector<int64_t>& rows) { return take_with(data, rows, take_block); }

Dataset part(const Dataset& data, const std::vector<int64_t>& rows) {
  return take_with(data, rows, [](const Block& block, const std::vector<int64_t>& of) {
    const size_t bytes = of.size() * static_cast<size_t>(block.cols) * sizeof(float);
    return block.file && bytes > block.file->memory() / 2 ? take_to_file(block, of) : take_block(block, of);
  });
}

Split split(const Dataset& data, double fraction, uint64_t seed, bool stratified) {
  std::vector<int> classes;
  if (stratified) {
    if (data.target.cols != 1) fail("a stratified split needs a target of one column, found {}", data.target.cols);
    for (int64_t r = 0; r < data.rows; ++r) classes.push_back(static_cast<int>(data.target.at(r, 0)));
  }
  const SplitRows rows = split_rows(data.rows, fraction, seed, classes);
  return {part(data, rows.train), part(data, rows.valid)};
}

}  // namespace retrograd
