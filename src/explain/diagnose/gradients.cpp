// The product of the gains between the output and the first layer, against that of the same network built well.
#include <fmt/format.h>

#include <cmath>

#include "explain/diagnose/findings.hpp"

namespace retrograd::diagnosis {
namespace {

/// ‖δ‖ of first over last layer, relative to the network with relu and He initialisation; the model's or the initial
/// network's, whichever is further from 1 in the direction asked for.
struct Product {
  double relative = 1;
  const Measured* of = nullptr;
  bool initial = false;
};

Product product(Context& c, bool vanishing) {
  const double well = c.first_of_relu_twin().gain;
  Product p;
  if (!(well > 0) || c.trained.plans.size() < 2) return p;
  for (const bool initial : {false, true}) {
    const Measured& m = initial ? c.first() : c.now();
    const double relative = m.gain / well;
    if (p.of == nullptr || (vanishing ? relative < p.relative : !(relative <= p.relative))) p = {relative, &m, initial};
  }
  return p;
}

void tell(Context& c, Finding& f, const Product& p, const Trial& relu) {
  std::string budget;
  const auto& layers = p.of->layers;
  for (size_t k = layers.size() - 1; k-- > 0;) {
    if (layers.size() > 7 && k > 2 && k + 4 < layers.size()) {
      if (k == 3) budget += " …;";
      continue;
    }
    budget += fmt::format(" {}: wires ×{:.2g}, amplifiers ×{:.2g};", layers[k].layer, layers[k + 1].wires,
                          layers[k].amplifiers);
  }
  budget.pop_back();
  f.layer = layers.front().layer;
  f.what = fmt::format(
      "‖δ‖ of {} is {:.2g} of that of {}{}, {:.2g} times what the same network with relu and He "
      "initialisation has;{}",
      layers.front().layer, p.of->gain, layers.back().layer, p.initial ? " in the first step" : " in the model",
      p.relative, budget);
  f.evidence = {
      {"gain_product", p.of->gain}, {"gain_product_of_twin", c.first_of_relu_twin().gain}, {"relative", p.relative}};
  const std::string change = "relu with He initialisation";
  f.measured = {first_gradient(c, change, c.first_of_relu_twin()), after_steps(c, change, relu)};
  f.command = train_with(c, "--activation relu --initializer auto");
  f.explain = explain_row(c, c.source_row(0), fmt::format("--weight {}:1:1", f.layer));
}

}  // namespace

bool vanishing_gradients(Context& c, Finding& f) {
  if (!c.targets_fit) return false;
  const Product p = product(c, true);
  if (p.of == nullptr || !(p.relative < 0.01)) return false;
  const Trial relu = c.attempt(c.relu_twin().program.network, c.constants, 1);
  if (!helps(c, relu) && reached(c) > c.reachable_skill() - 0.1) return false;
  tell(c, f, p, relu);
  f.cause = "every layer multiplies δ by less than 1 (σ' of sigmoid is at most ¼), and the factors compound";
  f.remedy = "relu with He initialisation, normalisation, or skip connections";
  return true;
}

bool exploding_gradients(Context& c, Finding& f) {
  if (!c.targets_fit) return false;
  const Product p = product(c, false);
  if (p.of == nullptr || p.relative < 100) return false;
  const Trial relu = c.attempt(c.relu_twin().program.network, c.constants, 1);
  if (!helps(c, relu) && reached(c) > c.reachable_skill() - 0.1) return false;
  tell(c, f, p, relu);
  f.cause = "every layer multiplies δ by more than 1, and the factors compound";
  f.remedy = "smaller initial weights (by the activation), normalisation, or --clip-norm 1";
  return true;
}

}  // namespace retrograd::diagnosis
