// The panel layout: activations live as panels of 32 samples, [ceil(N/32)][feature][32].
// A feature's 32 samples are contiguous, so every row-wise operation is lane-wise and needs no horizontal sum.
#pragma once

#include <cstddef>
#include <cstdint>

namespace retrograd {

inline constexpr int kPanel = 32;  ///< samples in a panel

/// Panels needed for `rows` samples; the last one is padded.
inline constexpr int64_t panels_of(int64_t rows) { return (rows + kPanel - 1) / kPanel; }

/// Floats that `rows` samples of `features` take in the panel layout.
inline constexpr size_t panel_size(int64_t rows, int features) {
  return static_cast<size_t>(panels_of(rows)) * static_cast<size_t>(features) * kPanel;
}

/// Offset of (row, feature) in a panel-layout buffer of `features` features.
inline constexpr size_t panel_at(int64_t row, int feature, int features) {
  return (static_cast<size_t>(row / kPanel) * static_cast<size_t>(features) + static_cast<size_t>(feature)) * kPanel +
         static_cast<size_t>(row % kPanel);
}

}  // namespace retrograd
