// Whether data are what a network reads: asked before any row is gathered, because gathering checks nothing.
#pragma once

#include <string_view>

#include "graph/program.hpp"
#include "retrograd/data.hpp"

namespace retrograd::training {

/// Throws Error, naming `what` ("training", "validation", …) and the block, unless `data` have at least one row, every
/// input of the program, a target and perhaps weights, each with the right columns and `data.rows` rows; weights are
/// finite, not negative, and not all 0; and a target of softmax_xent with one column holds class codes 0 … K−1.
void check_fits(const graph::ForwardProgram& program, const Dataset& data, std::string_view what);
/// The same, whatever class codes the target holds, and if all weights are 0.
void check_shapes_fit(const graph::ForwardProgram& program, const Dataset& data, std::string_view what);

}  // namespace retrograd::training
