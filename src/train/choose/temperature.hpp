// The temperature that makes the log loss of logits smallest.
#pragma once

#include <cstdint>
#include <vector>

namespace retrograd::training {

/// What networks say of rows before softmax or sigmoid: z [rows][members][outputs].
struct Logits {
  std::vector<float> z;
  std::vector<float> target;  ///< class codes [rows], or labels 0 and 1 [rows][outputs]
  std::vector<float> weight;  ///< [rows], or empty: all 1
  int members = 1, outputs = 0;
  bool labels = false;  ///< a sigmoid each, not a softmax

  int64_t rows() const { return static_cast<int64_t>(z.size()) / (int64_t{members} * outputs); }
};

/// The weighted mean over rows (and labels) of −ln p, p the mean over members of softmax(z/T) or sigmoid(z/T). A row
/// whose target is no class counts nothing.
double log_loss(const Logits& logits, double temperature);

/// Its smallest point from 1/20 to 20, to a part in 10,000: by a grid in ln T, then golden sections between the
/// neighbours of the best (Kiefer, "Sequential minimax search for a maximum", Proc. AMS 4, 1953). Never worse than 1.
double best_temperature(const Logits& logits);

/// Probabilities at that temperature [rows][outputs].
std::vector<float> probabilities(const Logits& logits, double temperature);

}  // namespace retrograd::training
