#include "explain/core/kernel_run.hpp"

#include <algorithm>
#include <cmath>

#include "base/random.hpp"
#include "base/thread_team.hpp"
#include "retrograd/panel.hpp"

namespace retrograd::explaining {
namespace {

Aligned<float> to_panels(const Matrix& m, int64_t rows, int features) {
  Aligned<float> out(panel_size(rows, features));
  std::fill(out.begin(), out.end(), 0.0f);
  for (int64_t n = 0; n < rows; ++n)
    for (int j = 0; j < features; ++j)
      out[panel_at(n, j, features)] = static_cast<float>(m[static_cast<size_t>(n * features + j)]);
  return out;
}

Matrix from_panels(const Aligned<float>& panels, int64_t rows, int features) {
  Matrix m(static_cast<size_t>(rows * features));
  for (int64_t n = 0; n < rows; ++n)
    for (int j = 0; j < features; ++j)
      m[static_cast<size_t>(n * features + j)] = static_cast<double>(panels[panel_at(n, j, features)]);
  return m;
}

Aligned<float> zeros(size_t size) {
  Aligned<float> a(size);
  std::fill(a.begin(), a.end(), 0.0f);
  return a;
}

void grow(Matrix& scale, const Matrix& found) {
  for (size_t i = 0; i < scale.size(); ++i) scale[i] = std::max(scale[i], std::fabs(found[i]));
}

void absolute(Matrix& m) {
  for (double& v : m) v = std::fabs(v);
}

Results magnitudes(Results r) {
  absolute(r.y);
  for (Matrix& m : r.dx) absolute(m);
  for (Matrix& m : r.dparameters) absolute(m);
  return r;
}

void clear(Results& r) {
  std::fill(r.y.begin(), r.y.end(), 0.0);
  for (Matrix& m : r.dx) std::fill(m.begin(), m.end(), 0.0);
  for (Matrix& m : r.dparameters) std::fill(m.begin(), m.end(), 0.0);
}

/// The largest of each column, in every row of it.
void spread(Matrix& m, int features) {
  Matrix largest(static_cast<size_t>(features));
  for (size_t i = 0; i < m.size(); ++i) largest[i % largest.size()] = std::max(largest[i % largest.size()], m[i]);
  for (size_t i = 0; i < m.size(); ++i) m[i] = largest[i % largest.size()];
}

/// The same operands with x changed by `change`.
template <class Change>
Results changed(const graph::Equation& eq, const Operands& o, const Occasion& occasion, const Change& change) {
  std::vector<Matrix> x;
  for (const Matrix* m : o.x) x.push_back(*m);
  Operands other = o;
  Matrix dy = o.dy != nullptr ? *o.dy : Matrix{};
  change(x, other, dy);
  for (size_t k = 0; k < x.size(); ++k) other.x[k] = &x[k];
  if (o.dy != nullptr) other.dy = &dy;
  return run_reference(eq, other, occasion);
}

}  // namespace

Results run_reference(const graph::Equation& eq, const Operands& operands, const Occasion& occasion) {
  Results r;
  ops::Reference<double> call;
  call.signature = &eq.signature;
  call.shapes = &eq.shapes;
  call.rows = occasion.rows;
  call.training = occasion.training;
  call.key = occasion.key;
  std::vector<const double*> x;
  std::vector<double*> parameters, dx, dparameters;
  std::vector<Matrix> copies = operands.parameters;
  for (const Matrix* m : operands.x) x.push_back(m->data());
  for (Matrix& m : copies) parameters.push_back(m.data());
  r.y.resize(static_cast<size_t>(occasion.rows * eq.shapes.output));
  call.x = x.data();
  call.parameters = parameters.data();
  call.y = r.y.data();
  eq.op->reference_forward_f64(call);
  if (operands.dy == nullptr) return r;
  // Backward reads what forward read: the statistics of before the step.
  copies = operands.parameters;
  r.dx.resize(operands.x.size());
  r.dparameters.resize(copies.size());
  for (size_t k = 0; k < operands.x.size(); ++k) {
    if (operands.wanted[k]) r.dx[k].resize(operands.x[k]->size());
    dx.push_back(operands.wanted[k] ? r.dx[k].data() : nullptr);
  }
  for (size_t k = 0; k < copies.size(); ++k) {
    parameters[k] = copies[k].data();
    if (operands.trained[k]) r.dparameters[k].resize(copies[k].size());
    dparameters.push_back(operands.trained[k] ? r.dparameters[k].data() : nullptr);
  }
  call.dy = operands.dy->data();
  call.dx = dx.data();
  call.dparameters = dparameters.data();
  eq.op->reference_backward_f64(call);
  return r;
}

Results run_kernels(const graph::Equation& eq, const Operands& operands, const Occasion& occasion) {
  const FloatState state;
  const int64_t rows = occasion.rows;
  const auto padded = static_cast<size_t>(panels_of(rows)) * kPanel;
  std::vector<Aligned<float>> x, parameters, dx, dparameters;
  std::vector<const float*> x_at;
  std::vector<float*> parameters_at, dx_at, dparameters_at;
  for (size_t k = 0; k < operands.x.size(); ++k) {
    x.push_back(to_panels(*operands.x[k], rows, eq.signature.features[k]));
    x_at.push_back(x.back().data());
  }
  for (const Matrix& m : operands.parameters) {
    parameters.push_back(zeros((m.size() + 15) / 16 * 16));
    for (size_t i = 0; i < m.size(); ++i) parameters.back()[i] = static_cast<float>(m[i]);
    parameters_at.push_back(parameters.back().data());
  }
  Aligned<float> y = zeros(panel_size(rows, eq.shapes.output)), saved = zeros(panel_size(rows, eq.shapes.saved));
  Aligned<float> by_row = zeros(padded * static_cast<size_t>(eq.shapes.workspace_row));
  Aligned<float> by_batch = zeros(static_cast<size_t>(eq.shapes.workspace_batch));
  ops::Call call;
  call.signature = &eq.signature;
  call.shapes = &eq.shapes;
  call.rows = rows;
  call.training = occasion.training;
  call.key = occasion.key;
  call.x = x_at.data();
  call.parameters = parameters_at.data();
  call.y = y.data();
  call.saved = saved.data();
  call.workspace_rows = by_row.data();
  call.workspace_batch = by_batch.data();
  const ops::Span panels{0, panels_of(rows)};
  // Prediction needs it too where a backward pass follows.
  if (eq.shapes.forward_items > 0) eq.op->forward_batch(call, {0, eq.shapes.forward_items});
  eq.op->forward(call, panels);
  Results r;
  r.y = from_panels(y, rows, eq.shapes.output);
  if (operands.dy == nullptr) return r;

  const Aligned<float> dy = to_panels(*operands.dy, rows, eq.shapes.output);
  for (size_t k = 0; k < operands.x.size(); ++k) {
    dx.push_back(operands.wanted[k] ? zeros(panel_size(rows, eq.signature.features[k])) : Aligned<float>());
    dx_at.push_back(operands.wanted[k] ? dx.back().data() : nullptr);
  }
  for (size_t k = 0; k < operands.parameters.size(); ++k) {
    dparameters.push_back(operands.trained[k] ? zeros((operands.parameters[k].size() + 15) / 16 * 16)
                                              : Aligned<float>());
    dparameters_at.push_back(operands.trained[k] ? dparameters.back().data() : nullptr);
  }
  call.dy = dy.data();
  call.dx = dx_at.data();
  call.dparameters = dparameters_at.data();
  const auto sums = [&] {
    if (eq.shapes.backward_items > 0) eq.op->backward_batch(call, {0, eq.shapes.backward_items});
  };
  if (eq.op->info->batch_first) sums();
  eq.op->backward(call, panels);
  if (!eq.op->info->batch_first) sums();
  for (size_t k = 0; k < dx.size(); ++k)
    r.dx.push_back(operands.wanted[k] ? from_panels(dx[k], rows, eq.signature.features[k]) : Matrix{});
  for (size_t k = 0; k < dparameters.size(); ++k) {
    r.dparameters.emplace_back();
    for (size_t i = 0; operands.trained[k] && i < operands.parameters[k].size(); ++i)
      r.dparameters[k].push_back(static_cast<double>(dparameters[k][i]));
  }
  return r;
}

Results error_scales(const graph::Equation& eq, const Operands& operands, const Occasion& occasion,
                     const Results& exact) {
  const ops::OperatorInfo& info = *eq.op->info;
  if (info.forward_ulp == 0)
    return magnitudes(changed(eq, operands, occasion, [&](std::vector<Matrix>& x, Operands& o, Matrix& dy) {
      for (size_t k = 0; k < x.size(); ++k)
        if (!(info.target_input && k == 1) && info.kind != ops::Kind::preprocess) absolute(x[k]);
      for (Matrix& m : o.parameters) absolute(m);
      absolute(dy);
    }));
  Results scale = magnitudes(exact);
  // The sum of n terms of either sign is some √n below the sum of their sizes.
  const double width =
      std::sqrt(static_cast<double>(*std::max_element(eq.signature.features.begin(), eq.signature.features.end())));
  const double many = eq.op->formula(eq.signature).scope == ops::Formula::Scope::element ? 1 : width;
  // One operand after the other, so that what they move adds up where it would cancel by chance; trained parameters
  // count as one: an angle w·x + c near 0 is as uncertain as its parts. A number moved by one number of each operand is
  // moved as far by either sign.
  Stream random(3, Purpose::check, 29);
  const auto move = [&](Matrix& m) {
    for (double& v : m) v *= 1 + (random.below(2) == 0 ? 0x1p-24 : -0x1p-24);
  };
  const size_t inputs = operands.x.size();
  for (int trial = 0; trial < (many == 1 ? 1 : 6); ++trial) {
    Results sum = exact;
    clear(sum);
    for (size_t operand = 0; operand < inputs + 2; ++operand) {
      if (info.target_input && operand == 1) continue;
      if (operand == inputs && operands.dy == nullptr) continue;
      if (operand == inputs + 1 && operands.parameters.empty()) continue;
      const Results moved = changed(eq, operands, occasion, [&](std::vector<Matrix>& x, Operands& o, Matrix& dy) {
        if (operand < inputs) return move(x[operand]);
        if (operand == inputs) return move(dy);
        for (size_t k = 0; k < o.parameters.size(); ++k)
          if (eq.shapes.parameters[k].trained) move(o.parameters[k]);
      });
      const auto apply = [&](Matrix& to, const Matrix& other, const Matrix& same) {
        for (size_t i = 0; i < to.size(); ++i) to[i] += std::fabs((other[i] - same[i]) * 0x1p24 * many);
      };
      apply(sum.y, moved.y, exact.y);
      for (size_t k = 0; k < sum.dx.size(); ++k) apply(sum.dx[k], moved.dx[k], exact.dx[k]);
      for (size_t k = 0; k < sum.dparameters.size(); ++k)
        apply(sum.dparameters[k], moved.dparameters[k], exact.dparameters[k]);
    }
    grow(scale.y, sum.y);
    for (size_t k = 0; k < scale.dx.size(); ++k) grow(scale.dx[k], sum.dx[k]);
    for (size_t k = 0; k < scale.dparameters.size(); ++k) grow(scale.dparameters[k], sum.dparameters[k]);
  }
  // A loss that took in its activation adds and subtracts probabilities and targets, which are of size 1, however small
  // p − y and l come out: the proofs' floor.
  if (eq.op->formula(eq.signature).of_activation) {
    for (double& v : scale.y) v = std::max(v, 1.0);
    for (size_t i = 0; !scale.dx.empty() && i < scale.dx[0].size(); ++i) {
      const auto row = i / static_cast<size_t>(eq.signature.features[0]);
      scale.dx[0][i] = std::max(scale.dx[0][i], std::fabs((*operands.dy)[row]));
    }
  }
  // Gradients of parameters are sums over the samples.
  const double samples = std::sqrt(static_cast<double>(occasion.rows));
  for (Matrix& m : scale.dparameters)
    for (double& v : m) v *= samples;
  if (eq.op->formula(eq.signature).scope == ops::Formula::Scope::batch) {
    spread(scale.y, eq.shapes.output);
    for (size_t k = 0; k < scale.dx.size(); ++k)
      if (!scale.dx[k].empty()) spread(scale.dx[k], eq.signature.features[k]);
  }
  return scale;
}

namespace {
double chain(const graph::Equation& eq, int64_t rows, double declared) {
  if (declared > 0) return declared;
  // Sums over the samples may go over every block of them.
  const int64_t samples = rows * eq.op->formula(eq.signature).blocks;
  const int64_t longest = std::max<int64_t>({samples, eq.signature.features[0], eq.shapes.output});
  return 0.5 * static_cast<double>(longest + 1);
}
}  // namespace

double forward_bound(const graph::Equation& eq, int64_t rows) { return chain(eq, rows, eq.op->info->forward_ulp); }
double backward_bound(const graph::Equation& eq, int64_t rows) { return chain(eq, rows, eq.op->info->backward_ulp); }

Matrix ulp_units(const Matrix& scale, double bound, double floor, bool single) {
  constexpr double kFormula = 1e-12;
  Matrix unit;
  for (const double size : scale) {
    const double ulp = single ? std::ldexp(1.0, std::ilogb(std::max(size, 0x1p-95)) - 23)
                              : std::ldexp(1.0, std::ilogb(std::max(size, 0x1p-900)) - 52);
    unit.push_back(std::isfinite(size) ? std::max(ulp, kFormula * floor / bound) : 1);
  }
  return unit;
}

}  // namespace retrograd::explaining
