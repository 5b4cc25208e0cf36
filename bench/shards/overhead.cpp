// What `--shards` costs one process: the same steps with and without, interleaved, medians of processor time, which
// other programs on the machine disturb less than the time that passes.
#include <fmt/core.h>

#include <algorithm>
#include <ctime>
#include <numeric>

#include "base/random.hpp"
#include "train/engine.hpp"

namespace retrograd::bench {
namespace {

constexpr double kRoundSeconds = 0.02;
constexpr int kRounds = 60;

struct Shape {
  const char* name;
  int inputs;
  std::vector<int> hidden;
  int outputs;
  int64_t batch;
  const char* optimizer;
  bool batch_norm = false;
};

/// Seconds of this process.
double now() {
  timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

class Steps {
 public:
  Steps(const Shape& shape, int shards, int threads, const graph::ForwardProgram& program,
        const graph::ReverseProgram& reverse, const training::Rows& rows)
      : order_(static_cast<size_t>(rows.data->rows)) {
    std::iota(order_.begin(), order_.end(), int64_t{0});
    options_.shards = shards;
    options_.threads = threads;
    options_.batch = shape.batch;
    options_.weight_decay = 0;
    options_.optimizer = shape.optimizer;
    engine_ = training::make_fast_engine(
        {&program, &reverse, &rows, &options_, optim::parse_optimizer(options_.optimizer), options_.batch});
    std::vector<double> initial(program.total_size);
    graph::initialize(program, 1, initial.data());
    engine_->set_parameters(initial);
  }

  /// Seconds a step.
  double time(int steps) {
    const double start = now();
    for (int k = 0; k < steps; ++k) {
      training::StepPlan plan;
      plan.rows = std::span<const int64_t>(order_).subspan(at_, static_cast<size_t>(options_.batch));
      at_ = (at_ + plan.rows.size()) % order_.size();
      plan.eta = 1e-4;
      plan.step = ++step_;
      engine_->step(plan);
    }
    return (now() - start) / steps;
  }

 private:
  std::vector<int64_t> order_;
  TrainOptions options_;
  std::unique_ptr<training::Engine> engine_;
  size_t at_ = 0;
  int64_t step_ = 0;
};

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

void compare(const Shape& shape, int shards, int threads) {
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
  const graph::ForwardProgram program = graph::compile(network);
  const graph::ReverseProgram reverse = graph::reverse(program);
  Dataset data;
  data.rows = 8 * shape.batch;
  Stream stream(1, Purpose::check, 0);
  std::vector<float> x(static_cast<size_t>(data.rows) * static_cast<size_t>(shape.inputs));
  for (float& v : x) v = static_cast<float>(2 * stream.uniform() - 1);
  std::vector<float> y(static_cast<size_t>(data.rows));
  for (float& v : y) v = static_cast<float>(stream.below(static_cast<uint64_t>(shape.outputs)));
  data.inputs.push_back({"x", shape.inputs, std::move(x)});
  data.target = {"y", 1, std::move(y)};
  const training::Rows rows{&data, {}};
  Steps none(shape, 1, threads, program, reverse, rows), some(shape, shards, threads, program, reverse, rows);
  const int steps = std::max(1, static_cast<int>(kRoundSeconds / none.time(3)));
  some.time(3);
  std::vector<double> seconds, ratios;
  for (int round = 0; round < kRounds; ++round) {
    const double a = none.time(steps), b = some.time(steps);
    seconds.push_back(a);
    ratios.push_back(b / a);
  }
  std::sort(ratios.begin(), ratios.end());
  fmt::print("| {} | {} | {:.1f} | {:+.2f} % | {:+.2f} to {:+.2f} % |\n", shape.name, threads, 1e6 * median(seconds),
             100 * (ratios[kRounds / 2] - 1), 100 * (ratios[kRounds / 4] - 1), 100 * (ratios[kRounds * 3 / 4] - 1));
  std::fflush(stdout);
}

}  // namespace
}  // namespace retrograd::bench

int main() {
  using retrograd::bench::Shape;
  fmt::print("| network, batch, optimiser | threads | µs a step | 8 shards | quartiles |\n|---|---|---|---|---|\n");
  for (const Shape& shape : {Shape{"30-64-64-2, 256, adamw", 30, {64, 64}, 2, 256, "adamw"},
                             Shape{"784-128-10, 256, sgd", 784, {128}, 10, 256, "sgd"},
                             Shape{"784-512-512-10, 256, adam", 784, {512, 512}, 10, 256, "adam"},
                             Shape{"64-256-256-256-1, 256, adamw", 64, {256, 256, 256}, 2, 256, "adamw"},
                             Shape{"100-256-256-10, 256, batch norm, adamw", 100, {256, 256}, 10, 256, "adamw", true},
                             Shape{"784-512-512-10, 1024, adam", 784, {512, 512}, 10, 1024, "adam"},
                             Shape{"1024-1024-1024-10, 2048, adam", 1024, {1024, 1024}, 10, 2048, "adam"}})
    retrograd::bench::compare(shape, 8, 1);
}
