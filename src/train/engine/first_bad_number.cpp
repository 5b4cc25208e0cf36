#include "train/engine/first_bad_number.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/thread_team.hpp"
#include "plan/reference_executor.hpp"
#include "train/engine/step_rows.hpp"

namespace retrograd::training {
namespace {

template <class T>
std::optional<size_t> first_bad(const std::vector<T>& values) {
  for (size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i])) return i;
  return std::nullopt;
}

/// "z2 = linear(a1; W2, b2)".
std::string equation_text(const graph::ForwardProgram& program, const graph::Equation& eq) {
  std::vector<std::string> inputs, parameters;
  for (const int in : eq.inputs) inputs.push_back(program.values[static_cast<size_t>(in)].name);
  for (const int p : eq.parameters) parameters.push_back(program.parameters[static_cast<size_t>(p)].name);
  return fmt::format("{} = {}({}{}{})", program.values[static_cast<size_t>(eq.output)].name, eq.op->info->name,
                     fmt::join(inputs, ", "), parameters.empty() ? "" : "; ", fmt::join(parameters, ", "));
}

template <class T>
class Search {
 public:
  Search(const EngineSetup& setup, std::span<const int64_t> rows, const std::vector<double>& before,
         const Augmenter::When& images)
      : setup_(setup),
        program_(*setup.program),
        reverse_(*setup.reverse),
        rows_(rows),
        executor_(program_, setup.reverse, setup.options->shards),
        parameters_(before.begin(), before.end()),
        gradients_(program_.trained_size) {
    fill_rows(program_, *setup.rows, rows, images, executor_);
  }

  std::string run(const std::vector<double>& after, const StepRecord& step) {
    const FloatState state;
    if (std::string text = in_parameters(); !text.empty()) return text;
    executor_.forward(parameters_.data(), true, setup_.options->seed, static_cast<uint64_t>(step.step), step.dropout);
    if (std::string text = in_forward(); !text.empty()) return text;
    executor_.backward(parameters_.data(), gradients_.data(), T(1));
    if (std::string text = in_backward(); !text.empty()) return text;
    return in_update(after, step);
  }

 private:
  std::string element(const graph::Parameter& p, size_t i) const {
    const auto cols = static_cast<size_t>(p.cols);
    return p.rows == 1 ? fmt::format("{}[{}]", p.name, i + 1)
                       : fmt::format("{}[{},{}]", p.name, i / cols + 1, i % cols + 1);
  }

  std::string in_parameters() const {
    for (const graph::Parameter& p : program_.parameters)
      for (size_t i = 0; i < p.size(); ++i)
        if (!std::isfinite(parameters_[p.offset + i]))
          return fmt::format("{} is {} before the step", element(p, i), parameters_[p.offset + i]);
    return {};
  }

  std::string in_forward() const {
    for (const int id : program_.inputs) {
      const graph::Value& v = program_.values[static_cast<size_t>(id)];
      // NaN in an input is a missing number, for impute to fill.
      for (size_t i = 0; i < executor_.value(id).size(); ++i)
        if (std::isinf(executor_.value(id)[i]))
          return fmt::format("input '{}', {}", v.name, place(i, v.features, executor_.value(id)[i]));
    }
    for (const graph::Equation& eq : program_.equations) {
      if (!eq.for_loss) continue;
      const std::vector<T>& y = executor_.value(eq.output);
      const std::optional<size_t> at = first_bad(y);
      if (!at) continue;
      const int features = program_.values[static_cast<size_t>(eq.output)].features;
      return fmt::format("forward, {}, {}: {}", equation_text(program_, eq), place(*at, features, y[*at]),
                         operands(eq, *at / static_cast<size_t>(features), *at % static_cast<size_t>(features)));
    }
    return {};
  }

  std::string place(size_t at, int features, T value) const {
    const size_t n = at / static_cast<size_t>(features);
    return fmt::format("training row {}, unit {} is {}", setup_.rows->name(rows_[n]) + 1,
                       at % static_cast<size_t>(features) + 1, value);
  }

  std::string operands(const graph::Equation& eq, size_t n, size_t j) const {
    if (eq.op->info->kind == ops::Kind::linear) return terms(eq, n, j);
    std::vector<std::string> texts;
    for (const int in : eq.inputs) {
      const graph::Value& v = program_.values[static_cast<size_t>(in)];
      const auto width = static_cast<size_t>(v.features);
      const auto first = executor_.value(in).begin() + static_cast<std::ptrdiff_t>(n * width);
      const bool same = v.features == program_.values[static_cast<size_t>(eq.output)].features;
      if (same) {
        texts.push_back(fmt::format("{} is {:.6g}", v.name, *(first + static_cast<std::ptrdiff_t>(j))));
      } else {
        const auto [low, high] = std::minmax_element(first, first + static_cast<std::ptrdiff_t>(width));
        texts.push_back(width == 1 ? fmt::format("{} is {:.6g}", v.name, *low)
                                   : fmt::format("{} of the row are from {:.6g} to {:.6g}", v.name, *low, *high));
      }
    }
    return fmt::format("{}", fmt::join(texts, ", "));
  }

  /// The largest terms of a sum, and where the chain of additions overflows.
  std::string terms(const graph::Equation& eq, size_t n, size_t j) const {
    const graph::Parameter& W = program_.parameters[static_cast<size_t>(eq.parameters[0])];
    const graph::Value& in = program_.values[static_cast<size_t>(eq.inputs[0])];
    const auto cols = static_cast<size_t>(W.cols), width = static_cast<size_t>(W.rows);
    const T* a = executor_.value(eq.inputs[0]).data() + n * width;
    size_t largest = 0;
    const auto term = [&](size_t i) {
      return static_cast<double>(a[i]) * static_cast<double>(parameters_[W.offset + i * cols + j]);
    };
    for (size_t i = 0; i < width; ++i)
      if (!(std::abs(term(i)) <= std::abs(term(largest)))) largest = i;
    return fmt::format("a sum of {} terms, the largest {}[{}]·{}[{},{}] = {:.6g} · {:.6g} = {:.6g}", width, in.name,
                       largest + 1, W.name, largest + 1, j + 1, a[largest], parameters_[W.offset + largest * cols + j],
                       term(largest));
  }

  std::string in_backward() const {
    for (const graph::ReverseEquation& r : reverse_.equations) {
      if (r.kind != graph::ReverseEquation::Kind::vjp) {
        if (std::string text = in_gradient(r.output, "a sum of paths"); !text.empty()) return text;
        continue;
      }
      const graph::Equation& eq = program_.equations[static_cast<size_t>(r.forward)];
      const std::string from = "the reverse of " + equation_text(program_, eq);
      for (const int g : r.dx)
        if (g >= 0)
          if (std::string text = in_gradient(g, from); !text.empty()) return text;
      for (const int id : eq.parameters) {
        const graph::Parameter& p = program_.parameters[static_cast<size_t>(id)];
        for (size_t i = 0; p.trained && i < p.size(); ++i)
          if (const T g = gradients_[p.offset + i]; !std::isfinite(g))
            return fmt::format(
                "backward, {}: ∂L/∂{} is {}, a sum over {} rows; the largest |{}| is {:.6g}, of its input "
                "{:.6g}",
                from, element(p, i), g, rows_.size(), gradient_name(r.dy), largest(executor_.gradient(r.dy)),
                largest(executor_.value(eq.inputs[0])));
      }
    }
    return {};
  }

  std::string gradient_name(int g) const {
    return "∂L/∂" + program_.values[static_cast<size_t>(reverse_.gradients[static_cast<size_t>(g)].value)].name;
  }

  std::string in_gradient(int g, const std::string& from) const {
    const std::vector<T>& values = executor_.gradient(g);
    const std::optional<size_t> at = first_bad(values);
    if (!at) return {};
    const auto value = static_cast<size_t>(reverse_.gradients[static_cast<size_t>(g)].value);
    return fmt::format("backward, {}: {}, {}", from, gradient_name(g),
                       place(*at, program_.values[value].features, values[*at]));
  }

  std::string in_update(const std::vector<double>& after, const StepRecord& step) const {
    for (const graph::Parameter& p : program_.parameters)
      for (size_t i = 0; p.trained && i < p.size(); ++i)
        if (!std::isfinite(after[p.offset + i]))
          return fmt::format("the update by {}: {} goes from {:.6g} to {} (∂L/∂{} of the batch is {:.6g}, η {:.3g})",
                             setup_.optimizer.optimizer->info.name, element(p, i), parameters_[p.offset + i],
                             after[p.offset + i], element(p, i), gradients_[p.offset + i], step.eta);
    return {};
  }

  static double largest(const std::vector<T>& values) {
    double most = 0;
    for (const T v : values) most = std::max(most, std::abs(static_cast<double>(v)));
    return most;
  }

  const EngineSetup& setup_;
  const graph::ForwardProgram& program_;
  const graph::ReverseProgram& reverse_;
  std::span<const int64_t> rows_;
  plan::ReferenceExecutor<T> executor_;
  std::vector<T> parameters_, gradients_;
};

}  // namespace

std::string not_finite(const graph::ForwardProgram& program, const std::vector<double>& parameters) {
  for (const graph::Parameter& p : program.parameters)
    for (size_t i = p.offset; i < p.offset + p.size(); ++i)
      if (!std::isfinite(parameters[i])) return fmt::format("parameter '{}' becomes {}", p.name, parameters[i]);
  return {};
}

std::string first_bad_number(const EngineSetup& setup, std::span<const int64_t> rows, const std::vector<double>& before,
                             const std::vector<double>& after, const StepRecord& step) {
  if (setup.options->precision == Precision::float64)
    return Search<double>(setup, rows, before, step.images).run(after, step);
  return Search<float>(setup, rows, before, step.images).run(after, step);
}

Growth growth_of(const EngineSetup& setup, std::span<const int64_t> rows, const std::vector<double>& before,
                 const StepRecord& step, double mean_loss) {
  plan::ReferenceExecutor<double> executor(*setup.program, nullptr);
  fill_rows(*setup.program, *setup.rows, rows.first(std::min<size_t>(rows.size(), 64)), step.images, executor);
  std::vector<double> parameters = before;
  executor.forward(parameters.data(), true, setup.options->seed, static_cast<uint64_t>(step.step));
  Growth growth{step.step, mean_loss};
  for (const graph::Equation& eq : setup.program->equations) {
    if (!eq.for_loss || eq.op->info->kind != ops::Kind::linear) continue;
    double most = 0;
    for (const double v : executor.value(eq.output))
      if (!(std::abs(v) <= most)) most = std::abs(v);
    growth.largest.emplace_back(setup.program->values[static_cast<size_t>(eq.output)].name, most);
  }
  return growth;
}

std::string to_text(const std::vector<Growth>& growth) {
  std::string text;
  for (const Growth& g : growth) {
    text += fmt::format("\n  step {}: loss {:.4g}; largest", g.step, g.loss);
    // Of a deep network the ends and some layers between say how it grows.
    const size_t every = (g.largest.size() + 5) / 6;
    for (size_t k = 0; k < g.largest.size(); ++k)
      if (k % every == 0 || k + 1 == g.largest.size())
        text += fmt::format(" |{}| {:.3g}", g.largest[k].first, g.largest[k].second);
  }
  return text;
}

}  // namespace retrograd::training
