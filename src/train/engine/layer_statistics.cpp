#include "train/engine/layer_statistics.hpp"

#include <algorithm>
#include <cmath>

namespace retrograd::training {
namespace {

constexpr double kDead = 1e-3, kSaturated = 0.05;

double norm(const std::vector<double>& v) {
  double sum = 0;
  for (const double x : v) sum += x * x;
  return std::sqrt(sum);
}

/// The gradient that reaches a value, by value; -1 where none does.
std::vector<int> gradients_of_values(const graph::ForwardProgram& program, const graph::ReverseProgram& reverse) {
  std::vector<int> found(program.values.size(), -1);
  // Of a value with several consumers the sum comes last.
  for (size_t g = 0; g < reverse.gradients.size(); ++g)
    found[static_cast<size_t>(reverse.gradients[g].value)] = static_cast<int>(g);
  for (const graph::ReverseEquation& r : reverse.equations)
    if (r.kind == graph::ReverseEquation::Kind::vjp)
      found[static_cast<size_t>(program.equations[static_cast<size_t>(r.forward)].output)] = r.dy;
  return found;
}

/// The activation that reads a value, directly or behind normalisation and dropout.
int activation_behind(const graph::ForwardProgram& program, int value) {
  for (size_t i = 0; i < program.equations.size(); ++i) {
    const graph::Equation& eq = program.equations[i];
    if (!eq.for_loss || eq.inputs.empty() || eq.inputs[0] != value) continue;
    const ops::Kind kind = eq.op->info->kind;
    if (kind == ops::Kind::activation) return elementwise(eq) ? static_cast<int>(i) : -1;
    if (kind == ops::Kind::normalise || kind == ops::Kind::dropout) return activation_behind(program, eq.output);
  }
  return -1;
}

double quantile(std::vector<double>& values, double share) {
  const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<size_t>(at)];
}

void describe_units(const graph::Equation& activation, const StepView& step, LayerStatistics& s) {
  const ActivationShape shape = activation_shape(activation);
  std::vector<double> gains = gains_of(activation, step.value(activation.inputs[0]), step.rows());
  if (gains.empty()) return;
  const double units = static_cast<double>(gains.size()) / static_cast<double>(step.rows());
  s.share_dead = static_cast<double>(dead_units(gains, step.rows(), shape).size()) / units;
  if (shape.flat_below && shape.flat_above) {
    const auto flat = std::count_if(gains.begin(), gains.end(),
                                    [&](double g) { return !(std::abs(g) >= kSaturated * shape.largest); });
    s.share_saturated = static_cast<double>(flat) / static_cast<double>(gains.size());
  }
  s.gain_low = quantile(gains, 0.1);
  s.gain_median = quantile(gains, 0.5);
  s.gain_high = quantile(gains, 0.9);
}

}  // namespace

bool elementwise(const graph::Equation& activation) {
  return activation.op->formula(activation.signature).scope == ops::Formula::Scope::element;
}

std::vector<LayerPlan> layer_plans(const graph::ForwardProgram& program, const graph::ReverseProgram& reverse) {
  const std::vector<int> gradient = gradients_of_values(program, reverse);
  std::vector<LayerPlan> plans;
  for (size_t i = 0; i < program.equations.size(); ++i) {
    const graph::Equation& eq = program.equations[i];
    const int delta = gradient[static_cast<size_t>(eq.output)];
    if (eq.op->info->kind != ops::Kind::linear || !eq.for_loss || delta < 0) continue;
    LayerPlan plan;
    plan.name = program.values[static_cast<size_t>(eq.output)].name;
    plan.equation = static_cast<int>(i);
    plan.z = eq.output;
    plan.delta = delta;
    plan.weight = eq.parameters.at(0);
    const graph::Value& input = program.values[static_cast<size_t>(eq.inputs[0])];
    plan.down = input.needs_gradient ? gradient[static_cast<size_t>(eq.inputs[0])] : -1;
    plan.activation = activation_behind(program, eq.output);
    if (plan.activation >= 0) {
      const graph::Equation& activation = program.equations[static_cast<size_t>(plan.activation)];
      plan.activation_out = gradient[static_cast<size_t>(activation.output)];
      plan.activation_in = gradient[static_cast<size_t>(activation.inputs[0])];
    }
    plans.push_back(plan);
  }
  return plans;
}

std::vector<double> gains_of(const graph::Equation& activation, const std::vector<double>& x, int64_t rows) {
  std::vector<double> y(x.size()), ones(x.size(), 1.0), gains(x.size());
  const double* in = x.data();
  double* out = gains.data();
  ops::Reference<double> r;
  r.signature = &activation.signature;
  r.shapes = &activation.shapes;
  r.rows = rows;
  r.x = &in;
  r.y = y.data();
  activation.op->reference_forward_f64(r);
  r.dy = ones.data();
  r.dx = &out;
  activation.op->reference_backward_f64(r);
  return gains;
}

ActivationShape activation_shape(const graph::Equation& activation) {
  graph::Equation one = activation;
  one.signature.features = {1};
  one.shapes = activation.op->shape(one.signature);
  ActivationShape shape;
  shape.largest = 0;
  std::vector<double> z;
  for (double at = -8; at <= 8; at += 0.125) z.push_back(at);
  for (const double g : gains_of(one, z, static_cast<int64_t>(z.size())))
    shape.largest = std::max(shape.largest, std::abs(g));
  const std::vector<double> far = {-40, 40};
  const std::vector<double> ends = gains_of(one, far, 2);
  shape.flat_below = std::abs(ends[0]) < kDead * shape.largest;
  shape.flat_above = std::abs(ends[1]) < kDead * shape.largest;
  z.insert(z.end(), far.begin(), far.end());
  std::vector<double> a(z.size());
  const double* in = z.data();
  ops::Reference<double> r;
  r.signature = &one.signature;
  r.shapes = &one.shapes;
  r.rows = static_cast<int64_t>(z.size());
  r.x = &in;
  r.y = a.data();
  activation.op->reference_forward_f64(r);
  shape.least = *std::min_element(a.begin(), a.end());
  shape.most = *std::max_element(a.begin(), a.end());
  return shape;
}

std::vector<int> dead_units(const std::vector<double>& gains, int64_t rows, const ActivationShape& shape) {
  std::vector<int> dead;
  const size_t units = rows > 0 ? gains.size() / static_cast<size_t>(rows) : 0;
  std::vector<double> largest(units);
  for (size_t i = 0; i < gains.size(); ++i) largest[i % units] = std::max(largest[i % units], std::abs(gains[i]));
  for (size_t j = 0; j < units; ++j)
    if (largest[j] < kDead * shape.largest) dead.push_back(static_cast<int>(j));
  return dead;
}

template <class T>
std::vector<LayerStatistics> layer_statistics(const graph::ForwardProgram& program, const std::vector<LayerPlan>& plans,
                                              const StepView& step, std::span<const T> parameters) {
  std::vector<LayerStatistics> all;
  const auto rows = static_cast<double>(step.rows());
  for (const LayerPlan& plan : plans) {
    LayerStatistics s;
    s.layer = plan.name;
    const double delta = norm(step.gradient(plan.delta));
    s.delta = delta / std::sqrt(rows);
    const graph::Parameter& W = program.parameters[static_cast<size_t>(plan.weight)];
    s.dW = step.gradient_norm(W) / (step.weight() > 0 ? step.weight() : 1);
    double sum = 0;
    for (const T w : parameters.subspan(W.offset, W.size())) sum += static_cast<double>(w) * static_cast<double>(w);
    s.W = std::sqrt(sum);
    const std::vector<double> z = step.value(plan.z);
    s.z = norm(z) / std::sqrt(static_cast<double>(z.size()));
    if (plan.down >= 0 && delta > 0) s.wires = norm(step.gradient(plan.down)) / delta;
    s.amplifiers = 1;
    if (plan.activation >= 0) {
      const double out = norm(step.gradient(plan.activation_out));
      s.amplifiers = out > 0 ? norm(step.gradient(plan.activation_in)) / out : 0;
      describe_units(program.equations[static_cast<size_t>(plan.activation)], step, s);
    }
    all.push_back(s);
  }
  return all;
}

template <class T>
std::vector<double> update_ratios(const graph::ForwardProgram& program, const std::vector<LayerPlan>& plans,
                                  std::span<const T> before, std::span<const T> after) {
  std::vector<double> ratios;
  for (const LayerPlan& plan : plans) {
    const graph::Parameter& W = program.parameters[static_cast<size_t>(plan.weight)];
    double size = 0, moved = 0;
    for (size_t i = W.offset; i < W.offset + W.size(); ++i) {
      const auto from = static_cast<double>(before[i]), to = static_cast<double>(after[i]);
      size += from * from;
      moved += (to - from) * (to - from);
    }
    ratios.push_back(size > 0 ? std::sqrt(moved / size) : 0);
  }
  return ratios;
}

template std::vector<LayerStatistics> layer_statistics(const graph::ForwardProgram&, const std::vector<LayerPlan>&,
                                                       const StepView&, std::span<const float>);
template std::vector<LayerStatistics> layer_statistics(const graph::ForwardProgram&, const std::vector<LayerPlan>&,
                                                       const StepView&, std::span<const double>);
template std::vector<double> update_ratios(const graph::ForwardProgram&, const std::vector<LayerPlan>&,
                                           std::span<const float>, std::span<const float>);
template std::vector<double> update_ratios(const graph::ForwardProgram&, const std::vector<LayerPlan>&,
                                           std::span<const double>, std::span<const double>);

}  // namespace retrograd::training
