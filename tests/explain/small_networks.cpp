#include "explain/small_networks.hpp"

#include <limits>

#include "base/random.hpp"
#include "graph/program.hpp"

namespace retrograd::explain_test {

Layer layer(std::string type, std::string name, std::vector<std::string> inputs, int units,
            std::map<std::string, double> attributes) {
  Layer l;
  l.type = std::move(type);
  l.name = std::move(name);
  l.inputs = std::move(inputs);
  l.units = units;
  l.attributes = std::move(attributes);
  return l;
}

Model random_model(const Network& network, Precision precision, uint64_t seed) {
  const graph::ForwardProgram program = graph::compile(network);
  std::vector<double> flat(program.total_size);
  graph::initialize(program, 3, flat.data());
  Stream random(seed, Purpose::check, 0);
  std::map<std::string, std::vector<double>> values;
  for (const graph::Parameter& p : program.parameters)
    for (size_t i = 0; i < p.size(); ++i) {
      const double noise = random.uniform();
      const bool positive = p.name.ends_with("scale") || p.name.ends_with("var") || p.name.ends_with("gamma");
      values[p.name].push_back(positive ? 0.5 + noise : flat[p.offset + i] + 0.4 * noise - 0.2);
    }
  return Model(network, precision, values, {});
}

Dataset random_data(const Network& network, int64_t rows, uint64_t seed) {
  Stream random(seed, Purpose::check, 0);
  Dataset data;
  data.rows = rows;
  for (const NetworkInput& in : network.inputs) {
    std::vector<float> x;
    for (int64_t n = 0; n < rows * in.features; ++n)
      x.push_back(in.name == "codes"                ? static_cast<float>(random.below(4)) - 1
                  : in.name == "gaps" && n % 3 == 0 ? std::numeric_limits<float>::quiet_NaN()
                                                    : static_cast<float>(3 * random.uniform() - 1.5));
    data.inputs.push_back({in.name, in.features, x});
  }
  std::vector<float> y;
  const bool codes = network.loss_type == "softmax_xent" && network.target_features == 1;
  const bool residual =
      network.loss_type == "squared" || network.loss_type == "absolute" || network.loss_type == "huber";
  for (int64_t n = 0; n < rows * network.target_features; ++n)
    y.push_back(codes      ? static_cast<float>(random.below(3))
                : residual ? static_cast<float>(4 * random.uniform() - 2)
                           : static_cast<float>(random.below(2)));
  data.target = {"target", network.target_features, y};
  return data;
}

Network chain(const std::string& between, const std::string& loss, const std::map<std::string, double>& attributes) {
  Network net;
  net.input("x", 5).linear(7).activation(between, attributes).linear(6).activation(between, attributes).linear(3);
  net.loss(loss);
  if (loss != "softmax_xent") net.target(3);
  return net;
}

Network tangle() {
  Network net;
  net.input("gaps", 3).input("codes", 2).input("v", 6);
  Layer hot = layer("one_hot", "hot", {"codes"});
  hot.sizes = {3, 3};
  net.layer(layer("impute", "full", {"gaps"}))
      .layer(layer("is_missing", "flags", {"gaps"}))
      .layer(layer("standardise", "scaled", {"full"}))
      .layer(hot)
      .layer(layer("concat", "x", {"scaled", "flags", "hot"}))
      .layer(layer("linear", "z1", {"x"}, 6))
      .layer(layer("layer_norm", "n1", {"z1"}))
      .layer(layer("gelu", "a1", {"n1"}))
      .layer(layer("linear", "z2", {"v"}, 6, {{"bias", 0}}))
      .layer(layer("batch_norm", "n2", {"z2"}))
      .layer(layer("silu", "a2", {"n2"}))
      .layer(layer("add", "s", {"a1", "a2", "z1"}))
      .layer(layer("dropout", "d", {"s"}, 0, {{"rate", 0.3}}))
      .layer(layer("softmax", "attention", {"d"}))
      .layer(layer("concat", "c", {"attention", "v", "z1"}))
      .layer(layer("linear", "z3", {"c"}, 3))
      .loss("softmax_xent");
  return net;
}

Network two_members() {
  Network net;
  net.input("gaps", 3).input("codes", 2);
  Layer hot = layer("one_hot", "hot", {"codes"});
  hot.sizes = {3, 0};
  Layer vectors = layer("embed", "vectors", {"codes"}, 4, {{"column", 1}});
  vectors.sizes = {3};
  Layer bins = layer("piecewise", "bins", {"full"});
  bins.sizes = {2, 0, 1};
  net.layer(layer("impute", "full", {"gaps"}))
      .layer(layer("standardise", "scaled", {"full"}))
      .layer(layer("smooth_clip", "clipped", {"scaled"}))
      .layer(bins)
      .layer(hot)
      .layer(vectors)
      .layer(layer("periodic", "waves", {"clipped"}, 0, {{"frequencies", 4}, {"outputs", 2}}))
      .layer(layer("concat", "x", {"clipped", "bins", "hot", "vectors", "waves"}))
      .layer(layer("scale", "weighted", {"x"}))
      .layer(layer("linear", "z1", {"weighted"}, 6))
      .layer(layer("mish", "a1", {"z1"}))
      .layer(layer("blend", "h1", {"a1", "z1"}))
      .layer(layer("linear", "z2", {"h1"}, 2))
      .layer(layer("linear", "z1_2", {"weighted"}, 5))
      .layer(layer("tanh", "a1_2", {"z1_2"}))
      .layer(layer("linear", "z2_2", {"a1_2"}, 2))
      .layer(layer("mean", "z_mean", {"z2", "z2_2"}))
      .layer(layer("clip", "within", {"z_mean"}))
      .loss("squared", {}, "z2")
      .target(2)
      .prediction("within");
  net.members = {"z2", "z2_2"};
  return net;
}

Network shared_members() {
  Network net;
  net.input("v", 3);
  const std::map<std::string, double> two{{"members", 2}};
  net.layer(layer("interpolate", "x", {"v"}, 0, {{"knots", 3}}))
      .layer(layer("spread", "own", {"x"}, 0, two))
      .layer(layer("shared_linear", "w1", {"own"}, 4, two))
      .layer(layer("affine", "z1", {"w1"}))
      .layer(layer("tanh", "a1", {"z1"}))
      .layer(layer("heads", "z2", {"a1"}, 3, two))
      .layer(layer("slice", "z2_1", {"z2"}, 0, {{"first", 0}, {"count", 3}}))
      .layer(layer("slice", "z2_2", {"z2"}, 0, {{"first", 3}, {"count", 3}}))
      .loss("softmax_xent", {}, "z2_1");
  net.members = {"z2_1", "z2_2"};
  return net;
}

Model lecture_model(Precision precision) {
  Network net;
  net.input("x", 2).linear(2).activation("sigmoid").linear(2).activation("sigmoid").linear(2).loss("softmax_xent");
  return Model(net, precision,
               {{"W1", {1, -1, -2, 1}},
                {"b1", {1, 0}},
                {"W2", {2, -2, -1, -1}},
                {"b2", {0, 0}},
                {"W3", {3, -1, -1, 4}},
                {"b3", {-2, 2}}},
               {});
}

Dataset lecture_data() {
  Dataset data;
  data.rows = 1;
  data.inputs.push_back({"x", 2, std::vector<float>{1, -1}});
  data.target = {"target", 1, std::vector<float>{0}};
  return data;
}

}  // namespace retrograd::explain_test
