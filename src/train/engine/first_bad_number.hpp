// The first number of a step that is not finite: which operator made it, in which row, from what.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "graph/program.hpp"
#include "train/engine/engine.hpp"

namespace retrograd::training {

/// One step, as it ran.
struct StepRecord {
  Augmenter::When images;  ///< of the epoch by whose number the order of its rows is keyed, too
  int64_t row = 0;         ///< position of its first row in the order of the epoch
  double eta = 0;
  int64_t step = 0;
  double decay = 1, dropout = 1;  ///< factors, as in StepPlan
};

/// The loss or a parameter stopped being finite.
struct Diverged {
  std::string message;
};

/// Which of the parameters [program.total_size] is not finite, "parameter 'W1' becomes inf"; "" if all are.
std::string not_finite(const graph::ForwardProgram& program, const std::vector<double>& parameters);

/// What a step looked like shortly before.
struct Growth {
  int64_t step = 0;
  double loss = 0;                                           ///< mean
  std::vector<std::pair<std::string, double>> largest = {};  ///< largest |value| of each linear layer
};

/// Runs the step again by the plain references (in the precision of the options: the same bits as the engine's), in the
/// order of the two programs, and describes the first number that is not finite: the equation, the layer, the training
/// row (from 1), the unit, and its operands. `before` and `after`: parameters [program.total_size] around the step.
/// "" if every number is finite.
std::string first_bad_number(const EngineSetup& setup, std::span<const int64_t> rows, const std::vector<double>& before,
                             const std::vector<double>& after, const StepRecord& step);

/// Forward on at most 64 rows of the step: the largest |z| of every linear layer.
Growth growth_of(const EngineSetup& setup, std::span<const int64_t> rows, const std::vector<double>& before,
                 const StepRecord& step, double mean_loss);

/// The growth as lines "step 17: loss 2.3, |z1| 4, |z2| 1e9".
std::string to_text(const std::vector<Growth>& growth);

}  // namespace retrograd::training
