// A small network as an SVG: forward, or reversed with its neurons as amplifiers.
#pragma once

#include <string>

#include "explain/text/picture.hpp"

namespace retrograd::figure {

enum class Direction { forward, reverse };

/// A drawing that follows the reader's light or dark scheme. Nothing in it comes from anywhere else (no fonts, no
/// scripts); names are escaped. Readable up to some six units a layer.
std::string network_svg(const text::Picture& picture, Direction direction);

/// One neuron: its inputs, weights and z forward, and the amplifier that answers to it, with symbols for numbers.
std::string neuron_svg(Direction direction);

}  // namespace retrograd::figure
