// Several models -> one: their networks side by side, and the mean of their predictions.
#include <fmt/format.h>

#include "base/fail.hpp"
#include "graph/program.hpp"
#include "ops/many_inputs.hpp"
#include "retrograd/folds.hpp"
#include "train/prepare/make_layer.hpp"
#include "train/prepare/moments.hpp"

namespace retrograd {
namespace {

class Bag {
 public:
  Bag(const std::vector<Model>& models, const Dataset& data) : models_(models), data_(data) {}

  Model run() {
    const Network& first = models_[0].network();
    net_.inputs = first.inputs;
    net_.target(first.target_features);
    for (size_t k = 0; k < models_.size(); ++k) add(k);
    if (members_.size() > ops::kManyInputs)
      fail("{} networks in one model, of {} folds; expected at most {}", members_.size(), models_.size(),
           ops::kManyInputs);
    if (predictions_.empty()) {
      net_.members = members_;
      net_.loss(first.loss_type, first.loss_attributes, members_[0]);
    } else {
      join_values(first);
    }
    return Model(net_, models_[0].precision(), values_, models_[0].spec());
  }

 private:
  void add(size_t k) {
    const Model& model = models_[k];
    const Network& net = model.network();
    const graph::ForwardProgram& program = model.program();
    const Network& first = models_[0].network();
    if (net.inputs.size() != first.inputs.size() || net.loss_type != first.loss_type ||
        net.target_features != first.target_features || model.outputs() != models_[0].outputs() ||
        model.precision() != models_[0].precision())
      fail("model {} of an ensemble has another task or other outputs than the first", k + 1);
    for (size_t i = 0; i < net.inputs.size(); ++i)
      if (net.inputs[i].name != first.inputs[i].name || net.inputs[i].features != first.inputs[i].features)
        fail("model {} of an ensemble reads '{}' [N, {}] where the first reads '{}' [N, {}]", k + 1, net.inputs[i].name,
             net.inputs[i].features, first.inputs[i].name, first.inputs[i].features);
    const auto renamed = [&](const std::string& name) { return fmt::format("{}_f{}", name, k + 1); };
    for (Layer layer : net.layers) {
      const graph::Value& value = program.values[static_cast<size_t>(program.value(layer.name))];
      if (!value.for_prediction) continue;  // what only makes the target of the member's own loss
      const graph::Equation& eq = program.equations[static_cast<size_t>(value.equation)];
      layer.name = renamed(layer.name);
      for (size_t i = 0; i < eq.inputs.size(); ++i)
        if (program.values[static_cast<size_t>(eq.inputs[i])].equation >= 0) layer.inputs[i] = renamed(layer.inputs[i]);
      for (size_t i = 0; i < eq.parameters.size(); ++i)
        values_[layer.name + "." + eq.shapes.parameters[i].name] =
            model.parameter(program.parameters[static_cast<size_t>(eq.parameters[i])].name);
      net_.layer(std::move(layer));
    }
    const graph::Value& prediction = program.values[static_cast<size_t>(program.prediction)];
    if (!net.prediction_layer.empty() || program.prediction == program.logits) {
      predictions_.push_back(renamed(prediction.name));
      members_.push_back(predictions_.back());
      return;
    }
    std::vector<std::string> members = net.members;
    if (members.empty()) members = {program.values[static_cast<size_t>(program.logits)].name};
    for (const std::string& member : members) members_.push_back(renamed(member));
  }

  void constants(const std::string& layer, std::vector<double> mean, std::vector<double> scale) {
    values_[layer + ".mean"] = std::move(mean);
    values_[layer + ".scale"] = std::move(scale);
  }

  /// Each member standardised its target by its own rows, so their losses are compared in one unit.
  void join_values(const Network& first) {
    const training::Moments m = training::moments(data_.target);
    net_.layer(training::make_layer("standardise", "y_scaled", {"y"}));
    constants("y_scaled", m.mean, training::inverse(m.sd));
    for (size_t k = 0; k < predictions_.size(); ++k) {
      const std::string compared = fmt::format("compared_{}", k + 1);
      net_.layer(training::make_layer("standardise", compared, {predictions_[k]}));
      constants(compared, m.mean, training::inverse(m.sd));
      net_.members.push_back(compared);
    }
    net_.layer(training::make_layer("mean", "prediction", predictions_));
    net_.loss(first.loss_type, first.loss_attributes, net_.members[0], "y_scaled").prediction("prediction");
  }

  const std::vector<Model>& models_;
  const Dataset& data_;
  Network net_;
  std::vector<std::string> members_, predictions_;
  std::map<std::string, std::vector<double>> values_;
};

}  // namespace

Model bag(const std::vector<Model>& models, const Dataset& data) {
  if (models.empty()) fail("an ensemble of no models");
  return models.size() == 1 ? models[0] : Bag(models, data).run();
}

}  // namespace retrograd
