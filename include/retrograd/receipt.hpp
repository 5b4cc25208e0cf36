// The receipt: an explanation as JSON, which anybody can follow again without the program that wrote it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "retrograd/explain.hpp"

namespace retrograd {

/// The receipt: JSON, docs/receipt.md. Parameters are written whole up to `whole` numbers in all, else only what the
/// derivations read.
std::string to_json(const Explanation& explanation, int64_t whole = 20000);
/// Reads a receipt. It may come from a stranger: everything is checked. Throws Error naming the place.
Explanation explanation_from_json(std::string_view json);

/// What came of re-deriving a receipt.
struct Verification {
  int64_t checked = 0;            ///< statements that follow
  std::string fault;              ///< the first that does not, naming the number; empty: all follow
  std::vector<std::string> open;  ///< what the receipt alone cannot show, a line each
  bool ok() const { return fault.empty(); }
};
/// Re-derives every number of a receipt from the numbers before it: formulas from the operators' rooms, values,
/// gradients, sums, the update. With the model and the data (both or none) it also explains the same rows again and
/// compares every number; of `known` the training and the optimiser's state are read, without which updates are not
/// compared. Throws Error for a text that is no receipt.
Verification verify_receipt(std::string_view json, const Model* model = nullptr, const Dataset* data = nullptr,
                            const ExplainOptions& known = {});

}  // namespace retrograd
