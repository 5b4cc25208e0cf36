// Places of values in one array, reused once a value was read for the last time.
#pragma once

#include <algorithm>
#include <vector>

namespace retrograd::c_source {

/// First fit; neighbouring holes join.
class Places {
 public:
  int take(int size) {
    for (auto hole = holes_.begin(); hole != holes_.end(); ++hole)
      if (hole->size >= size) {
        const int at = hole->at;
        *hole = {at + size, hole->size - size};
        if (hole->size == 0) holes_.erase(hole);
        return at;
      }
    total_ += size;
    return total_ - size;
  }
  void give(int at, int size) {
    holes_.push_back({at, size});
    std::sort(holes_.begin(), holes_.end(), [](const Hole& a, const Hole& b) { return a.at < b.at; });
    for (size_t k = holes_.size() - 1; k > 0; --k)
      if (holes_[k - 1].at + holes_[k - 1].size == holes_[k].at) {
        holes_[k - 1].size += holes_[k].size;
        holes_.erase(holes_.begin() + static_cast<std::ptrdiff_t>(k));
      }
  }
  int total() const { return total_; }

 private:
  struct Hole {
    int at, size;
  };
  std::vector<Hole> holes_;
  int total_ = 0;
};

}  // namespace retrograd::c_source
