// Nodes that are layers of their own.
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/fail.hpp"
#include "onnx/import/import_node.hpp"

namespace retrograd::model_file {
namespace {

constexpr double kSeluAlpha = 1.6732632423543772848, kSeluGamma = 1.0507009873554804934;

bool near(double a, double b) { return std::abs(a - b) <= 1e-4 * std::abs(b); }

}  // namespace

void NodeReader::read_gemm() {
  const double alpha = number("alpha", 1), beta = number("beta", 1);
  const bool transposed = whole("transB", 0) != 0;
  if (whole("transA", 0) != 0) refuse("attribute transA is 1; 0 is supported");
  const int64_t inputs = rows(0).features();
  const Constant& B = constant(1);
  if (!B.texts.empty()) refuse("the weights are texts");
  if (B.dims.size() != 2 || B.dims[transposed ? 1 : 0] != inputs)
    refuse(fmt::format("the weights have the shape [{}]{}, but its input is [N, {}]", fmt::join(B.dims, ", "),
                       transposed ? " (transposed)" : "", inputs));
  const int64_t outputs = B.dims[transposed ? 0 : 1];
  Symbol s = made(Form::product, id(0), {outputs});
  graph_.wide |= B.wide;
  s.W.resize(B.values.size());
  for (int64_t i = 0; i < inputs; ++i)
    for (int64_t o = 0; o < outputs; ++o)
      s.W[static_cast<size_t>(i * outputs + o)] =
          alpha * B.values[static_cast<size_t>(transposed ? o * inputs + i : i * outputs + o)];
  if (given(2)) {
    s.b = per_feature(2, outputs);
    for (double& b : s.b) b *= beta;
  }
  result(std::move(s));
}

void NodeReader::read_matmul() {
  if (constant_of_two() != 1) refuse("the weights must be its second input, a constant [I, O]");
  const int64_t inputs = rows(0).features();
  const Constant& B = constant(1);
  if (!B.texts.empty()) refuse("the weights are texts");
  if (B.dims.size() != 2 || B.dims[0] != inputs)
    refuse(fmt::format("the weights have the shape [{}], but its input is [N, {}]", fmt::join(B.dims, ", "), inputs));
  graph_.wide |= B.wide;
  Symbol s = made(Form::product, id(0), {B.dims[1]});
  s.W = B.values;
  result(std::move(s));
}

void NodeReader::read_activation() {
  const std::string& op = node_.op_type();
  static const std::map<std::string, std::string> types = {
      {"Relu", "relu"}, {"Sigmoid", "sigmoid"}, {"Tanh", "tanh"}, {"Softplus", "softplus"}, {"Mish", "mish"}};
  if (is_constant(0)) refuse("its input is a constant");
  if (const auto plain = types.find(op); plain != types.end()) return activate(id(0), plain->second);
  if (op == "LeakyRelu") return activate(id(0), "leaky_relu", {{"alpha", number("alpha", 0.01)}});
  if (op == "Elu") return activate(id(0), "elu", {{"alpha", number("alpha", 1)}});
  if (op == "Celu") {
    if (number("alpha", 1) != 1) refuse(fmt::format("attribute alpha is {}; 1 is supported", number("alpha", 1)));
    return activate(id(0), "elu");
  }
  if (op == "Selu") {
    const double alpha = number("alpha", kSeluAlpha), gamma = number("gamma", kSeluGamma);
    if (!near(alpha, kSeluAlpha) || !near(gamma, kSeluGamma))
      refuse(fmt::format("attributes alpha {} and gamma {}; SELU's own are supported", alpha, gamma));
    return activate(id(0), "selu");
  }
  const auto* approximate = attribute("approximate");
  if (approximate != nullptr && approximate->s() != "none")
    refuse(fmt::format("attribute approximate is '{}'; 'none' is supported", approximate->s()));
  activate(id(0), "gelu");
}

void NodeReader::read_softmax() {
  const int64_t axis = whole("axis", -1);
  rows(0);
  if (axis != -1 && axis != 1) refuse(fmt::format("attribute axis is {}; the features' (1 or -1) is supported", axis));
  activate(id(0), node_.op_type() == "Softmax" ? "softmax" : "log_softmax");
}

/// One slope for all features is a leaky relu.
void NodeReader::read_prelu() {
  const std::optional<double> slope = constant(1).uniform();
  if (!slope || *slope < 0 || *slope > 1)
    refuse("its slopes differ from feature to feature or lie outside 0 to 1; one slope for all is supported");
  activate(id(0), "leaky_relu", {{"alpha", *slope}});
}

/// Clip at 0 from below is relu.
void NodeReader::read_clip() {
  const auto* low = attribute("min");
  const auto* high = attribute("max");
  const bool from_zero = low != nullptr ? low->f() == 0 : given(1) && constant(1).uniform() == 0.0;
  const bool bounded = high != nullptr ? high->f() < 3e38F : given(2) && !(constant(2).uniform().value_or(0) >= 3e38);
  if (!from_zero || bounded) refuse("its bounds are not 0 and none; only the clipping that is a relu is supported");
  activate(id(0), "relu");
}

void NodeReader::read_dropout() {
  double rate = number("ratio", 0.5);
  attribute("seed");
  attribute("is_test");
  if (given(1)) rate = constant(1).uniform().value_or(-1);
  if (!(rate >= 0 && rate <= 0.999)) refuse(fmt::format("its ratio is {}; 0 to 0.999 is supported", rate));
  if (rate == 0) return same_as(0);
  activate(id(0), "dropout", {{"rate", rate}});
}

void NodeReader::read_batch_norm() {
  if (whole("training_mode", 0) != 0) refuse("attribute training_mode is 1; export the model in inference mode");
  attribute("spatial");
  const int64_t features = rows(0).features();
  const double eps = number("epsilon", 1e-5), momentum = number("momentum", 0.9);
  Layer layer;
  layer.type = "batch_norm";
  layer.attributes = {{"eps", eps}, {"momentum", std::max(0.0, 1 - momentum)}};
  Symbol s = made(Form::value, -1, {features});
  s.layer = graph_.add_layer(layer, id(0));
  int k = 1;
  for (const char* name : {".gamma", ".beta", ".running_mean", ".running_var"})
    graph_.values[s.layer + name] = per_feature(k++, features);
  result(std::move(s));
}

void NodeReader::read_layer_norm() {
  const int64_t axis = whole("axis", -1), features = rows(0).features();
  if (axis != -1 && axis != 1) refuse(fmt::format("attribute axis is {}; the features' (1 or -1) is supported", axis));
  attribute("stash_type");
  Symbol s = made(Form::normalised, id(0), {features});
  s.number = number("epsilon", 1e-5);
  s.scale = per_feature(1, features);
  s.mean = given(2) ? per_feature(2, features) : std::vector<double>(static_cast<size_t>(features), 0.0);
  result(std::move(s));
}

void NodeReader::read_concat() {
  const int64_t axis = whole("axis", 0);
  if (axis != 1 && axis != -1) refuse(fmt::format("attribute axis is {}; the features' (1 or -1) is supported", axis));
  if (node_.input_size() == 2 && in(0).form == Form::complement && in(0).base == id(1)) {
    Symbol s = made(Form::two_classes, id(1), {2});
    return result(std::move(s));
  }
  Layer layer;
  layer.type = "concat";
  int64_t features = 0;
  for (int k = 0; k < node_.input_size(); ++k) {
    features += rows(k).features();
    layer.inputs.push_back(graph_.layer_of(id(k)));
  }
  layer.name = graph_.free_name(layer.type);
  graph_.network.layer(layer);
  Symbol s = made(Form::value, -1, {features});
  s.layer = layer.name;
  result(std::move(s));
}

}  // namespace retrograd::model_file
