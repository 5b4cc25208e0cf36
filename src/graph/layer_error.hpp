// A mistake in one layer of a network description.
#pragma once

#include <cstddef>

#include "retrograd/error.hpp"

namespace retrograd::graph {

/// What compile() throws when one layer is wrong, so that callers can point to where they have that layer from.
class LayerError : public Error {
 public:
  LayerError(size_t layer, const std::string& message) : Error(message), layer_(layer) {}
  /// Its index in Network::layers; the first of them if several layers make the mistake together (a cycle).
  size_t layer() const { return layer_; }

 private:
  size_t layer_;
};

}  // namespace retrograd::graph
