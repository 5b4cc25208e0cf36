// Checking the gradients of a user's own network on the user's own data.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "retrograd/model.hpp"

namespace retrograd {

/// What was found for one parameter tensor.
struct TensorCheck {
  std::string name;
  int64_t size = 0;     ///< numbers in the tensor
  int64_t checked = 0;  ///< compared with central differences
  int64_t kinks = 0;    ///< left out: every step of the difference crossed a kink (e.g. of relu)
  double largest = 0;   ///< largest |gradient| in the tensor, in double
  /// Largest |analytic − numeric| / max(|analytic|, |numeric|, 0.01·largest, 1e-4·largest of the network), in double.
  /// NaN if the tensor or a constant of the network is not finite.
  double numeric_error = 0;
  int64_t worst = -1;  ///< flat index of that element
  double worst_analytic = 0, worst_numeric = 0;
  /// Largest |float − double| / max(largest, 0.01·largest of the network) over the whole tensor: the fast kernels
  /// against the plain double reference.
  double float_error = 0;
};

struct GradientCheck {
  int64_t rows = 0;
  double loss = 0;        ///< total loss of the rows, in double
  double loss_float = 0;  ///< and by the fast kernels
  std::vector<TensorCheck> tensors;
  double numeric_limit = 1e-6, float_limit = 1e-4;
  double largest_numeric_error() const;
  double largest_float_error() const;
  /// Every error is within its limit (NaN is not).
  bool ok() const;
  /// A table of the tensors, what its columns mean, and the verdict; wrong elements are named.
  std::string to_text() const;
};

struct GradientCheckOptions {
  int64_t rows = 8;          ///< first rows of the data
  int64_t per_tensor = 200;  ///< elements a tensor, drawn evenly; all of smaller tensors
  uint64_t seed = 1;         ///< of the draw and of dropout's masks
};

/// The gradient of the total loss over the first rows of `data`, in training mode (dropout with fixed masks, batch
/// statistics), three ways: reverse program in double, central differences in double (four points, Richardson), fast
/// kernels in float. Throws Error if the data do not fit or the model has no loss.
GradientCheck gradcheck(const Model& model, const Dataset& data, const GradientCheckOptions& options = {});

}  // namespace retrograd
