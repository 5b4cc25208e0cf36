// Targets that a loss cannot take.
#pragma once

#include <optional>
#include <string>

#include "graph/program.hpp"
#include "retrograd/data.hpp"

namespace retrograd::diagnosis {

struct BadTarget {
  int64_t count = 0;  ///< rows
  int64_t row = 0;    ///< the first of them
  double value = 0;
  std::string expected;
};

/// Codes outside of 0 … K − 1, shares outside of [0, 1] or without the sum 1, numbers that are not finite.
std::optional<BadTarget> first_bad_target(const graph::ForwardProgram& program, const Dataset& data);

}  // namespace retrograd::diagnosis
