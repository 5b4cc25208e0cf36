// The cases of the speed benchmark, and what each contender must be able to do with one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "graph/program.hpp"
#include "retrograd/data.hpp"

namespace retrograd::bench {

/// One training set-up: a chain of linear layers with activations between, softmax with cross-entropy.
struct Case {
  std::string name;
  std::vector<int> widths;  ///< inputs, hidden …, classes
  int batch = 0;
  std::string optimizer;  ///< "momentum", "adam" or "adamw"
  double eta = 1e-3;
  std::string activation = "relu";  ///< libtorch's contender knows relu only
  int batches = 8;                  ///< of different rows
  std::string text() const;
};

const std::vector<Case>& all_cases();

/// A case with its data, the batches in the order of their visit and the initial parameters, the same for everybody.
struct Problem {
  explicit Problem(const Case& c);
  Case test;
  graph::ForwardProgram program;
  Dataset data;                ///< "x" floats and class codes
  std::vector<int64_t> order;  ///< shuffled rows; a step takes the next `batch` of them, round and round
  std::vector<float> initial;  ///< [program.total_size]
  double flops() const { return program.flops_step() * test.batch; }  ///< of a step
};

/// Trains step by step. step() includes fetching the batch and the update.
class Contender {
 public:
  virtual ~Contender() = default;
  virtual double step() = 0;  ///< mean loss of the batch before the update
};

std::unique_ptr<Contender> make_ours(const Problem& problem, int threads);
std::unique_ptr<Contender> make_torch(const Problem& problem, int threads);

/// Sum of oneDNN's sgemm for the products of one step (no bias, activation, update or batches): a floor.
std::unique_ptr<Contender> make_onednn(const Problem& problem, int threads);

}  // namespace retrograd::bench
