// Evaluates the assignments in which optimisers state their update, "m ← β1·m + (1−β1)·g".
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace retrograd::explaining {

/// Numbers of symbols, e.g. "θ", "β1", "m̂".
using Symbols = std::map<std::string, double, std::less<>>;

/// Computes the right side, stores it under the symbol on the left and returns that symbol.
///   line    = symbol "←" sum
///   sum     = ["−"] product {("+" | "−") product}
///   product = factor {("·" | "/") factor}
///   factor  = "√" factor | atom ["²" | "ᵗ"]          (ᵗ: to the power of the symbol t)
///   atom    = number | symbol | ("sign" | "clip") "(" sum {"," sum} ")" | "(" sum ")"
/// sign(0) = 0; clip(x, c) is x limited to [−c, c]. Throws Error naming the line and what was expected.
std::string assign(std::string_view line, Symbols& symbols);

}  // namespace retrograd::explaining
