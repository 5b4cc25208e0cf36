// retrograd train: from a data file to a trained network.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/atomic_file.hpp"
#include "base/fail.hpp"
#include "data/csv_writer.hpp"
#include "data_flags.hpp"
#include "math/simd.hpp"
#include "progress.hpp"
#include "retrograd/retrograd.hpp"
#include "verb.hpp"

namespace retrograd::cli {
namespace {

volatile std::sig_atomic_t interrupted = 0;

void on_signal(int) {
  if (interrupted) _exit(kInterrupted);
  interrupted = 1;
}

/// Ctrl-C and SIGTERM end the run after the step at hand; a second one ends the program at once.
class SignalScope {
 public:
  SignalScope() {
    interrupted = 0;
    before_int_ = std::signal(SIGINT, on_signal);
    before_term_ = std::signal(SIGTERM, on_signal);
  }
  ~SignalScope() {
    std::signal(SIGINT, before_int_);
    std::signal(SIGTERM, before_term_);
  }

 private:
  void (*before_int_)(int);
  void (*before_term_)(int);
};

struct Options {
  std::string config, out = "retrograd-run";
  Settings flags;
  bool json = false, quiet = false;
};

double auto_or(const Settings& s, std::string_view name, double otherwise) {
  return s.is_auto(name) ? otherwise : s.number(name);
}

NetworkOptions network_options(const Settings& s) {
  NetworkOptions n;
  if (!s.is_auto("hidden"))
    for (const std::string& width : s.list("hidden")) {
      const double w = [&] {
        try {
          return std::stod(width);
        } catch (const std::exception&) {
          fail("--hidden: '{}' is not a number; give widths as 256,128", width);
        }
      }();
      if (w < 1 || w > (1 << 20) || w != static_cast<int>(w))
        fail("--hidden: a layer of {} units; expected whole numbers from 1 to {}", width, 1 << 20);
      n.hidden.push_back(static_cast<int>(w));
    }
  n.activation = s.text("activation");
  n.dropout = auto_or(s, "dropout", -1);
  if (!s.is_auto("dropout") && !(n.dropout >= 0 && n.dropout < 1))
    fail("--dropout is {}, expected at least 0 and below 1", s.text("dropout"));
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
  if (!s.is_auto("lr") && !(t.learning_rate > 0)) fail("--lr is {}, expected a positive number or auto", s.text("lr"));
  t.schedule = s.text("schedule");
  if (s.text("batch") == "full") {
    t.batch = -1;
  } else if (!s.is_auto("batch")) {
    t.batch = s.integer("batch");
    if (t.batch < 1) fail("--batch is {}, expected at least 1 row, full or auto", t.batch);
  }
  t.epochs = static_cast<int>(std::min<int64_t>(s.integer("epochs"), 1000000000));
  t.patience = static_cast<int>(std::min<int64_t>(s.integer("patience"), 1000000000));
  t.metric = s.text("metric");
  t.weight_decay = auto_or(s, "weight_decay", -1);
  if (!s.is_auto("weight_decay") && !(t.weight_decay >= 0))
    fail("--weight-decay is {}, expected a number of at least 0 or auto", s.text("weight_decay"));
  t.l1 = s.number("l1");
  t.l2 = s.number("l2");
  t.max_norm = s.number("max_norm");
  t.clip_norm = s.number("clip_norm");
  t.clip_value = s.number("clip_value");
  t.balanced_classes = s.boolean("balanced");
  if (s.text("reduction") != "mean" && s.text("reduction") != "sum")
    fail("--reduction is '{}', expected mean or sum", s.text("reduction"));
  t.reduction = s.text("reduction") == "sum" ? Reduction::sum : Reduction::mean;
  if (s.text("precision") != "float32" && s.text("precision") != "float64")
    fail("--precision is '{}', expected float32 or float64", s.text("precision"));
  t.precision = s.text("precision") == "float64" ? Precision::float64 : Precision::float32;
  if (s.integer("seed") < 0) fail("--seed is {}, expected a whole number of at least 0", s.integer("seed"));
  t.seed = static_cast<uint64_t>(s.integer("seed"));
  t.threads = threads_from(s.text("threads"));
  return t;
}

/// Shares out validation rows: a fifth, at most 10,000.
double fraction_for(int64_t rows) { return std::min(0.2, 10000.0 / static_cast<double>(rows)); }

/// The folder must be usable before hours of training, not after.
void prepare_folder(const std::string& out) {
  std::error_code error;
  std::filesystem::create_directories(out, error);
  if (error) fail("--out {}: cannot make the folder: {}", out, error.message());
  const std::string probe = (std::filesystem::path(out) / ".probe").string();
  write_file_atomically(probe, "");
  std::filesystem::remove(probe, error);
}

std::string history_csv(const std::vector<EpochReport>& history) {
  CsvWriter csv;
  csv.row({"epoch", "steps", "train_loss", "valid_loss", "metric", "valid_metric", "learning_rate", "seconds", "best"});
  const double none = std::numeric_limits<double>::quiet_NaN();
  for (const EpochReport& r : history) {
    csv.field(static_cast<int64_t>(r.epoch));
    csv.field(r.steps);
    csv.field(r.train_loss);
    csv.field(r.valid_loss.value_or(none));
    csv.field(r.metric);
    csv.field(r.valid_metric.value_or(none));
    csv.field(r.learning_rate);
    csv.field(r.seconds);
    csv.field(static_cast<int64_t>(r.best));
    csv.end_row();
  }
  return csv.text();
}

/// The configuration with everything that was inferred written out, so that it repeats the run.
Settings effective(Settings s, const Prepared& prepared, const TrainOptions& t, double fraction) {
  const auto number = [](double v) { return fmt::format("{}", v); };
  s.set("valid_fraction", number(fraction));
  s.set("optimizer", t.optimizer);
  s.set("lr", number(t.learning_rate));
  s.set("schedule", t.schedule);
  s.set("batch", fmt::format("{}", t.batch));
  s.set("metric", t.metric);
  s.set("weight_decay", number(t.weight_decay));
  s.layers = prepared.hidden;
  return s;
}

class TrainVerb {
 public:
  explicit TrainVerb(const Options& options) : options_(options), progress_(options.json ? stderr : stdout, options.quiet) {}

  int run(Settings settings) {
    simd_name();  // refuses an unknown RETROGRAD_SIMD now
    if (settings.text("train").empty())
      fail("no training data; give a file, e.g. retrograd train table.csv --target price");
    const NetworkOptions network = network_options(settings);
    TrainOptions training = train_options(settings);
    prepare_folder(options_.out);

    load(settings, training.seed);
    const Prepared prepared = settings.layers.empty() ? make_network(spec_, train_, network)
                                                      : make_network(spec_, train_, settings.layers, network);
    Trained trained = fit(prepared, training);
    const Settings complete = effective(std::move(settings), prepared, trained.options, fraction_);
    const Model model = trained.model.with_notes({{"config", complete.to_toml()}, {"trained", about(trained)}});
    const std::filesystem::path out(options_.out);
    model.save((out / "model.onnx").string());
    write_file_atomically((out / "config.toml").string(), complete.to_toml());
    write_file_atomically((out / "history.csv").string(), history_csv(trained.history));
    finish(model, trained);
    return interrupted ? kInterrupted : 0;
  }

 private:
  void load(const Settings& settings, uint64_t seed) {
    const std::string source = settings.text("train");
    Loaded loaded = load_training(source, data_options(settings));
    spec_ = std::move(loaded.spec);
    train_ = std::move(loaded.data);
    const size_t features = spec_.row_shape.empty() ? spec_.with_role(ColumnRole::feature).size() : 0;
    progress_.line(spec_.row_shape.empty()
                       ? fmt::format("{}: {} rows, {} feature columns", source, train_.rows, features)
                       : fmt::format("{}: {} rows of shape {}", source, train_.rows, fmt::join(spec_.row_shape, " x ")));
    for (const std::string& warning : spec_.warnings) progress_.line("warning: " + warning);
    const std::string valid = settings.text("valid");
    fraction_ = settings.is_auto("valid_fraction") ? fraction_for(train_.rows) : settings.number("valid_fraction");
    if (!valid.empty()) {
      fraction_ = 0;
      valid_ = load_with(valid, spec_, Part::test, true);
    } else if (fraction_ != 0) {
      if (!(fraction_ > 0 && fraction_ < 1)) fail("--valid-fraction is {}, expected at least 0 and below 1", fraction_);
      Split parts = split(train_, fraction_, seed, spec_.task == Task::classification);
      train_ = std::move(parts.train);
      valid_ = std::move(parts.valid);
      progress_.line(fmt::format("{} rows held out for validation ({:.3g} of the data)", valid_->rows, fraction_));
    }
    if (!settings.text("test").empty()) test_ = load_with(settings.text("test"), spec_, Part::test, true);
  }

  Trained fit(const Prepared& prepared, const TrainOptions& training) {
    const SignalScope signals;
    Callbacks callbacks;
    callbacks.log = [&](const std::string& text) { progress_.line(text); };
    callbacks.epoch = [&](const EpochReport& report) {
      progress_.epoch(report);
      return Control{};
    };
    callbacks.step = [](int64_t, int64_t) { return interrupted != 0; };
    return train(prepared, spec_, train_, valid_ ? &*valid_ : nullptr, training, callbacks);
  }

  static std::string about(const Trained& t) {
    return fmt::format("{} epochs, best {}; {}", t.history.size(), t.best_epoch, t.stopped);
  }

  void finish(const Model& model, const Trained& trained) {
    nlohmann::json json = {{"fingerprint", model.fingerprint()},
                           {"rows", train_.rows},
                           {"epochs", trained.history.size()},
                           {"best_epoch", trained.best_epoch},
                           {"stopped", trained.stopped},
                           {"seconds", trained.seconds},
                           {"simd", simd_name()},
                           {"threads", trained.options.threads},
                           {"train_loss", trained.history.back().train_loss},
                           {"parameters", model.parameter_count()},
                           {"out", options_.out}};
    progress_.line(fmt::format("{} in {:.1f} s ({} threads, {})", about(trained), trained.seconds, trained.options.threads, simd_name()));
    if (interrupted) progress_.line("interrupted: the best model so far is kept");
    std::vector<std::pair<std::string, Results>> parts;
    if (valid_) parts.emplace_back("validation", evaluate(model, *valid_));
    if (test_) parts.emplace_back("test", evaluate(model, *test_));
    for (const auto& [name, results] : parts) {
      progress_.line(fmt::format("{}: {}", name, results.one_line()));
      json[name] = nlohmann::json::parse(results.to_json());
    }
    progress_.line(fmt::format("model {}/model.onnx, fingerprint {}", options_.out, model.fingerprint()));
    if (options_.json) write_output("", json.dump(2) + "\n");
  }

  const Options& options_;
  Progress progress_;
  DataSpec spec_;
  Dataset train_;
  std::optional<Dataset> valid_, test_;
  double fraction_ = 0;
};

}  // namespace

void add_train(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("train", "Train a network on a data file");
  verb->add_option_function<std::string>("DATA", [options](const std::string& v) { options->flags.set("train", v); },
                                         "training data: a CSV or TSV file (also .gz), idx:DIR, idx:IMAGES,LABELS, "
                                         "npy:X.npy,y.npy or npz:FILE")
      ->type_name("");
  verb->add_option("--config", options->config, "settings from a TOML file; flags go before it")->type_name("FILE.toml");
  verb->add_option("--out", options->out, "folder for model.onnx, config.toml and history.csv")->capture_default_str()->type_name("DIR");
  verb->add_flag("--json", options->json, "print one JSON object; log lines go to standard error");
  verb->add_flag("--quiet", options->quiet, "no log lines");
  add_flags(*verb, options->flags, "data", {"train"});
  add_flags(*verb, options->flags, "network");
  add_flags(*verb, options->flags, "train");
  verb->footer("Example: retrograd train table.csv --target price --test test.csv --out run");
  verb->callback([options, &action] {
    action = [options] {
      Settings settings;
      if (!options->config.empty()) settings = Settings::from_toml(options->config);
      settings.override_with(options->flags);
      return TrainVerb(*options).run(std::move(settings));
    };
  });
}

}  // namespace retrograd::cli
