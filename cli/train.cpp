// retrograd train: from a data file to a trained network.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/atomic_file.hpp"
#include "base/fail.hpp"
#include "data/csv_writer.hpp"
#include "data_flags.hpp"
#include "interruption.hpp"
#include "math/simd.hpp"
#include "options.hpp"
#include "progress.hpp"
#include "retrograd/retrograd.hpp"
#include "run_folder.hpp"
#include "summary.hpp"
#include "verb.hpp"

namespace retrograd::cli {
namespace {

struct Options {
  std::string config, out = "retrograd-run";
  Settings flags;
  bool json = false, quiet = false;
};

/// Below this a held-out part would say nothing, and the rows are worth more in training (XOR has four).
constexpr int64_t kWorthHoldingOut = 20;

/// What "auto" holds out for validation: a fifth, at most 10,000 rows.
double fraction_for(int64_t rows) {
  return rows < kWorthHoldingOut ? 0 : std::min(0.2, 10000.0 / static_cast<double>(rows));
}

std::string plural(int64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

LayerStatistics unobserved() {
  const double none = std::numeric_limits<double>::quiet_NaN();
  LayerStatistics s;
  for (double* v : {&s.delta, &s.dW, &s.update_ratio, &s.wires, &s.amplifiers, &s.gain_low, &s.gain_median,
                    &s.gain_high, &s.share_dead, &s.share_saturated})
    *v = none;
  return s;
}

std::string history_csv(const std::vector<EpochReport>& history) {
  CsvWriter csv;
  std::vector<std::string> head = {"epoch",        "steps",         "train_loss", "valid_loss", "metric",
                                   "valid_metric", "learning_rate", "seconds",    "best"};
  // The layers are known from the first step on; an epoch without an observed step leaves their columns empty.
  const std::vector<LayerStatistics> known = history.empty() ? std::vector<LayerStatistics>() : history[0].layers;
  for (const LayerStatistics& s : known)
    for (const char* what : {"delta", "dW", "update_ratio", "wires", "amplifiers", "gain_low", "gain_median",
                             "gain_high", "share_dead", "share_saturated"})
      head.push_back(s.layer + "." + what);
  csv.row(head);
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
    for (size_t k = 0; k < known.size(); ++k) {
      const LayerStatistics s = r.layers.empty() ? unobserved() : r.layers.at(k);
      for (const double v : {s.delta, s.dW, s.update_ratio, s.wires, s.amplifiers, s.gain_low, s.gain_median,
                             s.gain_high, s.share_dead, s.share_saturated})
        csv.field(v);
    }
    csv.end_row();
  }
  return csv.text();
}

class TrainVerb {
 public:
  TrainVerb(const Options& options, Settings settings)
      : options_(options), settings_(std::move(settings)), progress_(options.json ? stderr : stdout, options.quiet) {}

  int run() {
    choose_simd(settings_);
    check_sources();
    if (options_.out.empty()) fail("--out is empty, expected the name of a folder");
    const TrainOptions training = train_options(settings_);
    RunFolder folder(options_.out);
    Interruption interruption(folder.made());
    if (folder.holds_model())
      progress_.line(fmt::format("{} holds a model of an earlier run; it will be replaced", options_.out));
    load(training);
    const Prepared prepared = prepare(settings_, spec_, train_);
    interruption.enter(Phase::training);
    Trained trained = fit(prepared, training);
    interruption.enter(Phase::writing);
    if (Interruption::asked()) trained.stopped = "interrupted";
    const std::string config = effective(settings_, prepared, trained.options, fraction_).to_toml();
    const Model model = trained.model.with_notes({{"config", config}, {"trained", about(trained)}});
    folder.publish([&](const std::string& staging) {
      model.save(staging + "/" + std::string(RunFolder::kModel));
      write_file_atomically(staging + "/" + std::string(RunFolder::kConfig), config);
      write_file_atomically(staging + "/" + std::string(RunFolder::kHistory), history_csv(trained.history));
    });
    finish(model, trained, folder);
    return Interruption::asked() ? kInterrupted : 0;
  }

 private:
  void check_sources() const {
    if (settings_.text("train").empty())
      fail("no training data; name a file, e.g. retrograd train table.csv --target price");
    for (const char* name : {"train", "valid", "test"})
      if (const std::string source = settings_.text(name); !source.empty()) check_source(source);
  }

  void load(const TrainOptions& training) {
    const std::string source = settings_.text("train");
    DataOptions reading = data_options(settings_);
    if (training.threads > 0) reading.threads = training.threads;
    Loaded loaded = load_training(source, reading);
    spec_ = std::move(loaded.spec);
    train_ = std::move(loaded.data);
    const auto features =
        static_cast<int64_t>(spec_.row_shape.empty() ? spec_.with_role(ColumnRole::feature).size() : 0);
    progress_.line(fmt::format("{}: {}{}", source, plural(train_.rows, "row"),
                               spec_.row_shape.empty()
                                   ? ", " + plural(features, "feature column")
                                   : fmt::format(" of shape {}", fmt::join(spec_.row_shape, " × "))));
    for (const std::string& warning : spec_.warnings) progress_.line("warning: " + warning);
    const auto other = [&](const char* name) {
      const std::string file = settings_.text(name);
      Dataset data = load_with(file, spec_, Part::test, true, reading.threads);
      progress_.line(
          fmt::format("{}: {} for {}", file, plural(data.rows, "row"), name[0] == 'v' ? "validation" : "the test"));
      return data;
    };
    if (settings_.text("valid").empty()) {
      hold_out(training.seed);
    } else {
      valid_ = other("valid");
      if (!settings_.is_auto("valid_fraction") && settings_.number("valid_fraction") > 0)
        progress_.line("--valid-fraction is not used: --valid gives the validation data");
    }
    if (!settings_.text("test").empty()) test_ = other("test");
  }

  void hold_out(uint64_t seed) {
    const bool automatic = settings_.is_auto("valid_fraction");
    fraction_ = automatic ? fraction_for(train_.rows) : settings_.number("valid_fraction");
    if (fraction_ == 0) {
      progress_.line(
          fmt::format("no validation data{}: all epochs are trained, the last one is kept",
                      automatic ? fmt::format(" (fewer than {} rows: none are held out)", kWorthHoldingOut) : ""));
      return;
    }
    Split parts = split(train_, fraction_, seed, spec_.task == Task::classification);
    train_ = std::move(parts.train);
    valid_ = std::move(parts.valid);
    progress_.line(fmt::format("{} of them held out for validation, {} to train on", valid_->rows, train_.rows));
  }

  Trained fit(const Prepared& prepared, const TrainOptions& training) {
    Callbacks callbacks;
    callbacks.log = [&](const std::string& text) { progress_.line(text); };
    callbacks.epoch = [&](const EpochReport& report) {
      progress_.epoch(report, report.epoch == report.epochs);
      return Control{};
    };
    callbacks.step = [](int64_t, int64_t) { return Interruption::asked(); };
    return train(prepared, spec_, train_, valid_ ? &*valid_ : nullptr, training, callbacks);
  }

  static std::string about(const Trained& t) {
    return fmt::format("{}, the best is {}; {}", plural(static_cast<int64_t>(t.history.size()), "epoch"), t.best_epoch,
                       t.stopped);
  }

  void finish(const Model& model, const Trained& trained, const RunFolder& folder) {
    std::vector<std::pair<std::string, Results>> parts;
    if (!options_.quiet || options_.json) {
      const int threads = trained.options.threads;
      parts.emplace_back("train", evaluate(model, train_, threads));
      if (valid_) parts.emplace_back("validation", evaluate(model, *valid_, threads));
      if (test_) parts.emplace_back("test", evaluate(model, *test_, threads));
      progress_.line(fmt::format("{} ({:.1f} s, {}, {})\n\n{}\n", about(trained), trained.seconds,
                                 plural(threads, "thread"), simd_name(), summary_table(parts)));
      progress_.line(fmt::format("model {}, fingerprint {}", folder.file(RunFolder::kModel), model.fingerprint()));
    }
    if (!options_.json) return;
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
    for (const auto& [name, results] : parts) json[name] = nlohmann::json::parse(results.to_json());
    write_output("", json_text(json));
  }

  const Options& options_;
  const Settings settings_;
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
  verb->add_option_function<std::string>(
          "DATA", [options](const std::string& v) { options->flags.set("train", v); },
          "training data: a CSV or TSV file (also .gz), idx:DIR, idx:IMAGES,LABELS, npy:X.npy,y.npy or npz:FILE; not "
          "needed if --config names it")
      ->type_name("");
  verb->add_option("--config", options->config, "settings from a TOML file or a run's folder; flags win over it")
      ->type_name("FILE.toml")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  verb->add_option("--out", options->out, "folder for model.onnx, config.toml and history.csv [" + options->out + "]")
      ->type_name("DIR")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  verb->add_flag("--json", options->json, "print one JSON object on standard output; log lines go to standard error");
  verb->add_flag("--quiet", options->quiet, "no log lines");
  add_flags(*verb, options->flags, "data", {"train"});
  add_flags(*verb, options->flags, "network");
  add_flags(*verb, options->flags, "train");
  verb->footer(
      "Examples:\n"
      "  retrograd train table.csv --target price --test test.csv --out run\n"
      "  retrograd train idx:../data/mnist --hidden 512,256 --seed 1\n"
      "  retrograd train --config run/config.toml --seed 2 --out run2\n\n"
      "Of an option given twice the last one counts; --target, --ignore, --type and\n"
      "--missing collect.\n"
      "config.toml can describe each hidden layer as [[layer]]: type, name, inputs, units, attributes.\n"
      "Ctrl-C ends training after the step at hand and keeps the best model so far (exit code 130).");
  verb->callback([options, &action] {
    action = [options] {
      Settings settings;
      if (!options->config.empty()) settings = Settings::from_toml(options->config);
      settings.override_with(options->flags);
      return TrainVerb(*options, std::move(settings)).run();
    };
  });
}

}  // namespace retrograd::cli
