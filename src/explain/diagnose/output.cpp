// What the loss reads: squashed twice, bounded where it must not be, or of another task.
#include <fmt/format.h>

#include <algorithm>

#include "explain/diagnose/findings.hpp"

namespace retrograd::diagnosis {
namespace {

Network without_output_activation(const Context& c) {
  Network network = c.network();
  const std::string& name = c.program().values[static_cast<size_t>(c.output()->output)].name;
  for (Layer& layer : network.layers)
    if (layer.name == name) {
      layer.type = "identity";
      layer.attributes.clear();
    }
  return network;
}

bool is_activation(const graph::Equation* eq) {
  return eq != nullptr && eq->op->info->kind == ops::Kind::activation && eq->op->info->name != "identity";
}

void measure_without(Context& c, Finding& f) {
  const Network network = without_output_activation(c);
  const std::string change = fmt::format("no {} before the loss", c.output()->op->info->name);
  f.measured.push_back(after_steps(c, change, c.attempt(network, c.constants, 1)));
  f.measured.push_back(
      first_gradient(c, change, measure(Setup(network, c.constants, c.options.training.seed), c.few())));
  f.layer = c.program().values[static_cast<size_t>(c.output()->output)].name;
  f.explain = explain_row(c, c.source_row(0));
}

/// Share of the targets that lie outside of what the output activation can give.
double out_of_reach(Context& c, const training::ActivationShape& shape) {
  const std::vector<double> y = value_of(c.trained, c.rows, c.loss().inputs[1]);
  const auto beyond = std::count_if(y.begin(), y.end(), [&](double v) { return v < shape.least || v > shape.most; });
  return static_cast<double>(beyond) / static_cast<double>(y.size());
}

}  // namespace

bool double_softmax(Context& c, Finding& f) {
  const graph::Equation* output = c.output();
  if (output == nullptr || !c.targets_fit) return false;
  const std::string_view op = output->op->info->name, loss = c.loss().op->info->name;
  if (!(op == "softmax" && loss == "softmax_xent") && !(op == "sigmoid" && loss == "sigmoid_bce")) return false;
  f.what = fmt::format("the loss {} has its own {}, and reads the output of another {}", loss, op, op);
  f.cause = fmt::format(
      "the loss squashes numbers that are between 0 and 1 already: no probability can come near 0 or 1, and the "
      "gradient passes {}' once more",
      op);
  f.remedy = fmt::format("leave the last {} out: the loss reads z, and predicting adds it", op);
  f.evidence = {{"model_skill", c.model_skill()}};
  measure_without(c, f);
  return true;
}

bool wrong_loss(Context& c, Finding& f) {
  if (!c.targets_fit) return false;
  const std::string_view loss = c.loss().op->info->name;
  const bool probabilities = loss == "softmax_xent" || loss == "sigmoid_bce";
  const auto classes = static_cast<int>(c.spec.classes().size());
  if (c.spec.task == Task::classification && !probabilities) {
    f.what = fmt::format("the loss {} takes the codes of {} classes for numbers: class {} would be {} times class 1",
                         loss, classes, classes - 1, classes - 1);
    f.evidence = {{"classes", static_cast<double>(classes)}, {"model_skill", c.model_skill()}};
    f.cause = "codes have no order and no distance; the network is asked for their mean where classes mix";
    f.remedy = fmt::format("softmax_xent with {} outputs", std::max(classes, 2));
    f.command = train_with(c, "--loss softmax_xent");
    f.measured = {{"softmax_xent, a reference network", "share of the constant's loss saved", c.model_skill(),
                   c.held_out_skill()}};
    f.explain = explain_row(c, c.source_row(0));
    return true;
  }
  const graph::Equation* output = c.output();
  if (!is_activation(output)) return false;
  const std::string_view op = output->op->info->name;
  if ((op == "softmax" && loss == "softmax_xent") || (op == "sigmoid" && loss == "sigmoid_bce")) return false;
  if (probabilities) {
    f.what = fmt::format("{} expects scores of any size and reads the output of {}", loss, op);
    f.cause = fmt::format(
        "{} cannot give every score: the probabilities stay near each other, or one side has no "
        "gradient",
        op);
  } else {
    if (!training::elementwise(*output)) return false;
    const training::ActivationShape shape = training::activation_shape(*output);
    const double beyond = out_of_reach(c, shape);
    if (beyond < 0.02) return false;
    f.what = fmt::format("{:.0f} % of the targets lie outside of what {} can give, {:.3g} to {:.3g}", 100 * beyond, op,
                         shape.least, shape.most);
    f.evidence = {{"share_out_of_reach", beyond}, {"least", shape.least}, {"most", shape.most}};
    f.cause = "the output cannot meet these targets, whatever the weights are, and is driven to where its gain is 0";
  }
  f.remedy = fmt::format("no {} behind the last linear layer", op);
  f.evidence.emplace_back("model_skill", c.model_skill());
  measure_without(c, f);
  return true;
}

}  // namespace retrograd::diagnosis
