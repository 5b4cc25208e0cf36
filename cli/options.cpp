#include "options.hpp"

#include <fast_float/fast_float.h>
#include <fmt/format.h>

#include <map>

#include "base/fail.hpp"
#include "math/simd.hpp"
#include "train/interval.hpp"

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
  for (Task task : {Task::classification, Task::multilabel, Task::regression})
    if (settings.text("task") == to_string(task)) options.task = task;
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
  t.metric = s.text("metric");
  t.weight_decay = auto_or(s, "weight_decay", -1);
  t.l1 = s.number("l1");
  t.l2 = s.number("l2");
  t.max_norm = s.number("max_norm");
  t.clip_norm = s.number("clip_norm");
  t.clip_value = s.number("clip_value");
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

Prepared prepare(const Settings& settings, const DataSpec& spec, const Dataset& train) {
  const NetworkOptions options = network_options(settings);
  if (!settings.layers.empty()) return make_network(spec, train, settings.layers, options);
  if (settings.text("hidden") == "none") return make_network(spec, train, std::vector<Layer>{}, options);
  return make_network(spec, train, options);
}

Settings effective(Settings s, const Prepared& prepared, const TrainOptions& t, double valid_fraction) {
  const auto number = [](double v) { return fmt::format("{}", v); };
  s.set("valid_fraction", number(valid_fraction));
  s.set("optimizer", t.optimizer);
  s.set("lr", number(t.learning_rate));
  s.set("schedule", t.schedule);
  s.set("batch", fmt::format("{}", t.batch));
  s.set("metric", t.metric);
  s.set("weight_decay", number(t.weight_decay));
  if (!s.layers.empty()) {
    s.layers = prepared.hidden;
    return s;
  }
  std::vector<std::string> widths;
  double dropout = 0;
  for (const Layer& layer : prepared.hidden) {
    if (layer.units > 0) widths.push_back(fmt::format("{}", layer.units));
    if (layer.type == "dropout") dropout = layer.attributes.at("rate");
  }
  if (widths.empty()) widths = {"none"};
  s.set("hidden", std::move(widths));
  s.set("dropout", number(dropout));
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
