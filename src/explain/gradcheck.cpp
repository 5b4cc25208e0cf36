#include "retrograd/gradcheck.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "base/fail.hpp"
#include "base/random.hpp"
#include "plan/executor.hpp"
#include "plan/reference_executor.hpp"
#include "retrograd/panel.hpp"
#include "train/engine/gather.hpp"
#include "train/loop/fits.hpp"

namespace retrograd {
namespace {

const Block& block_for(const Dataset& data, const graph::Value& input) {
  for (const Block& b : data.inputs) {
    if (b.name == input.name) return b;
  }
  fail("the data have no input '{}'", input.name);
}

/// A gradient that the mathematics make 0 (a bias before batch_norm) is what rounding leaves of it: errors are measured
/// against no less than these shares of the network's largest gradient.
constexpr double kFloor = 1e-4;       // differences in double leave some 1e-13
constexpr double kFloatFloor = 1e-2;  // floats up to 1e-6, where batch statistics cancel

class Checker {
 public:
  Checker(const Model& model, const Dataset& data, const GradientCheckOptions& options)
      : program_(model.program()),
        reverse_(graph::reverse(program_)),
        data_(data),
        options_(options),
        rows_(std::min(options.rows, data.rows)),
        exact_(program_, &reverse_) {
    if (options.rows < 1) fail("gradcheck of {} rows, expected at least 1", options.rows);
    if (options.per_tensor < 1) fail("gradcheck of {} elements a tensor, expected at least 1", options.per_tensor);
    training::check_fits(program_, data, "given");
    parameters_.assign(program_.total_size, 0.0);
    for (const graph::Parameter& p : program_.parameters) {
      const std::vector<double> values = model.parameter(p.name);
      std::copy(values.begin(), values.end(), parameters_.begin() + static_cast<std::ptrdiff_t>(p.offset));
    }
    fill_exact();
  }

  GradientCheck run() {
    GradientCheck check;
    check.rows = rows_;
    check.loss = loss(parameters_);
    gradients_.assign(program_.trained_size, 0.0);
    exact_.backward(parameters_.data(), gradients_.data(), 1.0);
    const std::vector<float> fast = fast_gradients(check.loss_float);
    for (const double g : gradients_) largest_ = std::max(largest_, std::abs(g));
    for (const graph::Parameter& p : program_.parameters)
      if (p.trained) check.tensors.push_back(tensor(p, fast));
    return check;
  }

 private:
  void fill_exact() {
    exact_.resize(rows_);
    const auto copy = [&](const Block& b, std::vector<double>& out) {
      for (int64_t n = 0; n < rows_; ++n)
        for (int c = 0; c < b.cols; ++c) out[static_cast<size_t>(n * b.cols + c)] = static_cast<double>(b.at(n, c));
    };
    for (int id : program_.inputs) copy(block_for(data_, program_.values[static_cast<size_t>(id)]), exact_.value(id));
    copy(data_.target, exact_.value(program_.target));
  }

  double loss(std::vector<double>& parameters) {
    exact_.forward(parameters.data(), true, options_.seed, 1);
    return exact_.total_loss();
  }

  /// On which side of its kinks every kinked operator's input lies after the last forward pass.
  std::vector<char> sides() const {
    std::vector<char> result;
    for (const graph::Equation& eq : program_.equations) {
      if (!eq.for_loss || eq.op->info->kinks.empty()) continue;
      const auto& x = exact_.value(eq.inputs[0]);
      // A loss has its kinks in z − y, an activation in z.
      const bool residual = eq.op->info->target_input;
      for (size_t i = 0; i < x.size(); ++i) {
        const double v = residual ? x[i] - exact_.value(eq.inputs[1])[i] : x[i];
        char side = 0;
        for (double kink : eq.op->info->kinks) side = static_cast<char>(side + (v > kink));
        result.push_back(side);
      }
    }
    return result;
  }

  TensorCheck tensor(const graph::Parameter& p, const std::vector<float>& fast) {
    TensorCheck t;
    t.name = p.name;
    t.size = static_cast<int64_t>(p.size());
    for (size_t i = 0; i < p.size(); ++i) t.largest = std::max(t.largest, std::abs(gradients_[p.offset + i]));
    for (size_t i = 0; i < p.size(); ++i) {
      const double error = std::abs(static_cast<double>(fast[p.offset + i]) - gradients_[p.offset + i]);
      const double scale = std::max(t.largest, kFloatFloor * largest_);
      worsen(t.float_error, scale > 0 ? error / scale : error);
    }
    // relu turns NaN into 0, so a broken number below it would show in no gradient.
    if (!finite_around(p)) t.numeric_error = std::numeric_limits<double>::quiet_NaN();
    Stream stream(options_.seed, Purpose::check, p.offset);
    const bool all = t.size <= options_.per_tensor;
    const int64_t count = all ? t.size : options_.per_tensor;
    for (int64_t k = 0; k < count; ++k) {
      const auto i = static_cast<size_t>(all ? k : static_cast<int64_t>(stream.below(p.size())));
      const double analytic = gradients_[p.offset + i];
      const auto error_of = [&](double numeric) {
        const double scale = std::max({std::abs(analytic), std::abs(numeric), 0.01 * t.largest, kFloor * largest_});
        return scale > 0 ? std::abs(analytic - numeric) / scale : std::abs(analytic - numeric);
      };
      const std::optional<double> difference = closest_difference(p.offset + i, error_of);
      if (!difference) {
        ++t.kinks;
        continue;
      }
      ++t.checked;
      const double numeric = *difference, error = error_of(numeric);
      if (worsen(t.numeric_error, error)) {
        t.worst = static_cast<int64_t>(i);
        t.worst_analytic = analytic;
        t.worst_numeric = numeric;
      }
    }
    return t;
  }

  /// The tensor and every constant of the data hold finite numbers.
  bool finite_around(const graph::Parameter& tensor) const {
    for (const graph::Parameter& p : program_.parameters) {
      if (p.trained && p.offset != tensor.offset) continue;
      for (size_t i = p.offset; i < p.offset + p.size(); ++i)
        if (!std::isfinite(parameters_[i])) return false;
    }
    return true;
  }

  /// Keeps the larger error; a NaN stays.
  static bool worsen(double& worst, double error) {
    if (std::isnan(worst) || error <= worst) return false;
    worst = error;
    return true;
  }

  /// Differences with falling steps until one agrees, for none is exact: where the loss bends strongly (a batch of
  /// little variance) or its slope has a kink (huber) a long step is wrong, and a short one is rounded more. A wrong
  /// gradient agrees with none. The closest is returned, or nothing if every step crosses a kink.
  template <class ErrorOf>
  std::optional<double> closest_difference(size_t at, const ErrorOf& error_of) {
    std::optional<double> closest;
    for (const double h : {1e-3, 1e-4, 1e-5, 1e-6}) {
      const std::optional<double> now = difference(at, h * std::max(1.0, std::abs(parameters_[at])));
      if (now && (!closest || error_of(*now) < error_of(*closest))) closest = now;
      if (closest && error_of(*closest) <= 0.1 * GradientCheck().numeric_limit) break;
    }
    return closest;
  }

  /// (8·[L(+h) − L(−h)] − [L(+2h) − L(−2h)]) / 12h: the central difference with its h² term removed (Richardson).
  /// Nothing if the steps lie on different sides of a kink.
  std::optional<double> difference(size_t at, double h) {
    const double w = parameters_[at];
    const std::array<double, 4> offsets = {-2 * h, -h, h, 2 * h};
    std::array<double, 4> losses{};
    std::vector<char> first;
    bool crossed = false;
    for (size_t k = 0; k < 4; ++k) {
      parameters_[at] = w + offsets[k];
      losses[k] = loss(parameters_);
      std::vector<char> now = sides();
      if (k == 0)
        first = std::move(now);
      else
        crossed |= now != first;
    }
    parameters_[at] = w;
    if (crossed) return std::nullopt;
    return (8 * (losses[2] - losses[1]) - (losses[3] - losses[0])) / (12 * h);
  }

  std::vector<float> fast_gradients(double& total) {
    plan::Executor executor(program_, &reverse_, rows_);
    Aligned<float> parameters(program_.total_size), gradients(program_.trained_size);
    for (size_t i = 0; i < parameters.size(); ++i) parameters[i] = static_cast<float>(parameters_[i]);
    executor.bind(parameters.data(), gradients.data());
    std::vector<int64_t> index(static_cast<size_t>(rows_));
    for (size_t n = 0; n < index.size(); ++n) index[n] = static_cast<int64_t>(n);
    const Range panels{0, panels_of(rows_)};
    for (int id : program_.inputs)
      training::gather(block_for(data_, program_.values[static_cast<size_t>(id)]), index.data(), 0, panels, rows_,
                       executor.value(id));
    training::gather(data_.target, index.data(), 0, panels, rows_, executor.value(program_.target));
    for (int64_t n = 0; n < rows_; ++n) executor.weights()[n] = 1;
    ThreadTeam team(1);
    plan::Executor::Step step;
    step.rows = rows_;
    step.seed = options_.seed;
    step.step = 1;
    team.run([&](int rank) { executor.step(team, rank, step); });
    total = executor.total_loss(rows_);
    return {gradients.begin(), gradients.end()};
  }

  const graph::ForwardProgram& program_;
  const graph::ReverseProgram reverse_;
  const Dataset& data_;
  const GradientCheckOptions options_;
  const int64_t rows_;
  plan::ReferenceExecutor<double> exact_;
  std::vector<double> parameters_, gradients_;
  double largest_ = 0;  ///< |gradient| of the network
};

}  // namespace

double GradientCheck::largest_numeric_error() const {
  double worst = 0;
  for (const TensorCheck& t : tensors) {
    if (std::isnan(t.numeric_error)) return t.numeric_error;
    worst = std::max(worst, t.numeric_error);
  }
  return worst;
}

double GradientCheck::largest_float_error() const {
  double worst = 0;
  for (const TensorCheck& t : tensors) {
    if (std::isnan(t.float_error)) return t.float_error;
    worst = std::max(worst, t.float_error);
  }
  return worst;
}

bool GradientCheck::ok() const {
  return largest_numeric_error() <= numeric_limit && largest_float_error() <= float_limit;
}

std::string GradientCheck::to_text() const {
  std::string text = fmt::format(
      "gradients of the total loss of {} rows: {:.9g} in double, {:.9g} in float\n\n"
      "{:<16} {:>10} {:>8} {:>6} {:>12} {:>14} {:>14}\n",
      rows, loss, loss_float, "tensor", "numbers", "checked", "kinks", "largest |g|", "numeric error", "float error");
  for (const TensorCheck& t : tensors)
    text += fmt::format("{:<16} {:>10} {:>8} {:>6} {:>12.4g} {:>14.2e} {:>14.2e}\n", t.name, t.size, t.checked, t.kinks,
                        t.largest, t.numeric_error, t.float_error);
  text += fmt::format(
      "\nnumeric error: reverse program against central differences, both in double, relative; limit {:g}\n"
      "float error: fast kernels in float against the reverse program in double, relative to the tensor's largest; "
      "limit {:g}\n"
      "kinks: left out, because the difference crossed a point without a derivative\n"
      "largest: {:.2e} numeric, {:.2e} float: {}\n",
      numeric_limit, float_limit, largest_numeric_error(), largest_float_error(),
      ok() ? "the gradients are right" : "THE GRADIENTS ARE WRONG");
  for (const TensorCheck& t : tensors)
    if (!(t.numeric_error <= numeric_limit))
      text += fmt::format("{}[{}]: analytic {:.12g}, numeric {:.12g}\n", t.name, t.worst, t.worst_analytic,
                          t.worst_numeric);
  return text;
}

GradientCheck gradcheck(const Model& model, const Dataset& data, const GradientCheckOptions& options) {
  if (model.network().loss_type.empty()) fail("the model has no loss, so it has no gradient to check");
  return Checker(model, data, options).run();
}

}  // namespace retrograd
