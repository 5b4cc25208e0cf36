// Network description -> forward program: names, order, shapes, parameters.
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/fail.hpp"
#include "graph/layer_error.hpp"
#include "graph/program.hpp"

namespace retrograd::graph {
namespace {

constexpr int kMaxFeatures = 1 << 24;
constexpr size_t kAlign = 16;  // parameters start on 64-byte boundaries in float

/// What goes wrong in f() is a mistake in layer i.
template <class F>
void in_layer(size_t i, F f) {
  try {
    f();
  } catch (const Error& e) {
    throw LayerError(i, e.what());
  }
}

/// Gives every unnamed layer its textbook name: z1, a1, z2, … ; others type and number.
void name_layers(std::vector<Layer>& layers) {
  std::set<std::string> taken;
  for (const Layer& layer : layers)
    if (!layer.name.empty()) taken.insert(layer.name);
  std::map<std::string, int> count;
  int linear = 0;
  for (size_t i = 0; i < layers.size(); ++i) {
    Layer& layer = layers[i];
    ops::Kind kind{};
    in_layer(i, [&] { kind = ops::find_operator(layer.type).info->kind; });
    if (kind == ops::Kind::linear) ++linear;
    if (!layer.name.empty()) continue;
    std::string name;
    if (kind == ops::Kind::linear)
      name = fmt::format("z{}", linear);
    else if (kind == ops::Kind::activation && linear > 0)
      name = fmt::format("a{}", linear);
    else
      name = fmt::format("{}{}", layer.type, ++count[layer.type]);
    for (int again = 2; taken.contains(name); ++again) name = fmt::format("{}_{}", name, again);
    taken.insert(name);
    layer.name = name;
  }
}

/// Order in which each layer reads only what came before; keeps the given order where it can.
std::vector<size_t> order(const std::vector<Layer>& layers, const std::set<std::string>& sources) {
  std::set<std::string> defined = sources;
  std::set<std::string> names;
  for (const Layer& layer : layers) names.insert(layer.name);
  for (size_t i = 0; i < layers.size(); ++i)
    for (const std::string& input : layers[i].inputs)
      if (!sources.contains(input) && !names.contains(input))
        throw LayerError(
            i, fmt::format("layer '{}' ({}): input '{}' is not a layer or an input of the network; there are: {}, {}",
                           layers[i].name, layers[i].type, input, fmt::join(sources, ", "), fmt::join(names, ", ")));
  std::vector<size_t> result;
  std::vector<bool> done(layers.size());
  while (result.size() < layers.size()) {
    const size_t before = result.size();
    for (size_t i = 0; i < layers.size(); ++i) {
      if (done[i]) continue;
      const auto& in = layers[i].inputs;
      if (!std::all_of(in.begin(), in.end(), [&](const auto& name) { return defined.contains(name); })) continue;
      done[i] = true;
      defined.insert(layers[i].name);
      result.push_back(i);
    }
    if (result.size() == before) {
      std::vector<std::string> cycle;
      for (size_t i = 0; i < layers.size(); ++i)
        if (!done[i]) cycle.push_back(layers[i].name);
      const auto first = static_cast<size_t>(std::find(done.begin(), done.end(), false) - done.begin());
      throw LayerError(first, fmt::format("layers {} read each other in a cycle; a network must be acyclic",
                                          fmt::join(cycle, ", ")));
    }
  }
  return result;
}

std::vector<double> attribute_values(const ops::Operator& op, const std::string& layer,
                                     const std::map<std::string, double>& given) {
  std::vector<double> values;
  std::vector<std::string_view> names;
  for (const auto& spec : op.info->attributes) {
    names.push_back(spec.name);
    const auto it = given.find(std::string(spec.name));
    const double v = it == given.end() ? spec.initial : it->second;
    if (!(v >= spec.min && v <= spec.max))
      fail("layer '{}' ({}): {} is {}, expected a number from {} to {}: {}", layer, op.info->name, spec.name, v,
           spec.min, spec.max, spec.doc);
    values.push_back(v);
  }
  for (const auto& [name, value] : given)
    if (std::find(names.begin(), names.end(), name) == names.end())
      fail("layer '{}' ({}): there is no attribute '{}'; it has: {}", layer, op.info->name, name,
           names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")));
  return values;
}

class Compiler {
 public:
  explicit Compiler(const Network& network) { program_.network = network; }

  ForwardProgram run() {
    Network& net = program_.network;
    if (net.inputs.empty()) fail("the network has no input; add one with its number of features");
    for (const NetworkInput& in : net.inputs) {
      if (in.features < 1 || in.features > kMaxFeatures)
        fail("input '{}': {} features, expected 1 to {}", in.name, in.features, kMaxFeatures);
      program_.inputs.push_back(define(in.name, in.features, Role::input, -1));
    }
    if (!net.loss_type.empty()) {
      if (net.target_features < 1 || net.target_features > kMaxFeatures)
        fail("target 'y': {} features, expected 1 to {}", net.target_features, kMaxFeatures);
      program_.target = define("y", net.target_features, Role::target, -1);
    }
    if (net.layers.empty()) fail("the network has no layer");
    resolve_inputs();
    std::set<std::string> sources;
    for (const Value& v : program_.values) sources.insert(v.name);
    for (size_t i : order(net.layers, sources)) in_layer(i, [&] { add(net.layers[i]); });
    add_ends();
    place_parameters();
    mark();
    return std::move(program_);
  }

 private:
  int define(const std::string& name, int features, Role role, int equation) {
    if (name.empty()) fail("a value of the network has no name");
    if (program_.value(name) >= 0) fail("two layers or inputs are called '{}'; names must differ", name);
    program_.values.push_back({name, features, role, equation});
    return static_cast<int>(program_.values.size()) - 1;
  }

  void resolve_inputs() {
    auto& layers = program_.network.layers;
    name_layers(layers);
    for (size_t i = 0; i < layers.size(); ++i) {
      if (!layers[i].inputs.empty()) continue;
      if (i > 0)
        layers[i].inputs = {layers[i - 1].name};
      else if (program_.inputs.size() == 1)
        layers[i].inputs = {program_.network.inputs[0].name};
      else
        throw LayerError(i, fmt::format("layer '{}' ({}): the network has {} inputs; say which ones it reads",
                                        layers[i].name, layers[i].type, program_.inputs.size()));
    }
  }

  int add(const Layer& layer) {
    const ops::Operator& op = ops::find_operator(layer.type);
    const int count = static_cast<int>(layer.inputs.size());
    if (count < op.info->min_inputs || count > op.info->max_inputs)
      fail("layer '{}' ({}): {} inputs, expected {}", layer.name, layer.type, count,
           op.info->min_inputs == op.info->max_inputs
               ? fmt::format("{}", op.info->min_inputs)
               : fmt::format("{} to {}", op.info->min_inputs, op.info->max_inputs));
    Equation eq;
    eq.op = &op;
    eq.signature.units = layer.units;
    eq.signature.sizes = layer.sizes;
    eq.signature.attributes = attribute_values(op, layer.name, layer.attributes);
    for (const std::string& name : layer.inputs) {
      const int id = program_.value(name);
      eq.inputs.push_back(id);
      eq.signature.features.push_back(program_.values[static_cast<size_t>(id)].features);
    }
    try {
      eq.shapes = op.shape(eq.signature);
    } catch (const Error& e) {
      fail("layer '{}' ({}): {}", layer.name, layer.type, e.what());
    }
    const int index = static_cast<int>(program_.equations.size());
    eq.output = define(layer.name, eq.shapes.output, Role::hidden, index);
    // z7 -> W7, b7; anything else -> name.W
    const bool textbook = op.info->kind == ops::Kind::linear && layer.name.size() > 1 && layer.name[0] == 'z' &&
                          layer.name.find_first_not_of("0123456789", 1) == std::string::npos;
    for (const ops::ParameterSpec& spec : eq.shapes.parameters) {
      Parameter p;
      p.name = textbook ? spec.name + layer.name.substr(1) : layer.name + "." + spec.name;
      p.rows = spec.rows;
      p.cols = spec.cols;
      p.trained = spec.trained;
      p.decays = spec.decays;
      p.rate = factor(layer, layer.rates, spec.name, 1);
      p.decay = factor(layer, layer.decays, spec.name, spec.decays ? 1 : 0);
      p.initializer = spec.initializer;
      p.argument = spec.initializer_argument;
      if (spec.initializer == "fan" && !layer.initializer.empty()) {
        p.initializer = layer.initializer;
        p.argument = layer.initializer_argument;
      }
      p.equation = index;
      eq.parameters.push_back(static_cast<int>(program_.parameters.size()));
      program_.parameters.push_back(std::move(p));
    }
    check_names(layer, layer.rates, eq.shapes.parameters);
    check_names(layer, layer.decays, eq.shapes.parameters);
    program_.equations.push_back(std::move(eq));
    return program_.equations.back().output;
  }

  static double factor(const Layer& layer, const std::map<std::string, double>& given, const std::string& parameter,
                       double otherwise) {
    const auto found = given.find(parameter);
    if (found == given.end()) return otherwise;
    if (!(found->second >= 0 && found->second <= 1e6))
      fail("layer '{}' ({}): the factor for '{}' is {}, expected a number from 0 to 1e6", layer.name, layer.type,
           parameter, found->second);
    return found->second;
  }

  static void check_names(const Layer& layer, const std::map<std::string, double>& given,
                          const std::vector<ops::ParameterSpec>& specs) {
    for (const auto& one : given)
      if (std::none_of(specs.begin(), specs.end(), [&](const auto& s) { return s.name == one.first && s.trained; }))
        fail("layer '{}' ({}): a factor is given for '{}', which is no trained parameter of it", layer.name, layer.type,
             one.first);
  }

  /// The loss and the prediction that belongs to it; of an ensemble the means over its members.
  void add_ends() {
    Network& net = program_.network;
    std::vector<std::string> members = net.members;
    if (members.empty()) members = {net.loss_of.empty() ? net.layers.back().name : net.loss_of};
    for (const std::string& member : members)
      if (program_.value(member) < 0) fail("the loss reads layer '{}', which does not exist", member);
    program_.logits = program_.value(members[0]);
    std::string predicted = net.prediction_layer;
    if (!predicted.empty() && program_.value(predicted) < 0)
      fail("the prediction is layer '{}', which does not exist", predicted);
    if (!net.loss_type.empty()) {
      if (ops::find_operator(net.loss_type).info->kind != ops::Kind::loss)
        fail("'{}' is not a loss; losses are: {}", net.loss_type, fmt::join(losses(), ", "));
      if (predicted.empty() && (net.loss_type == "softmax_xent" || net.loss_type == "sigmoid_bce")) {
        Layer p;
        p.type = net.loss_type == "softmax_xent" ? "softmax" : "sigmoid";
        predicted = add_each("p", members, p);
      }
      Layer loss;
      loss.type = net.loss_type;
      loss.inputs = {"", net.loss_target};
      loss.attributes = net.loss_attributes;
      if (program_.value(net.loss_target) < 0)
        fail("the loss compares with '{}', which is neither the target 'y' nor a layer made from it", net.loss_target);
      program_.loss = program_.value(add_each("l", members, loss));
      program_.values[static_cast<size_t>(program_.loss)].role = Role::loss;
    }
    program_.prediction = predicted.empty() ? program_.logits : program_.value(predicted);
    if (program_.prediction != program_.logits)
      program_.values[static_cast<size_t>(program_.prediction)].role = Role::prediction;
  }

  /// `layer` of each member (its first input), and their mean where there are several. The name of the result.
  std::string add_each(const std::string& name, const std::vector<std::string>& members, Layer layer) {
    if (members.size() == 1) {
      layer.name = free_name(name);
      layer.inputs.resize(std::max<size_t>(1, layer.inputs.size()));
      layer.inputs[0] = members[0];
      add(layer);
      return layer.name;
    }
    Layer mean;
    mean.type = "mean";
    mean.name = free_name(name);
    layer.inputs.resize(std::max<size_t>(1, layer.inputs.size()));
    for (size_t k = 0; k < members.size(); ++k) {
      layer.name = free_name(fmt::format("{}_{}", name, k + 1));
      layer.inputs[0] = members[k];
      add(layer);
      mean.inputs.push_back(layer.name);
    }
    add(mean);
    return mean.name;
  }

  std::string free_name(std::string name) const {
    while (program_.value(name) >= 0) name += "_";
    return name;
  }

  static std::vector<std::string_view> losses() {
    std::vector<std::string_view> names;
    for (const ops::Operator* op : ops::all_operators())
      if (op->info->kind == ops::Kind::loss) names.push_back(op->info->name);
    return names;
  }

  void place_parameters() {
    size_t next = 0;
    for (const bool trained : {true, false}) {
      for (Parameter& p : program_.parameters) {
        if (p.trained != trained) continue;
        p.offset = next;
        next += (p.size() + kAlign - 1) / kAlign * kAlign;
      }
      if (trained) program_.trained_size = next;
    }
    program_.total_size = next;
    for (Parameter& p : program_.parameters)
      if (p.initializer == "fan")
        p.initializer = by_activation(program_.equations[static_cast<size_t>(p.equation)].output);
  }

  /// What the activation above asks for, through a normalisation: He for relu-like ones (He et al. 2015), LeCun for
  /// selu (Klambauer et al. 2017), Glorot for the others and for outputs.
  std::string by_activation(int value) const {
    for (const Equation& eq : program_.equations) {
      if (eq.op->info->kind != ops::Kind::activation && eq.op->info->kind != ops::Kind::normalise) continue;
      if (std::find(eq.inputs.begin(), eq.inputs.end(), value) == eq.inputs.end()) continue;
      if (eq.op->info->kind == ops::Kind::normalise) return by_activation(eq.output);
      return std::string(eq.op->info->initializer);
    }
    return "glorot_uniform";
  }

  /// Marks what the loss and the prediction need, and where gradients must flow.
  void mark() {
    auto& values = program_.values;
    const auto need = [&](int root, bool Value::*flag, bool Equation::*used) {
      if (root < 0) return;
      values[static_cast<size_t>(root)].*flag = true;
      for (size_t i = program_.equations.size(); i-- > 0;) {
        Equation& eq = program_.equations[i];
        if (!(values[static_cast<size_t>(eq.output)].*flag)) continue;
        eq.*used = true;
        for (int in : eq.inputs) values[static_cast<size_t>(in)].*flag = true;
      }
    };
    need(program_.loss, &Value::for_loss, &Equation::for_loss);
    need(program_.prediction, &Value::for_prediction, &Equation::for_prediction);
    for (const Equation& eq : program_.equations) {
      bool below = false;
      for (int in : eq.inputs) below |= values[static_cast<size_t>(in)].needs_gradient;
      for (int p : eq.parameters) below |= program_.parameters[static_cast<size_t>(p)].trained;
      values[static_cast<size_t>(eq.output)].needs_gradient = below && eq.for_loss;
      // The backward pass has no path through a target.
      if (eq.for_loss && eq.op->info->target_input && values[static_cast<size_t>(eq.inputs[1])].needs_gradient)
        fail("the loss compares with '{}', which depends on trained parameters; a target is 'y' or made without them",
             values[static_cast<size_t>(eq.inputs[1])].name);
    }
    if (program_.loss >= 0 && !values[static_cast<size_t>(program_.loss)].needs_gradient)
      fail("the loss depends on no trained parameter; add a linear layer");
  }

  ForwardProgram program_;
};

}  // namespace

ForwardProgram compile(const Network& network) { return Compiler(network).run(); }

}  // namespace retrograd::graph
