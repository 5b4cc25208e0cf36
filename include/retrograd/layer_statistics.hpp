// What one training step did to each layer: a few numbers that say whether the layer learns.
#pragma once

#include <string>

namespace retrograd {

/// One linear layer in one step, with the activation that follows it. Norms are Euclidean.
struct LayerStatistics {
  std::string layer;        ///< name of the layer, e.g. "z1"
  double delta = 0;         ///< √(mean over rows of ‖δ_n‖²), δ = ∂l/∂z of the row's own loss
  double dW = 0;            ///< ‖∂L/∂W‖ of the mean loss of the rows
  double W = 0;             ///< ‖W‖ before the step
  double update_ratio = 0;  ///< ‖ΔW‖ / ‖W‖ of the step; 0 where W is 0 or no step was taken
  double z = 0;             ///< root mean square of z
  double wires = 0;         ///< ‖∂L/∂a_prev‖ / ‖δ‖, what Wᵀ did to the error; 0 if nothing below learns
  double amplifiers = 0;    ///< ‖δ‖ / ‖∂L/∂a‖, what σ' did to the error; 1 without an activation
  double gain_low = 1;      ///< 10th percentile of σ'(z) over rows and units
  double gain_median = 1;   ///< median
  double gain_high = 1;     ///< 90th percentile
  double share_dead = 0;    ///< of units whose gain is 0 on every row (below 1/1000 of the activation's largest)
  double share_saturated = 0;  ///< of (row, unit) whose gain is below 1/20 of the largest, where z has two flat ends
};

}  // namespace retrograd
