// A layer of a network that is put together around data or models.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "retrograd/network.hpp"

namespace retrograd::training {

inline Layer make_layer(const std::string& type, const std::string& name, std::vector<std::string> inputs) {
  Layer layer;
  layer.type = type;
  layer.name = name;
  layer.inputs = std::move(inputs);
  return layer;
}

}  // namespace retrograd::training
