// Steps of training on random rows, for benchmarks that time them.
#pragma once

#include <numeric>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "train/engine/engine.hpp"

namespace retrograd::bench {

struct Shape {
  const char* name;
  int inputs;
  std::vector<int> hidden;
  int outputs;
  int64_t batch;
  const char* optimizer;
  bool batch_norm = false;
};

/// Its programs, and rows for some batches.
class Job {
 public:
  explicit Job(const Shape& shape)
      : shape_(shape), program_(graph::compile(network(shape))), reverse_(graph::reverse(program_)) {
    data_.rows = 8 * shape.batch;
    Stream stream(1, Purpose::check, 0);
    std::vector<float> x(static_cast<size_t>(data_.rows) * static_cast<size_t>(shape.inputs));
    for (float& v : x) v = static_cast<float>(2 * stream.uniform() - 1);
    std::vector<float> y(static_cast<size_t>(data_.rows));
    for (float& v : y) v = static_cast<float>(stream.below(static_cast<uint64_t>(shape.outputs)));
    data_.inputs.push_back({"x", shape.inputs, std::move(x)});
    data_.target = {"y", 1, std::move(y)};
    rows_.data = &data_;
  }
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  const Shape& shape() const { return shape_; }
  const graph::ForwardProgram& program() const { return program_; }
  const graph::ReverseProgram& reverse() const { return reverse_; }
  const training::Rows& rows() const { return rows_; }

 private:
  static Network network(const Shape& shape) {
    Network network;
    network.input("x", shape.inputs);
    for (const int width : shape.hidden) {
      network.linear(width);
      if (shape.batch_norm) {
        Layer norm;
        norm.type = "batch_norm";
        network.layer(norm);
      }
      network.activation("relu");
    }
    network.linear(shape.outputs).loss("softmax_xent");
    return network;
  }

  const Shape shape_;
  const graph::ForwardProgram program_;
  const graph::ReverseProgram reverse_;
  Dataset data_;
  training::Rows rows_;
};

/// An engine that goes through the rows; the job must outlive it.
class Steps {
 public:
  Steps(const Job& job, int shards, int threads, Peers* peers = nullptr)
      : order_(static_cast<size_t>(job.rows().data->rows)) {
    std::iota(order_.begin(), order_.end(), int64_t{0});
    options_.shards = shards;
    options_.threads = threads;
    options_.batch = job.shape().batch;
    options_.weight_decay = 0;
    options_.optimizer = job.shape().optimizer;
    engine_ = training::make_fast_engine({&job.program(), &job.reverse(), &job.rows(), &options_,
                                          optim::parse_optimizer(options_.optimizer), options_.batch, peers});
    std::vector<double> initial(job.program().total_size);
    graph::initialize(job.program(), 1, initial.data());
    engine_->set_parameters(initial);
  }

  void take(int steps) {
    for (int k = 0; k < steps; ++k) {
      training::StepPlan plan;
      plan.rows = std::span<const int64_t>(order_).subspan(at_, static_cast<size_t>(options_.batch));
      at_ = (at_ + plan.rows.size()) % order_.size();
      plan.eta = 1e-4;
      plan.step = ++step_;
      engine_->step(plan);
    }
  }

 private:
  std::vector<int64_t> order_;
  TrainOptions options_;
  std::unique_ptr<training::Engine> engine_;
  size_t at_ = 0;
  int64_t step_ = 0;
};

}  // namespace retrograd::bench
