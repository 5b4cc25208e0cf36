// A network description as JSON and back; reading refuses anything it does not know.
#include <limits>
#include <nlohmann/json.hpp>

#include "base/fail.hpp"
#include "base/parse_json.hpp"
#include "graph/program.hpp"

namespace retrograd::graph {
namespace {

using Json = nlohmann::json;

constexpr size_t kMaxLayers = 10000;  // names are looked up one by one: a stranger's file must not take minutes

const Json& member(const Json& object, const char* key, Json::value_t type) {
  if (!object.is_object() || !object.contains(key)) fail("network description: '{}' is missing", key);
  const Json& v = object.at(key);
  const bool number = type == Json::value_t::number_float && v.is_number();
  const bool integer = type == Json::value_t::number_integer && v.is_number_integer();
  if (v.type() != type && !number && !integer)
    fail("network description: '{}' is a {}, which is not what belongs there", key, v.type_name());
  return v;
}

int small_int(const Json& v, const char* what) {
  if (!v.is_number_integer()) fail("network description: {} is not a whole number", what);
  const auto n = v.get<int64_t>();
  if (n < 0 || n > std::numeric_limits<int>::max()) fail("network description: {} is {}, out of range", what, n);
  return static_cast<int>(n);
}

std::map<std::string, double> numbers(const Json& object) {
  std::map<std::string, double> result;
  for (const auto& [name, v] : object.items()) {
    if (!v.is_number()) fail("network description: attribute '{}' is not a number", name);
    result[name] = v.get<double>();
  }
  return result;
}

}  // namespace

std::string to_json(const Network& network) {
  Json inputs = Json::array(), layers = Json::array();
  for (const NetworkInput& in : network.inputs) inputs.push_back({{"name", in.name}, {"features", in.features}});
  for (const Layer& l : network.layers) {
    layers.push_back({{"type", l.type},
                      {"name", l.name},
                      {"inputs", l.inputs},
                      {"units", l.units},
                      {"attributes", Json(l.attributes)},
                      {"sizes", l.sizes},
                      {"initializer", l.initializer},
                      {"initializer_argument", l.initializer_argument}});
    if (!l.rates.empty()) layers.back()["rates"] = l.rates;
    if (!l.decays.empty()) layers.back()["decays"] = l.decays;
  }
  Json all = {{"inputs", inputs},
              {"layers", layers},
              {"loss", network.loss_type},
              {"loss_attributes", Json(network.loss_attributes)},
              {"loss_of", network.loss_of},
              {"loss_target", network.loss_target},
              {"target_features", network.target_features},
              {"prediction", network.prediction_layer}};
  if (!network.members.empty()) all["members"] = network.members;
  return all.dump();
}

Network network_from_json(std::string_view text) {
  const Json all = parse_json(text, "network description");
  using Type = Json::value_t;
  Network net;
  for (const Json& in : member(all, "inputs", Type::array))
    net.input(member(in, "name", Type::string), small_int(member(in, "features", Type::number_integer), "features"));
  const Json& layers = member(all, "layers", Type::array);
  if (layers.size() > kMaxLayers) fail("network description: {} layers, more than {}", layers.size(), kMaxLayers);
  for (const Json& l : layers) {
    Layer layer;
    layer.type = member(l, "type", Type::string);
    layer.name = member(l, "name", Type::string);
    for (const Json& in : member(l, "inputs", Type::array)) {
      if (!in.is_string()) fail("network description: layer '{}': an input is not a name", layer.name);
      layer.inputs.push_back(in);
    }
    layer.units = small_int(member(l, "units", Type::number_integer), "units");
    layer.attributes = numbers(member(l, "attributes", Type::object));
    for (const Json& size : member(l, "sizes", Type::array)) layer.sizes.push_back(small_int(size, "sizes"));
    layer.initializer = member(l, "initializer", Type::string);
    layer.initializer_argument = member(l, "initializer_argument", Type::number_float);
    if (l.contains("rates")) layer.rates = numbers(member(l, "rates", Type::object));
    if (l.contains("decays")) layer.decays = numbers(member(l, "decays", Type::object));
    net.layer(std::move(layer));
  }
  net.loss(member(all, "loss", Type::string), numbers(member(all, "loss_attributes", Type::object)),
           member(all, "loss_of", Type::string), member(all, "loss_target", Type::string));
  net.target(small_int(member(all, "target_features", Type::number_integer), "target_features"));
  net.prediction(member(all, "prediction", Type::string));
  if (all.contains("members"))
    for (const Json& of : member(all, "members", Type::array)) {
      if (!of.is_string()) fail("network description: a member is not a name");
      net.members.push_back(of);
    }
  return net;
}

}  // namespace retrograd::graph
