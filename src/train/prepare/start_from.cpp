#include "retrograd/start_from.hpp"

#include "base/fail.hpp"
#include "graph/program.hpp"

namespace retrograd {
namespace {

/// Numbers become the logits of classes.
void classify(Network& network, DataSpec& spec, int outputs) {
  if (outputs < 2 || !network.prediction_layer.empty())
    fail("the network predicts {} {}; only plain outputs, 2 or more, can become the logits of classes", outputs,
         outputs == 1 ? "number" : "numbers in the target's unit");
  network.loss_type = "softmax_xent";
  network.loss_attributes.clear();
  network.loss_target = "y";
  network.target_features = 1;
  std::erase_if(spec.columns, [](const ColumnSpec& c) { return c.role == ColumnRole::target; });
  ColumnSpec y;
  y.name = spec.source == "csv" ? "target" : "y";
  y.type = ColumnType::categorical;
  y.role = ColumnRole::target;
  y.distinct = outputs;
  for (int k = 0; k < outputs; ++k) y.categories.push_back(fmt::format("{}", k));
  y.counts.assign(static_cast<size_t>(outputs), 0);
  y.why = "as told";
  spec.columns.push_back(std::move(y));
  spec.task = Task::classification;
  spec.task_why = "as told";
}

}  // namespace

Start start_from(const Model& model, std::optional<Task> task) {
  Start start;
  start.spec = model.spec();
  Network& network = start.prepared.network;
  network = model.network();
  if (network.loss_type.empty()) fail("the model to start from has no loss, so there is nothing to train for");
  if (start.spec.with_role(ColumnRole::target).empty())
    fail("the model to start from does not say how its data are read; describe the network and train it anew");
  if (task && *task != start.spec.task) {
    if (*task != Task::classification || start.spec.task != Task::regression)
      fail("the model to start from is for {}, which cannot become {}", to_string(start.spec.task), to_string(*task));
    classify(network, start.spec, model.outputs());
  }
  const graph::ForwardProgram program = graph::compile(network);
  for (const graph::Parameter& p : model.program().parameters)
    if (program.parameter(p.name) != nullptr)  // what belonged to another loss is gone
      start.prepared.constants[p.name] = model.parameter(p.name);
  for (const Layer& layer : network.layers)
    if (ops::find_operator(layer.type).info->kind != ops::Kind::preprocess) start.prepared.hidden.push_back(layer);
  start.prepared.decisions.push_back(fmt::format("the network and its {} trained parameters are those of the model {}",
                                                 model.parameter_count(), model.fingerprint()));
  return start;
}

}  // namespace retrograd
