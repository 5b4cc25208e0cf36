#include "train/window.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <numeric>

#include "base/fail.hpp"
#include "data/mapped_file.hpp"

namespace retrograd::training {
namespace {

/// One block's rows, in the order of the file.
template <class ByPlace>
void copy_rows(const Block& from, Block& to, const ByPlace& by_place) {
  const size_t cols = static_cast<size_t>(from.cols), bytes = cols * sizeof(float);
  const std::span<const float> source = from.floats();
  float* const target = std::get<std::vector<float>>(to.values).data();
  size_t passed = 0, last = 0;
  for (const auto& [row, slot] : by_place) {
    std::memcpy(target + slot * cols, source.data() + row * cols, bytes);
    // What lies behind is not read again in this window.
    passed += (row - last) * bytes;
    last = row;
    if (from.file && passed > from.file->memory() / 4) {
      from.file->forget();
      passed = 0;
    }
  }
  if (from.file) from.file->forget();
}

}  // namespace

bool Window::needed(const Dataset& data) {
  return std::any_of(data.inputs.begin(), data.inputs.end(), [](const Block& b) { return b.file != nullptr; });
}

Window::Window(const Rows& all, int64_t batch) : all_(all) {
  const Dataset& data = *all.data;
  if (data.rows > std::numeric_limits<uint32_t>::max()) fail("{} rows are more than a cache takes", data.rows);
  size_t memory = std::numeric_limits<size_t>::max(), row = sizeof(by_place_[0]) + 2 * sizeof(int64_t);
  for (const Block& block : data.inputs) {
    if (block.file) memory = std::min(memory, block.file->memory() / 2);
    row += static_cast<size_t>(block.cols) * sizeof(float);
  }
  const auto rows = static_cast<int64_t>(memory / row);
  capacity_ = std::min((data.rows + batch - 1) / batch, std::max<int64_t>(1, rows / batch)) * batch;
  const auto block_like = [&](const Block& block) {
    return Block{block.name, block.cols,
                 std::vector<float>(static_cast<size_t>(capacity_) * static_cast<size_t>(block.cols))};
  };
  data_.rows = capacity_;
  for (const Block& block : data.inputs) data_.inputs.push_back(block_like(block));
  data_.target = block_like(data.target);
  rows_.data = &data_;
  if (!all.weights.empty()) rows_.weights.resize(static_cast<size_t>(capacity_));
  index_.resize(static_cast<size_t>(capacity_));
  std::iota(index_.begin(), index_.end(), int64_t{0});
}

std::span<const int64_t> Window::at(const RowOrder& order, int epoch, int64_t place) {
  const auto size = std::ssize(order.at(place));
  if (epoch != epoch_ || begin_ < 0 || place < begin_ || place + size > begin_ + capacity_) {
    begin_ = place / capacity_ * capacity_;  // a resumed epoch has the windows that it would have had
    epoch_ = epoch;
    const std::span<const int64_t> rest = order.from(begin_);
    fill(rest.first(std::min(static_cast<size_t>(capacity_), rest.size())));
  }
  return std::span<const int64_t>(index_).subspan(static_cast<size_t>(place - begin_), static_cast<size_t>(size));
}

void Window::fill(std::span<const int64_t> order) {
  by_place_.clear();
  for (size_t i = 0; i < order.size(); ++i)
    by_place_.emplace_back(static_cast<uint32_t>(order[i]), static_cast<uint32_t>(i));
  std::sort(by_place_.begin(), by_place_.end());
  for (size_t b = 0; b < data_.inputs.size(); ++b) copy_rows(all_.data->inputs[b], data_.inputs[b], by_place_);
  copy_rows(all_.data->target, data_.target, by_place_);
  rows_.names.assign(order.begin(), order.end());
  for (size_t i = 0; i < order.size() && !rows_.weights.empty(); ++i)
    rows_.weights[i] = all_.weights[static_cast<size_t>(order[i])];
}

Visits::Visits(const Rows& all, int64_t batch, uint64_t seed) : all_(all), order_(all.data->rows, batch, seed) {
  if (Window::needed(*all.data)) window_.emplace(all, batch);
}

void Visits::begin(int epoch) {
  order_.begin(epoch);
  epoch_ = epoch;
}

}  // namespace retrograd::training
