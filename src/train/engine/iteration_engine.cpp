// Full-batch methods as an engine: a step is one iteration of L-BFGS or Levenberg–Marquardt.
#include <algorithm>
#include <cmath>

#include "optim/lbfgs/lbfgs.hpp"
#include "train/engine/engine.hpp"
#include "train/engine/slots.hpp"
#include "train/engine/total_loss.hpp"

namespace retrograd::training {
namespace {

EngineSetup inner_setup(EngineSetup setup) {
  setup.optimizer = optim::choose_optimizer("sgd");  // keeps nothing; makes no step
  setup.batch = std::min(setup.batch, kIterationRows);
  return setup;
}

/// What an iteration goes on from is a function of parameters and slots: the gradient is computed again where it is not
/// at hand, to the same bits.
template <class T>
class IterationEngine : public Engine {
 public:
  IterationEngine(const EngineSetup& setup, std::unique_ptr<Engine> (*passes)(EngineSetup))
      : setup_(inner_setup(setup)),
        attributes_(setup.optimizer.attributes),
        inner_(passes(setup_)),
        total_(setup, *inner_),
        is_lm_(setup.optimizer.optimizer->info.name == optim::LevenbergMarquardt::info.name),
        size_(setup.program->trained_size),
        parameters_(setup.program->total_size),
        slots_(optim::slot_names(setup.optimizer).size(), size_) {
    at_.gradient.resize(size_);
    if (is_lm_) work_.resize(2 * size_ * size_);
  }

  StepResult step(const StepPlan& plan) override {
    const FloatState state;
    total_.set(plan.rows, setup_.options->weight_decay * plan.decay);
    if (!known_) at_.value = total_.evaluate(at_.theta, at_.gradient);
    known_ = true;
    StepResult result;
    if (std::isfinite(at_.value)) {
      const optim::Iteration done = is_lm_ ? damped_step() : quasi_newton_step();
      result.eta = done.step;
      result.ended = done.ended;
      total_.put(at_.theta);
      copy_parameters();
    }
    result.loss = total_.loss(at_.value, at_.theta);
    result.weight = total_.weight();
    return result;
  }

  StepResult gradient(std::span<const int64_t> rows, std::span<double> sum) override {
    return inner_->gradient(rows, sum);
  }
  Evaluation evaluate(const Rows& rows) override { return inner_->evaluate(rows); }
  std::vector<double> parameters() const override { return inner_->parameters(); }

  void set_parameters(const std::vector<double>& values) override {
    inner_->set_parameters(values);
    copy_parameters();
    at_.theta.assign(parameters_.begin(), parameters_.begin() + static_cast<std::ptrdiff_t>(size_));
    total_.set_constants({parameters_.begin(), parameters_.end()});
    known_ = false;
  }

  std::vector<std::vector<double>> slots() const override { return slots_.values(); }

  void set_slots(const std::vector<std::vector<double>>& values) override { slots_.set(values); }

  Numbers numbers() const override { return NumbersOf<T>{parameters_, slots_.views()}; }

  void set_numbers(const Numbers& numbers) override {
    const auto& to = std::get<NumbersOf<T>>(numbers);
    set_parameters({to.parameters.begin(), to.parameters.end()});
    slots_.set(to.slots);
  }

 private:
  optim::Iteration quasi_newton_step() {
    std::vector<std::vector<double>> wide = slots();
    std::vector<optim::Lbfgs::Pair> pairs;
    for (size_t s = 0; s < wide.size(); s += 2) pairs.push_back({wide[s], wide[s + 1]});
    const optim::Iteration done = optim::Lbfgs::iterate(total_, at_, pairs, attributes_);
    set_slots(wide);
    return done;
  }

  /// The damping stands at every place of its slot, padding and all: the checkpoint has it wherever it looks.
  optim::Iteration damped_step() {
    double mu = slots_[0].empty() ? 0 : static_cast<double>(slots_[0][0]);
    const optim::Iteration done =
        optim::LevenbergMarquardt::iterate(total_, at_, mu, work_, attributes_, total_.team());
    std::fill(slots_[0].begin(), slots_[0].end(), static_cast<T>(mu));
    return done;
  }

  void copy_parameters() {
    const std::vector<double> now = inner_->parameters();
    std::transform(now.begin(), now.end(), parameters_.begin(), [](double v) { return static_cast<T>(v); });
  }

  const EngineSetup setup_;
  const std::vector<double> attributes_;
  const std::unique_ptr<Engine> inner_;
  TotalLoss<T> total_;
  const bool is_lm_;
  const size_t size_;
  optim::Point at_;
  bool known_ = false;         ///< value and gradient of at_
  std::vector<T> parameters_;  ///< those of the inner engine
  Slots<T> slots_;
  std::vector<double> work_;
};

}  // namespace

std::unique_ptr<Engine> make_iteration_engine(EngineSetup setup, std::unique_ptr<Engine> (*passes)(EngineSetup)) {
  if (setup.options->precision == Precision::float64) return std::make_unique<IterationEngine<double>>(setup, passes);
  return std::make_unique<IterationEngine<float>>(setup, passes);
}

std::unique_ptr<Engine> make_engine(EngineSetup setup) {
  const auto passes = setup.options->precision == Precision::float32 ? make_fast_engine : make_reference_engine;
  if (setup.optimizer.optimizer->info.full_batch) return make_iteration_engine(std::move(setup), passes);
  return passes(std::move(setup));
}

}  // namespace retrograd::training
