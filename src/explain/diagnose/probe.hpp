// What diagnosis does with networks: build one, measure one step of it, train it for some steps.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "graph/program.hpp"
#include "retrograd/layer_statistics.hpp"
#include "retrograd/train.hpp"
#include "train/engine/layer_statistics.hpp"

namespace retrograd::diagnosis {

using Constants = std::map<std::string, std::vector<double>>;

/// A compiled network with parameters. Executors refer to the programs, so it stays where it is.
struct Setup {
  Setup(const Network& network, const Constants& constants, uint64_t seed);
  Setup(const Setup&) = delete;
  Setup& operator=(const Setup&) = delete;

  graph::ForwardProgram program;
  graph::ReverseProgram reverse;
  std::vector<training::LayerPlan> plans;
  std::vector<double> parameters;  ///< [program.total_size]; initial: as train() starts, constants where names agree
};

/// One step, forward and backward, in training mode and double precision.
struct Measured {
  double loss = 0;  ///< mean
  std::vector<LayerStatistics> layers;
  /// ‖δ‖ of the first layer over that of the last: the product of all gains between them. 1 for a single layer.
  double gain = 1;
};
Measured measure(const Setup& setup, const Dataset& rows, uint64_t seed = 1);

/// The values of the forward program on these rows, inference mode, in double, row-major.
std::vector<double> value_of(const Setup& setup, const Dataset& rows, int value);

/// What some steps of training did.
struct Trial {
  int64_t steps = 0;
  double before = 0;  ///< mean loss on the rows, inference mode
  double after = 0;   ///< infinite if a number was not finite on the way
  double best = 0;    ///< smallest of the losses measured at a few steps along the way
  std::vector<double> parameters;
};
/// Trains from setup.parameters for `steps` steps at a constant rate on `rows`; measures the loss on `judged`.
Trial try_steps(const Setup& setup, const DataSpec& spec, const Dataset& rows, const Dataset& judged,
                const TrainOptions& options, int64_t steps);

/// Steps of `options.batch` rows that cost about `flops` floating-point operations, in [low, high].
int64_t affordable(const graph::ForwardProgram& program, int64_t batch, double flops, int64_t low, int64_t high);

/// The mean loss of the best constant output on these rows: minimised over the loss operator's input by its own
/// gradient (Rprop, Riedmiller & Braun 1993, on at most a thousand numbers). Works for every loss alike.
double constant_loss(const Setup& setup, const Dataset& rows);

/// `network` with its weights initialised as suits the activations (He, LeCun or Glorot).
Network well_initialised(Network network);
/// `network` with every elementwise activation of kind `flat at both ends` or dead-prone replaced by `type`.
Network with_activations(Network network, const std::string& type);

}  // namespace retrograd::diagnosis
