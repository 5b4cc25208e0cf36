#include "train/loop/check_full_batch.hpp"

#include "base/fail.hpp"
#include "base/memory.hpp"
#include "optim/lm/lm.hpp"

namespace retrograd::training {
namespace {

void check_options(const TrainOptions& o, const optim::OptimizerInfo& info, int64_t rows) {
  const auto refuse = [&](bool wrong, const std::string& found, const char* why, const char* fix) {
    if (wrong) fail("optimiser {} {}; found {}; {}", info.name, why, found, fix);
  };
  const auto number = [](const char* name, double value) { return fmt::format("{} {}", name, value); };
  refuse(o.batch > 0 && o.batch < rows, fmt::format("batch {} of {} rows", o.batch, rows),
         "reads all rows in every iteration", "leave the batch out, or choose another optimiser, e.g. adamw");
  refuse(o.shards != 1 || o.peers != nullptr, fmt::format("{} shards", o.shards), "is for small data in one process",
         "leave the shards out and start one process");
  refuse(o.schedule != "auto" && o.schedule != "constant", "schedule " + o.schedule,
         "finds the length of its steps itself", "leave the schedule out");
  refuse(o.decay_schedule != "constant", "schedule " + o.decay_schedule + " of the weight decay",
         "makes one fixed function small", "leave the schedule out");
  refuse(o.dropout_schedule != "constant", "schedule " + o.dropout_schedule + " of dropout",
         "makes one fixed function small", "leave the schedule out");
  refuse(o.augment != "none", "augment " + o.augment, "makes one fixed function small, of the same rows every time",
         "leave the augmentation out");
  refuse(o.learning_rate != 0 && o.learning_rate != info.usual_eta, number("learning rate", o.learning_rate),
         "finds the length of its steps itself", "leave the learning rate out");
  refuse(o.l1 > 0, number("l1", o.l1), "follows a smooth loss, which |w| is not", "use l2, or another optimiser");
  refuse(o.max_norm > 0, number("max-norm", o.max_norm), "would lose its curvature to it", "use l2");
  refuse(o.clip_norm > 0, number("clip-norm", o.clip_norm), "needs the gradient as it is", "leave clip-norm out");
  refuse(o.clip_value > 0, number("clip-value", o.clip_value), "needs the gradient as it is", "leave clip-value out");
  refuse(o.on_divergence == OnDivergence::restore, "on-divergence restore", "never raises the loss",
         "leave on-divergence out");
}

void check_network(const graph::ForwardProgram& program, const optim::OptimizerInfo& info) {
  for (const graph::Equation& e : program.equations) {
    const std::string& layer = program.values[static_cast<size_t>(e.output)].name;
    const std::string_view op = e.op->info->name;
    if (op == "dropout" && e.signature.attributes[0] > 0)
      fail("optimiser {} makes one fixed function small, but layer '{}' drops units at random (rate {}); set dropout 0",
           info.name, layer, e.signature.attributes[0]);
    if (op == "batch_norm")
      fail(
          "optimiser {} tries several points a step, each of which would change the running statistics of the "
          "batch_norm layer '{}'; use layer_norm, or another optimiser",
          info.name, layer);
  }
  for (const graph::Parameter& p : program.parameters)
    if (p.trained && p.rate != 1)
      fail(
          "optimiser {} has no learning rate, but parameter '{}' has a factor {} of it; leave out rate factors and the "
          "ntk parametrisation",
          info.name, p.name, p.rate);
}

void check_least_squares(const graph::ForwardProgram& program) {
  const int equation = program.values[static_cast<size_t>(program.loss)].equation;
  const std::string_view loss = program.equations[static_cast<size_t>(equation)].op->info->name;
  if (loss == "mean")
    fail(
        "optimiser lm is for the squared error of one network, found an ensemble; leave out the members, or use lbfgs");
  if (loss != "squared")
    fail("optimiser lm is for the squared error of one network, found a network whose loss is '{}'; use lbfgs", loss);
  const int64_t count = program.trained_count(), most = optim::LevenbergMarquardt::kMostParameters;
  const auto square = static_cast<double>(count) * static_cast<double>(count);
  if (count > most)
    fail(
        "optimiser lm solves a system of {0} × {0} equations in every iteration ({1}), one a trained number; it takes "
        "networks of at most {2}; use fewer hidden units, or lbfgs",
        count, bytes_text(2 * sizeof(double) * square), most);
}

}  // namespace

void check_full_batch(const TrainOptions& options, const optim::OptimizerInfo& info,
                      const graph::ForwardProgram& program, int64_t rows) {
  check_options(options, info, rows);
  check_network(program, info);
  if (info.name == optim::LevenbergMarquardt::info.name) check_least_squares(program);
}

}  // namespace retrograd::training
