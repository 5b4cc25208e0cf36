#include "onnx/import/import_graph.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "base/fail.hpp"
#include "onnx/import/import_node.hpp"
#include "retrograd/operator.hpp"

namespace retrograd::model_file {
namespace {

constexpr int64_t kMostFeatures = 1 << 24;
constexpr int kMostNodes = 100'000;
/// A weight of 4 bytes may be read by 8 nodes; and a file without weights may have some nodes on rows of an image.
constexpr uint64_t kNumbersAByte = 2, kNumbersAnyway = 1 << 20;

bool is_float(int type) { return type == onnx::TensorProto::FLOAT || type == onnx::TensorProto::DOUBLE; }

}  // namespace

ImportGraph::ImportGraph(const onnx::ModelProto& file, std::string source)
    : source_(std::move(source)), most_(kNumbersAnyway + kNumbersAByte * file.ByteSizeLong()) {
  const onnx::GraphProto& graph = file.graph();
  if (graph.node_size() == 0) fail("{}: the graph has no nodes", source_);
  if (graph.node_size() > kMostNodes) fail("{}: {} nodes, at most {} are read", source_, graph.node_size(), kMostNodes);
  if (file.functions_size() > 0)
    fail("{}: the model has functions of its own ('{}'), which are not supported; inline them (onnx.inliner)", source_,
         file.functions(0).name());
  if (graph.sparse_initializer_size() > 0) fail("{}: sparse initializers are not supported", source_);
  for (const onnx::TensorProto& t : graph.initializer()) {
    Symbol s;
    s.form = Form::constant;
    s.constant = read_constant(t, fmt::format("{}: initializer '{}'", source_, t.name()));
    define(t.name(), add(std::move(s)));
  }
  read_inputs(graph);
  std::map<std::string, int> uses;
  for (const onnx::NodeProto& n : graph.node())
    for (const std::string& in : n.input()) ++uses[in];
  for (const onnx::ValueInfoProto& out : graph.output()) ++uses[out.name()];
  for (const onnx::NodeProto& n : graph.node()) {
    account_for(n);
    if (&n != joined_) NodeReader(*this, n).read();
    for (const std::string& out : n.output())
      if (const int id = find(out); id >= 0) symbols_[static_cast<size_t>(id)].uses += uses[out];
  }
}

/// What a node leaves is about as many numbers as its inputs hold: values a row of layers, values of constants. So a
/// file of a few bytes cannot ask for much memory by a large dimension that many nodes read, or by joining a tensor
/// with itself again and again.
void ImportGraph::account_for(const onnx::NodeProto& node) {
  for (const std::string& in : node.input()) {
    const int id = find(in);
    if (id < 0) continue;
    const Symbol& s = symbol(id);
    asked_ += s.form == Form::constant ? s.constant.size() : static_cast<uint64_t>(s.features());
    asked_ += s.W.size();
  }
  if (asked_ > most_)
    fail(
        "{}: node '{}' ({}): up to here the graph asks for {} numbers, but a file of this size may ask for {}: its "
        "dimensions are far larger than its weights",
        source_, node.name(), node.op_type(), asked_, most_);
}

int ImportGraph::find(const std::string& tensor) const {
  const auto found = names_.find(tensor);
  return found == names_.end() ? -1 : found->second;
}

int ImportGraph::add(Symbol symbol) {
  symbols_.push_back(std::move(symbol));
  return static_cast<int>(symbols_.size()) - 1;
}

void ImportGraph::define(const std::string& tensor, int id) {
  if (!names_.emplace(tensor, id).second) fail("{}: tensor '{}' is defined twice", source_, tensor);
}

void ImportGraph::read_inputs(const onnx::GraphProto& graph) {
  std::vector<const onnx::ValueInfoProto*> inputs;
  for (const onnx::ValueInfoProto& in : graph.input()) {
    if (names_.contains(in.name())) continue;  // an initializer, listed as files before version 4 do
    if (!in.type().has_tensor_type()) fail("{}: input '{}' is not a tensor", source_, in.name());
    if (!is_float(in.type().tensor_type().elem_type()))
      fail("{}: input '{}' has element type {}; inputs of float or double are read{}", source_, in.name(),
           in.type().tensor_type().elem_type(),
           in.type().tensor_type().elem_type() == onnx::TensorProto::STRING
               ? " (encode texts before the network, or train one with retrograd)"
               : "");
    inputs.push_back(&in);
  }
  if (inputs.empty()) fail("{}: the graph has no input", source_);
  if (read_table(graph, inputs)) return;
  for (const onnx::ValueInfoProto* in : inputs) {
    const auto& dims = in->type().tensor_type().shape().dim();
    if (dims.size() < 2)
      fail("{}: input '{}' has {} dimensions; expected a batch of rows and their values, [N, F]", source_, in->name(),
           dims.size());
    batch_ = dims[0].has_dim_value() ? dims[0].dim_value() : 0;
    Symbol s;
    for (int k = 1; k < dims.size(); ++k) {
      int64_t d = dims[k].has_dim_value() ? dims[k].dim_value() : 0;
      if (d == 0 && dims.size() == 2) d = features_by_reader(graph, in->name());
      if (d < 1)
        fail("{}: input '{}': dimension {} is not known; export the model with fixed sizes but for the batch", source_,
             in->name(), k);
      if (d > kMostFeatures || s.features() > kMostFeatures / d)
        fail("{}: input '{}' has more than {} values a row", source_, in->name(), kMostFeatures);
      s.shape.push_back(d);
    }
    s.layer = inputs.size() == 1 ? "x" : in->name();
    if (inputs.size() == 1) row_shape = s.shape;
    network.input(s.layer, static_cast<int>(s.features()));
    const int id = add(std::move(s));
    define(in->name(), id);
  }
}

/// Inputs [N, 1] that one Concat joins are the columns of a table, as exporters of pipelines write them.
bool ImportGraph::read_table(const onnx::GraphProto& graph, const std::vector<const onnx::ValueInfoProto*>& inputs) {
  if (inputs.size() < 2) return false;
  std::set<std::string> left;
  for (const onnx::ValueInfoProto* in : inputs) {
    const auto& dims = in->type().tensor_type().shape().dim();
    if (dims.size() != 2 || dims[1].dim_value() != 1) return false;
    left.insert(in->name());
  }
  const onnx::NodeProto* joined = nullptr;
  for (const onnx::NodeProto& n : graph.node())
    for (const std::string& in : n.input()) {
      if (!left.contains(in)) continue;
      if (n.op_type() != "Concat" || (joined != nullptr && joined != &n)) return false;
      joined = &n;
    }
  if (joined == nullptr || joined->input_size() != static_cast<int>(inputs.size()) || joined->output_size() != 1)
    return false;
  for (const std::string& in : joined->input())
    if (left.erase(in) == 0) return false;
  columns.assign(joined->input().begin(), joined->input().end());
  Symbol s;
  s.layer = "numeric";
  s.shape = {static_cast<int64_t>(columns.size())};
  network.input(s.layer, static_cast<int>(columns.size()));
  joined_ = joined;
  define(joined->output(0), add(std::move(s)));
  return true;
}

/// Of an input whose width the file leaves open, what its first reader says.
int64_t ImportGraph::features_by_reader(const onnx::GraphProto& graph, std::string tensor) const {
  for (const onnx::NodeProto& n : graph.node()) {
    if (n.input_size() == 0 || n.input(0) != tensor) continue;
    if ((n.op_type() == "Cast" || n.op_type() == "Identity") && n.output_size() == 1) {
      tensor = n.output(0);  // its readers come later
      continue;
    }
    for (const onnx::AttributeProto& a : n.attribute())
      if (n.op_type() == "Scaler" && a.name() == "offset") return a.floats_size();
    const int w = n.input_size() > 1 ? find(n.input(1)) : -1;
    if (w < 0 || symbol(w).constant.dims.size() != 2) continue;
    bool transposed = false;
    for (const onnx::AttributeProto& a : n.attribute()) transposed |= a.name() == "transB" && a.i() != 0;
    if (n.op_type() == "MatMul" || n.op_type() == "Gemm") return symbol(w).constant.dims[transposed ? 1 : 0];
  }
  return 0;
}

/// The textbook's names: z1, a1, z2, … for products and activations, type and number for all else.
std::string ImportGraph::free_name(const std::string& type) {
  if (taken_.empty()) {
    taken_.insert("y");
    for (const NetworkInput& in : network.inputs) taken_.insert(in.name);
  }
  const auto next = [&](const char* prefix, int& count) {
    std::string name;
    do name = fmt::format("{}{}", prefix, ++count);
    while (!taken_.insert(name).second);
    return name;
  };
  if (type == "linear") return next("z", counts_["linear"]);
  const bool activates = ops::find_operator(type).info->kind == ops::Kind::activation;
  std::string of_layer = fmt::format("a{}", counts_["linear"]);
  if (activates && counts_["linear"] > 0 && taken_.insert(of_layer).second) return of_layer;
  return next(type.c_str(), counts_[type]);
}

std::string ImportGraph::add_layer(Layer layer, int input) {
  layer.inputs = {layer_of(input)};
  layer.name = free_name(layer.type);
  network.layer(layer);
  return layer.name;
}

std::string ImportGraph::layer_of(int id) {
  const auto becomes_layer = [](Form f) {
    return f == Form::product || f == Form::affine || f == Form::activation || f == Form::normalised;
  };
  // A loop: a chain may be as long as the file.
  std::vector<int> chain;
  for (int at = symbol(id).base; becomes_layer(symbol(id).form) && becomes_layer(symbol(at).form); at = symbol(at).base)
    chain.push_back(at);
  std::reverse(chain.begin(), chain.end());
  for (const int at : chain) make_layer(at);
  return make_layer(id);
}

std::string ImportGraph::make_layer(int id) {
  Symbol s = symbol(id);  // a copy: adding layers moves the symbols
  if (s.form == Form::value) return s.layer;
  Layer layer;
  switch (s.form) {
    case Form::product:
      layer.type = "linear";
      layer.units = static_cast<int>(s.features());
      if (s.b.empty()) layer.attributes["bias"] = 0;
      s.layer = add_layer(layer, s.base);
      // z7 has W7 and b7, as in every description.
      values["W" + s.layer.substr(1)] = std::move(s.W);
      if (!s.b.empty()) values["b" + s.layer.substr(1)] = std::move(s.b);
      break;
    case Form::affine:
      layer.type = "standardise";
      s.layer = add_layer(layer, s.base);
      values[s.layer + ".mean"] = std::move(s.mean);
      values[s.layer + ".scale"] = std::move(s.scale);
      break;
    case Form::activation:
      layer.type = s.type;
      layer.attributes = s.attributes;
      if (s.type == "log_softmax")
        fail("{}: {}: the logarithm of a softmax is read as the last layer alone", source_, s.node);
      s.layer = add_layer(layer, s.base);
      break;
    case Form::normalised:
      layer.type = "layer_norm";
      layer.attributes["eps"] = s.number;
      s.layer = add_layer(layer, s.base);
      values[s.layer + ".gamma"] = std::move(s.scale);
      values[s.layer + ".beta"] = std::move(s.mean);
      break;
    case Form::constant:
      fail("{}: a constant is used where the network's values are expected ({})", source_,
           s.node.empty() ? "an initializer" : s.node);
    default:
      fail("{}: {} is read only as a piece of GELU, layer normalisation or a classifier's end, which it is not here",
           source_, s.node.empty() ? symbol(std::max(s.base, 0)).node : s.node);
  }
  s.form = Form::value;
  Symbol& kept = symbols_[static_cast<size_t>(id)];
  kept.form = Form::value;
  kept.layer = s.layer;
  kept.W.clear();
  kept.b.clear();
  return s.layer;
}

std::string ImportGraph::widen(int id) {
  Symbol& s = symbols_[static_cast<size_t>(id)];
  std::vector<double> W;
  for (const double w : s.W) W.insert(W.end(), {0.0, w});
  const double b = s.b.empty() ? 0 : s.b[0];
  s.W = std::move(W);
  s.b = {0.0, b};
  s.shape = {2};
  return layer_of(id);
}

}  // namespace retrograd::model_file
