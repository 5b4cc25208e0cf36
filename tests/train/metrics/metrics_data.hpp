// Predictions and targets for the tests of metrics; metrics_expected.py makes the same.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace retrograd::testing_metrics {

/// The linear congruential generator of the C standard's example, upper bits.
class Generator {
 public:
  explicit Generator(uint32_t seed) : state_(seed) {}
  int below(int n) {
    state_ = (state_ * 1103515245U + 12345U) % 0x80000000U;
    return static_cast<int>((state_ >> 16) % static_cast<uint32_t>(n));
  }

 private:
  uint32_t state_;
};

struct Data {
  std::vector<float> predictions, targets, weights;
};

inline std::vector<float> weights_of(Generator& g, int rows, bool weighted) {
  std::vector<float> w;
  if (!weighted) return w;
  for (int i = 0; i < rows; ++i) w.push_back(static_cast<float>(g.below(5)) * 0.25F);
  return w;
}

inline Data classification_data(int k, bool weighted) {
  Generator g(static_cast<uint32_t>(k));
  Data d;
  for (int i = 0; i < 200; ++i) {
    std::vector<int> parts(static_cast<size_t>(k));
    const auto y = static_cast<size_t>(g.below(k));
    parts[y] += g.below(24);
    for (int left = 64 - parts[y]; left > 0; --left) ++parts[static_cast<size_t>(g.below(k))];
    for (const int part : parts) d.predictions.push_back(static_cast<float>(part) / 64);
    d.targets.push_back(static_cast<float>(y));
  }
  d.weights = weights_of(g, 200, weighted);
  return d;
}

inline std::vector<std::string> names(int k) {
  std::vector<std::string> all;
  for (int i = 0; i < k; ++i) all.push_back("c" + std::to_string(i));
  return all;
}

}  // namespace retrograd::testing_metrics
