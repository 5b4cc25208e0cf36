// What a Model holds.
#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "graph/program.hpp"
#include "plan/executor.hpp"
#include "retrograd/model.hpp"

namespace retrograd {

/// Rows a block in prediction: its activations stay in the cache, and a small request needs little memory.
inline constexpr int64_t kPredictRows = 256;

/// Executors waiting to be used again, so that predicting a handful of rows does not plan and allocate each time.
class ExecutorPool {
 public:
  /// One for up to `rows` rows (at most kPredictRows), bound to `parameters`, which inference does not write.
  std::unique_ptr<plan::Executor> take(const graph::ForwardProgram& program, const std::vector<float>& parameters,
                                       int64_t rows);
  void give_back(std::unique_ptr<plan::Executor> executor);

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<plan::Executor>> idle_;
};

/// Everything but the notes: shared between models that differ in nothing else. Never changes, but for the pool, which
/// has its own lock.
struct Contents {
  explicit Contents(graph::ForwardProgram compiled) : program(std::move(compiled)) {}

  graph::ForwardProgram program;
  Precision precision = Precision::float32;
  std::vector<float> f32;
  std::vector<double> f64;
  DataSpec spec;
  std::string fingerprint;
  mutable ExecutorPool pool;
};

struct Model::State {
  std::shared_ptr<const Contents> contents;
  std::map<std::string, std::string> notes;
};

}  // namespace retrograd
