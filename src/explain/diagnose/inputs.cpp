// Inputs that reach the first weights in very different or very large units.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "explain/diagnose/findings.hpp"

namespace retrograd::diagnosis {
namespace {

struct Columns {
  std::vector<double> mean, sd, size;  ///< size: root mean square
};

Columns columns_of(const std::vector<double>& values, int64_t rows) {
  const size_t width = values.size() / static_cast<size_t>(rows);
  const auto n = static_cast<double>(rows);
  Columns c{std::vector<double>(width), std::vector<double>(width), std::vector<double>(width)};
  for (size_t i = 0; i < values.size(); ++i) c.mean[i % width] += values[i] / n;
  for (size_t i = 0; i < values.size(); ++i) {
    const double d = values[i] - c.mean[i % width];
    c.sd[i % width] += d * d / n;
    c.size[i % width] += values[i] * values[i] / n;
  }
  for (size_t k = 0; k < width; ++k) c.sd[k] = std::sqrt(c.sd[k]), c.size[k] = std::sqrt(c.size[k]);
  return c;
}

/// The value that the first layer reads (the first of them, if there are several).
int first_input(const Context& c) {
  for (const training::LayerPlan& plan : c.trained.plans)
    if (plan.down < 0) return c.program().equations[static_cast<size_t>(plan.equation)].inputs[0];
  return -1;
}

}  // namespace

bool unscaled_inputs(Context& c, Finding& f) {
  const int input = first_input(c);
  if (!c.targets_fit || input < 0) return false;
  const Columns columns = columns_of(value_of(c.trained, c.rows, input), c.rows.rows);
  std::vector<double> varying;
  size_t largest = 0;
  for (size_t k = 0; k < columns.sd.size(); ++k) {
    if (columns.sd[k] > 0) varying.push_back(columns.size[k]);
    if (columns.size[k] > columns.size[largest]) largest = k;
  }
  if (varying.empty()) return false;
  std::sort(varying.begin(), varying.end());
  const double most = varying.back(), median = varying[varying.size() / 2];
  if (most <= 5 && most <= 20 * median && most >= 0.05) return false;

  Network network = c.network();
  const std::string read = c.program().values[static_cast<size_t>(input)].name;
  Layer scaling;
  scaling.type = "standardise";
  scaling.name = "scaled_for_trial";
  scaling.inputs = {read};
  if (network.loss_of.empty()) network.loss_of = network.layers.back().name;
  for (Layer& layer : network.layers)
    if (ops::find_operator(layer.type).info->kind == ops::Kind::linear)
      std::replace(layer.inputs.begin(), layer.inputs.end(), read, scaling.name);
  network.layers.push_back(scaling);
  Constants constants = c.constants;
  constants[scaling.name + ".mean"] = columns.mean;
  std::vector<double>& scale = constants[scaling.name + ".scale"];
  for (const double sd : columns.sd) scale.push_back(sd > 0 ? 1 / sd : 0);
  const Trial scaled = c.attempt(network, constants, 1);
  if (!helps(c, scaled)) return false;

  f.layer = read;
  f.what = fmt::format(
      "column {} of '{}' has the size {:.4g} (root mean square), the median column {:.4g}; standardised inputs have 1",
      largest + 1, read, most, median);
  f.evidence = {{"largest", most}, {"median", median}, {"column", static_cast<double>(largest)}};
  f.cause = "∂l/∂w is the input times δ: a column of size s gets gradients s times as large, and no rate suits all";
  f.remedy = "standardise the inputs; train does so by itself for tables and arrays that it prepares";
  f.measured = {
      after_steps(c, "standardised inputs", scaled),
      first_gradient(c, "standardised inputs", measure(Setup(network, constants, c.options.training.seed), c.few()))};
  f.command = train_with(c, "");
  f.explain =
      explain_row(c, c.source_row(0), fmt::format("--weight {}:{}:1", c.first().layers.front().layer, largest + 1));
  return true;
}

}  // namespace retrograd::diagnosis
