// Model::predict and Model::loss: blocks of rows through the forward program, split over threads.
#include <algorithm>

#include "base/cores.hpp"
#include "base/fail.hpp"
#include "base/thread_team.hpp"
#include "plan/reference_executor.hpp"
#include "retrograd/panel.hpp"
#include "train/engine/gather.hpp"
#include "train/model/memory_needed.hpp"
#include "train/model/model_state.hpp"

namespace retrograd {

std::unique_ptr<plan::Executor> ExecutorPool::take(const graph::ForwardProgram& program,
                                                   const std::vector<float>& parameters, int64_t rows) {
  {
    std::lock_guard lock(mutex_);
    for (auto& slot : idle_) {
      if (slot->max_rows() < rows) continue;
      std::swap(slot, idle_.back());
      auto executor = std::move(idle_.back());
      idle_.pop_back();
      return executor;
    }
  }
  training::require_memory_of_prediction(program, Precision::float32, rows, 1);
  auto executor = std::make_unique<plan::Executor>(program, nullptr, panels_of(rows) * kPanel);
  executor->bind(const_cast<float*>(parameters.data()), nullptr);  // inference reads only
  return executor;
}

void ExecutorPool::give_back(std::unique_ptr<plan::Executor> executor) {
  constexpr size_t kKept = 16;
  std::lock_guard lock(mutex_);
  if (idle_.size() < kKept) idle_.push_back(std::move(executor));
}

namespace {

constexpr double kFlopsPerThread = 2e8;  // a few milliseconds of work: less does not repay the start of a thread

struct Input {
  int value;
  const Block* block;
};

/// Pairs each input of the network with its block of the data.
std::vector<Input> match_inputs(const graph::ForwardProgram& program, const Dataset& data) {
  std::vector<Input> inputs;
  for (int id : program.inputs) {
    const graph::Value& value = program.values[static_cast<size_t>(id)];
    const auto block =
        std::find_if(data.inputs.begin(), data.inputs.end(), [&](const Block& b) { return b.name == value.name; });
    if (block == data.inputs.end()) {
      std::string names;
      for (const Block& b : data.inputs) names += (names.empty() ? "'" : ", '") + b.name + "'";
      fail("the network reads input '{}' [N, {}], which the data do not have; they have: {}", value.name,
           value.features, names.empty() ? "no inputs" : names);
    }
    if (block->cols != value.features)
      fail("input '{}': the network reads [N, {}], the data are [N, {}]", value.name, value.features, block->cols);
    if (block->rows() != data.rows)
      fail("input '{}': {} rows, but the data have {}", value.name, block->rows(), data.rows);
    inputs.push_back({id, &*block});
  }
  return inputs;
}

void check_targets(const graph::ForwardProgram& program, const Dataset& data) {
  if (program.loss < 0) fail("the network has no loss; describe it with one to measure it");
  const int features = program.values[static_cast<size_t>(program.target)].features;
  if (data.target.empty() && data.rows > 0) fail("the data have no target; the loss needs one");
  if (data.rows > 0 && (data.target.cols != features || data.target.rows() != data.rows))
    fail("target: the network expects [{}, {}], the data have [{}, {}]", data.rows, features, data.target.rows(),
         data.target.cols);
  if (!data.weight.empty() && (data.weight.cols != 1 || data.weight.rows() != data.rows))
    fail("weight: expected [{}, 1], the data have [{}, {}]", data.rows, data.weight.rows(), data.weight.cols);
}

float weight_of(const Dataset& data, int64_t row) { return data.weight.empty() ? 1.0f : data.weight.at(row, 0); }

/// One pass over the data; each worker has its own, the model and the data are shared.
struct Job {
  const Contents& model;
  const Dataset& data;
  std::vector<Input> inputs;
  float* predictions = nullptr;  ///< row-major, or null: not wanted
  double* losses = nullptr;      ///< one a block, or null: not wanted

  const graph::ForwardProgram& program() const { return model.program; }
};

/// An executor of a model's pool, given back at the end.
class Borrowed {
 public:
  Borrowed(const Contents& model, int64_t rows)
      : model_(model), executor_(model.pool.take(model.program, model.f32, rows)) {}
  ~Borrowed() { model_.pool.give_back(std::move(executor_)); }
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;
  plan::Executor* operator->() const { return executor_.get(); }

 private:
  const Contents& model_;
  std::unique_ptr<plan::Executor> executor_;
};

class FloatWorker {
 public:
  explicit FloatWorker(const Job& job) : job_(job), executor_(job.model, std::min(kPredictRows, job.data.rows)) {}

  void run(int64_t block, int64_t begin, int64_t rows) {
    const graph::ForwardProgram& program = job_.program();
    const Range panels{0, panels_of(rows)};
    for (const Input& in : job_.inputs)
      training::gather(*in.block, nullptr, begin, panels, rows, executor_->value(in.value));
    if (job_.losses != nullptr) {
      training::gather(job_.data.target, nullptr, begin, panels, rows, executor_->value(program.target));
      for (int64_t n = 0; n < panels.end * kPanel; ++n)
        executor_->weights()[n] = n < rows ? weight_of(job_.data, begin + n) : 0.0f;
    }
    executor_->infer(rows, job_.losses == nullptr        ? plan::Need::prediction
                           : job_.predictions == nullptr ? plan::Need::loss
                                                         : plan::Need::both);
    if (job_.losses != nullptr) job_.losses[block] = executor_->total_loss(rows);
    if (job_.predictions == nullptr) return;
    const int features = program.values[static_cast<size_t>(program.prediction)].features;
    const float* p = executor_->value(program.prediction);
    for (int64_t n = 0; n < rows; ++n)
      for (int j = 0; j < features; ++j) job_.predictions[(begin + n) * features + j] = p[panel_at(n, j, features)];
  }

 private:
  const Job& job_;
  Borrowed executor_;
};

class DoubleWorker {
 public:
  explicit DoubleWorker(const Job& job) : job_(job), executor_(job.program(), nullptr) {}

  void run(int64_t block, int64_t begin, int64_t rows) {
    const graph::ForwardProgram& program = job_.program();
    executor_.resize(rows);
    for (const Input& in : job_.inputs) fill(*in.block, begin, rows, executor_.value(in.value));
    if (job_.losses != nullptr) {
      fill(job_.data.target, begin, rows, executor_.value(program.target));
      for (int64_t n = 0; n < rows; ++n)
        executor_.weights()[static_cast<size_t>(n)] = static_cast<double>(weight_of(job_.data, begin + n));
    }
    executor_.forward(const_cast<double*>(job_.model.f64.data()), false);  // inference reads only
    if (job_.losses != nullptr) job_.losses[block] = executor_.total_loss();
    if (job_.predictions == nullptr) return;
    const std::vector<double>& p = executor_.value(program.prediction);
    float* out = job_.predictions + begin * program.values[static_cast<size_t>(program.prediction)].features;
    for (size_t i = 0; i < p.size(); ++i) out[i] = static_cast<float>(p[i]);
  }

 private:
  static void fill(const Block& block, int64_t begin, int64_t rows, std::vector<double>& to) {
    size_t next = 0;
    for (int64_t n = 0; n < rows; ++n)
      for (int j = 0; j < block.cols; ++j) to[next++] = static_cast<double>(block.at(begin + n, j));
  }

  const Job& job_;
  plan::ReferenceExecutor<double> executor_;
};

template <class Worker>
void run_blocks(const Job& job, int threads) {
  const int64_t blocks = (job.data.rows + kPredictRows - 1) / kPredictRows;
  if (threads == 0) {
    const double flops = job.program().flops_forward() * static_cast<double>(job.data.rows);
    const double cores = available_cores();
    threads = static_cast<int>(std::clamp(flops / kFlopsPerThread, 1.0, cores));
  }
  ThreadTeam team(static_cast<int>(std::clamp<int64_t>(blocks, 1, threads)));
  team.run([&](int rank) {
    const Range mine = share(blocks, rank, team.size());
    if (mine.empty()) return;
    Worker worker(job);
    for (int64_t block = mine.begin; block < mine.end; ++block) {
      const int64_t begin = block * kPredictRows;
      worker.run(block, begin, std::min(kPredictRows, job.data.rows - begin));
    }
  });
}

void run(const Job& job, int threads) {
  if (threads < 0) fail("threads is {}; expected 0 (by the work) or more", threads);
  if (job.model.precision == Precision::float32)
    run_blocks<FloatWorker>(job, threads);
  else
    run_blocks<DoubleWorker>(job, threads);
}

}  // namespace

std::vector<float> Model::predict(const Dataset& data, int threads) const {
  training::require_memory_of_prediction(program(), precision(), data.rows, std::max(1, threads));
  std::vector<float> predictions(static_cast<size_t>(data.rows) * static_cast<size_t>(outputs()));
  Job job{*state_->contents, data, match_inputs(program(), data)};
  job.predictions = predictions.data();
  run(job, threads);
  return predictions;
}

void Model::predict_row(std::span<const float> x, std::span<float> y) const {
  const Contents& model = *state_->contents;
  const graph::ForwardProgram& program = model.program;
  size_t features = 0;
  for (const int id : program.inputs) features += static_cast<size_t>(program.values[static_cast<size_t>(id)].features);
  if (x.size() != features || y.size() != static_cast<size_t>(outputs()))
    fail("a row of {} numbers in and {} out: the network reads {} and predicts {}", x.size(), y.size(), features,
         outputs());
  if (model.precision == Precision::float64) {
    training::require_memory_of_prediction(program, model.precision, 1, 1);
    plan::ReferenceExecutor<double> executor(program, nullptr);
    executor.resize(1);
    for (const int id : program.inputs)
      for (double& to : executor.value(id)) {
        to = static_cast<double>(x.front());
        x = x.subspan(1);
      }
    executor.forward(const_cast<double*>(model.f64.data()), false);  // inference reads only
    std::transform(executor.value(program.prediction).begin(), executor.value(program.prediction).end(), y.begin(),
                   [](double v) { return static_cast<float>(v); });
    return;
  }
  const Borrowed executor(model, 1);
  for (const int id : program.inputs) {
    float* to = executor->value(id);
    const auto count = static_cast<size_t>(program.values[static_cast<size_t>(id)].features);
    for (size_t j = 0; j < count; ++j) to[j * kPanel] = x[j];
    x = x.subspan(count);
  }
  executor->infer(1, plan::Need::prediction);
  const float* p = executor->value(program.prediction);
  for (size_t j = 0; j < y.size(); ++j) y[j] = p[j * kPanel];
}

Model::Loss Model::loss(const Dataset& data, int threads) const { return measure(data, threads, nullptr); }

Model::Measured Model::measure(const Dataset& data, int threads) const {
  training::require_memory_of_prediction(program(), precision(), data.rows, std::max(1, threads));
  Measured result;
  result.predictions.resize(static_cast<size_t>(data.rows) * static_cast<size_t>(outputs()));
  result.loss = measure(data, threads, result.predictions.data());
  return result;
}

Model::Loss Model::measure(const Dataset& data, int threads, float* predictions) const {
  check_targets(program(), data);
  std::vector<double> losses(static_cast<size_t>((data.rows + kPredictRows - 1) / kPredictRows));
  Job job{*state_->contents, data, match_inputs(program(), data)};
  job.predictions = predictions;
  job.losses = losses.data();
  run(job, threads);
  // Per block and in block order: the same sum for any number of threads.
  Loss result;
  for (double loss : losses) result.total += loss;
  for (int64_t n = 0; n < data.rows; ++n) result.weight += static_cast<double>(weight_of(data, n));
  return result;
}

}  // namespace retrograd
