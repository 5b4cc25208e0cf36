#include "train/loop/window.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <type_traits>

#include "base/fail.hpp"
#include "base/shards.hpp"
#include "data/files/mapped_file.hpp"
#include "parallel/peers.hpp"
#include "train/engine/observer.hpp"

namespace retrograd::training {
namespace {

/// One block's rows, in the order of the file.
template <class ByPlace>
void copy_rows(const Block& from, Block& to, const ByPlace& by_place) {
  std::visit(
      [&](const auto& source) {
        using Number = std::remove_cvref_t<decltype(source[0])>;
        const size_t cols = static_cast<size_t>(from.cols), bytes = cols * sizeof(Number);
        Number* const target = std::get<std::vector<Number>>(to.values).data();
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
      },
      from.values);
  if (from.file) from.file->forget();
}

size_t bytes_of_number(const Block& block) {
  return std::visit([](const auto& values) { return sizeof(values[0]); }, block.values);
}

}  // namespace

bool Window::needed(const Dataset& data) {
  return std::any_of(data.inputs.begin(), data.inputs.end(), [](const Block& b) { return b.file != nullptr; });
}

Window::Window(const Rows& all, int64_t batch, std::function<Range(int64_t)> own)
    : all_(all), batch_(batch), own_(std::move(own)) {
  const Dataset& data = *all.data;
  if (data.rows > std::numeric_limits<uint32_t>::max()) fail("{} rows are more than a cache takes", data.rows);
  size_t memory = std::numeric_limits<size_t>::max(), row = sizeof(by_place_[0]);
  for (const Block& block : data.inputs) {
    if (block.file) memory = std::min(memory, block.file->memory() / 2);
    row += static_cast<size_t>(block.cols) * bytes_of_number(block);
  }
  const int64_t wanted = own_ ? own_(batch).size() : batch;
  const size_t of_batch = static_cast<size_t>(wanted) * row + static_cast<size_t>(batch) * 2 * sizeof(int64_t);
  const auto batches = static_cast<int64_t>(std::max<size_t>(1, memory / of_batch));
  capacity_ = std::min((data.rows + batch - 1) / batch, batches) * batch;
  const auto empty_like = [](const Block& block) {
    Block empty{block.name, block.cols, {}};
    std::visit([&](const auto& v) { empty.values = std::vector<std::remove_cvref_t<decltype(v[0])>>(); }, block.values);
    return empty;
  };
  data_.rows = capacity_;
  for (const Block& block : data.inputs) data_.inputs.push_back(empty_like(block));
  data_.target = empty_like(data.target);
  rows_.data = &data_;
  rows_.augmenter = all.augmenter;
  if (!all.weights.empty()) rows_.weights.resize(static_cast<size_t>(capacity_));
  index_.resize(static_cast<size_t>(capacity_));
  rows_.names.resize(static_cast<size_t>(capacity_));
  make_room(own_ ? batch : capacity_);  // a batch at least: threads are timed on some rows of it
}

void Window::make_room(int64_t rows) {
  const auto to = [&](Block& block) {
    std::visit(
        [&](auto& values) {
          const size_t size = static_cast<size_t>(rows) * static_cast<size_t>(block.cols);
          if constexpr (requires { values.resize(size); })
            if (values.size() < size) values.resize(size);
        },
        block.values);
  };
  for (Block& block : data_.inputs) to(block);
  to(data_.target);
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

void Window::want_all() {
  own_ = {};
  begin_ = -1;
}

void Window::fill(std::span<const int64_t> order) {
  const auto count = std::ssize(order);
  // A row's slot: those that are wanted in the order of their visit, then the others.
  const auto each = [&](bool wanted, int64_t slot) {
    for (int64_t begin = 0; begin < count; begin += batch_) {
      const int64_t size = std::min(batch_, count - begin);
      const Range own = own_ ? own_(size) : Range{0, size};
      for (int64_t i = 0; i < size; ++i)
        if ((i >= own.begin && i < own.end) == wanted) index_[static_cast<size_t>(begin + i)] = slot++;
    }
    return slot;
  };
  const int64_t wanted = each(true, 0);
  each(false, wanted);
  make_room(wanted);
  by_place_.clear();
  by_place_.reserve(static_cast<size_t>(wanted));
  for (size_t i = 0; i < order.size(); ++i) {
    const auto slot = static_cast<size_t>(index_[i]);
    if (index_[i] < wanted) by_place_.emplace_back(static_cast<uint32_t>(order[i]), static_cast<uint32_t>(slot));
    rows_.names[slot] = order[i];
    if (!rows_.weights.empty()) rows_.weights[slot] = all_.weights[static_cast<size_t>(order[i])];
  }
  std::sort(by_place_.begin(), by_place_.end());
  for (size_t b = 0; b < data_.inputs.size(); ++b) copy_rows(all_.data->inputs[b], data_.inputs[b], by_place_);
  copy_rows(all_.data->target, data_.target, by_place_);
}

std::function<Range(int64_t)> own_rows(const TrainOptions& options) {
  const Peers* const peers = options.peers;
  if (peers == nullptr || options.precision == Precision::float64) return {};
  return [peers, shards = options.shards](int64_t rows) {
    Range own = rows_of_part(rows, shards, peers->rank(), peers->size());
    if (peers->rank() == 0) own = {0, std::max(own.end, std::min(kObservedRows, rows))};
    return own;
  };
}

Visits::Visits(const Rows& all, int64_t batch, uint64_t seed, std::function<Range(int64_t)> own)
    : all_(all), order_(all.data->rows, batch, seed) {
  if (Window::needed(*all.data)) window_.emplace(all, batch, std::move(own));
}

void Visits::begin(int epoch) {
  order_.begin(epoch);
  epoch_ = epoch;
}

}  // namespace retrograd::training
