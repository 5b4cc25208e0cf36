#include "retrograd/preset.hpp"

#include <fmt/ranges.h>

#include "base/fail.hpp"

namespace retrograd {
namespace {

constexpr int kMembers = 4;
constexpr int64_t kRowsInAll = 2'500'000;  ///< over all epochs of a table's network

/// The recipe of table A.1 with these differences: a one-hot column pair in place of one ±1 column for two categories;
/// missing numbers become the median and a flag each; the last, shorter batch of an epoch is not dropped.
void realmlp(Task task, int64_t rows, NetworkOptions& n, TrainOptions& t) {
  const bool regression = task == Task::regression;
  n.hidden = {256, 256, 256};
  n.activation = regression ? "mish" : "selu";
  n.dropout = 0.15;
  n.smoothing = task == Task::classification ? 0.1 : 0;
  n.initializer = "data";
  n.scaling = "robust";
  n.embedding = "periodic";
  n.one_hot_limit = 8;
  n.scaling_layer = n.parametric = n.ntk = true;
  n.clip_outputs = regression;
  n.rates = {{"scale", 6}, {"bias", 0.1}, {"embedding", 0.1}, {"blend", 0.1}};
  // The decay of these groups is that of their rate once more, as in the authors' code.
  n.decays = {{"scale", 6}, {"embedding", 0.1}, {"blend", 0.1}};
  t.optimizer = "adamw:beta2=0.95";
  t.learning_rate = regression ? 0.2 : 0.04;
  t.weight_decay = 0.02;
  t.schedule = "coslog4";
  t.decay_schedule = t.dropout_schedule = "flat_cos";
  t.epochs = 256;
  t.patience = 0;
  t.batch = std::min<int64_t>(256, rows);
  t.metric = regression ? "rmse" : task == Task::classification ? "accuracy" : "loss";
}

/// Bins beside the waves, and as many epochs as the rows leave time for.
void table(Task task, int64_t rows, NetworkOptions& n, TrainOptions& t) {
  realmlp(task, rows, n, t);
  n.bins = 32;
  t.epochs = static_cast<int>(std::clamp<int64_t>(kRowsInAll / std::max<int64_t>(rows, 1), 16, 256));
}

}  // namespace

std::vector<std::string> preset_names() { return {"auto", "plain", "table", "ensemble", "realmlp"}; }

Preset preset(std::string_view name, const DataSpec& spec, int64_t rows) {
  Preset p;
  p.name = std::string(name);
  const bool images = spec.row_shape.size() > 1;
  if (name == "auto") {
    p.name = images ? "plain" : "table";
    p.decisions.push_back(
        fmt::format("preset {}: the default for {}{}", p.name, images ? "images" : "tables",
                    images ? "" : "; plain is the textbook's network, ensemble four of these, mostly a little better"));
  }
  if (p.name == "plain") return p;
  if (p.name == "realmlp") {
    realmlp(spec.task, rows, p.network, p.training);
  } else if (p.name == "table" || p.name == "ensemble") {
    table(spec.task, rows, p.network, p.training);
    if (p.name == "ensemble") p.network.members = kMembers;
  } else {
    fail("there is no preset '{}'; choose one of: {}", name, fmt::join(preset_names(), ", "));
  }
  return p;
}

}  // namespace retrograd
