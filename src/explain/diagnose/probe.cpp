#include "explain/diagnose/probe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/memory.hpp"
#include "base/random.hpp"
#include "base/thread_team.hpp"
#include "optim/optimizer.hpp"
#include "plan/reference_executor.hpp"
#include "train/engine/engine.hpp"
#include "train/loop/complete.hpp"
#include "train/loop/row_weights.hpp"

namespace retrograd::diagnosis {
namespace {

void fill(plan::ReferenceExecutor<double>& executor, const graph::ForwardProgram& program, const Dataset& rows) {
  executor.resize(rows.rows);
  const auto copy = [&](const Block& block, std::vector<double>& out) {
    for (int64_t n = 0; n < rows.rows; ++n)
      for (int c = 0; c < block.cols; ++c)
        out[static_cast<size_t>(n * block.cols + c)] = static_cast<double>(block.at(n, c));
  };
  for (const int id : program.inputs)
    for (const Block& block : rows.inputs)
      if (block.name == program.values[static_cast<size_t>(id)].name) copy(block, executor.value(id));
  copy(rows.target, executor.value(program.target));
  for (int64_t n = 0; n < rows.rows; ++n)
    executor.weights()[static_cast<size_t>(n)] = rows.weight.empty() ? 1.0 : static_cast<double>(rows.weight.at(n, 0));
}

class View : public training::StepView {
 public:
  View(const plan::ReferenceExecutor<double>& executor, const std::vector<double>& gradients, double weight)
      : executor_(executor), gradients_(gradients), weight_(weight) {}
  int64_t rows() const override { return executor_.rows(); }
  std::vector<double> value(int id) const override { return executor_.value(id); }
  std::vector<double> gradient(int id) const override { return executor_.gradient(id); }
  double gradient_norm(const graph::Parameter& p) const override {
    double sum = 0;
    for (size_t i = p.offset; i < p.offset + p.size(); ++i) sum += gradients_[i] * gradients_[i];
    return std::sqrt(sum);
  }
  double weight() const override { return weight_; }

 private:
  const plan::ReferenceExecutor<double>& executor_;
  const std::vector<double>& gradients_;
  double weight_;
};

}  // namespace

Setup::Setup(const Network& network, const Constants& constants, uint64_t seed)
    : program(graph::compile(network)),
      reverse(graph::reverse(program)),
      plans(training::layer_plans(program, reverse)) {
  const double size = static_cast<double>(program.total_size);
  require_memory(size * (sizeof(float) + sizeof(double)), fmt::format("a network of {:.3g} parameters", size),
                 "give a smaller network");
  std::vector<float> initial(program.total_size);
  graph::initialize(program, seed, initial.data());
  parameters.assign(initial.begin(), initial.end());
  for (const auto& [name, values] : constants) {
    const graph::Parameter* p = program.parameter(name);
    if (p != nullptr && p->size() == values.size())
      std::copy(values.begin(), values.end(), parameters.begin() + static_cast<std::ptrdiff_t>(p->offset));
  }
}

Measured measure(const Setup& setup, const Dataset& rows, uint64_t seed) {
  plan::ReferenceExecutor<double> executor(setup.program, &setup.reverse);
  fill(executor, setup.program, rows);
  std::vector<double> parameters = setup.parameters, gradients(setup.program.trained_size);
  executor.forward(parameters.data(), true, seed, 1);
  executor.backward(parameters.data(), gradients.data(), 1.0);
  double weight = 0;
  for (const double w : executor.weights()) weight += w;
  Measured m;
  m.loss = weight > 0 ? executor.total_loss() / weight : 0;
  m.layers =
      training::layer_statistics<double>(setup.program, setup.plans, View(executor, gradients, weight), parameters);
  if (m.layers.size() > 1) m.gain = m.layers.back().delta > 0 ? m.layers.front().delta / m.layers.back().delta : 0;
  return m;
}

std::vector<double> value_of(const Setup& setup, const Dataset& rows, int value) {
  plan::ReferenceExecutor<double> executor(setup.program, nullptr);
  fill(executor, setup.program, rows);
  std::vector<double> parameters = setup.parameters;
  executor.forward(parameters.data(), false);
  return executor.value(value);
}

int64_t affordable(const graph::ForwardProgram& program, int64_t batch, double flops, int64_t low, int64_t high) {
  const double step = std::max(1.0, program.flops_step() * static_cast<double>(batch));
  return std::clamp(static_cast<int64_t>(std::min(flops / step, 1e9)), low, high);
}

Trial try_steps(const Setup& setup, const DataSpec& spec, const Dataset& rows, const Dataset& judged,
                const TrainOptions& options, int64_t steps) {
  TrainOptions given = options;
  given.threads = 1;
  given.precision = Precision::float32;
  std::vector<std::string> ignored;
  const TrainOptions complete = training::complete(given, spec, rows.rows, false, setup.program, ignored);
  const training::Rows training_rows{&rows, training::row_weights(rows, spec, complete)};
  const training::Rows judged_rows{&judged, training::row_weights(judged, spec, {})};
  const auto engine = training::make_engine({&setup.program, &setup.reverse, &training_rows, &complete,
                                             optim::parse_optimizer(complete.optimizer), complete.batch});
  engine->set_parameters(setup.parameters);
  const double infinite = std::numeric_limits<double>::infinity();
  const auto loss = [&] {
    const training::Evaluation e = engine->evaluate(judged_rows);
    const double mean = e.weight > 0 ? e.loss / e.weight : 0;
    return std::isfinite(mean) ? mean : infinite;
  };
  Trial trial;
  trial.before = trial.best = loss();
  std::vector<int64_t> order(static_cast<size_t>(rows.rows));
  std::iota(order.begin(), order.end(), int64_t{0});
  size_t at = order.size();
  int64_t next_look = 1;
  for (int64_t step = 1; step <= steps; ++step) {
    const auto size = static_cast<size_t>(complete.batch);
    if (at + size > order.size()) {
      Stream stream(complete.seed, Purpose::check, static_cast<uint64_t>(step), 1);
      for (size_t i = order.size(); size < order.size() && i > 1; --i) std::swap(order[i - 1], order[stream.below(i)]);
      at = 0;
    }
    training::StepPlan plan;
    plan.rows = std::span<const int64_t>(order).subspan(at, size);
    plan.eta = complete.learning_rate;
    plan.step = step;
    at += size;
    trial.steps = step;
    const training::StepResult result = engine->step(plan);
    if (!std::isfinite(result.loss)) {
      trial.after = infinite;
      return trial;
    }
    const bool last = step == steps || !result.ended.empty();
    if (step == next_look || last) {
      trial.after = loss();
      trial.best = std::min(trial.best, trial.after);
      next_look += std::max<int64_t>(1, steps / 8);
    }
    if (last) break;
  }
  trial.parameters = engine->parameters();
  return trial;
}

double constant_loss(const Setup& setup, const Dataset& rows) {
  const graph::ForwardProgram& program = setup.program;
  // Of an ensemble the first member's: with the same constant all have the same loss, and so has their mean.
  const graph::Equation& loss = *std::find_if(program.equations.begin(), program.equations.end(),
                                              [](const auto& eq) { return eq.op->info->kind == ops::Kind::loss; });
  const std::vector<double> target = value_of(setup, rows, loss.inputs[1]);
  const auto n = static_cast<size_t>(rows.rows);
  const auto width = static_cast<size_t>(program.values[static_cast<size_t>(loss.inputs[0])].features);
  std::vector<double> z(width), step(width, 0.25), slope(width), last(width);
  std::vector<double> x(n * width), dx(n * width), l(n), weight(n, 1.0);
  double total_weight = 0;
  for (size_t i = 0; i < n; ++i) {
    if (!rows.weight.empty()) weight[i] = static_cast<double>(rows.weight.at(static_cast<int64_t>(i), 0));
    total_weight += weight[i];
  }
  const double* in[] = {x.data(), target.data()};
  double* out[] = {dx.data(), nullptr};
  ops::Reference<double> r;
  r.signature = &loss.signature;
  r.shapes = &loss.shapes;
  r.rows = rows.rows;
  r.x = in;
  r.y = l.data();
  r.dy = weight.data();
  r.dx = out;
  double best = std::numeric_limits<double>::infinity();
  // A target far from 0 needs long steps first; 400 looks are some milliseconds.
  for (int look = 0; look < 400; ++look) {
    for (size_t i = 0; i < n; ++i) std::copy(z.begin(), z.end(), x.begin() + static_cast<std::ptrdiff_t>(i * width));
    loss.op->reference_forward_f64(r);
    double total = 0;
    for (size_t i = 0; i < n; ++i) total += weight[i] * l[i];
    if (std::isfinite(total)) best = std::min(best, total);
    loss.op->reference_backward_f64(r);
    std::fill(slope.begin(), slope.end(), 0.0);
    for (size_t i = 0; i < n * width; ++i) slope[i % width] += dx[i];
    for (size_t k = 0; k < width; ++k) {
      step[k] *= slope[k] * last[k] > 0 ? 1.2 : slope[k] * last[k] < 0 ? 0.5 : 1.0;
      z[k] -= slope[k] > 0 ? step[k] : slope[k] < 0 ? -step[k] : 0.0;
      last[k] = slope[k];
    }
  }
  return total_weight > 0 ? best / total_weight : 0;
}

Network well_initialised(Network network) {
  for (Layer& layer : network.layers) {
    layer.initializer.clear();
    layer.initializer_argument = 0;
  }
  return network;
}

Network with_activations(Network network, const std::string& type) {
  for (Layer& layer : network.layers) {
    const ops::Operator& op = ops::find_operator(layer.type);
    if (op.info->kind != ops::Kind::activation || layer.type == "softmax" || layer.type == "identity") continue;
    layer.type = type;
    layer.attributes.clear();
  }
  return network;
}

}  // namespace retrograd::diagnosis
