// The kernels of linear: the matrix products of gemm/gemm.hpp, whose chains are those of linear.ref.cpp.
#include <algorithm>

#include "gemm/gemm.hpp"
#include "ops/linear/linear.hpp"

namespace retrograd::ops {

void Linear::forward(const Call& c, Span panels) {
  const float* bias = has_bias(*c.signature) ? c.parameters[1] : nullptr;
  gemm::forward(c.x[0], c.parameters[0], bias, c.y, c.features(0), c.shapes->output, {panels.begin, panels.end});
}

void Linear::backward(const Call& c, Span panels) {
  const Range range{panels.begin, panels.end};
  gemm::transpose(c.dy, c.workspace_rows, c.shapes->output, range);
  if (c.dx[0] != nullptr) {
    gemm::backward_input(c.dy, c.parameters[0], c.dx[0], c.features(0), c.shapes->output, range);
  }
}

void Linear::backward_batch(const Call& c, Span items) {
  const int inputs = c.features(0), outputs = c.shapes->output;
  const Range weights{items.begin, std::min<int64_t>(items.end, inputs)};
  if (!weights.empty()) {
    gemm::backward_weights(c.x[0], c.workspace_rows, c.dparameters[0], c.rows, inputs, outputs, weights);
  }
  if (items.end > inputs) gemm::backward_bias(c.workspace_rows, c.dparameters[1], c.rows, outputs, {0, outputs});
}

}  // namespace retrograd::ops
