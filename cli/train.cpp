// retrograd train: from a data file to a trained network.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/atomic_file.hpp"
#include "base/fail.hpp"
#include "base/memory.hpp"
#include "data_flags.hpp"
#include "follow.hpp"
#include "held_out.hpp"
#include "interruption.hpp"
#include "math/simd.hpp"
#include "options.hpp"
#include "progress.hpp"
#include "rank_data.hpp"
#include "resume.hpp"
#include "retrograd/retrograd.hpp"
#include "run_folder.hpp"
#include "run_report.hpp"
#include "summary.hpp"
#include "verb.hpp"

namespace retrograd::cli {
namespace {

constexpr const char* kDefaultFolder = "retrograd-run";

struct Options {
  std::string config, out = kDefaultFolder, resume;
  Settings flags;
  bool json = false, quiet = false, no_report = false, tensorboard = false;
};

/// Of the time limit this much is kept for writing the model, up to half a minute.
constexpr double kShareForWriting = 0.05, kMostForWriting = 30;

std::string plural(int64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

class TrainVerb {
 public:
  /// `resumption`: the run to go on with, if any; `peers`: the other ranks, if there are any.
  TrainVerb(const Options& options, Settings settings, const Resumption* resumption, Peers* peers)
      : options_(options),
        settings_(std::move(settings)),
        recorded_(resumption != nullptr ? resumption->recorded : settings_),
        resumption_(resumption),
        peers_(peers),
        out_(resumption != nullptr ? options.resume : options.out),
        progress_(options.json ? stderr : stdout, options.quiet) {
    if (!started_as_rank()) return;
    const int ranks = peers_ == nullptr ? 1 : peers_->size();
    for (Settings* s : {&settings_, &recorded_})
      if (!s->given("shards")) s->set("shards", std::to_string(std::max(kShardsOfRanks, ranks)));
  }

  int run() {
    choose_simd(settings_);
    if (peers_ != nullptr && peers_->rank() != 0) return follow(*peers_, settings_, resumption_, out_);
    check_sources();
    if (out_.empty()) fail("--out is empty, expected the name of a folder");
    if (resumption_ != nullptr && resumption_->same && holds_result(out_, resumption_->info)) {
      const std::string lost = lost_file(out_, !options_.no_report);
      if (lost.empty()) return tell_finished();
      progress_.line(
          fmt::format("{} is finished, but {} is not there: what belongs to it is written again", out_, lost));
    }
    if (peers_ != nullptr) {
      tell_followers(*peers_, true);
      machine_.emplace(*peers_);
    }
    TrainOptions training = train_options(settings_);
    RunFolder folder(out_);
    Interruption interruption(folder.made());
    if (folder.holds_model() && resumption_ == nullptr)
      progress_.line(fmt::format("{} holds a model of an earlier run; it will be replaced", out_));
    load(training);
    std::vector<std::string> chosen, again;
    asked_ = settings_;
    settings_ = with_preset(settings_, spec_, train_.rows, chosen);
    recorded_ = with_preset(recorded_, spec_, train_.rows, again);
    training = train_options(settings_);
    for (const std::string& line : chosen) say(line);
    Prepared prepared = start_ ? start_->prepared : prepare(settings_, spec_, train_);
    if (peers_ != nullptr) prepared = share(*peers_, prepared);
    if (resumption_ == nullptr && !start_)
      for (const std::string& warning : check_before_training(prepared, spec_, train_, training))
        progress_.line("warning: " + warning);
    interruption.enter(Phase::training);
    set_checkpoints(training);
    training.peers = peers_;
    Trained trained = [&] {
      try {
        return fit(prepared, training);
      } catch (const std::exception& e) {
        interruption.enter(Phase::writing);
        if (begun_training_) tell_failure(folder, e.what());
        throw;
      }
    }();
    interruption.enter(Phase::writing);
    if (Interruption::asked() && !trained.finished) trained.stopped = "interrupted";
    const std::string config = effective(recorded_, prepared, trained.options, fraction_).to_toml();
    const Model model = trained.model.with_notes({{"config", config}, {"trained", about(trained)}});
    try {
      folder.publish([&](const std::string& staging) {
        model.save(staging + "/" + std::string(RunFolder::kModel));
        write_file_atomically(staging + "/" + std::string(RunFolder::kConfig), config);
        write_file_atomically(staging + "/" + std::string(RunFolder::kHistory), history_csv(trained.history));
        write_file_atomically(staging + "/" + std::string(RunFolder::kHistoryLines), history_jsonl(trained.history));
      });
    } catch (const Error& e) {
      const std::string error =
          e.what() + (training.checkpoint.folder.empty() ? std::string() : after_failed_write(out_));
      tell_failure(folder, error);
      throw Error(error);
    }
    if (!trained.finished && !training.checkpoint.folder.empty())
      progress_.line(fmt::format("{}; to go on: retrograd train --resume {}", trained.stopped, out_));
    interruption.enter(Phase::measuring);
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

  /// The run ended before, and its files are there.
  int tell_finished() {
    if (peers_ != nullptr) tell_followers(*peers_, false);
    const CheckpointInfo& info = resumption_->info;
    progress_.line(fmt::format("{} is finished ({}); more --epochs would go on from there", out_, info.stopped));
    if (options_.json)
      write_output("", json_text({{"finished", true},
                                  {"fingerprint", info.fingerprint},
                                  {"epochs", info.epochs_done},
                                  {"stopped", info.stopped},
                                  {"out", out_}}));
    return 0;
  }

  void set_checkpoints(TrainOptions& training) {
    if (training.checkpoint.every != "none") {
      training.checkpoint.folder = checkpoint_folder(out_);
      training.checkpoint.notes = {{"config", recorded_.to_toml()}};
    } else if (resumption_ != nullptr) {
      fail("--checkpoint-every is none, but --resume goes on from a checkpoint and writes more; give e.g. 60s");
    }
    training.checkpoint.resume = resumption_ != nullptr;
    if (training.time_limit == 0) return;
    const double kept = std::min(kShareForWriting * training.time_limit, kMostForWriting);
    const double used = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
    training.time_limit = std::max(1e-3, training.time_limit - kept - used);  // at least one step is trained
  }

  void load(const TrainOptions& training) {
    const std::string source = settings_.text("train");
    DataOptions reading = data_options(settings_);
    if (training.threads > 0) reading.threads = training.threads;
    if (const std::string from = settings_.text("from"); !from.empty()) {
      begin_with(from, source, reading);
    } else {
      Loaded loaded = peers_ != nullptr ? read_training(source, reading) : load_training(source, reading);
      spec_ = std::move(loaded.spec);
      train_ = std::move(loaded.data);
    }
    // Where there is a cache, the others come when it is built.
    const auto tell = [&](bool now) {
      if (peers_ != nullptr && now) text_of_first(*peers_, to_json(spec_));
    };
    tell(settings_.text("cache").empty());
    rows_read_ = train_.rows;
    read_.skipped = train_.skipped;
    read_.lines = train_.lines;
    const auto features =
        static_cast<int64_t>(spec_.row_shape.empty() ? spec_.with_role(ColumnRole::feature).size() : 0);
    say(fmt::format("{}: {}{}", source, plural(train_.rows, "row"),
                    spec_.row_shape.empty() ? ", " + plural(features, "feature column")
                                            : fmt::format(" of shape {}", fmt::join(spec_.row_shape, " × "))));
    say_how_read(train_);
    for (const std::string& warning : spec_.warnings) say("warning: " + warning);
    const auto other = [&](const char* name) {
      const std::string file = settings_.text(name);
      ReadOptions options = read_options(settings_, std::string(".") + name);
      options.threads = reading.threads;
      Dataset data = read(file, Part::test, options);
      say(fmt::format("{}: {} for {}", file, plural(data.rows, "row"), name[0] == 'v' ? "validation" : "the test"));
      say_how_read(data);
      return data;
    };
    if (settings_.text("valid").empty()) {
      hold_out(training.seed);
    } else {
      valid_ = other("valid");
      if (!settings_.is_auto("valid_fraction") && settings_.number("valid_fraction") > 0)
        say("--valid-fraction is not used: --valid gives the validation data");
    }
    if (!settings_.text("test").empty()) test_ = other("test");
    tell(!settings_.text("cache").empty());
    if (peers_ == nullptr) return;
    RowsOfRun rows = share(*peers_, *machine_, {std::move(train_), std::move(valid_)});
    train_ = std::move(rows.train);
    valid_ = std::move(rows.valid);
  }

  /// Fine-tuning: the network, its parameters and the way to read data are those of a model.
  void begin_with(const std::string& from, const std::string& source, const DataOptions& reading) {
    for (const SettingSpec& s : setting_specs()) {
      const bool of_data = s.name == "target" || s.name == "weight" || s.name == "ignore" || s.name == "type" ||
                           s.name == "missing" || s.name == "separator";
      if ((of_data || (s.section == "network" && s.name != "from")) && options_.flags.given(s.name))
        fail("{} and --from: the network, and how its data are read, are those of the model; leave out {}",
             flag_of(s.name), flag_of(s.name));
    }
    start_ = start_from(load_model(from), reading.task);
    spec_ = start_->spec;
    train_ = read(source, Part::train, {reading.threads, reading.on_bad_row, reading.cache});
  }

  Dataset read(const std::string& source, Part part, const ReadOptions& options) const {
    return peers_ != nullptr ? read_with(source, spec_, part, options) : load_with(source, spec_, part, true, options);
  }

  void hold_out(uint64_t seed) {
    HeldOut held = held_out(settings_, spec_, train_, seed);
    fraction_ = held.fraction;
    if (fraction_ == 0) {
      const bool automatic = settings_.is_auto("valid_fraction");
      say(fmt::format("no validation data{}: all epochs are trained, the last one is kept",
                      automatic ? fmt::format(" (fewer than {} rows: none are held out)", kWorthHoldingOut) : ""));
      return;
    }
    held_ = std::move(held.rows);
    valid_ = part(train_, held_.valid);
    train_ = part(train_, held_.train);
    say(fmt::format("{} of them held out for validation, {} to train on", valid_->rows, train_.rows));
  }

  Trained fit(const Prepared& prepared, const TrainOptions& training) {
    Callbacks callbacks;
    callbacks.log = [&](const std::string& text) {
      log_.push_back(text);
      if (text.starts_with("warning: "))
        progress_.warning(text);
      else
        progress_.line(text);
    };
    callbacks.begun = [&] { begun_training_ = true; };
    callbacks.resumed = [&](const std::vector<EpochReport>& history) {
      epochs_ = history;
      progress_.resumed(history);
    };
    std::optional<EventLog> events;
    if (options_.tensorboard) events.emplace(out_ + "/" + std::string(RunFolder::kTensorboard));
    callbacks.epoch = [&](const EpochReport& report) {
      epochs_.resize(static_cast<size_t>(report.epoch) - 1);  // after divergence a run may go back
      epochs_.push_back(report);
      progress_.epoch(report, report.epoch == report.epochs);
      if (events)
        if (const std::string failed = events->append(report); !failed.empty()) progress_.warning("warning: " + failed);
      return Control{};
    };
    callbacks.step = [](int64_t, int64_t) { return Interruption::asked(); };
    return train(prepared, spec_, train_, valid_ ? &*valid_ : nullptr, training, callbacks);
  }

  /// A line of the log, which the report repeats.
  void say(const std::string& text) {
    log_.push_back(text);
    progress_.line(text);
  }

  /// Rows that were left out are told of also where no other lines are wanted.
  void say_how_read(const Dataset& data) {
    for (const std::string& line : data.notes) say(line);
    std::string prefix = "warning: ";
    for (const std::string& line : data.skipped.lines()) {
      log_.push_back(prefix + line);
      progress_.warning(prefix + line);
      prefix = "  ";
    }
  }

  static std::string about(const Trained& t) {
    return about_training(static_cast<int64_t>(t.history.size()), t.best_epoch, t.stopped);
  }

  void finish(const Model& model, const Trained& trained, const RunFolder& folder) {
    std::vector<ReportPart> parts;
    if (!options_.quiet || options_.json || !options_.no_report) {
      const int threads = trained.options.threads;
      const std::string source = training_source(settings_.text("train"));
      const auto named = [&](const char* name) { return settings_.text(name); };
      parts.push_back(report_part(model, "train", train_, source, std::move(held_.train), threads));
      parts.back().read = &read_;
      if (valid_) {
        const bool given = !named("valid").empty();
        parts.push_back(report_part(model, "validation", *valid_, given ? named("valid") : source,
                                    std::move(held_.valid), threads));
        if (!given) parts.back().read = &read_;
      }
      if (test_) parts.push_back(report_part(model, "test", *test_, named("test"), {}, threads));
      progress_.line(fmt::format("{} ({:.1f} s, {}, {})\n\n{}\n", about(trained), trained.seconds,
                                 plural(threads, "thread"), simd_name(), summary_table(parts)));
      progress_.line(fmt::format("model {}, fingerprint {}", folder.file(RunFolder::kModel), model.fingerprint()));
    }
    say(peers_ != nullptr
            ? memory_of_ranks(*peers_)
            : fmt::format("memory: at most {} were resident", bytes_text(static_cast<double>(peak_resident()))));
    if (!options_.no_report) report(model, trained, folder, parts);
    if (!options_.json) return;
    nlohmann::json json = {{"fingerprint", model.fingerprint()},
                           {"rows", train_.rows},
                           {"skipped_rows", read_.skipped.rows.size()},
                           {"epochs", trained.history.size()},
                           {"best_epoch", trained.best_epoch},
                           {"stopped", trained.stopped},
                           {"finished", trained.finished},
                           {"seconds", trained.seconds},
                           {"simd", simd_name()},
                           {"threads", trained.options.threads},
                           {"train_loss", trained.history.back().train_loss},
                           {"parameters", model.parameter_count()},
                           {"out", out_}};
    for (const ReportPart& part : parts) json[part.name] = nlohmann::json::parse(part.results.to_json());
    write_output("", json_text(json));
  }

  /// What a report says however the run ended.
  ReportInput report_input(const std::string& config) const {
    ReportInput input{.folder = out_, .config = config, .log = log_, .rows_read = rows_read_};
    input.command = asked_command(options_.config, options_.resume, options_.flags, out_);
    input.settings = report_settings(asked_, Settings::from_toml_text(config, "the configuration"));
    return input;
  }

  /// A run that ends in an error leaves what it knows, and the reason.
  void tell_failure(const RunFolder& folder, const std::string& error) {
    ReportInput input = report_input(recorded_.to_toml());
    input.error = error;
    input.spec = &spec_;
    input.history = epochs_;
    const std::string source = training_source(settings_.text("train")), valid = settings_.text("valid");
    input.parts.push_back({.name = "train", .data = &train_, .source = source});
    if (valid_)
      input.parts.push_back({.name = "validation", .data = &*valid_, .source = valid.empty() ? source : valid});
    if (test_) input.parts.push_back({.name = "test", .data = &*test_, .source = settings_.text("test")});
    const bool beside_earlier = folder.holds_model() && resumption_ == nullptr;
    for (const std::string& failed : write_failed_run(folder, input, !options_.no_report, beside_earlier))
      progress_.warning("warning: " + failed);
    if (beside_earlier)
      progress_.warning(
          fmt::format("{0} is left as an earlier run made it; what this run left is in {0}/failed", out_));
  }

  /// `parts` are lent to the report, not copied: their rows may be many.
  void report(const Model& model, const Trained& trained, const RunFolder& folder, std::vector<ReportPart>& parts) {
    ReportInput input = report_input(model.notes().at("config"));
    input.trained = &trained;
    input.fingerprint = model.fingerprint();
    input.parts.swap(parts);
    try {
      write_run_report(folder, input);
      progress_.line(fmt::format("report {}", folder.file(RunFolder::kReport)));
    } catch (const Error& e) {  // the model is written; a report is not worth the run
      progress_.warning(fmt::format("warning: there is no report: {}", e.what()));
    }
    input.parts.swap(parts);
  }

  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  const Options& options_;
  Settings settings_, recorded_;  // what runs; what the model and the checkpoints say
  Settings asked_;                // settings_ without what a preset adds
  const Resumption* resumption_;
  Peers* const peers_;
  std::optional<Machine> machine_;
  const std::string out_;
  Progress progress_;
  DataSpec spec_;
  Dataset train_;
  std::optional<Dataset> valid_, test_;
  std::optional<Start> start_;  ///< of --from
  SplitRows held_;              ///< rows of the source that train_ and valid_ are; empty when nothing was held out
  bool begun_training_ = false;
  std::vector<EpochReport> epochs_;  ///< done so far
  int64_t rows_read_ = 0;
  Dataset read_;  ///< of the training source as it was read: its bad rows and lines
  double fraction_ = 0;
  std::vector<std::string> log_;
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
  const CLI::Option* out_given =
      verb->add_option("--out", options->out,
                       fmt::format("folder for the model, its configuration, history, report and checkpoints [{}]",
                                   kDefaultFolder))
          ->type_name("DIR")
          ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  verb->add_option("--resume", options->resume,
                   "go on with the run in this folder, exactly as if it had never stopped; --epochs may be larger")
      ->type_name("DIR")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  verb->add_flag("--json", options->json, "print one JSON object on standard output; log lines go to standard error");
  verb->add_flag("--quiet", options->quiet, "no log lines");
  verb->add_flag("--no-report", options->no_report, "do not write report.html and report.json");
  verb->add_flag("--tensorboard", options->tensorboard, "write event files for TensorBoard to DIR/tensorboard");
  add_flags(*verb, options->flags, "data", {"train"});
  add_flags(*verb, options->flags, "network");
  add_flags(*verb, options->flags, "train");
  verb->footer(
      "Examples:\n"
      "  retrograd train table.csv --target price --test test.csv --out run\n"
      "  retrograd train idx:../data/mnist --hidden 512,256 --seed 1\n"
      "  retrograd train --config run/config.toml --seed 2 --out run2\n"
      "  retrograd train --resume run\n"
      "  retrograd train newer.csv --from run --lr 1e-4 --out tuned\n\n"
      "Of an option given twice the last one counts; --target, --ignore, --type and\n"
      "--missing collect.\n"
      "config.toml can describe each hidden layer as [[layer]]: type, name, inputs, units, attributes.\n"
      "Ctrl-C ends training after the step at hand, with a checkpoint and the best model so far\n"
      "written (exit code 130); a second one stops at once.");
  verb->callback([options, out_given, &action] {
    action = [options, out_given] {
      return with_ranks([&](Peers* peers) {
        if (!options->resume.empty()) {
          if (out_given->count() > 0) fail("--out and --resume: a run goes on in its own folder; leave out --out");
          const Resumption resumption = resume(options->resume, options->config, options->flags);
          return TrainVerb(*options, resumption.settings, &resumption, peers).run();
        }
        Settings settings;
        if (!options->config.empty()) settings = Settings::from_toml(options->config);
        settings.override_with(options->flags);
        return TrainVerb(*options, std::move(settings), nullptr, peers).run();
      });
    };
  });
}

}  // namespace retrograd::cli
