// The activations that hidden layers may be built with.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace retrograd::training {

/// Every activation but softmax, in the order of the list of operators.
std::vector<std::string> hidden_activations();

/// Throws Error, naming the choices, unless `name` is one of hidden_activations(). Softmax is refused with its reason:
/// it ties the units of a layer to one sum, and classification puts it behind the outputs by itself.
void check_hidden_activation(std::string_view name);

}  // namespace retrograd::training
