#include "onnx/import/import_network.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "base/fail.hpp"
#include "graph/program.hpp"
#include "onnx/import/import_graph.hpp"

namespace retrograd::model_file {
namespace {

struct End {
  int symbol = -1;                 ///< what is predicted
  std::vector<std::string> names;  ///< of classes
  bool label = false;              ///< the graph takes the largest of it
};

bool is_probability(const Symbol& s) {
  return s.form == Form::two_classes ||
         (s.form == Form::activation && (s.type == "softmax" || s.type == "sigmoid" || s.type == "log_softmax"));
}

/// Of several outputs probabilities come first, then the first of numbers.
End find_end(const ImportGraph& graph, const onnx::GraphProto& proto, const std::string& source) {
  End end;
  for (const onnx::ValueInfoProto& out : proto.output()) {
    const int id = graph.find(out.name());
    if (id < 0) fail("{}: the output '{}' is computed by no node", source, out.name());
    const Symbol& s = graph.symbol(id);
    if (s.form == Form::constant) fail("{}: the output '{}' is a constant", source, out.name());
    if (!s.names.empty()) end.names = s.names;
    if (s.form == Form::label) {
      if (end.symbol < 0) end.symbol = s.base;
      end.label = s.shape.size() == 1 && s.shape[0] == 1;
    } else if (end.symbol < 0 || (is_probability(s) && !is_probability(graph.symbol(end.symbol)))) {
      end.symbol = id;
    }
  }
  if (end.symbol < 0) fail("{}: the graph has no output", source);
  return end;
}

ColumnSpec target_column(std::string name, ColumnType type, std::vector<std::string> categories) {
  ColumnSpec c;
  c.name = std::move(name);
  c.role = ColumnRole::target;
  c.type = type;
  c.distinct = static_cast<int64_t>(categories.size());
  c.counts.assign(categories.size(), 0);
  c.categories = std::move(categories);
  c.why = "as the imported network predicts it";
  return c;
}

std::vector<std::string> numbered(int64_t count) {
  std::vector<std::string> names;
  for (int64_t k = 0; k < count; ++k) names.push_back(std::to_string(k));
  return names;
}

DataSpec spec_of(const ImportGraph& graph, Task task, int64_t outputs, std::vector<std::string> names,
                 const std::string& source) {
  DataSpec spec;
  spec.task = task;
  spec.task_why = "as the imported network predicts";
  if (graph.columns.empty()) {
    spec.source = "npy";
    spec.row_shape = graph.row_shape.empty() ? std::vector<int64_t>{1} : graph.row_shape;
  } else {
    spec.source = "csv";
    spec.missing_texts = default_missing();
    for (const std::string& name : graph.columns) {
      ColumnSpec c;
      c.name = name;
      c.why = "an input of the imported network";
      spec.columns.push_back(std::move(c));
    }
  }
  const std::string y = graph.columns.empty() ? "y" : "target";
  const auto name_of = [&](int64_t k) { return outputs == 1 ? y : fmt::format("{}{}", y, k); };
  if (task == Task::classification) {
    if (static_cast<int64_t>(names.size()) != outputs) {
      if (!names.empty())
        fail("{}: the graph names {} classes, but the network has {} outputs", source, names.size(), outputs);
      names = numbered(outputs);
    }
    spec.columns.push_back(target_column(y, ColumnType::categorical, std::move(names)));
    return spec;
  }
  for (int64_t k = 0; k < outputs; ++k)
    spec.columns.push_back(task == Task::multilabel ? target_column(name_of(k), ColumnType::boolean, {"0", "1"})
                                                    : target_column(name_of(k), ColumnType::numeric, {}));
  return spec;
}

/// The layers that `last` depends on: what the graph computes beside it (labels, other outputs) is left out.
void keep_needed(Network& network, std::map<std::string, std::vector<double>>& values, const std::string& last) {
  std::set<std::string> needed = {last};
  std::vector<Layer> kept;
  for (size_t k = network.layers.size(); k-- > 0;) {
    Layer& layer = network.layers[k];
    if (!needed.contains(layer.name)) continue;
    needed.insert(layer.inputs.begin(), layer.inputs.end());
    kept.push_back(std::move(layer));
  }
  std::reverse(kept.begin(), kept.end());
  network.layers = std::move(kept);
  if (network.layers.empty()) return;
  const graph::ForwardProgram program = graph::compile(network);
  std::erase_if(values, [&](const auto& item) { return program.parameter(item.first) == nullptr; });
}

Model read(const onnx::ModelProto& file, const std::string& source) {
  ImportGraph graph(file, source);
  const End end = find_end(graph, file.graph(), source);
  const Symbol last = graph.symbol(end.symbol);
  Task task = Task::regression;
  std::string read_by_loss;
  int64_t outputs = last.features();
  if (last.form == Form::two_classes) {
    // [1 − σ(z), σ(z)] is the softmax of [0, z].
    const int z = graph.symbol(last.base).base;
    const Symbol& logit = graph.symbol(z);
    if (logit.form != Form::product || logit.features() != 1)
      fail("{}: {}: two classes are read of a sigmoid of one linear unit", source, last.node);
    read_by_loss = graph.widen(z);
    task = Task::classification;
  } else if (last.form == Form::activation && (last.type == "softmax" || last.type == "log_softmax")) {
    read_by_loss = graph.layer_of(last.base);
    task = Task::classification;
  } else if (last.form == Form::activation && last.type == "sigmoid") {
    read_by_loss = graph.layer_of(last.base);
    task = Task::multilabel;
  } else {
    read_by_loss = graph.layer_of(end.symbol);
    if (end.label) task = Task::classification;
  }
  if (task == Task::classification && outputs < 2)
    fail("{}: {}: a softmax of one output is always 1; there is nothing to classify", source, last.node);
  keep_needed(graph.network, graph.values, read_by_loss);
  if (graph.network.layers.empty()) fail("{}: the output is the input; there is no network", source);
  Network& network = graph.network;
  network.target(task == Task::classification ? 1 : static_cast<int>(outputs));
  network.loss(task == Task::classification ? "softmax_xent"
               : task == Task::multilabel   ? "sigmoid_bce"
                                            : "squared",
               {}, read_by_loss);
  DataSpec spec = spec_of(graph, task, outputs, end.names, source);
  const std::string producer = file.producer_name().empty() ? "an unnamed program" : file.producer_name();
  const std::string version = file.producer_version().empty() ? "" : " " + file.producer_version();
  return {network,
          graph.wide ? Precision::float64 : Precision::float32,
          graph.values,
          std::move(spec),
          {{"imported", fmt::format("{}{}, graph '{}'", producer, version, file.graph().name())}}};
}

}  // namespace

Model import_network(const onnx::ModelProto& file, const std::string& source) {
  try {
    return read(file, source);
  } catch (const Error& e) {
    const std::string_view message = e.what();
    if (message.starts_with(source)) throw;
    fail("{}: {}", source, message);  // from compiling the network, which does not know the file
  }
}

}  // namespace retrograd::model_file
