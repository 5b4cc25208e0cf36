// The settings of [network]: what is trained.
#include "graph/initializer.hpp"
#include "retrograd/preset.hpp"
#include "settings/options.hpp"
#include "settings/sections.hpp"
#include "train/prepare/activation.hpp"
#include "train/prepare/embedding.hpp"

namespace retrograd::cli {
namespace {

constexpr int kMaxWidth = 1 << 20;

void check_width(const std::string& value) {
  if (value == "auto" || value == "none") return;
  whole_number("a width", value, 1, kMaxWidth);
}

void check_activation(const std::string& value) {
  with_hint(value, training::hidden_activations(), [&] { training::check_hidden_activation(value); });
}

void check_embedding(const std::string& value) {
  with_hint(value, training::embedding_names(), [&] { training::parse_embedding(value); });
}

void check_initializer(const std::string& value) {
  if (value == "auto") return;
  with_hint(value, names_of(graph::all_initializers()), [&] { graph::check_initializer(value, 0); });
}

void check_factor(const std::string& value) { add_factor(value); }

}  // namespace

std::vector<SettingSpec> network_settings() {
  std::vector<SettingSpec> t;
  t.push_back({.section = "network",
               .name = "from",
               .kind = Kind::text,
               .initial = "",
               .help = "start from this model's network and parameters (fine-tuning); data are read as it was trained",
               .hint = "MODEL"});
  t.push_back({.section = "network",
               .name = "preset",
               .kind = Kind::text,
               .initial = "auto",
               .help = "settings that are not given: " + listed(preset_names()) + "; auto: by the data",
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
               .help = listed(training::hidden_activations()),
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
               .help = "of weights: " + listed(names_of(graph::all_initializers())) + "; auto: by the activation",
               .hint = "NAME",
               .check = check_initializer});
  t.push_back({.section = "network",
               .name = "scaling",
               .kind = Kind::text,
               .initial = "standard",
               .help = "of numbers: standard (mean and deviation), robust (median and quartiles, clipped smoothly) or "
                       "quantile (to a normal distribution)",
               .hint = "NAME",
               .words = {"standard", "robust", "quantile"}});
  t.push_back(
      {.section = "network",
       .name = "embedding",
       .kind = Kind::text,
       .initial = "none",
       .help = "of numbers: none, or beside them periodic (trained waves) or plr (rectified sums of more waves); with "
               "the scale of their first frequencies: periodic:sigma=0.3",
       .hint = "NAME",
       .check = check_embedding});
  t.push_back({.section = "network",
               .name = "bins",
               .kind = Kind::integer,
               .initial = "0",
               .help = "quantiles of every number with bins between them, whose filling is an input too; 0: none",
               .hint = "N",
               .range = {0, 1024}});
  t.push_back({.section = "network",
               .name = "bins_of",
               .kind = Kind::text,
               .initial = "all",
               .help = "which numbers get bins: all, or tied: those whose quartiles are equal, as where most rows have "
                       "a 0",
               .hint = "NAME",
               .words = {"all", "tied"}});
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
  t.push_back(
      {.section = "network",
       .name = "share_weights",
       .kind = Kind::boolean,
       .initial = "false",
       .help = "members share the weights of the hidden layers, with factors, biases and outputs of their own"});
  t.push_back({.section = "network",
               .name = "rate_factor",
               .kind = Kind::list,
               .initial = "",
               .help = "what multiplies the learning rate of a group of parameters: bias, scale, "
                       "embedding, blend, output or adapter",
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
  return t;
}

}  // namespace retrograd::cli
