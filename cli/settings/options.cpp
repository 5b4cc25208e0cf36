#include "settings/options.hpp"

#include <fast_float/fast_float.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "base/fail.hpp"
#include "graph/layer_error.hpp"
#include "graph/program.hpp"
#include "math/simd.hpp"
#include "optim/optimizer.hpp"
#include "retrograd/preset.hpp"
#include "train/checkpoint/interval.hpp"
#include "train/choose/search_space.hpp"
#include "train/prepare/check_options.hpp"

namespace retrograd::cli {
namespace {

double auto_or(const Settings& s, std::string_view name, double otherwise) {
  return s.is_auto(name) ? otherwise : s.number(name);
}

/// "CLASS=W" each; a class may have '=' in its name, so the last one counts.
std::map<std::string, double> class_weights(const std::vector<std::string>& given) {
  std::map<std::string, double> weights;
  for (const std::string& text : given) {
    const size_t equals = text.rfind('=');
    double weight = 0;
    const char* const end = text.data() + text.size();
    if (equals == std::string::npos || fast_float::from_chars(text.data() + equals + 1, end, weight).ptr != end ||
        equals + 1 == text.size())
      fail("--class-weight is '{}', expected CLASS=W with a number W, e.g. yes=2.5", text);
    weights[text.substr(0, equals)] = weight;
  }
  return weights;
}

}  // namespace

DataOptions data_options(const Settings& settings) {
  DataOptions options;
  options.targets = settings.list("target");
  options.weight = settings.text("weight");
  options.ignore = settings.list("ignore");
  for (const std::string& override : settings.list("type")) add_type_override(options, override);
  if (const auto missing = settings.list("missing"); !missing.empty()) options.missing = missing;
  const std::string separator = settings.text("separator");
  if (separator == "tab" || separator == "\\t")
    options.separator = '\t';
  else if (separator != "auto")
    options.separator = separator[0];
  options.decimal = settings.text("decimal")[0];
  for (Task task : {Task::classification, Task::multilabel, Task::regression})
    if (settings.text("task") == to_string(task)) options.task = task;
  const ReadOptions reading = read_options(settings);
  options.on_bad_row = reading.on_bad_row;
  options.cache = reading.cache;
  return options;
}

ReadOptions read_options(const Settings& settings, const std::string& suffix) {
  ReadOptions options;
  options.on_bad_row = settings.text("on_bad_row") == "skip" ? OnBadRow::skip : OnBadRow::fail;
  if (const std::string cache = settings.text("cache"); !cache.empty()) options.cache.file = cache + suffix;
  return options;
}

NetworkOptions network_options(const Settings& s) {
  NetworkOptions n;
  if (!s.is_auto("hidden") && s.text("hidden") != "none")
    for (const std::string& width : s.list("hidden")) n.hidden.push_back(std::stoi(width));
  n.activation = s.text("activation");
  n.dropout = auto_or(s, "dropout", -1);
  n.normalise = s.text("normalise");
  n.loss = s.text("loss");
  n.smoothing = s.number("smoothing");
  if (!s.is_auto("initializer")) n.initializer = s.text("initializer");
  n.scaling = s.text("scaling");
  n.embedding = s.text("embedding");
  n.bins = static_cast<int>(s.integer("bins"));
  n.bins_of = s.text("bins_of");
  n.one_hot_limit = static_cast<int>(s.integer("one_hot_limit"));
  n.scaling_layer = s.boolean("scaling_layer");
  n.parametric = s.boolean("parametric");
  n.ntk = s.text("parametrisation") == "ntk";
  n.clip_outputs = s.boolean("clip_outputs");
  n.members = static_cast<int>(s.integer("members"));
  n.share_weights = s.boolean("share_weights");
  for (const std::string& factor : s.list("rate_factor")) n.rates.insert(add_factor(factor));
  for (const std::string& factor : s.list("decay_factor")) n.decays.insert(add_factor(factor));
  return n;
}

TrainOptions train_options(const Settings& s) {
  TrainOptions t;
  t.optimizer = s.text("optimizer");
  t.learning_rate = auto_or(s, "lr", 0);
  t.schedule = s.text("schedule");
  t.batch = s.text("batch") == "full" ? -1 : s.is_auto("batch") ? 0 : s.integer("batch");
  t.epochs = static_cast<int>(s.integer("epochs"));
  t.patience = static_cast<int>(s.integer("patience"));
  t.augment = s.text("augment");
  t.augment_schedule = s.text("augment_schedule");
  t.metric = s.text("metric");
  t.weight_decay = auto_or(s, "weight_decay", -1);
  t.decay_schedule = s.text("decay_schedule");
  t.dropout_schedule = s.text("dropout_schedule");
  t.l1 = s.number("l1");
  t.l2 = s.number("l2");
  t.max_norm = s.number("max_norm");
  t.clip_norm = s.number("clip_norm");
  t.clip_value = s.number("clip_value");
  t.shards = static_cast<int>(s.integer("shards"));
  t.balanced_classes = s.boolean("balanced");
  t.class_weights = class_weights(s.list("class_weight"));
  t.reduction = s.text("reduction") == "sum" ? Reduction::sum : Reduction::mean;
  t.precision = s.text("precision") == "float64" ? Precision::float64 : Precision::float32;
  t.seed = static_cast<uint64_t>(s.integer("seed"));
  t.checkpoint.every = s.text("checkpoint_every");
  t.time_limit = s.text("time_limit") == "none" ? 0 : training::parse_duration(s.text("time_limit"));
  t.on_divergence = s.text("on_divergence") == "restore" ? OnDivergence::restore : OnDivergence::fail;
  t.threads = s.is_auto("threads") ? 0 : static_cast<int>(s.integer("threads"));
  return t;
}

std::pair<std::string, double> add_factor(const std::string& text) {
  const size_t equals = text.find('=');
  double factor = 0;
  const char* const end = text.data() + text.size();
  const bool number = equals != std::string::npos && equals + 1 < text.size() &&
                      fast_float::from_chars(text.data() + equals + 1, end, factor).ptr == end && factor >= 0;
  const std::string group = text.substr(0, equals);
  const auto& groups = training::kParameterGroups;
  if (!number || std::find(groups.begin(), groups.end(), group) == groups.end())
    fail("found '{}', expected GROUP=F with a number F and a group of {}; e.g. bias=0.1", text,
         fmt::join(groups, ", "));
  return {group, factor};
}

namespace {

/// What was given that a recipe's other settings do not fit, or nothing.
std::string given_by_hand(const Settings& s) {
  if (s.given("from")) return "the network is another model's";
  if (!s.layers.empty()) return "its layers are given";
  if (s.text("hidden") == "none") return "it has no hidden layer";
  for (const std::string_view option : training::kByHand) {
    const std::string_view name = option == "learning_rate" ? "lr" : option == "ntk" ? "parametrisation" : option;
    if (s.given(name)) return fmt::format("{} is given", name);
  }
  return {};
}

/// Full-batch methods want the same function every time, and lm a small network.
void fit_to_optimizer(Settings& s, std::vector<std::string>& decisions) {
  const optim::OptimizerInfo& info = optim::parse_optimizer(s.text("optimizer")).optimizer->info;
  if (!info.full_batch || !s.layers.empty() || s.given("from")) return;
  if (s.is_auto("dropout")) {
    s.set("dropout", "0");
    decisions.push_back(fmt::format("no dropout: {} makes one fixed function small", info.name));
  }
  if (info.name == "lm" && s.is_auto("hidden")) {
    s.set("hidden", "16");
    decisions.emplace_back(
        "a hidden layer of 16: lm solves a system of as many equations as there are trained numbers");
  }
}

}  // namespace

Settings with_preset(Settings s, const DataSpec& spec, int64_t rows, std::vector<std::string>& decisions) {
  std::string chosen = s.text("preset");
  if (const std::string why = given_by_hand(s); chosen == "auto" && !why.empty()) {
    chosen = "plain";
    decisions.push_back(fmt::format("preset plain: {}, and the settings of the other presets belong together", why));
  }
  const Preset p = preset(chosen, spec, rows);
  decisions.insert(decisions.end(), p.decisions.begin(), p.decisions.end());
  s.set("preset", p.name);
  if (p.name == "plain") {  // its values are the defaults of the settings
    fit_to_optimizer(s, decisions);
    return s;
  }
  const NetworkOptions& n = p.network;
  const TrainOptions& t = p.training;
  const auto fill = [&](std::string_view name, std::vector<std::string> values) {
    if (!s.given(name) && (s.layers.empty() || !builds_layers(name))) s.set(name, std::move(values));
  };
  const auto number = [](auto v) { return std::vector{fmt::format("{}", v)}; };
  const auto factors = [](const std::map<std::string, double>& given) {
    std::vector<std::string> texts;
    for (const auto& [group, factor] : given) texts.push_back(fmt::format("{}={}", group, factor));
    return texts;
  };
  std::vector<std::string> widths;
  for (const int width : n.hidden) widths.push_back(fmt::format("{}", width));
  fill("hidden", widths);
  fill("activation", {n.activation});
  fill("dropout", number(n.dropout));
  fill("initializer", {n.initializer.empty() ? "auto" : n.initializer});
  fill("scaling", {n.scaling});
  fill("embedding", {n.embedding});
  fill("bins", number(n.bins));
  fill("bins_of", {n.bins_of});
  fill("one_hot_limit", number(n.one_hot_limit));
  fill("scaling_layer", number(n.scaling_layer));
  fill("parametric", number(n.parametric));
  fill("parametrisation", {n.ntk ? "ntk" : "standard"});
  fill("clip_outputs", number(n.clip_outputs));
  fill("members", number(n.members));
  fill("share_weights", number(n.share_weights));
  fill("rate_factor", factors(n.rates));
  fill("decay_factor", factors(n.decays));
  fill("smoothing", number(n.smoothing));
  fill("optimizer", {t.optimizer});
  fill("lr", t.learning_rate > 0 ? number(t.learning_rate) : std::vector<std::string>{"auto"});
  fill("schedule", {t.schedule});
  fill("batch", number(t.batch));
  fill("epochs", number(t.epochs));
  fill("patience", number(t.patience));
  fill("augment", {t.augment});
  fill("augment_schedule", {t.augment_schedule});
  fill("metric", {t.metric});
  fill("weight_decay", t.weight_decay >= 0 ? number(t.weight_decay) : std::vector<std::string>{"auto"});
  fill("decay_schedule", {t.decay_schedule});
  fill("dropout_schedule", {t.dropout_schedule});
  fit_to_optimizer(s, decisions);
  if (s.layers.empty())
    decisions.push_back(fmt::format("hidden layers {} ({}),{} batch {}, epochs {}: the preset's, or as given",
                                    fmt::join(s.list("hidden"), ", "), s.text("activation"),
                                    s.is_auto("lr") ? "" : fmt::format(" learning rate {},", s.text("lr")),
                                    s.text("batch"), s.text("epochs")));
  return s;
}

/// Compiles the network, so that a mistake in a [[layer]] is reported with its place in the configuration.
void check_wiring(const Prepared& prepared, const Settings& settings) {
  try {
    graph::compile(prepared.network);
  } catch (const graph::LayerError& e) {
    // The hidden layers stand in the network as they were given, behind the preprocessing.
    const std::vector<Layer>& all = prepared.network.layers;
    const auto same = [](const Layer& a, const Layer& b) {
      return a.type == b.type && a.name == b.name && a.inputs == b.inputs && a.units == b.units;
    };
    const auto first =
        std::search(all.begin(), all.end(), settings.layers.begin(), settings.layers.end(), same) - all.begin();
    const size_t layer = e.layer() - static_cast<size_t>(first);
    if (e.layer() < static_cast<size_t>(first) || layer >= settings.layer_places.size()) throw;
    fail("{}: [[layer]] {}: {}", settings.layer_places[layer], layer + 1, e.what());
  }
}

Prepared prepare(const Settings& settings, const DataSpec& spec, const Dataset& train) {
  return prepare(settings, network_options(settings), spec, train);
}

Prepared prepare(const Settings& settings, const NetworkOptions& options, const DataSpec& spec, const Dataset& train) {
  if (!settings.layers.empty()) {
    Prepared prepared = make_network(spec, train, settings.layers, options);
    check_wiring(prepared, settings);
    return prepared;
  }
  if (settings.text("hidden") == "none") return make_network(spec, train, std::vector<Layer>{}, options);
  return make_network(spec, train, options);
}

Settings effective(Settings s, const Prepared& prepared, const TrainOptions& t, double valid_fraction) {
  const auto number = [](double v) { return fmt::format("{}", v); };
  s.set("valid_fraction", number(valid_fraction));
  s.set("optimizer", t.optimizer);
  s.set("lr", number(t.learning_rate));
  s.set("schedule", t.schedule);
  const bool all_rows = optim::parse_optimizer(t.optimizer).optimizer->info.full_batch;
  s.set("batch", all_rows ? "full" : fmt::format("{}", t.batch));
  s.set("augment", t.augment);
  s.set("augment_schedule", t.augment_schedule);
  s.set("metric", t.metric);
  s.set("weight_decay", number(t.weight_decay));
  s.set("decay_schedule", t.decay_schedule);
  s.set("dropout_schedule", t.dropout_schedule);
  if (!s.text("from").empty()) return s;  // the network is that model's
  if (!s.layers.empty()) {
    s.layers = prepared.hidden;
    s.layer_places.clear();
    return s;
  }
  const NetworkOptions built = training::as_built({}, prepared);
  std::vector<std::string> widths;
  for (const int width : built.hidden) widths.push_back(fmt::format("{}", width));
  if (widths.empty()) widths = {"none"};
  s.set("hidden", std::move(widths));
  s.set("dropout", number(built.dropout));
  return s;
}

std::optional<TrainOptions> training_of(const Model& model) {
  const auto config = model.notes().find("config");
  if (config == model.notes().end()) return std::nullopt;
  return train_options(Settings::from_toml_text(config->second, "the model's configuration"));
}

void choose_simd(const Settings& settings) {
  if (!settings.is_auto("simd")) {
    try {
      force_simd(settings.text("simd"));
    } catch (const Error& e) {
      fail("--simd: {}", e.what());
    }
  }
  simd_name();  // refuses an unknown RETROGRAD_SIMD now
}

}  // namespace retrograd::cli
