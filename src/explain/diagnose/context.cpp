#include "explain/diagnose/context.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/fail.hpp"
#include "base/random.hpp"
#include "optim/optimizer.hpp"
#include "train/loop/complete.hpp"
#include "train/loop/row_weights.hpp"

namespace retrograd::diagnosis {
namespace {

constexpr double kTrialFlops = 4e9;    // of one trial: a tenth of a second or so
constexpr double kMeasureFlops = 3e8;  // of one step in double

std::vector<int64_t> sample(const Dataset& data, int64_t limit, uint64_t seed) {
  std::vector<int64_t> index(static_cast<size_t>(data.rows));
  std::iota(index.begin(), index.end(), int64_t{0});
  if (data.rows > limit) {
    Stream stream(seed, Purpose::check, 11);
    for (int64_t i = 0; i < limit; ++i)
      std::swap(index[static_cast<size_t>(i)],
                index[static_cast<size_t>(i) + stream.below(static_cast<uint64_t>(data.rows - i))]);
    index.resize(static_cast<size_t>(limit));
    std::sort(index.begin(), index.end());
  }
  return index;
}

Constants constants_of(const Model& model) {
  Constants constants;
  for (const graph::Parameter& p : model.program().parameters)
    if (!p.trained) constants[p.name] = model.parameter(p.name);
  return constants;
}

Constants everything_of(const Model& model) {
  Constants all;
  for (const graph::Parameter& p : model.program().parameters) all[p.name] = model.parameter(p.name);
  return all;
}

Dataset first_rows(const Dataset& data, int64_t count) {
  std::vector<int64_t> index(static_cast<size_t>(std::min(count, data.rows)));
  std::iota(index.begin(), index.end(), int64_t{0});
  return take(data, index);
}

bool full_batch(const DiagnoseOptions& options) {
  return optim::parse_optimizer(options.training.optimizer).optimizer->info.full_batch;
}

/// The run's batch was all of its rows; here it is all of these.
DiagnoseOptions for_these_rows(DiagnoseOptions options) {
  if (full_batch(options)) options.training.batch = -1;
  return options;
}

}  // namespace

Context::Context(const Model& given, const Dataset& data, const DiagnoseOptions& diagnose_options)
    : model(given),
      spec(given.spec()),
      options(for_these_rows(diagnose_options)),
      has_rate(!full_batch(options)),
      all(data),
      source_(sample(data, options.rows, options.seed)),
      rows(take(data, source_)),
      trained(given.network(), everything_of(given), options.training.seed),
      constants(constants_of(given)) {
  const double flops = std::max(1.0, trained.program.flops_step());
  few_ = first_rows(rows, std::clamp(static_cast<int64_t>(kMeasureFlops / flops), int64_t{32}, int64_t{512}));
}

const graph::Equation& Context::loss() const {
  const graph::ForwardProgram& p = program();
  return p.equations[static_cast<size_t>(p.values[static_cast<size_t>(p.loss)].equation)];
}

const graph::Equation* Context::output() const {
  const graph::ForwardProgram& p = program();
  const int at = p.values[static_cast<size_t>(loss().inputs[0])].equation;
  return at < 0 ? nullptr : &p.equations[static_cast<size_t>(at)];
}

double Context::model_loss() {
  if (!model_loss_) {
    const double mean = model.loss(rows).mean();
    model_loss_ = std::isfinite(mean) ? mean : std::numeric_limits<double>::infinity();
  }
  return *model_loss_;
}

double Context::constant() {
  if (!constant_) constant_ = constant_loss(trained, rows);
  return *constant_;
}

double Context::skill(double loss) { return constant() > 0 ? 1 - loss / constant() : 0; }

Measured Context::measured_on_few(const Setup& setup) const { return measure(setup, few_, options.training.seed); }

const Measured& Context::now() {
  if (!now_) now_ = measured_on_few(trained);
  return *now_;
}

const Setup& Context::initial() {
  if (!initial_) initial_ = std::make_unique<Setup>(network(), constants, options.training.seed);
  return *initial_;
}

const Measured& Context::first() {
  if (!first_) first_ = measured_on_few(initial());
  return *first_;
}

const Setup& Context::twin() {
  if (!twin_) twin_ = std::make_unique<Setup>(well_initialised(network()), constants, options.training.seed);
  return *twin_;
}

const Measured& Context::first_of_twin() {
  if (!first_of_twin_) first_of_twin_ = measured_on_few(twin());
  return *first_of_twin_;
}

const Setup& Context::relu_twin() {
  if (!relu_twin_)
    relu_twin_ = std::make_unique<Setup>(with_activations(well_initialised(network()), "relu"), constants,
                                         options.training.seed);
  return *relu_twin_;
}

const Measured& Context::first_of_relu_twin() {
  if (!first_of_relu_twin_) first_of_relu_twin_ = measured_on_few(relu_twin());
  return *first_of_relu_twin_;
}

int64_t Context::steps() {
  std::vector<std::string> ignored;
  const int64_t batch = training::complete(options.training, spec, rows.rows, false, program(), ignored).batch;
  const int64_t most = options.history.empty() ? 300 : std::max<int64_t>(1, options.history.back().steps);
  return affordable(program(), batch, kTrialFlops, 10, std::clamp<int64_t>(most, 10, 300));
}

Trial Context::attempt(const Network& changed, const Constants& given, double rate_factor) {
  const Setup setup(changed, given, options.training.seed);
  TrainOptions o = options.training;
  std::vector<std::string> ignored;
  o = training::complete(o, spec, rows.rows, false, setup.program, ignored);
  o.learning_rate *= rate_factor;
  Trial trial = try_steps(setup, spec, rows, rows, o, steps());
  // Only losses of the same operator compare.
  if (changed.loss_type == network().loss_type) reached_ = std::max(reached_.value_or(0), skill(trial.after));
  return trial;
}

const Trial& Context::as_is() {
  if (!as_is_) as_is_ = attempt(network(), constants, 1);
  return *as_is_;
}

const Trial& Context::twin_trial() {
  if (!twin_trial_) twin_trial_ = attempt(well_initialised(network()), constants, 1);
  return *twin_trial_;
}

const Trial& Context::faster_trial() {
  if (!faster_) faster_ = attempt(network(), constants, 10);
  return *faster_;
}

const Trial& Context::slower_trial() {
  if (!slower_) slower_ = attempt(network(), constants, 0.1);
  return *slower_;
}

double Context::reference(bool balanced) const {
  if (rows.rows < 16) return 0;
  Split parts = split(rows, 0.3, options.seed + 1, spec.task == Task::classification);
  if (balanced)
    for (Dataset* part : {&parts.train, &parts.valid}) {
      TrainOptions weighing;
      weighing.balanced_classes = true;
      part->weight = Block{"weight", 1, training::row_weights(*part, spec, weighing)};
    }
  NetworkOptions small;
  small.hidden = {64};
  small.dropout = 0;
  const Prepared prepared = make_network(spec, parts.train, small);
  const Setup setup(prepared.network, prepared.constants, options.seed);
  TrainOptions o;
  o.optimizer = "adam";
  o.learning_rate = 3e-3;
  o.batch = 32;
  o.seed = options.seed;
  const int64_t budget = affordable(setup.program, o.batch, 4 * kTrialFlops, 50, 600);
  const Trial held = try_steps(setup, spec, parts.train, parts.valid, o, budget);
  const double baseline = constant_loss(setup, parts.valid);
  return baseline > 0 ? 1 - held.best / baseline : 0;
}

double Context::held_out_skill() {
  if (!held_out_) held_out_ = reference(false);
  return *held_out_;
}

double Context::held_out_skill_of_balanced_classes() const { return reference(true); }

double Context::reachable_skill() { return std::max(held_out_skill(), reached_.value_or(0)); }

const EpochReport* Context::kept() const {
  const EpochReport* epoch = nullptr;
  for (const EpochReport& r : options.history)
    if (r.best) epoch = &r;
  return epoch == nullptr && !options.history.empty() ? &options.history.back() : epoch;
}

}  // namespace retrograd::diagnosis
