// Refusals that shape rules share: attributes in range, numbers of inputs, sizes.
#pragma once

#include <cstddef>

#include "base/fail.hpp"
#include "retrograd/operator.hpp"

namespace retrograd::ops {

/// Checks a signature against what `info` declares: number of inputs, positive features, one attribute a spec and each
/// within its range (NaN is refused). Throws Error naming the operator, what was found and what was expected.
inline void require_signature(const OperatorInfo& info, const Signature& s) {
  const int inputs = static_cast<int>(s.features.size());
  if (inputs < info.min_inputs || inputs > info.max_inputs) {
    fail("{}: {} inputs were given; expected {}{}", info.name, inputs, info.min_inputs,
         info.max_inputs == info.min_inputs ? std::string() : fmt::format(" to {}", info.max_inputs));
  }
  for (int k = 0; k < inputs; ++k) {
    if (s.features[static_cast<size_t>(k)] < 1) {
      fail("{}: input {} has shape [N, {}]; expected [N, F] with F at least 1", info.name, k,
           s.features[static_cast<size_t>(k)]);
    }
  }
  if (s.attributes.size() != info.attributes.size()) {
    fail("{}: {} attributes were given; expected {}", info.name, s.attributes.size(), info.attributes.size());
  }
  for (size_t k = 0; k < info.attributes.size(); ++k) {
    const AttributeSpec& spec = info.attributes[k];
    if (!(s.attributes[k] >= spec.min && s.attributes[k] <= spec.max)) {
      fail("{}: attribute {} is {}; expected a number from {} to {}", info.name, spec.name, s.attributes[k], spec.min,
           spec.max);
    }
  }
}

/// Checks that input `k` has the features of input 0. Throws Error naming both shapes.
inline void require_same_features(const OperatorInfo& info, const Signature& s, size_t k) {
  if (s.features[k] != s.features[0]) {
    fail("{}: input {} has shape [N, {}] but input 0 has shape [N, {}]; the two must be the same", info.name, k,
         s.features[k], s.features[0]);
  }
}

}  // namespace retrograd::ops
