// Small training problems, and a plain restatement of the training loop that the real one is held against.
#pragma once

#include <string>
#include <vector>

#include "graph/program.hpp"
#include "retrograd/train.hpp"
#include "support/message.hpp"
#include "train/engine/augment.hpp"
#include "train/engine/engine.hpp"

namespace retrograd::testing_train {

/// Data with a dataspec: input "x" of `features` numbers, uniform in [-2, 2), and targets that depend on them.
struct Problem {
  DataSpec spec;
  Dataset data;
};

/// `outputs` classes, labels or numbers; weights in [0, 2), some of them 0, if asked for.
Problem make_problem(Task task, int64_t rows, int features, int outputs, bool weighted, uint64_t seed = 3);

/// A dataspec of arrays for this task: `outputs` classes, labels or numbers.
DataSpec array_spec(Task task, int features, int outputs);

/// The problem's rows as images of this shape, as bytes if asked for.
Problem as_images(Problem problem, std::vector<int64_t> shape, bool bytes);

/// Options that leave little to infer: sgd, constant rate 0.1, no weight decay, the given batch and epochs, one thread.
TrainOptions plain_options(int64_t batch, int epochs);

/// What an engine needs, kept alive together.
class Bench {
 public:
  Bench(const Prepared& prepared, const Problem& problem, const TrainOptions& options);
  std::unique_ptr<training::Engine> fast();
  std::unique_ptr<training::Engine> reference();
  std::vector<double> initial() const;
  training::EngineSetup setup() const;

  graph::ForwardProgram program;
  graph::ReverseProgram reverse;
  std::vector<std::string> decisions;
  TrainOptions options;
  training::Rows rows;

 private:
  const Prepared& prepared_;
  std::optional<training::Augmenter> augmenter_;
};

/// The loop written once more on the reference engine, without validation: the flat parameters [program.total_size].
std::vector<double> plain_training(const Prepared& prepared, const Problem& problem, const TrainOptions& options);

using support::message_of;

/// Expects a refusal whose message has every one of the texts.
void expect_mentions(const std::string& message, const std::vector<std::string>& texts);

}  // namespace retrograd::testing_train
