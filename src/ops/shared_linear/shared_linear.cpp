#include "ops/shared_linear/shared_linear.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "gemm/gemm.hpp"
#include "math/scalar.hpp"

namespace retrograd::ops {
namespace {

constexpr int kItem = 8;  ///< inputs that one item of backward_batch covers

int inputs_of(const Signature& s) { return s.features[0] / members_of(s); }

template <class T>
void forward_rows(const Reference<T>& r) {
  const int64_t inputs = inputs_of(*r.signature), outputs = r.signature->units;
  // A row of all members is the members' rows.
  for (int64_t n = 0; n < r.rows * members_of(*r.signature); ++n) {
    T* z = r.y + n * outputs;
    std::fill_n(z, outputs, T{0});
    for (int64_t i = 0; i < inputs; ++i)
      for (int64_t o = 0; o < outputs; ++o)
        z[o] = math::fma(r.x[0][n * inputs + i], r.parameters[0][i * outputs + o], z[o]);
  }
}

/// The chains of dW over the panels of all members, which are panels like any others: `add(chain)` is told of each, in
/// order, with its place among the members' rows. Where the last panel is not full, a chain ends with each member's
/// rows.
template <class Add>
void each_chain(std::span<const Shard> shards, int64_t rows, int64_t members, const Add& add) {
  const Shard all{0, rows, 0};
  if (shards.empty()) shards = std::span(&all, 1);
  for (const Shard& shard : shards) {
    const int64_t rest = shard.end % kPanel, full = (shard.end - rest) * members;
    const bool before = shard.begin * members < full;
    if (before || rest == 0) add(Shard{shard.begin * members, full, rest == 0 ? shard.merges : 0});
    for (int64_t m = 0; rest > 0 && m < members; ++m) {
      const int64_t begin = full + m * kPanel;
      add(Shard{begin, begin + rest, (m > 0 || before ? 1 : 0) + (m + 1 == members ? shard.merges : 0)});
    }
  }
}

/// Σ x_i·δ over the rows of a chain, all outputs at a time.
template <class T>
void add_chain(const Reference<T>& r, int64_t i, const Shard& chain, T* dw) {
  const int64_t members = members_of(*r.signature), inputs = inputs_of(*r.signature), outputs = r.signature->units;
  for (int64_t at = chain.begin; at < chain.end; ++at) {
    const int64_t panel = at / kPanel;
    const int64_t row = (panel / members * kPanel + at % kPanel) * members + panel % members;
    const T x = r.x[0][row * inputs + i];
    for (int64_t o = 0; o < outputs; ++o) dw[o] = math::fma(x, r.dy[row * outputs + o], dw[o]);
  }
}

template <class T>
void backward_rows(const Reference<T>& r) {
  const int64_t inputs = inputs_of(*r.signature), outputs = r.signature->units;
  for (int64_t n = 0; r.dx[0] != nullptr && n < r.rows * members_of(*r.signature); ++n) {
    for (int64_t i = 0; i < inputs; ++i) {
      T sum = 0;
      for (int64_t o = 0; o < outputs; ++o)
        sum = math::fma(r.dy[n * outputs + o], r.parameters[0][i * outputs + o], sum);
      r.dx[0][n * inputs + i] = sum;
    }
  }
  std::vector<std::vector<T>> waiting;
  for (int64_t i = 0; i < inputs; ++i) {
    waiting.clear();
    each_chain(r.shards, r.rows, members_of(*r.signature), [&](const Shard& chain) {
      std::vector<T> sum(static_cast<size_t>(outputs));
      add_chain(r, i, chain, sum.data());
      for (int m = 0; m < chain.merges; ++m) {
        for (size_t o = 0; o < sum.size(); ++o) sum[o] = waiting.back()[o] + sum[o];
        waiting.pop_back();
      }
      waiting.push_back(std::move(sum));
    });
    std::copy(waiting[0].begin(), waiting[0].end(), r.dparameters[0] + i * outputs);
  }
}

}  // namespace

Shapes SharedLinear::shape(const Signature& s) {
  const int inputs = member_features(info, s);
  if (s.units < 1) fail("shared_linear: units is {}; expected at least 1 output, W being [{}, units]", s.units, inputs);
  Shapes shapes;
  shapes.output = for_all_members(info, s, s.units);
  shapes.parameters = {{.name = "W", .rows = inputs, .cols = s.units, .decays = true, .initializer = "fan"}};
  shapes.backward_items = (inputs + kItem - 1) / kItem;
  shapes.flops_forward = 2.0 * inputs * shapes.output;
  shapes.flops_backward = 4.0 * inputs * shapes.output;
  return shapes;
}

Formula SharedLinear::formula(const Signature& s) {
  using formula::symbol;
  Formula f{Formula::Scope::row, formula::sum("i", "I0", symbol("x", {"i"}) * symbol("W", {"i", "j"}))};
  f.blocks = members_of(s);
  return f;
}

void SharedLinear::forward(const Call& c, Span panels) {
  const int members = members_of(*c.signature), outputs = c.signature->units;
  gemm::forward(c.x[0], c.parameters[0], nullptr, c.y, inputs_of(*c.signature), outputs,
                {panels.begin * members, panels.end * members}, {0, outputs});
}

void SharedLinear::backward(const Call& c, Span panels) {
  if (c.dx[0] == nullptr) return;
  const int members = members_of(*c.signature), inputs = inputs_of(*c.signature);
  gemm::backward_input(c.dy, c.parameters[0], c.dx[0], inputs, c.signature->units,
                       {panels.begin * members, panels.end * members}, {0, inputs});
}

void SharedLinear::backward_batch(const Call& c, Span items) {
  const int members = members_of(*c.signature), inputs = inputs_of(*c.signature), outputs = c.signature->units;
  std::array<Shard, kMaxShards + kMaxMembers> chains;
  size_t count = 0;
  each_chain(c.shards, c.rows, members, [&](const Shard& chain) { chains[count++] = chain; });
  gemm::backward_weights(c.x[0], c.dy, c.dparameters[0], nullptr, chains[count - 1].end, inputs, outputs,
                         {items.begin * kItem, std::min<int64_t>(items.end * kItem, inputs)}, {0, outputs},
                         std::span(chains).first(count));
}

void SharedLinear::reference_forward(const Reference<float>& r) { forward_rows(r); }
void SharedLinear::reference_forward(const Reference<double>& r) { forward_rows(r); }
void SharedLinear::reference_backward(const Reference<float>& r) { backward_rows(r); }
void SharedLinear::reference_backward(const Reference<double>& r) { backward_rows(r); }

std::string SharedLinear::to_onnx(OnnxWriter& writer, const OnnxUse& use) {
  const int64_t inputs = inputs_of(*use.signature);
  const std::string rows = writer.node("Reshape", {use.inputs[0], writer.constant_int64({-1, inputs}, {2})});
  const std::string z = writer.node("MatMul", {rows, use.parameters[0]});
  return writer.node("Reshape", {z, writer.constant_int64({-1, use.shapes->output}, {2})});
}

}  // namespace retrograd::ops
