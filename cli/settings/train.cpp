// The settings of [train]: how it is trained.
#include "base/shards.hpp"
#include "optim/optimizer.hpp"
#include "optim/schedule.hpp"
#include "settings/sections.hpp"
#include "train/checkpoint/interval.hpp"
#include "train/engine/augmentation.hpp"

namespace retrograd::cli {
namespace {

void check_optimizer(const std::string& value) {
  with_hint(value, names_of(optim::all_optimizers()), [&] { optim::parse_optimizer(value); });
}

void check_schedule(const std::string& value) {
  with_hint(value, names_of(optim::all_schedules()), [&] { optim::parse_schedule(value); });
}

void check_rate_schedule(const std::string& value) {
  if (value != "auto") check_schedule(value);
}

void check_augmentation(const std::string& value) { training::parse_augmentation(value); }

void check_interval(const std::string& value) { training::parse_interval(value); }

void check_fold_count(const std::string& value) {
  if (value == "1") fail("one fold has no rows to train on; give 2 or more, or 0 for none");
}

void check_shard_count(const std::string& value) { check_shards(whole_number("shards", value, 1, kMaxShards)); }

void check_duration(const std::string& value) {
  if (value != "none") training::parse_duration(value);
}

}  // namespace

std::vector<SettingSpec> train_settings() {
  std::vector<SettingSpec> t;
  t.push_back(
      {.section = "train",
       .name = "optimizer",
       .kind = Kind::text,
       .initial = "adamw",
       .help = listed(names_of(optim::all_optimizers())) +
               "; with attributes: adam:beta1=0.8,epsilon=1e-7; lbfgs and lm: over all rows at once, for small data",
       .hint = "NAME",
       .check = check_optimizer});
  t.push_back({.section = "train",
               .name = "lr",
               .kind = Kind::number,
               .initial = "auto",
               .help = "learning rate; auto: the usual one of the optimiser",
               .hint = "ETA",
               .range = kAbove0,
               .words = {"auto"}});
  t.push_back(
      {.section = "train",
       .name = "schedule",
       .kind = Kind::text,
       .initial = "auto",
       .help = listed(names_of(optim::all_schedules())) +
               "; with attributes: step:every=10,gamma=0.5 or cosine:warmup_epochs=2; auto: cosine, or constant "
               "for lbfgs and lm",
       .hint = "NAME",
       .check = check_rate_schedule});
  t.push_back({.section = "train",
               .name = "batch",
               .kind = Kind::integer,
               .initial = "auto",
               .help = "rows a step; full: all rows (plain gradient descent)",
               .hint = "N",
               .range = {1, kInf},
               .words = {"full", "auto"}});
  t.push_back({.section = "train",
               .name = "epochs",
               .kind = Kind::integer,
               .initial = "100",
               .help = "passes over the training data",
               .hint = "N",
               .range = {1, 1e9}});
  t.push_back({.section = "train",
               .name = "patience",
               .kind = Kind::integer,
               .initial = "16",
               .help = "epochs without improvement on the validation data before stopping; 0: never stop early",
               .hint = "N",
               .range = {0, 1e9}});
  t.push_back({.section = "train",
               .name = "augment",
               .kind = Kind::text,
               .initial = "none",
               .help =
                   "change the training images anew for every epoch: shift, rotate, scale, elastic, flip, in a list "
                   "with commas, each with or without its strength: shift=2,rotate=10,scale=0.1,elastic=34:4; "
                   "share=0.5: every other image only",
               .hint = "LIST",
               .check = check_augmentation});
  t.push_back({.section = "train",
               .name = "augment_schedule",
               .kind = Kind::text,
               .initial = "constant",
               .help = "of the share of the images that are changed, as --schedule but without plateau",
               .hint = "NAME",
               .check = check_schedule});
  t.push_back({.section = "train",
               .name = "metric",
               .kind = Kind::text,
               .initial = "auto",
               .help = "what decides on the validation data which epoch is best: loss, accuracy, auc, macro_f1, "
                       "log_loss, rmse, mae or r2; auto: loss",
               .hint = "NAME",
               .words = {"auto", "loss", "accuracy", "auc", "macro_f1", "log_loss", "rmse", "mae", "r2"}});
  t.push_back({.section = "train",
               .name = "calibrate",
               .kind = Kind::boolean,
               .initial = "false",
               .help = "after training, divide the logits by the temperature that makes the log loss on the validation "
                       "data (with --folds: on rows out of fold) smallest"});
  t.push_back({.section = "train",
               .name = "folds",
               .kind = Kind::integer,
               .initial = "0",
               .help =
                   "cross-validation: as many networks, each trained without its part of the rows and scored on it; "
                   "the model is all of them; 0: one network",
               .hint = "K",
               .range = {0, 64},
               .check = check_fold_count});
  t.push_back({.section = "train",
               .name = "weight_decay",
               .kind = Kind::number,
               .initial = "auto",
               .help = "weight decay; auto: by the optimiser",
               .hint = "L",
               .range = kFrom0,
               .words = {"auto"}});
  t.push_back({.section = "train",
               .name = "decay_schedule",
               .kind = Kind::text,
               .initial = "constant",
               .help = "of the weight decay, as --schedule but without plateau",
               .hint = "NAME",
               .check = check_schedule});
  t.push_back({.section = "train",
               .name = "dropout_schedule",
               .kind = Kind::text,
               .initial = "constant",
               .help = "of the dropout rate, as --schedule but without plateau",
               .hint = "NAME",
               .check = check_schedule});
  t.push_back({.section = "train",
               .name = "l1",
               .kind = Kind::number,
               .initial = "0",
               .help = "L1 penalty of each weight",
               .hint = "L",
               .range = kFrom0});
  t.push_back({.section = "train",
               .name = "l2",
               .kind = Kind::number,
               .initial = "0",
               .help = "L2 penalty of each weight",
               .hint = "L",
               .range = kFrom0});
  t.push_back({.section = "train",
               .name = "max_norm",
               .kind = Kind::number,
               .initial = "0",
               .help = "largest norm of a unit's incoming weights; 0: no limit",
               .hint = "C",
               .range = kFrom0});
  t.push_back({.section = "train",
               .name = "clip_norm",
               .kind = Kind::number,
               .initial = "0",
               .help = "largest norm of the gradient; 0: no limit",
               .hint = "C",
               .range = kFrom0});
  t.push_back({.section = "train",
               .name = "clip_value",
               .kind = Kind::number,
               .initial = "0",
               .help = "largest size of each element of the gradient; 0: no limit",
               .hint = "C",
               .range = kFrom0});
  t.push_back({.section = "train",
               .name = "balanced",
               .kind = Kind::boolean,
               .initial = "false",
               .help = "weigh rows so that every class counts the same"});
  t.push_back({.section = "train",
               .name = "class_weight",
               .kind = Kind::list,
               .initial = "",
               .help = "weight of a class; classes that are not named weigh 1",
               .hint = "CLASS=W"});
  t.push_back({.section = "train",
               .name = "reduction",
               .kind = Kind::text,
               .initial = "mean",
               .help = "follow the gradient of the mean over the batch, or of the sum",
               .hint = "mean|sum",
               .words = {"mean", "sum"}});
  t.push_back({.section = "train",
               .name = "precision",
               .kind = Kind::text,
               .initial = "float32",
               .help = "float32 (fast) or float64 (plain reference loops, slow)",
               .hint = "P",
               .words = {"float32", "float64"}});
  t.push_back({.section = "train",
               .name = "checkpoint_every",
               .kind = Kind::text,
               .initial = "60s",
               .help = "how often the run's state is saved, so that --resume goes on from there: 60s, 5m, 500steps, "
                       "2epochs; none: never",
               .hint = "WHEN",
               .check = check_interval});
  t.push_back({.section = "train",
               .name = "time_limit",
               .kind = Kind::text,
               .initial = "none",
               .help = "stop in time, with checkpoint and model written: 90s, 30m, 2h or 1h30m; none: no limit",
               .hint = "TIME",
               .check = check_duration});
  t.push_back({.section = "train",
               .name = "time_budget",
               .kind = Kind::text,
               .initial = "none",
               .help =
                   "search for better settings for so long, by the validation data; what was found so far is always "
                   "in the folder: 60s, 10m, 1h30m; none: train once",
               .hint = "TIME",
               .check = check_duration});
  t.push_back({.section = "train",
               .name = "trials",
               .kind = Kind::integer,
               .initial = "0",
               .help = "search with so many trials, the given settings among them; with --time-budget at most so many; "
                       "0: as many as there is time for",
               .hint = "N",
               .range = {0, 10'000}});
  t.push_back({.section = "train",
               .name = "concurrent_trials",
               .kind = Kind::integer,
               .initial = "1",
               .help = "of a search: a trial does not wait for the outcome of the C - 1 before it, so that C processes "
                       "search together, to the same bits (8 under mpirun)",
               .hint = "C",
               .range = {1, 1024}});
  t.push_back({.section = "train",
               .name = "on_divergence",
               .kind = Kind::text,
               .initial = "fail",
               .help = "when the loss stops being finite: fail, or restore: back to the start of the epoch, with half "
                       "the learning rate",
               .hint = "fail|restore",
               .words = {"fail", "restore"}});
  t.push_back({.section = "train",
               .name = "shards",
               .kind = Kind::integer,
               .initial = "1",
               .help = "parts of every batch whose sums are added by a fixed tree, so that as many processes train to "
                       "the same bits; a power of two (8 under mpirun)",
               .hint = "S",
               .range = {1, kMaxShards},
               .check = check_shard_count});
  t.push_back({.section = "train",
               .name = "seed",
               .kind = Kind::integer,
               .initial = "1",
               .help = "of initial weights, order of rows, dropout and the rows held out",
               .hint = "N",
               .range = kFrom0});
  t.push_back({.section = "train",
               .name = "threads",
               .kind = Kind::integer,
               .initial = "auto",
               .help = "threads, at most 1024; the result does not depend on it",
               .hint = "N",
               .range = {1, 1024},
               .words = {"auto"}});
  t.push_back({.section = "train",
               .name = "simd",
               .kind = Kind::text,
               .initial = "auto",
               .help = "vector instructions: avx2, avx512 or auto; the result does not depend on it",
               .hint = "NAME",
               .words = {"auto", "avx2", "avx512"}});
  return t;
}

}  // namespace retrograd::cli
