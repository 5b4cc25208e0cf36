// Initial weights and biases that are fitted to the training data (initialiser "data").
#pragma once

#include <vector>

#include "graph/program.hpp"
#include "retrograd/train.hpp"

namespace retrograd::training {

/// Goes through the layers of sums whose weights are initialised by "data", in the order of the program, and for each
/// 1. divides the weights into every unit by the standard deviation of its W·x, so that it becomes 1;
/// 2. draws its bias as −Σ_i s_i·(W·x)_i over five rows drawn at random, with s_i exponential and normalised to sum 1:
///    the unit's zero then lies among the data ("he+5"). Members that share weights (shared_linear) have the same
///    deviation, that of all of them together, and each its own bias in the affine layer that follows.
/// (Holzmueller, Grinsztajn & Steinwart, "Better by Default", NeurIPS 2024, section 3; biases after Steinwart, "A sober
/// look at neural network initializations", 2019.) At most 2,048 rows are used, evenly spaced in the data. A unit whose
/// W·x does not vary keeps its weights. What prepared.constants holds is left as it is. `values` [program.total_size]
/// are changed in place, in float; the result depends on neither threads nor SIMD target.
void fit_initial(const graph::ForwardProgram& program, const Prepared& prepared, const Dataset& data, uint64_t seed,
                 std::vector<double>& values);

}  // namespace retrograd::training
