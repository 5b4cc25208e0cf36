#include "onnx/networks.hpp"

#include <cmath>
#include <limits>
#include <stdexcept>

#include "base/random.hpp"
#include "graph/program.hpp"

namespace retrograd::networks {
namespace {

Layer layer(std::string type, std::vector<std::string> inputs = {}, int units = 0) {
  Layer l;
  l.type = std::move(type);
  l.inputs = std::move(inputs);
  l.units = units;
  return l;
}

Layer named(std::string name, Layer l) {
  l.name = std::move(name);
  return l;
}

Network with_operator(const ops::OperatorInfo& info) {
  Network net;
  const std::string type(info.name);
  if (type == "one_hot") {
    net.input("categorical", 2);
    Layer l = layer(type);
    l.sizes = {3, 4};
    return net.layer(l).linear(3).loss("softmax_xent");
  }
  if (type == "embed") {
    net.input("categorical", 2);
    Layer l = layer(type, {}, 3);
    l.attributes["column"] = 1;
    l.sizes = {4};
    return net.layer(l).linear(3).loss("softmax_xent");
  }
  net.input("x", 5);
  if (type == "piecewise") {
    Layer l = layer(type);
    l.sizes = {2, 0, 1, 3, 1};
    return net.layer(l).linear(3).loss("softmax_xent");
  }
  switch (info.kind) {
    case ops::Kind::loss:
      net.linear(4).activation("tanh").linear(type == "softmax_xent" ? 3 : 2).loss(type);
      return net.target(type == "softmax_xent" ? 1 : 2);
    case ops::Kind::preprocess:
      net.layer(layer(type)).linear(3).loss("softmax_xent");
      return net;
    case ops::Kind::combine:
      if (info.max_inputs < 2) break;
      net.layer(named("left", layer("linear", {"x"}, 6))).layer(named("right", layer("linear", {"x"}, 6)));
      net.layer(named("third", layer("linear", {"left"}, 6)));
      if (info.max_inputs == 2)
        net.layer(layer(type, {"left", "right"}));
      else
        net.layer(layer(type, {"left", "right", "third"}));
      return net.linear(3).loss("softmax_xent");
    case ops::Kind::linear:
    case ops::Kind::activation:
    case ops::Kind::normalise:
    case ops::Kind::dropout:
      break;
  }
  const bool has_units = info.kind == ops::Kind::linear || type == "shared_linear" || type == "heads";
  net.linear(6).layer(layer(type, {}, has_units ? 7 : 0)).linear(3).loss("softmax_xent");
  return net;
}

bool has_layer(const Network& net, std::string_view type, const std::string& reads) {
  for (const Layer& l : net.layers) {
    if (l.type != type) continue;
    for (const std::string& in : l.inputs)
      if (in == reads) return true;
  }
  return false;
}

}  // namespace

std::vector<Named> each_operator() {
  std::vector<Named> list;
  for (const ops::Operator* op : ops::all_operators())
    list.push_back({std::string(op->info->name), with_operator(*op->info)});
  return list;
}

std::vector<Named> arrangements() {
  std::vector<Named> list;
  Network table;
  table.input("numeric", 3).input("categorical", 2);
  table.layer(named("filled", layer("impute", {"numeric"}))).layer(named("scaled", layer("standardise", {"filled"})));
  table.layer(named("missing", layer("is_missing", {"numeric"})));
  Layer codes = named("coded", layer("one_hot", {"categorical"}));
  codes.sizes = {4, 2};
  table.layer(codes).layer(named("joined", layer("concat", {"scaled", "missing", "coded"})));
  table.linear(16).activation("gelu").dropout(0.25).linear(3).loss("softmax_xent", {{"smoothing", 0.1}});
  list.push_back({"table with several inputs", table});

  Network skip;
  skip.input("x", 6).linear(6).activation("relu").linear(6).layer(named("sum", layer("add", {"z2", "x"})));
  skip.layer(named("norm", layer("layer_norm"))).activation("silu").linear(2).loss("squared").target(2);
  list.push_back({"skip connection", skip});

  Network one;
  one.input("x", 1).linear(1).activation("tanh").linear(1).loss("squared");
  list.push_back({"one feature, one unit", one});

  Network labels;
  labels.input("x", 3).linear(4).activation("leaky_relu", {{"alpha", 0.2}}).linear(5).loss("sigmoid_bce").target(5);
  list.push_back({"several labels", labels});

  Network clash;  // ONNX has one name space for values and tensors
  clash.input("x", 3).linear(4, "z1").activation("tanh");
  clash.layer(named("W1", layer("linear", {}, 4))).layer(named("label", layer("relu"))).linear(2).loss("softmax_xent");
  list.push_back({"names that clash", clash});

  Network inner;  // the prediction is not the end of the list
  inner.input("x", 3).linear(4).activation("tanh").linear(2).loss("squared").target(2).prediction("a1");
  list.push_back({"a hidden layer as prediction", inner});

  Network pair;  // the probabilities are means
  pair.input("x", 4).layer(named("first", layer("linear", {"x"}, 3))).layer(named("second", layer("linear", {"x"}, 3)));
  pair.loss("softmax_xent").members = {"first", "second"};
  list.push_back({"an ensemble", pair});
  pair.loss("sigmoid_bce").target(3);
  list.push_back({"an ensemble with several labels", pair});

  const std::map<std::string, double> three{{"members", 3}};
  Network shared;
  Layer own = named("own", layer("spread", {"x"})), sums = named("sums", layer("shared_linear", {"own"}, 5)),
        heads = named("heads", layer("heads", {"act"}, 2));
  own.attributes = sums.attributes = heads.attributes = three;
  shared.input("x", 4).layer(own).layer(sums).layer(named("z1", layer("affine", {"sums"})));
  shared.layer(named("act", layer("tanh", {"z1"}))).layer(heads);
  for (int k = 0; k < 3; ++k) {
    Layer slice = named("z2_" + std::to_string(k), layer("slice", {"heads"}));
    slice.attributes = {{"first", 2.0 * k}, {"count", 2}};
    shared.layer(slice);
    shared.members.push_back(slice.name);
  }
  list.push_back({"members that share weights", shared.loss("softmax_xent")});

  Network bare;
  bare.input("x", 4).linear(3);
  list.push_back({"no loss", bare});
  return list;
}

std::vector<Named> all() {
  std::vector<Named> list = each_operator();
  for (Named& n : arrangements()) list.push_back(std::move(n));
  return list;
}

Model random_model(const Network& network, Precision precision, uint64_t seed,
                   std::map<std::string, std::string> notes) {
  Stream random(seed, Purpose::check, 1);
  std::map<std::string, std::vector<double>> values;
  const graph::ForwardProgram program = graph::compile(network);
  for (const graph::Parameter& p : program.parameters) {
    std::vector<double>& v = values[p.name];
    for (size_t i = 0; i < p.size(); ++i) {
      double x = 2 * random.uniform() - 1 + (precision == Precision::float64 ? 1e-12 * random.uniform() : 0);
      if (p.initializer == "ones" && !p.trained) x = 1 + x / 2;
      v.push_back(x);
    }
  }
  return Model(network, precision, values, {}, std::move(notes));
}

Dataset random_data(const Network& given, int64_t rows, uint64_t seed) {
  const graph::ForwardProgram program = graph::compile(given);
  const Network& net = program.network;
  Stream random(seed, Purpose::check, 2);
  Dataset data;
  data.rows = rows;
  for (const NetworkInput& in : net.inputs) {
    const bool codes = has_layer(net, "one_hot", in.name);
    const bool missing = has_layer(net, "impute", in.name) || has_layer(net, "is_missing", in.name);
    std::vector<float> values;
    for (int64_t i = 0; i < rows * in.features; ++i) {
      if (codes)
        values.push_back(static_cast<float>(random.below(7)) - 1);  // beyond the last category too
      else if (missing && random.below(8) == 0)
        values.push_back(std::numeric_limits<float>::quiet_NaN());
      else
        values.push_back(static_cast<float>(4 * random.uniform() - 2));
    }
    data.inputs.push_back({in.name, in.features, std::move(values)});
  }
  if (program.loss < 0) return data;
  const int classes = program.values[static_cast<size_t>(program.logits)].features;
  std::vector<float> target;
  for (int64_t i = 0; i < rows * net.target_features; ++i) {
    if (net.loss_type == "softmax_xent")
      target.push_back(static_cast<float>(random.below(static_cast<uint64_t>(classes))));
    else if (net.loss_type == "sigmoid_bce")
      target.push_back(static_cast<float>(random.below(2)));
    else
      target.push_back(static_cast<float>(4 * random.uniform() - 2));
  }
  data.target = {"target", net.target_features, std::move(target)};
  return data;
}

}  // namespace retrograd::networks
