#include "train/loop/complete.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/ranges.h>

#include "base/cores.hpp"
#include "base/fail.hpp"
#include "base/shards.hpp"
#include "optim/optimizer.hpp"
#include "optim/schedule.hpp"
#include "parallel/peers.hpp"
#include "retrograd/panel.hpp"
#include "train/engine/augmentation.hpp"
#include "train/loop/check_full_batch.hpp"

namespace retrograd::training {
namespace {

/// Floating-point operations of a step below which a second thread costs more in barriers than it takes over.
constexpr double kWorthAThread = 1.1e6;
/// Of coslog4, whose first wave is the first fifteenth of a run.
constexpr int64_t kStepsOfWaves = 15;

void check(bool ok, const char* option, double found, const char* expected) {
  if (!ok) fail("{} is {}, expected {}", option, found, expected);
}

void check_peers(const TrainOptions& o) {
  if (o.peers == nullptr || o.shards % o.peers->size() == 0) return;
  std::vector<int> sizes;
  for (int size = 1; size <= o.shards; size *= 2) sizes.push_back(size);
  fail("{} ranks cannot share batches of {}; start {}, or train anew with --shards {}", o.peers->size(),
       o.shards == 1 ? std::string("one shard") : fmt::format("{} shards", o.shards),
       o.shards == 1 ? std::string("one process") : fmt::format("{} ranks", fmt::join(sizes, ", ")), o.peers->size());
}

void check_ranges(const TrainOptions& o) {
  const auto finite_positive_or_zero = [](double v) { return std::isfinite(v) && v >= 0; };
  check(finite_positive_or_zero(o.learning_rate), "learning rate", o.learning_rate, "a positive number");
  check(o.batch >= -1, "batch", static_cast<double>(o.batch), "at least 1 row");
  check(o.epochs >= 1, "epochs", o.epochs, "at least 1");
  check(o.patience >= 0, "patience", o.patience, "0 (never stop early) or more epochs");
  check(std::isfinite(o.weight_decay), "weight decay", o.weight_decay, "a number of at least 0");
  check(finite_positive_or_zero(o.l1), "l1", o.l1, "a number of at least 0");
  check(finite_positive_or_zero(o.l2), "l2", o.l2, "a number of at least 0");
  check(finite_positive_or_zero(o.max_norm), "max-norm", o.max_norm, "a number of at least 0 (0: none)");
  check(finite_positive_or_zero(o.clip_norm), "clip-norm", o.clip_norm, "a number of at least 0 (0: none)");
  check(finite_positive_or_zero(o.clip_value), "clip-value", o.clip_value, "a number of at least 0 (0: none)");
  check_shards(o.shards);
  check_peers(o);
  check(o.threads >= 0 && o.threads <= 1024, "threads", o.threads, "1 to 1024 (0: by the work of a step)");
}

int64_t batch_for(int64_t rows) {
  if (rows <= 1000) return 32;
  if (rows <= 4000) return 128;
  return 256;
}

/// Of networks side by side the mean loss is followed, so that each has a share of the gradient: of how many, where the
/// steps are as long as it is.
int shares_of_gradient(const graph::ForwardProgram& program, const optim::OptimizerInfo& info) {
  const bool as_long = info.name == "sgd" || info.name == "momentum" || info.name == "nesterov";
  const std::vector<Layer>& layers = program.network.layers;
  const bool shared =
      std::any_of(layers.begin(), layers.end(), [](const Layer& l) { return l.type == "shared_linear"; });
  return as_long && !shared ? std::max(1, static_cast<int>(program.network.members.size())) : 1;
}

void check_metric(const std::string& metric, Task task) {
  const std::vector<std::string> known =
      task == Task::regression ? std::vector<std::string>{"loss", "rmse", "mae", "r2"}
                               : std::vector<std::string>{"loss", "accuracy", "auc", "macro_f1", "log_loss"};
  if (std::find(known.begin(), known.end(), metric) == known.end())
    fail("metric '{}' does not fit the task {}; choose one of {}", metric, to_string(task), fmt::join(known, ", "));
}

}  // namespace

TrainOptions complete(const TrainOptions& options, const DataSpec& spec, int64_t rows, bool has_valid,
                      const graph::ForwardProgram& program, std::vector<std::string>& decisions) {
  TrainOptions o = options;
  check_ranges(o);
  const auto decide = [&](std::string line) { decisions.push_back(std::move(line)); };
  const optim::OptimizerChoice choice = optim::parse_optimizer(o.optimizer);
  const auto& info = choice.optimizer->info;
  o.optimizer = optim::to_string(choice);
  if (info.full_batch) {
    check_full_batch(o, info, program, rows);
    o.batch = -1;
  }
  if (o.schedule == "auto") o.schedule = info.full_batch ? "constant" : "cosine";
  o.schedule = optim::to_string(optim::parse_schedule(o.schedule));
  for (std::string* schedule : {&o.decay_schedule, &o.dropout_schedule, &o.augment_schedule}) {
    const optim::Schedule parsed = optim::parse_schedule(*schedule);
    if (parsed.info->reports)
      fail("schedule {} follows the watched metric, which moves the learning rate only; choose another for {}",
           parsed.info->name,
           schedule == &o.decay_schedule     ? "weight decay"
           : schedule == &o.dropout_schedule ? "dropout"
                                             : "augmentation");
    *schedule = optim::to_string(parsed);
  }
  const Augmentation asked = [&] {
    try {
      return parse_augmentation(o.augment);
    } catch (const Error& e) {
      fail("--augment: {}", e.what());
    }
  }();
  if (!asked.any()) {
    o.augment = "none";
  } else {
    o.augment = to_string(with_strengths(asked, image_shape(spec)));
    decide(fmt::format("training images are changed anew for every epoch: {}", o.augment));
  }
  if (o.batch == -1) {
    o.batch = rows;
  } else if (o.batch == 0) {
    o.batch = std::min(rows, batch_for(rows));
    decide(fmt::format("batch {}: the default for {} rows", o.batch, rows));
  }
  o.batch = std::min(o.batch, rows);
  if (const int64_t steps = (rows + o.batch - 1) / std::max<int64_t>(o.batch, 1) * o.epochs;
      o.schedule.starts_with("coslog4") && steps < kStepsOfWaves)
    decide(
        fmt::format("schedule coslog4 begins its first step with rate 0 and has four waves, for which {} step{} "
                    "little; train more epochs or with --schedule cosine",
                    steps, steps == 1 ? " is" : "s are"));
  if (info.full_batch) {
    if (options.batch == 0) decide(fmt::format("{}: an epoch is one iteration over all {} rows", info.name, rows));
    o.learning_rate = info.usual_eta;
  }
  const int shares = shares_of_gradient(program, info);
  if (o.learning_rate == 0) {
    // Measured on validation data: a standardised target takes, and gains from, three times the rate of a classifier.
    const double factor = spec.task == Task::regression && info.name.starts_with("adam") ? 3 : 1;
    o.learning_rate = factor * info.usual_eta * shares;
    const std::string why =
        shares > 1    ? fmt::format("{} times the usual one, for the mean loss of as many networks, of", shares)
        : factor == 1 ? "the usual one of"
                      : "three times the usual one, for regression, of";
    decide(fmt::format("learning rate {:.6g}: {} {}", o.learning_rate, why, info.name));
  } else if (shares > 1) {
    decide(fmt::format(
        "learning rate {:.6g}: the loss is the mean of {} networks', so that each moves as one alone with {:.6g}",
        o.learning_rate, shares, o.learning_rate / shares));
  }
  if (o.weight_decay < 0) {
    o.weight_decay = info.decoupled_decay ? 0.01 : 0;
    if (o.weight_decay > 0)
      decide(fmt::format("weight decay {} on weights, not on biases: the default of {}", o.weight_decay, info.name));
  }
  if (o.metric == "auto") {
    o.metric = "loss";
    if (has_valid) decide("the validation loss decides which epoch is best");
  }
  check_metric(o.metric, spec.task);
  if (o.precision == Precision::float64) {
    if (o.threads != 1) decide("1 thread: double precision runs on the operators' plain references");
    if (o.peers != nullptr) decide("every rank computes all of it: double precision is not shared out");
    o.threads = 1;
  } else if (o.threads == 0) {
    const int64_t own = o.batch / (o.peers != nullptr ? o.peers->size() : 1);
    const double flops = program.flops_step() * static_cast<double>(own);
    const int cores = available_cores();
    const auto useful = static_cast<int64_t>(std::max(1.0, flops / kWorthAThread));
    o.threads = static_cast<int>(std::min<int64_t>({cores, useful, panels_of(std::max<int64_t>(own, 1))}));
  }
  return o;
}

}  // namespace retrograd::training
