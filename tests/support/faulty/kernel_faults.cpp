// Wrong loops, buffers and rounding in a kernel whose references are right.
#include <atomic>
#include <memory>
#include <vector>

#include "math/scalar.hpp"
#include "retrograd/panel.hpp"
#include "support/faulty/faulty.hpp"

namespace retrograd::support {
namespace {

using Kernel = void (*)(const ops::Call&, ops::Span);

const ops::Operator& right(std::string_view name) { return ops::find_operator(name); }

Fault with(std::string_view name, std::string_view of, Kernel ops::Operator::*which, Kernel kernel,
           std::vector<std::string> caught_by) {
  ops::Operator op = right(of);
  op.*which = kernel;
  return {name, op, cases_of(op), std::move(caught_by)};
}

size_t features(const ops::Call& c) { return static_cast<size_t>(c.features(0)); }

/// Whole panels only: the rows after the last whole panel are never computed.
void drop_remainder(const ops::Call& c, ops::Span panels) {
  panels.end = std::min(panels.end, c.rows / kPanel);
  if (panels.begin < panels.end) right("tanh").forward(c, panels);
}

/// dW without the last sample.
void miss_last_sample(const ops::Call& c, ops::Span items) {
  ops::Call fewer = c;
  --fewer.rows;
  right("linear").backward_batch(fewer, items);
}

/// The bias gradient of the first panel alone.
void first_panel_bias(const ops::Call& c, ops::Span items) {
  right("linear").backward_batch(c, items);
  if (items.end <= c.features(0) || c.shapes->parameters.size() < 2) return;
  ops::Call first = c;
  first.rows = std::min<int64_t>(c.rows, kPanel);
  right("linear").backward_batch(first, {items.end - 1, items.end});
}

/// Sums over the samples run over the padding lanes too.
void sum_padding(const ops::Call& c, ops::Span items) {
  ops::Call padded = c;
  padded.rows = panels_of(c.rows) * kPanel;
  right("linear").backward_batch(padded, items);
}

/// The last element of a panel is never written.
void leave_one(const ops::Call& c, ops::Span panels) {
  const size_t last = features(c) * static_cast<size_t>(panels.end) * kPanel - kPanel;
  const float before = c.y[last];
  right("relu").forward(c, panels);
  c.y[last] = before;
}

/// One float beyond the end of y.
void write_beyond(const ops::Call& c, ops::Span panels) {
  right("relu").forward(c, panels);
  // Every member of a team writes it: atomic, so that the checker under test is what notices.
  std::atomic_ref(c.y[panel_size(c.rows, c.features(0))]).store(1, std::memory_order_relaxed);
}

/// dx is added to what was there.
void accumulate(const ops::Call& c, ops::Span panels) {
  if (c.dx[0] == nullptr) return;
  const size_t size = features(c) * kPanel;
  for (size_t i = static_cast<size_t>(panels.begin) * size; i < static_cast<size_t>(panels.end) * size; ++i) {
    c.dx[0][i] += c.x[0][i] > 0 ? c.dy[i] : 0.0f;
  }
}

/// Scratch from the heap on every call.
void allocate(const ops::Call& c, ops::Span panels) {
  const std::vector<float> scratch(features(c) * kPanel, 1.0f);
  right("relu").forward(c, panels);
  c.y[features(c) * static_cast<size_t>(panels.begin) * kPanel] *= scratch[panels.begin % 2 == 0 ? 0 : 1];
}

/// A piece reads from the batch's first panel on: right in one piece only.
void read_from_zero(const ops::Call& c, ops::Span panels) {
  ops::Call moved = c;
  moved.y = c.y + features(c) * static_cast<size_t>(panels.begin) * kPanel;
  right("relu").forward(moved, {0, panels.end - panels.begin});
}

/// Works in place on its input.
void write_input(const ops::Call& c, ops::Span panels) {
  right("relu").forward(c, panels);
  float* x = const_cast<float*>(c.x[0]);
  const size_t size = features(c) * kPanel;
  for (size_t i = static_cast<size_t>(panels.begin) * size; i < static_cast<size_t>(panels.end) * size; ++i)
    x[i] = c.y[i];
}

/// NaN for large inputs: (e^z − e^−z)/(e^z + e^−z). A test that asks "error > tolerance" lets it pass.
void nan_for_large(const ops::Call& c, ops::Span panels) {
  const size_t size = features(c) * kPanel;
  right("tanh").forward(c, panels);
  for (size_t i = static_cast<size_t>(panels.begin) * size; i < static_cast<size_t>(panels.end) * size; ++i) {
    const float up = math::exp(c.x[0][i]), down = math::exp(-c.x[0][i]);
    c.y[i] = (up - down) / (up + down);
  }
}

/// σ' as y(1 − y): its digits are gone where y is near 1.
template <class T>
T cancelling_gain(T z) {
  const T y = math::sigmoid(z);
  return y * (T{1} - y);
}

Fault cancelling() {
  ops::Operator op = right("sigmoid");
  op.backward = [](const ops::Call& c, ops::Span panels) {
    if (c.dx[0] == nullptr) return;
    const size_t size = features(c) * kPanel;
    for (size_t i = static_cast<size_t>(panels.begin) * size; i < static_cast<size_t>(panels.end) * size; ++i) {
      c.dx[0][i] = c.dy[i] * cancelling_gain(c.x[0][i]);
    }
  };
  op.reference_backward_f32 = [](const ops::Reference<float>& r) {
    if (r.dx[0] == nullptr) return;
    for (int64_t i = 0; i < r.rows * r.features(0); ++i) r.dx[0][i] = r.dy[i] * cancelling_gain(r.x[0][i]);
  };
  return {"1 - y cancels in saturation", op, cases_of(op), {"bound"}};
}

/// The sum of a chain is cut in two halves: as good a number, but not the contract's bits.
void other_order(const ops::Call& c, ops::Span panels) {
  const int inputs = c.features(0), outputs = c.shapes->output;
  for (int64_t n = panels.begin * kPanel; n < panels.end * kPanel; ++n) {
    for (int o = 0; o < outputs; ++o) {
      float low = c.shapes->parameters.size() > 1 ? c.parameters[1][o] : 0.0f, high = 0;
      for (int i = 0; i < inputs; ++i) {
        float& half = i < inputs / 2 ? low : high;
        half = math::fma(c.x[0][panel_at(n, i, inputs)], c.parameters[0][static_cast<int64_t>(i) * outputs + o], half);
      }
      c.y[panel_at(n, o, outputs)] = low + high;
    }
  }
}

/// The gain is taken from workspace that nobody has written.
void read_unwritten(const ops::Call& c, ops::Span panels) {
  right("linear").backward(c, panels);
  if (c.dx[0] == nullptr) return;
  ops::Call stale = c;
  stale.dy = c.y;  // y is not promised to backward
  const size_t at = panel_at(panels.begin * kPanel, 0, c.features(0));
  c.dx[0][at] += 0.0f * stale.dy[panel_at(panels.begin * kPanel, 0, c.shapes->output)];
}

}  // namespace

std::vector<Fault> kernel_faults() {
  constexpr auto kForward = &ops::Operator::forward;
  constexpr auto kBackward = &ops::Operator::backward;
  constexpr auto kBatch = &ops::Operator::backward_batch;
  return {with("remainder rows dropped", "tanh", kForward, drop_remainder, {"exact", "bound", "hygiene"}),
          with("dW misses the last sample", "linear", kBatch, miss_last_sample, {"exact", "bound"}),
          with("bias gradient of the first panel only", "linear", kBatch, first_panel_bias, {"exact", "bound"}),
          with("padding lanes summed", "linear", kBatch, sum_padding, {"exact"}),
          with("an element left unwritten", "relu", kForward, leave_one, {"exact", "hygiene"}),
          with("a float written beyond y", "relu", kForward, write_beyond, {"hygiene"}),
          with("dx accumulated, not overwritten", "relu", kBackward, accumulate, {"exact", "hygiene"}),
          with("memory allocated in a step", "relu", kForward, allocate, {"hygiene"}),
          with("right in one piece only", "relu", kForward, read_from_zero, {"exact", "hygiene"}),
          with("input overwritten", "relu", kForward, write_input, {"hygiene"}),
          with("NaN for large inputs", "tanh", kForward, nan_for_large, {"exact", "bound"}),
          with("another order of a sum", "linear", kForward, other_order, {"exact"}),
          with("backward reads y", "linear", kBackward, read_unwritten, {"exact", "hygiene"}),
          cancelling()};
}

}  // namespace retrograd::support
