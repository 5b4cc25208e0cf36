// An optimiser's slots in an engine's precision, and as the doubles and views that the training loop keeps.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

namespace retrograd::training {

template <class T>
class Slots {
 public:
  /// `count` slots of `size` numbers, all zero.
  Slots(size_t count, size_t size) : slots_(count, std::vector<T>(size)) {}

  std::vector<T>& operator[](size_t slot) { return slots_[slot]; }
  size_t count() const { return slots_.size(); }

  std::vector<std::vector<double>> values() const {
    std::vector<std::vector<double>> all;
    for (const std::vector<T>& slot : slots_) all.emplace_back(slot.begin(), slot.end());
    return all;
  }
  void set(const std::vector<std::vector<double>>& values) {
    for (size_t s = 0; s < slots_.size(); ++s)
      for (size_t i = 0; i < slots_[s].size(); ++i) slots_[s][i] = static_cast<T>(values.at(s).at(i));
  }

  std::vector<std::span<const T>> views() const { return {slots_.begin(), slots_.end()}; }
  /// Takes the numbers of the views; zeros if there is none.
  void set(const std::vector<std::span<const T>>& views) {
    for (size_t s = 0; s < slots_.size(); ++s)
      if (views.empty())
        std::fill(slots_[s].begin(), slots_[s].end(), T(0));
      else
        std::copy(views.at(s).begin(), views.at(s).end(), slots_[s].begin());
  }

 private:
  std::vector<std::vector<T>> slots_;
};

}  // namespace retrograd::training
