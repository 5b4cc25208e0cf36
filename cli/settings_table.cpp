// Every setting: its place, kind, default, allowed values and help.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/fail.hpp"
#include "graph/initializer.hpp"
#include "optim/optimizer.hpp"
#include "optim/schedule.hpp"
#include "options.hpp"
#include "retrograd/data.hpp"
#include "retrograd/preset.hpp"
#include "settings.hpp"
#include "suggest.hpp"
#include "train/activation.hpp"
#include "train/interval.hpp"

namespace retrograd::cli {
namespace {

constexpr int kMaxWidth = 1 << 20;

template <class Infos>
std::vector<std::string> names_of(const Infos& infos) {
  std::vector<std::string> names;
  for (const auto& i : infos) {
    if constexpr (requires { i.info.name; })
      names.emplace_back(i.info.name);
    else
      names.emplace_back(i.name);
  }
  return names;
}

/// Adds the nearest name to a message about a wrong one.
template <class Parse>
void with_hint(const std::string& value, const std::vector<std::string>& names, Parse parse) {
  try {
    parse();
  } catch (const Error& e) {
    const std::string name = value.substr(0, value.find(':'));
    const bool known = std::find(names.begin(), names.end(), name) != names.end();
    fail("{}{}", e.what(), known ? std::string() : did_you_mean(name, names));
  }
}

void check_width(const std::string& value) {
  if (value == "auto" || value == "none") return;
  whole_number("a width", value, 1, kMaxWidth);
}

void check_activation(const std::string& value) {
  with_hint(value, training::hidden_activations(), [&] { training::check_hidden_activation(value); });
}

void check_optimizer(const std::string& value) {
  with_hint(value, names_of(optim::all_optimizers()), [&] { optim::parse_optimizer(value); });
}

void check_schedule(const std::string& value) {
  with_hint(value, names_of(optim::all_schedules()), [&] { optim::parse_schedule(value); });
}

void check_initializer(const std::string& value) {
  if (value == "auto") return;
  with_hint(value, names_of(graph::all_initializers()), [&] { graph::check_initializer(value, 0); });
}

void check_factor(const std::string& value) { add_factor(value); }

void check_separator(const std::string& value) {
  if (value.size() != 1 && value != "auto" && value != "tab" && value != "\\t")
    fail("found '{}', expected one character, tab or auto", value);
}

void check_interval(const std::string& value) { training::parse_interval(value); }

void check_duration(const std::string& value) {
  if (value != "none") training::parse_duration(value);
}

void check_type(const std::string& value) {
  DataOptions scratch;
  add_type_override(scratch, value);
}

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr Range kFrom0 = {0, kInf};
constexpr Range kAbove0 = {0, kInf, true};
constexpr Range kShare = {0, 1, false, true};

std::vector<SettingSpec> table() {
  const auto list = [](const auto& names) { return fmt::format("{}", fmt::join(names, ", ")); };
  std::vector<SettingSpec> t;
  t.push_back({.section = "data", .name = "train", .kind = Kind::text, .initial = "", .help = "training data"});
  t.push_back({.section = "data",
               .name = "target",
               .kind = Kind::list,
               .initial = "",
               .help = "column to predict; repeat it for several outputs",
               .hint = "COLUMN"});
  t.push_back({.section = "data",
               .name = "valid",
               .kind = Kind::text,
               .initial = "",
               .help = "validation data; without it a part of the training data is held out",
               .hint = "DATA"});
  t.push_back({.section = "data",
               .name = "valid_fraction",
               .kind = Kind::number,
               .initial = "auto",
               .help = "part of the training data held out for validation when --valid is not given; 0: none; auto: a "
                       "fifth, at most 10,000 rows",
               .hint = "F",
               .range = kShare,
               .words = {"auto"}});
  t.push_back({.section = "data",
               .name = "test",
               .kind = Kind::text,
               .initial = "",
               .help = "test data, measured once after training",
               .hint = "DATA"});
  t.push_back({.section = "data",
               .name = "task",
               .kind = Kind::text,
               .initial = "auto",
               .help = "classification, multilabel or regression; auto: by the target",
               .hint = "TASK",
               .words = {"auto", "classification", "multilabel", "regression"}});
  t.push_back({.section = "data",
               .name = "weight",
               .kind = Kind::text,
               .initial = "",
               .help = "column that says how much each row counts",
               .hint = "COLUMN"});
  t.push_back({.section = "data",
               .name = "ignore",
               .kind = Kind::list,
               .initial = "",
               .help = "column to leave out; may be repeated",
               .hint = "COLUMN"});
  t.push_back({.section = "data",
               .name = "type",
               .kind = Kind::list,
               .initial = "",
               .help = "what a column holds: numeric, categorical, boolean or ignore; may be repeated",
               .hint = "COLUMN=TYPE",
               .check = check_type});
  t.push_back({.section = "data",
               .name = "missing",
               .kind = Kind::list,
               .initial = "",
               .help = fmt::format("text that means 'no value', may be repeated; default: the empty field, {}",
                                   list(default_missing())),
               .hint = "TEXT"});
  t.push_back({.section = "data",
               .name = "separator",
               .kind = Kind::text,
               .initial = "auto",
               .help = "field separator: one character, or tab",
               .hint = "C",
               .check = check_separator});
  t.push_back({.section = "data",
               .name = "on_bad_row",
               .kind = Kind::text,
               .initial = "fail",
               .help = "rows of a table that cannot be read: fail, naming file, line and column, or skip: leave them "
                       "out and list the first; more than half of all rows is an error all the same",
               .hint = "fail|skip",
               .words = {"fail", "skip"}});

  t.push_back({.section = "network",
               .name = "from",
               .kind = Kind::text,
               .initial = "",
               .help = "start from this model's network and parameters (fine-tuning); data are read as it was trained",
               .hint = "MODEL"});
  t.push_back({.section = "network",
               .name = "preset",
               .kind = Kind::text,
               .initial = "plain",
               .help = "settings that are not given: " + list(preset_names()) + "; auto: by the data",
               .hint = "NAME",
               .words = preset_names()});
  t.push_back({.section = "network",
               .name = "hidden",
               .kind = Kind::list,
               .initial = "auto",
               .help = "widths of the hidden layers, e.g. 256,128; none: a linear model",
               .hint = "N,N",
               .check = check_width});
  t.push_back({.section = "network",
               .name = "activation",
               .kind = Kind::text,
               .initial = "relu",
               .help = list(training::hidden_activations()),
               .hint = "NAME",
               .check = check_activation});
  t.push_back({.section = "network",
               .name = "dropout",
               .kind = Kind::number,
               .initial = "auto",
               .help = "dropout rate after each hidden layer, from 0 to below 1",
               .hint = "P",
               .range = kShare,
               .words = {"auto"}});
  t.push_back({.section = "network",
               .name = "normalise",
               .kind = Kind::text,
               .initial = "none",
               .help = "none, layer_norm or batch_norm before each activation",
               .hint = "NAME",
               .words = {"none", "layer_norm", "batch_norm"}});
  t.push_back({.section = "network",
               .name = "initializer",
               .kind = Kind::text,
               .initial = "auto",
               .help = "of weights: " + list(names_of(graph::all_initializers())) + "; auto: by the activation",
               .hint = "NAME",
               .check = check_initializer});
  t.push_back({.section = "network",
               .name = "scaling",
               .kind = Kind::text,
               .initial = "standard",
               .help = "of numbers: standard (mean and deviation), or robust (median and quartiles, clipped smoothly)",
               .hint = "NAME",
               .words = {"standard", "robust"}});
  t.push_back({.section = "network",
               .name = "embedding",
               .kind = Kind::text,
               .initial = "none",
               .help = "of numbers: none, or periodic (trained waves beside the numbers)",
               .hint = "NAME",
               .words = {"none", "periodic"}});
  t.push_back({.section = "network",
               .name = "one_hot_limit",
               .kind = Kind::integer,
               .initial = "0",
               .help = "columns of more categories than this are embedded in 8 trained numbers a category; 0: none is",
               .hint = "N",
               .range = {0, 1e9}});
  t.push_back({.section = "network",
               .name = "scaling_layer",
               .kind = Kind::boolean,
               .initial = "false",
               .help = "a trained factor for each input of the first layer"});
  t.push_back({.section = "network",
               .name = "parametric",
               .kind = Kind::boolean,
               .initial = "false",
               .help = "every hidden unit learns how far its activation bends"});
  t.push_back({.section = "network",
               .name = "parametrisation",
               .kind = Kind::text,
               .initial = "standard",
               .help = "standard, or ntk: the learning rate of weights [I, O] is divided by the root of I",
               .hint = "NAME",
               .words = {"standard", "ntk"}});
  t.push_back({.section = "network",
               .name = "clip_outputs",
               .kind = Kind::boolean,
               .initial = "false",
               .help = "regression: predictions stay within the targets of the training data"});
  t.push_back({.section = "network",
               .name = "members",
               .kind = Kind::integer,
               .initial = "1",
               .help = "networks trained side by side; the prediction is the mean of theirs",
               .hint = "N",
               .range = {1, 64}});
  t.push_back({.section = "network",
               .name = "rate_factor",
               .kind = Kind::list,
               .initial = "",
               .help = "what multiplies the learning rate of a group of parameters: bias, scale, embedding or blend",
               .hint = "GROUP=F",
               .check = check_factor});
  t.push_back({.section = "network",
               .name = "decay_factor",
               .kind = Kind::list,
               .initial = "",
               .help = "what multiplies the weight decay of such a group (1 for weights, 0 for others)",
               .hint = "GROUP=F",
               .check = check_factor});
  t.push_back({.section = "network",
               .name = "loss",
               .kind = Kind::text,
               .initial = "auto",
               .help = "softmax_xent, sigmoid_bce, squared, absolute or huber; auto: by the task",
               .hint = "NAME",
               .words = {"auto", "softmax_xent", "sigmoid_bce", "squared", "absolute", "huber"}});
  t.push_back({.section = "network",
               .name = "smoothing",
               .kind = Kind::number,
               .initial = "0",
               .help = "label smoothing, from 0 to 0.999",
               .hint = "S",
               .range = {0, 0.999}});

  t.push_back({.section = "train",
               .name = "optimizer",
               .kind = Kind::text,
               .initial = "adamw",
               .help = list(names_of(optim::all_optimizers())) + "; with attributes: adam:beta1=0.8,epsilon=1e-7",
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
  t.push_back({.section = "train",
               .name = "schedule",
               .kind = Kind::text,
               .initial = "cosine",
               .help = list(names_of(optim::all_schedules())) +
                       "; with attributes: step:every=10,gamma=0.5 or cosine:warmup_epochs=2",
               .hint = "NAME",
               .check = check_schedule});
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
               .name = "metric",
               .kind = Kind::text,
               .initial = "auto",
               .help = "what decides on the validation data which epoch is best: loss, accuracy, auc, macro_f1, "
                       "log_loss, rmse, mae or r2; auto: loss",
               .hint = "NAME",
               .words = {"auto", "loss", "accuracy", "auc", "macro_f1", "log_loss", "rmse", "mae", "r2"}});
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
               .name = "on_divergence",
               .kind = Kind::text,
               .initial = "fail",
               .help = "when the loss stops being finite: fail, or restore: back to the start of the epoch, with half "
                       "the learning rate",
               .hint = "fail|restore",
               .words = {"fail", "restore"}});
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

}  // namespace

const std::vector<SettingSpec>& setting_specs() {
  static const std::vector<SettingSpec> specs = table();
  return specs;
}

}  // namespace retrograd::cli
