#include "retrograd/network.hpp"

#include <utility>

namespace retrograd {

Network& Network::input(std::string name, int features) {
  inputs.push_back({std::move(name), features});
  return *this;
}

Network& Network::linear(int units, std::string name) {
  Layer l;
  l.type = "linear";
  l.name = std::move(name);
  l.units = units;
  return layer(std::move(l));
}

Network& Network::activation(std::string type, std::map<std::string, double> attributes) {
  Layer l;
  l.type = std::move(type);
  l.attributes = std::move(attributes);
  return layer(std::move(l));
}

Network& Network::dropout(double rate) { return activation("dropout", {{"rate", rate}}); }

Network& Network::layer(Layer l) {
  layers.push_back(std::move(l));
  return *this;
}

Network& Network::loss(std::string type, std::map<std::string, double> attributes, std::string of, std::string target) {
  loss_type = std::move(type);
  loss_attributes = std::move(attributes);
  loss_of = std::move(of);
  loss_target = std::move(target);
  return *this;
}

Network& Network::target(int features) {
  target_features = features;
  return *this;
}

Network& Network::prediction(std::string layer) {
  prediction_layer = std::move(layer);
  return *this;
}

bool operator==(const Network& a, const Network& b) {
  const auto same_input = [](const NetworkInput& p, const NetworkInput& q) {
    return p.name == q.name && p.features == q.features;
  };
  const auto same_layer = [](const Layer& p, const Layer& q) {
    return p.type == q.type && p.name == q.name && p.inputs == q.inputs && p.units == q.units &&
           p.attributes == q.attributes && p.sizes == q.sizes && p.initializer == q.initializer &&
           p.initializer_argument == q.initializer_argument && p.rates == q.rates && p.decays == q.decays;
  };
  const auto same = [](const auto& p, const auto& q, const auto& equal) {
    if (p.size() != q.size()) return false;
    for (size_t i = 0; i < p.size(); ++i)
      if (!equal(p[i], q[i])) return false;
    return true;
  };
  return same(a.inputs, b.inputs, same_input) && same(a.layers, b.layers, same_layer) && a.loss_type == b.loss_type &&
         a.loss_attributes == b.loss_attributes && a.loss_of == b.loss_of && a.loss_target == b.loss_target &&
         a.target_features == b.target_features && a.prediction_layer == b.prediction_layer && a.members == b.members;
}

}  // namespace retrograd
