#include "contender.hpp"
#include "train/engine/engine.hpp"

namespace retrograd::bench {
namespace {

class Ours : public Contender {
 public:
  Ours(const Problem& problem, int threads)
      : problem_(problem), reverse_(graph::reverse(problem.program)), rows_{&problem.data, {}} {
    options_.threads = threads;
    options_.batch = problem.test.batch;
    options_.weight_decay = problem.test.optimizer == "adamw" ? 0.01 : 0;
    options_.optimizer = problem.test.optimizer;
    training::EngineSetup setup{
        &problem.program, &reverse_, &rows_, &options_, optim::parse_optimizer(options_.optimizer), options_.batch};
    engine_ = training::make_fast_engine(std::move(setup));
    engine_->set_parameters({problem.initial.begin(), problem.initial.end()});
  }

  double step() override {
    training::StepPlan plan;
    const auto batch = static_cast<size_t>(options_.batch);
    plan.rows = std::span<const int64_t>(problem_.order).subspan(at_, batch);
    at_ = (at_ + batch) % problem_.order.size();
    plan.eta = problem_.test.eta;
    plan.step = ++step_;
    const training::StepResult result = engine_->step(plan);
    return result.loss / result.weight;
  }

 private:
  const Problem& problem_;
  const graph::ReverseProgram reverse_;
  training::Rows rows_;
  TrainOptions options_;
  std::unique_ptr<training::Engine> engine_;
  size_t at_ = 0;
  int64_t step_ = 0;
};

}  // namespace

std::unique_ptr<Contender> make_ours(const Problem& problem, int threads) {
  return std::make_unique<Ours>(problem, threads);
}

}  // namespace retrograd::bench
