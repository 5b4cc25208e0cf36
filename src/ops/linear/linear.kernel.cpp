// The kernels of linear: the matrix products of gemm/gemm.hpp, whose chains are those of linear.ref.cpp.
#include <algorithm>

#include "gemm/gemm.hpp"
#include "ops/linear/linear.hpp"

namespace retrograd::ops {

void Linear::forward(const Call& c, Span panels) {
  const float* bias = has_bias(*c.signature) ? c.parameters[1] : nullptr;
  const int inputs = c.features(0), outputs = c.shapes->output;
  // In training the other samples of a panel must stay numbers: sums over samples read them times zero.
  if (!c.training && c.rows <= gemm::kFew && c.rows > 0 && panels.begin == 0 && panels.end == 1)
    return gemm::forward_few(c.x[0], c.parameters[0], bias, c.y, static_cast<int>(c.rows), inputs, outputs);
  gemm::forward(c.x[0], c.parameters[0], bias, c.y, inputs, outputs, {panels.begin, panels.end}, {0, outputs});
}

void Linear::backward(const Call& c, Span panels) {
  if (c.dx[0] == nullptr) return;
  const int inputs = c.features(0), outputs = c.shapes->output;
  gemm::backward_input(c.dy, c.parameters[0], c.dx[0], inputs, outputs, {panels.begin, panels.end}, {0, inputs});
}

void Linear::backward_batch(const Call& c, Span items, const gemm::Taker* taker) {
  const int inputs = c.features(0), outputs = c.shapes->output;
  float* db = has_bias(*c.signature) ? c.dparameters[1] : nullptr;
  const Range range{items.begin * kItem, items.end * kItem};
  // The first share of the inputs writes db.
  if (by_outputs(inputs, outputs)) {
    gemm::backward_weights(c.x[0], c.dy, c.dparameters[0], db, c.rows, inputs, outputs, {0, inputs},
                           {range.begin, std::min<int64_t>(range.end, outputs)}, c.shards, taker);
  } else {
    const Range mine{range.begin, std::min<int64_t>(range.end, inputs)};
    gemm::backward_weights(c.x[0], c.dy, c.dparameters[0], mine.begin == 0 ? db : nullptr, c.rows, inputs, outputs,
                           mine, {0, outputs}, c.shards, taker);
  }
}

}  // namespace retrograd::ops
