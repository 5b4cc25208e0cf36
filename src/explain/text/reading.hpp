// What the writers of text look up in an Explanation: names for people, and the layers in their order.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "explain/text/picture.hpp"
#include "retrograd/explain.hpp"

namespace retrograd::text {

/// "δ_z2" for delta_z2, "∂l/∂a1" for d_a1, "∂l/∂W2" for dW2 (L instead of l for a batch); other names as they are.
std::string pretty(std::string_view name, bool batch);
/// "δ_z2[3]": units are counted from 0 in the structures and from 1 in text.
std::string unit_of(std::string_view name, int unit, bool batch);
/// The gradient of a value, or nullptr.
const ValueNumbers* gradient_of(const Explanation& e, std::string_view value);
/// The name of a unit (class or column), cleaned; empty if it has none.
std::string unit_name(const ValueNumbers* value, int unit);
/// "σ" for sigmoid, else the operator's name: how an activation is written before its argument.
std::string function_name(std::string_view op);

/// A linear layer with the element-wise operators that follow it up to the next linear layer or the loss.
struct Stage {
  const ForwardEquation* linear = nullptr;
  std::vector<const ForwardEquation*> after;
  const ParameterNumbers *W = nullptr, *b = nullptr;
  const ValueNumbers *input = nullptr, *z = nullptr, *out = nullptr;  ///< out is z where nothing follows
  const ValueNumbers *delta = nullptr, *d_out = nullptr;              ///< ∂l/∂z, ∂l/∂out
  /// Product of the gains between z and out.
  double gain(int unit) const;
};

/// The linear layers that the loss depends on, in order, if each reads only the one before: a plain chain. Empty
/// otherwise.
std::vector<Stage> chain_of(const Explanation& e);

/// The chain as a picture; nothing for networks that are not a plain chain.
std::optional<Picture> picture_of(const Explanation& e);

}  // namespace retrograd::text
