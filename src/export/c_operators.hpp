// One equation of the forward program as a call of a C function (src/export/c/functions.c).
#pragma once

#include <string>
#include <vector>

#include "graph/program.hpp"

namespace retrograd::c_source {

/// C expressions of one equation's operands.
struct Use {
  const graph::Equation* equation = nullptr;
  std::vector<std::string> inputs;
  std::vector<std::string> parameters;
  std::string output;
  std::string sizes;   ///< the array of Signature::sizes, if there are any
  bool single = true;  ///< float32; else float64
};

struct Statement {
  std::string code;                    ///< statements, one a line
  std::vector<std::string> functions;  ///< sections of functions.c that it calls
};

/// Throws Error naming the layer if the operator has no C form.
Statement statement(const Use& use, const std::string& layer);

}  // namespace retrograd::c_source
