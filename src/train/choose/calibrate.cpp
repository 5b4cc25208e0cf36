#include "retrograd/calibrate.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/fail.hpp"
#include "graph/program.hpp"
#include "train/choose/temperature.hpp"
#include "train/prepare/make_layer.hpp"

namespace retrograd {
namespace {

using training::Logits;

constexpr std::string_view kLayer = "calibrated";
constexpr int64_t kNumbers = 4'000'000;  // logits that are looked at; of more, evenly spaced rows

std::vector<std::string> members_of(const Model& model) {
  const graph::ForwardProgram& program = model.program();
  if (!model.network().members.empty()) return model.network().members;
  return {program.values[static_cast<size_t>(program.logits)].name};
}

std::map<std::string, std::vector<double>> values_of(const Model& model) {
  std::map<std::string, std::vector<double>> values;
  for (const graph::Parameter& p : model.program().parameters) values[p.name] = model.parameter(p.name);
  return values;
}

/// The layer that divides this member's logits, or null.
const Layer* divider(const Network& net, const std::string& member) {
  for (const Layer& layer : net.layers)
    if (layer.name == member && layer.type == "standardise" && layer.name.starts_with(kLayer)) return &layer;
  return nullptr;
}

void require_probabilities(const Model& model) {
  const Network& net = model.network();
  const bool probabilities = net.loss_type == "softmax_xent" || net.loss_type == "sigmoid_bce";
  if (!probabilities || !net.prediction_layer.empty())
    fail(
        "only probabilities can be calibrated: of a network with the loss softmax_xent or sigmoid_bce, which predicts "
        "what the loss implies; this one has {}",
        net.loss_type.empty() ? "no loss" : "the loss " + net.loss_type);
}

/// The model without its temperature.
Model uncalibrated(const Model& model) {
  Network net = model.network();
  std::vector<std::string> before;
  for (const std::string& member : members_of(model)) {
    const Layer* layer = divider(net, member);
    if (layer == nullptr) return model;
    before.push_back(layer->inputs.at(0));
  }
  std::map<std::string, std::vector<double>> values = values_of(model);
  for (const std::string& member : members_of(model)) {
    values.erase(member + ".mean");
    values.erase(member + ".scale");
    std::erase_if(net.layers, [&](const Layer& layer) { return layer.name == member; });
  }
  if (!net.members.empty()) net.members = before;
  net.loss_of = before[0];
  return Model(net, model.precision(), values, model.spec(), model.notes());
}

/// The (uncalibrated) model with a temperature.
Model with_temperature(const Model& model, double temperature) {
  Network net = model.network();
  std::map<std::string, std::vector<double>> values = values_of(model);
  std::vector<std::string> after;
  for (const std::string& member : members_of(model)) {
    std::string name = after.empty() ? std::string(kLayer) : fmt::format("{}_{}", kLayer, after.size() + 1);
    while (model.program().value(name) >= 0) name += "_";
    net.layer(training::make_layer("standardise", name, {member}));
    const auto outputs = static_cast<size_t>(model.outputs());
    values[name + ".mean"].assign(outputs, 0);
    values[name + ".scale"].assign(outputs, 1 / temperature);
    after.push_back(name);
  }
  if (!net.members.empty()) net.members = after;
  net.loss_of = after[0];
  return Model(net, model.precision(), values, model.spec(), model.notes());
}

/// What an uncalibrated model says of evenly spaced rows, at most `most`.
Logits logits_of(const Model& model, const Dataset& all, int64_t most, int threads) {
  if (all.rows < 1 || all.target.empty()) fail("calibration needs rows with a target");
  std::vector<int64_t> rows;
  const int64_t count = std::min(all.rows, std::max<int64_t>(most, 1));
  for (int64_t i = 0; i < count; ++i) rows.push_back(i * all.rows / count);
  const Dataset data = take(all, rows);
  const std::vector<std::string> members = members_of(model);
  Network net = model.network();
  Logits logits;
  logits.labels = net.loss_type == "sigmoid_bce";
  net.loss_type.clear();
  net.members.clear();
  net.loss_of.clear();
  net.prediction_layer = members[0];
  if (members.size() > 1) {
    net.prediction_layer = "all logits";
    net.layer(training::make_layer("concat", net.prediction_layer, members));
  }
  logits.z = Model(net, model.precision(), values_of(model), model.spec()).predict(data, threads);
  logits.members = static_cast<int>(members.size());
  logits.outputs = model.outputs();
  const auto floats = [](const Block& block) {
    const std::span<const float> f = block.floats();
    return std::vector<float>(f.begin(), f.end());
  };
  logits.target = floats(data.target);
  logits.weight = floats(data.weight);
  return logits;
}

ProbabilityScore score(const DataSpec& spec, const Logits& logits, double temperature) {
  ProbabilityScore s;
  s.log_loss = training::log_loss(logits, temperature);
  if (logits.labels) return s;
  const ClassificationReport report =
      classification_report(training::probabilities(logits, temperature), logits.target, logits.weight, spec.classes());
  s.calibration_error = report.calibration_error;
  s.brier = report.brier;
  return s;
}

int64_t rows_for(const Model& model) {
  return kNumbers / (static_cast<int64_t>(members_of(model).size()) * model.outputs());
}

}  // namespace

Calibration calibrate(const Model& model, const Dataset& data, int threads) {
  require_probabilities(model);
  const Model plain = uncalibrated(model);
  const Logits logits = logits_of(plain, data, rows_for(plain), threads);
  const double t = training::best_temperature(logits);
  return {with_temperature(plain, t), t, logits.rows(), score(plain.spec(), logits, 1), score(plain.spec(), logits, t)};
}

Calibration calibrate(FoldsTrained& folds, const Dataset& data, int threads) {
  Logits all;
  for (Fold& fold : folds.folds) {
    require_probabilities(fold.trained.model);
    const int64_t share = rows_for(fold.trained.model) / std::ssize(folds.folds);
    fold.trained.model = uncalibrated(fold.trained.model);
    Logits one = logits_of(fold.trained.model, part(data, fold.rows), share, threads);
    one.z.insert(one.z.begin(), all.z.begin(), all.z.end());
    one.target.insert(one.target.begin(), all.target.begin(), all.target.end());
    one.weight.insert(one.weight.begin(), all.weight.begin(), all.weight.end());
    all = std::move(one);
  }
  const double t = training::best_temperature(all);
  std::vector<Model> models;
  for (Fold& fold : folds.folds) {
    fold.trained.model = with_temperature(fold.trained.model, t);
    models.push_back(fold.trained.model);
  }
  folds.trained.model = bag(models, data);
  score_folds(folds, data, threads);
  const DataSpec& spec = folds.trained.model.spec();
  return {folds.trained.model, t, all.rows(), score(spec, all, 1), score(spec, all, t)};
}

std::optional<double> temperature(const Model& model) {
  const Network& net = model.network();
  for (const std::string& member : members_of(model))
    if (divider(net, member) != nullptr) return 1 / model.parameter(member + ".scale").at(0);
  return std::nullopt;
}

}  // namespace retrograd
