// The optimiser's state from a run's checkpoint, so that the update that is shown is the one that the run would make.
#include <fmt/format.h>

#include "base/fail.hpp"
#include "optim/optimizer.hpp"
#include "retrograd/explain.hpp"
#include "train/checkpoint/checkpoint.hpp"
#include "train/checkpoint/checkpoint_folder.hpp"

namespace retrograd {
namespace {

constexpr std::string_view kFresh = "a fresh state (every slot is 0): ";

bool holds(const std::vector<double>& flat, const Model& model) {
  if (flat.empty()) return false;
  for (const graph::Parameter& p : model.program().parameters) {
    const std::vector<double> values = model.parameter(p.name);
    if (!std::equal(values.begin(), values.end(), flat.begin() + static_cast<std::ptrdiff_t>(p.offset))) return false;
  }
  return true;
}

}  // namespace

void take_state(ExplainOptions& options, const Model& model, const std::string& folder) {
  options.slots.clear();
  options.slots_step = 0;
  options.state = fmt::format("{}the run left no checkpoint beside the model", kFresh);
  if (!options.training) return;
  try {
    std::vector<std::string> ignored;
    auto stored = training::newest_checkpoint(folder, ignored);
    if (!stored) return;
    const optim::OptimizerChoice choice = optim::parse_optimizer(options.training->optimizer);
    const graph::ForwardProgram& program = model.program();
    TrainOptions training = *options.training;
    const training::CheckpointLayout layout{&program, optim::slot_names(choice), model.precision(), &training, true};
    training::Checkpoint saved = read_checkpoint(stored->body, std::move(stored->tensors), layout,
                                                 std::vector<double>(program.total_size), stored->file);
    const bool last = holds(saved.now.parameters, model);
    if (!last && !holds(saved.best, model)) {
      options.state = fmt::format("{}the checkpoint beside the model is of another run", kFresh);
      return;
    }
    const training::Position& at = saved.now.position;
    if (at.step == 0) {
      options.state = fmt::format("{}the run has made no step yet", kFresh);
      return;
    }
    options.slots = std::move(saved.now.slots);
    options.slots_step = at.step;
    options.slots_eta = at.learning_rate;
    options.state = fmt::format("the state after step {} in the run's checkpoint", at.step);
    if (!last)
      options.state += fmt::format(
          " (its last; the model holds the parameters of epoch {}, the best, so this is the step that this state would "
          "make from them)",
          at.best_epoch);
  } catch (const Error& e) {
    options.state = fmt::format("{}the checkpoint beside the model cannot be used: {}", kFresh, e.what());
  }
}

}  // namespace retrograd
