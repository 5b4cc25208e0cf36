#include "train/problems.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/random.hpp"
#include "optim/schedule.hpp"
#include "train/loop/complete.hpp"
#include "train/prepare/fit_initial.hpp"
#include "train/prepare/initial.hpp"

namespace retrograd::testing_train {

DataSpec array_spec(Task task, int features, int outputs) {
  DataSpec spec;
  spec.source = "npy";
  spec.row_shape = {features};
  spec.task = task;
  spec.task_why = "said so";
  for (int k = 0; k < (task == Task::classification ? 1 : outputs); ++k) {
    ColumnSpec target;
    target.name = "y" + std::to_string(k);
    target.role = ColumnRole::target;
    target.type = task == Task::regression       ? ColumnType::numeric
                  : task == Task::classification ? ColumnType::categorical
                                                 : ColumnType::boolean;
    if (task == Task::classification)
      for (int c = 0; c < outputs; ++c) target.categories.push_back("c" + std::to_string(c));
    spec.columns.push_back(target);
  }
  return spec;
}

Problem make_problem(Task task, int64_t rows, int features, int outputs, bool weighted, uint64_t seed) {
  Problem problem;
  problem.spec = array_spec(task, features, outputs);
  problem.spec.rows = rows;
  Stream random(seed, Purpose::check, 7);
  std::vector<float> x, y, w;
  for (int64_t n = 0; n < rows; ++n) {
    const size_t first = x.size();
    for (int j = 0; j < features; ++j) x.push_back(static_cast<float>(4 * random.uniform() - 2));
    const auto signal = [&](int k) {
      return x[first + static_cast<size_t>(k % features)] - 0.5f * x[first + static_cast<size_t>((k + 1) % features)] +
             static_cast<float>(random.uniform() - 0.5);
    };
    if (task == Task::classification) {
      int best = 0;
      float largest = signal(0);
      for (int k = 1; k < outputs; ++k) {
        const float s = signal(k);
        if (s > largest) best = k, largest = s;
      }
      y.push_back(static_cast<float>(best));
    } else {
      for (int k = 0; k < outputs; ++k) {
        const float s = signal(k);
        y.push_back(task == Task::regression ? 10 + 3 * s : (s > 0 ? 1.0f : 0.0f));
      }
    }
    const double u = random.uniform();
    w.push_back(u < 0.1 ? 0.0f : static_cast<float>(2 * u));
  }
  problem.data.rows = rows;
  problem.data.inputs.push_back({"x", features, x});
  problem.data.target = {"target", task == Task::classification ? 1 : outputs, y};
  if (weighted) problem.data.weight = {"weight", 1, w};
  return problem;
}

Problem as_images(Problem problem, std::vector<int64_t> shape, bool bytes) {
  problem.spec.row_shape = std::move(shape);
  Values& values = problem.data.inputs[0].values;
  if (!bytes) return problem;
  std::vector<uint8_t> pixels;
  for (const float x : std::get<std::vector<float>>(values)) pixels.push_back(static_cast<uint8_t>((x + 2) * 63));
  values = pixels;
  return problem;
}

TrainOptions plain_options(int64_t batch, int epochs) {
  TrainOptions options;
  options.optimizer = "sgd";
  options.learning_rate = 0.1;
  options.schedule = "constant";
  options.weight_decay = 0;
  options.batch = batch;
  options.epochs = epochs;
  options.threads = 1;
  return options;
}

Bench::Bench(const Prepared& prepared, const Problem& problem, const TrainOptions& given)
    : program(graph::compile(prepared.network)),
      reverse(graph::reverse(program)),
      options(training::complete(given, problem.spec, problem.data.rows, false, program, decisions)),
      prepared_(prepared),
      augmenter_(training::augmenter_of(options, problem.spec)) {
  if (augmenter_) rows.augmenter = &*augmenter_;
  rows.data = &problem.data;
  if (!problem.data.weight.empty())
    for (int64_t n = 0; n < problem.data.rows; ++n) rows.weights.push_back(problem.data.weight.at(n, 0));
}

training::EngineSetup Bench::setup() const {
  return {&program, &reverse, &rows, &options, optim::parse_optimizer(options.optimizer), options.batch};
}

std::unique_ptr<training::Engine> Bench::fast() {
  auto engine = training::make_fast_engine(setup());
  engine->set_parameters(initial());
  return engine;
}

std::unique_ptr<training::Engine> Bench::reference() {
  const bool iterates = setup().optimizer.optimizer->info.full_batch;
  auto engine = iterates ? training::make_iteration_engine(setup(), training::make_reference_engine)
                         : training::make_reference_engine(setup());
  engine->set_parameters(initial());
  return engine;
}

std::vector<double> Bench::initial() const {
  std::vector<double> values = training::initial_parameters(program, prepared_, options);
  training::fit_initial(program, prepared_, *rows.data, options.seed, values);
  return values;
}

std::vector<double> plain_training(const Prepared& prepared, const Problem& problem, const TrainOptions& options) {
  Bench bench(prepared, problem, options);
  const auto engine = bench.reference();
  const optim::Schedule schedule = optim::parse_schedule(bench.options.schedule);
  const optim::Schedule decay = optim::parse_schedule(bench.options.decay_schedule);
  const optim::Schedule dropout = optim::parse_schedule(bench.options.dropout_schedule);
  const optim::Schedule augment = optim::parse_schedule(bench.options.augment_schedule);
  optim::PlateauState plateau;
  const int64_t rows = problem.data.rows, batch = bench.options.batch, steps = (rows + batch - 1) / batch;
  int64_t step = 0;
  for (int epoch = 1; epoch <= options.epochs; ++epoch) {
    std::vector<int64_t> order(static_cast<size_t>(rows));
    std::iota(order.begin(), order.end(), int64_t{0});
    Stream stream(options.seed, Purpose::shuffle, static_cast<uint64_t>(epoch));
    for (size_t i = order.size(); batch < rows && i > 1; --i) std::swap(order[i - 1], order[stream.below(i)]);
    double loss = 0, weight = 0;
    for (int64_t begin = 0; begin < rows; begin += batch) {
      training::StepPlan plan;
      plan.rows = std::span<const int64_t>(order).subspan(static_cast<size_t>(begin),
                                                          static_cast<size_t>(std::min(batch, rows - begin)));
      const optim::Clock clock{step, steps, steps * options.epochs};
      plan.eta = bench.options.learning_rate * optim::schedule_factor(schedule, clock, plateau);
      plan.decay = optim::schedule_factor(decay, clock);
      plan.dropout = optim::schedule_factor(dropout, clock);
      plan.step = ++step;
      plan.images = {epoch, optim::schedule_factor(augment, clock)};
      const training::StepResult result = engine->step(plan);
      loss += result.loss;
      weight += result.weight;
    }
    optim::report_metric(schedule, plateau, loss / weight);
  }
  return engine->parameters();
}

void expect_mentions(const std::string& message, const std::vector<std::string>& texts) {
  EXPECT_NE(message, "(accepted)");
  for (const std::string& text : texts)
    EXPECT_NE(message.find(text), std::string::npos) << "'" << text << "' in: " << message;
}

}  // namespace retrograd::testing_train
