// What a classifier's loss compares its probabilities with.
#pragma once

#include <vector>

#include "retrograd/explain.hpp"

namespace retrograd::explaining {

struct SmoothedTarget {
  const char* name = "y";  ///< "y′" with label smoothing
  std::vector<double> y;   ///< [classes]; empty for other losses
};

/// The target of the focus row, a part of which label smoothing spreads evenly: over the K classes of softmax_xent,
/// over the two states of a label of sigmoid_bce. So ∂l/∂z = p − y′.
inline SmoothedTarget smoothed_target(const Explanation& e) {
  SmoothedTarget target;
  if (!e.long_way) return target;
  target.y = e.long_way->target;
  for (const ForwardEquation& equation : e.forward) {
    const bool softmax = equation.op == "softmax_xent";
    if ((!softmax && equation.op != "sigmoid_bce") || equation.attributes.empty() || equation.attributes[0] == 0)
      continue;
    const double smoothing = equation.attributes[0];
    const double even = softmax ? smoothing / static_cast<double>(target.y.size()) : smoothing / 2;
    for (double& y : target.y) y = (1 - smoothing) * y + even;
    target.name = "y′";
    break;
  }
  return target;
}

}  // namespace retrograd::explaining
