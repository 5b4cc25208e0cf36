#include "run/training.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/atomic_file.hpp"
#include "base/fail.hpp"
#include "base/memory.hpp"
#include "exit_codes.hpp"
#include "files/files.hpp"
#include "math/simd.hpp"
#include "ranks/rows.hpp"
#include "report/folds.hpp"
#include "retrograd/retrograd.hpp"
#include "run/calibrate.hpp"
#include "run/folder.hpp"
#include "run/folds.hpp"
#include "run/follow.hpp"
#include "run/interruption.hpp"
#include "run/log.hpp"
#include "run/report.hpp"
#include "run/result.hpp"
#include "run/search.hpp"
#include "run/training_data.hpp"
#include "run/unused.hpp"
#include "screen/summary.hpp"
#include "settings/options.hpp"

namespace retrograd::cli {
namespace {

class TrainRun {
 public:
  TrainRun(const TrainFlags& options, Settings settings, const Resumption* resumption, Peers* peers)
      : options_(options),
        settings_(std::move(settings)),
        recorded_(resumption != nullptr ? resumption->recorded : settings_),
        resumption_(resumption),
        peers_(peers),
        out_(resumption != nullptr ? options.resume : options.out),
        log_(options.json ? stderr : stdout, options.quiet) {
    if (started_as_rank())
      for (Settings* s : {&settings_, &recorded_}) set_for_ranks(*s, peers_ == nullptr ? 1 : peers_->size());
  }

  int run() {
    choose_simd(settings_);
    if (peers_ != nullptr && peers_->rank() != 0) return follow(*peers_, settings_, resumption_, out_);
    check_settings();
    if (resumption_ != nullptr && resumption_->same && holds_result(out_, resumption_->info)) {
      const std::string lost = lost_file(out_, !options_.no_report, folds() > 0);
      if (lost.empty()) return tell_finished();
      log_.show(fmt::format("{} is finished, but {} is not there: what belongs to it is written again", out_, lost));
    }
    if (peers_ != nullptr) {
      tell_followers(*peers_, true);
      machine_.emplace(*peers_);
    }
    train_options(settings_);  // what it refuses is refused before a folder is made
    RunFolder folder(out_);
    Interruption interruption(folder.made());
    if (folder.holds_model() && resumption_ == nullptr)
      log_.show(fmt::format("{} holds a model of an earlier run; it will be replaced", out_));
    read_data();
    choose_preset();
    TrainOptions training = train_options(settings_);
    Prepared prepared = make_network(training);
    interruption.enter(Phase::training);
    if (!searches()) set_checkpoints(training);
    training.peers = peers_;
    Trained trained = fit_any(folder, interruption, prepared, training);
    interruption.enter(Phase::writing);
    if (Interruption::asked() && !trained.finished) trained.stopped = "interrupted";
    const Model model = publish_or_tell(folder, prepared, trained, training);
    if (calibration_) log_.say(calibration_line(*calibration_, folds() > 0));
    if (folds_) tell_folds(*folds_, data_.spec.task, [this](const std::string& line) { log_.say(line); });
    if (!trained.finished && !training.checkpoint.folder.empty())
      log_.show(fmt::format("{}; to go on: retrograd train --resume {}", trained.stopped, out_));
    interruption.enter(Phase::measuring);
    finish(model, trained, folder);
    return Interruption::asked() ? kInterrupted : 0;
  }

 private:
  void check_settings() const {
    if (settings_.text("train").empty())
      fail("no training data; name a file, e.g. retrograd train table.csv --target price");
    for (const char* name : {"train", "valid", "test"})
      if (const std::string source = settings_.text(name); !source.empty()) check_source(source);
    if (searches()) check_search(settings_);
    if (folds() > 0) check_folds(settings_, peers_ != nullptr);
    if (out_.empty()) fail("--out is empty, expected the name of a folder");
  }

  void read_data() {
    data_ = read_training_data(
        settings_, options_.flags, folds() == 0, {peers_, machine_ ? &*machine_ : nullptr},
        {[this](const std::string& line) { log_.say(line); }, [this](const std::string& line) { log_.warn(line); }});
    if (settings_.boolean("calibrate")) check_calibration(data_, folds() > 0);
    if (searches() && !data_.valid)
      fail("a search chooses by validation data, and there are none; give --valid, or more rows");
  }

  void choose_preset() {
    std::vector<std::string> chosen, again;
    asked_ = settings_;
    const int64_t rows = folds() > 0 ? data_.train.rows - data_.train.rows / folds() : data_.train.rows;
    settings_ = with_preset(settings_, data_.spec, rows, chosen);
    recorded_ = with_preset(recorded_, data_.spec, rows, again);
    for (const std::string& line : chosen) log_.say(line);
  }

  /// What is trained, on every rank the same.
  Prepared make_network(const TrainOptions& training) {
    Prepared prepared = data_.start ? data_.start->prepared : prepare(settings_, data_.spec, data_.train);
    for (const std::string& line : unused_settings(options_.flags, asked_for(options_.flags, asked_), settings_,
                                                   data_.spec, prepared.network, data_.valid.has_value()))
      log_.say("warning: " + line);
    if (peers_ != nullptr) prepared = share(*peers_, prepared);
    if (resumption_ == nullptr && !data_.start)
      for (const std::string& warning : check_before_training(prepared, data_.spec, data_.train, training))
        log_.say("warning: " + warning);
    return prepared;
  }

  /// `prepared` becomes the network that a search found.
  Trained fit_any(RunFolder& folder, Interruption& interruption, Prepared& prepared, const TrainOptions& training) {
    try {
      if (searches()) return fit_search(folder, prepared, training);
      return folds() > 0 ? fit_folds(training) : fit(prepared, training);
    } catch (const std::exception& e) {
      interruption.enter(Phase::writing);
      if (log_.begun()) tell_failure(folder, e.what());
      throw;
    }
  }

  Model publish_or_tell(RunFolder& folder, const Prepared& prepared, Trained& trained, const TrainOptions& training) {
    try {
      return publish(folder, prepared, trained);
    } catch (const Error& e) {
      const std::string error =
          e.what() + (training.checkpoint.folder.empty() ? std::string() : after_failed_write(out_));
      tell_failure(folder, error);
      throw Error(error);
    }
  }

  /// The model with its notes, in the folder with all that tells of it.
  Model publish(RunFolder& folder, const Prepared& prepared, Trained& trained) {
    const std::string config = configuration(prepared, trained.options);
    std::map<std::string, std::string> notes = {{"config", config}, {"trained", about(trained)}};
    if (settings_.boolean("calibrate")) {
      notes[std::string(kUncalibrated)] = trained.model.fingerprint();
      const int threads = trained.options.threads;
      calibration_ =
          folds_ ? calibrate(*folds_, data_.train, threads) : calibrate(trained.model, *data_.valid, threads);
      trained.model = calibration_->model;
    }
    Model model = trained.model.with_notes(std::move(notes));
    folder.publish([&](const std::string& staging) {
      const auto write = [&](std::string_view name, const std::string& text) {
        write_file_atomically(fmt::format("{}/{}", staging, name), text);
      };
      model.save(fmt::format("{}/{}", staging, RunFolder::kModel));
      write(RunFolder::kConfig, config);
      write(RunFolder::kHistory, history_csv(trained.history));
      write(RunFolder::kHistoryLines, history_jsonl(trained.history));
      if (!trials_.empty()) write(RunFolder::kTrials, trials_file(trials_));
      if (!folds_) return;
      write(RunFolder::kFolds, folds_file(*folds_));
      write(RunFolder::kOutOfFold, out_of_fold_file(*folds_, data_.spec, data_.read.skipped));
    });
    return model;
  }

  /// The run ended before, and its files are there.
  int tell_finished() {
    if (peers_ != nullptr) tell_followers(*peers_, false);
    const CheckpointInfo& info = resumption_->info;
    log_.show(fmt::format("{} is finished ({}); more --epochs would go on from there", out_, info.stopped));
    if (options_.json)
      write_output("", json_text({{"finished", true},
                                  {"fingerprint", load_model(out_).fingerprint()},
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
    if (training.time_limit > 0) training.time_limit = time_for_training(training.time_limit, begun_);
  }

  bool searches() const { return cli::searches(settings_) || !trials_.empty(); }
  int folds() const { return static_cast<int>(settings_.integer("folds")); }

  /// Everything that repeats the run.
  std::string configuration(const Prepared& prepared, const TrainOptions& trained) const {
    Settings all = effective(recorded_, prepared, trained, data_.fraction);
    if (folds() > 0) {
      all.set("valid_fraction", "auto");                                // none are held out from all folds
      if (recorded_.text("batch") == "full") all.set("batch", "full");  // folds differ by a row
    }
    return all.to_toml();
  }

  Trained fit(const Prepared& prepared, const TrainOptions& training) {
    std::optional<EventLog> events;
    if (options_.tensorboard) events.emplace(out_ + "/" + std::string(RunFolder::kTensorboard));
    return train(prepared, data_.spec, data_.train, data_.valid ? &*data_.valid : nullptr, training,
                 log_.callbacks(events));
  }

  Trained fit_folds(const TrainOptions& training) {
    std::optional<EventLog> events;
    const auto of_fold = [&](int fold) {
      log_.part(fmt::format("fold {}/{}", fold, folds()));
      if (options_.tensorboard) events.emplace(fmt::format("{}/{}/fold-{}", out_, RunFolder::kTensorboard, fold));
      Callbacks c = log_.callbacks(events);
      if (fold == 1) return c;
      c.log = [log = c.log](const std::string& text) {  // what was decided was said of the first
        if (text.starts_with("warning: ") || text.starts_with("going on")) log(text);
      };
      return c;
    };
    const auto make = [this](const Dataset& rows) { return prepare(settings_, data_.spec, rows); };
    folds_ = fit_all_folds(make, data_.spec, data_.train, folds(), training, of_fold);
    log_.part({});
    return folds_->trained;
  }

  /// Whatever happens, the best model so far is in the folder.
  Trained fit_search(RunFolder& folder, Prepared& prepared, const TrainOptions& training) {
    if (const std::string moved = set_aside_checkpoints(out_); !moved.empty()) log_.show(moved);
    SearchOptions options = search_options(settings_, asked_);
    if (std::isfinite(options.seconds)) options.seconds = time_for_training(options.seconds, begun_);
    options.folder = folder.file(RunFolder::kSearch);
    if (peers_ != nullptr) tell_followers_to_search(*peers_, options);
    const Settings given = settings_, recorded = recorded_;
    const auto make = [&](const NetworkOptions& network) { return prepare(given, network, data_.spec, data_.train); };
    const auto keep = [&](const Trial& trial, const Prepared& network, Trained run) {
      settings_ = of_trial(given, trial);
      recorded_ = of_trial(recorded, trial);
      publish(folder, network, run);
    };
    SearchCallbacks calls;
    std::optional<EventLog> none;
    calls.log = [this](const std::string& line) { log_.say(line); };
    calls.of = [&](const Trial& trial) {
      log_.part(fmt::format("trial {}", trial.number));
      Callbacks c = log_.callbacks(none);
      if (log_.begun()) c.log = {};  // what was decided was said of the first
      if (trial.number > 0) c.epoch = {};
      return c;
    };
    calls.done = [&](const std::vector<Trial>& trials, const Prepared& network, const Trained* best) {
      trials_ = trials;
      log_.part({});
      log_.say(trial_line(trials.back()));
      if (best == nullptr) return write_file_atomically(folder.file(RunFolder::kTrials), trials_file(trials_));
      keep(trials.back(), network, *best);
    };
    calls.improved = [&](const Trial& trial, const Prepared& network, const std::function<Trained()>& so_far) {
      keep(trial, network, so_far());
    };
    const NetworkOptions network = network_options(given);
    Searched found = search(make, data_.spec, data_.train, *data_.valid, network, training, options, calls);
    settings_ = of_trial(given, found.trials[found.best]);
    recorded_ = of_trial(recorded, found.trials[found.best]);
    prepared = std::move(found.prepared);
    return std::move(found.trained);
  }

  static std::string about(const Trained& t) {
    return about_training(static_cast<int64_t>(t.history.size()), t.best_epoch, t.stopped);
  }

  void finish(const Model& model, const Trained& trained, const RunFolder& folder) {
    std::vector<ReportPart> parts;
    if (!options_.quiet || options_.json || !options_.no_report) {
      const int threads = trained.options.threads;
      parts = measured_parts(data_, settings_, model, folds_ ? &*folds_ : nullptr, held_out_, threads);
      log_.show(fmt::format("{} ({:.1f} s, {} thread{}, {})\n\n{}\n", about(trained), trained.seconds, threads,
                            threads == 1 ? "" : "s", simd_name(), summary_table(parts)));
      log_.show(fmt::format("model {}, fingerprint {}", folder.file(RunFolder::kModel), model.fingerprint()));
    }
    log_.say(peers_ != nullptr
                 ? memory_of_ranks(*peers_)
                 : fmt::format("memory: at most {} were resident", bytes_text(static_cast<double>(peak_resident()))));
    if (!options_.no_report) report(model, trained, folder, parts);
    if (!options_.json) return;
    nlohmann::json json = result_of(model, trained, parts);
    json["rows"] = data_.train.rows;
    json["skipped_rows"] = data_.read.skipped.rows.size();
    json["out"] = out_;
    if (!trials_.empty()) json["trials"] = trials_.size();
    if (calibration_) json["temperature"] = calibration_->temperature;
    if (folds_) json["folds"] = report::folds_section(*folds_);
    write_output("", json_text(json));
  }

  /// What a report says however the run ended.
  ReportInput report_input(const std::string& config) const {
    ReportInput input{.folder = out_, .config = config, .log = log_.lines(), .rows_read = data_.rows_read};
    input.command = asked_command(options_.config, options_.resume, options_.flags, out_);
    input.settings = report_settings(asked_, Settings::from_toml_text(config, "the configuration"));
    return input;
  }

  /// A run that ends in an error leaves what it knows, and the reason.
  void tell_failure(const RunFolder& folder, const std::string& error) {
    ReportInput input = report_input(recorded_.to_toml());
    input.error = error;
    input.spec = &data_.spec;
    input.history = log_.epochs();
    input.parts = data_.parts(settings_);
    const bool beside_earlier = folder.holds_model() && resumption_ == nullptr;
    for (const std::string& failed : write_failed_run(folder, input, !options_.no_report, beside_earlier))
      log_.show_warning("warning: " + failed);
    if (beside_earlier)
      log_.show_warning(
          fmt::format("{0} is left as an earlier run made it; what this run left is in {0}/failed", out_));
  }

  /// `parts` are lent to the report, not copied: their rows may be many.
  void report(const Model& model, const Trained& trained, const RunFolder& folder, std::vector<ReportPart>& parts) {
    ReportInput input = report_input(model.notes().at("config"));
    input.trained = &trained;
    if (folds_) input.folds = &*folds_;
    if (calibration_) input.calibration = &*calibration_;
    if (!trials_.empty()) input.trials = &trials_;
    input.fingerprint = model.fingerprint();
    input.parts.swap(parts);
    try {
      write_run_report(folder, input);
      log_.show(fmt::format("report {}", folder.file(RunFolder::kReport)));
    } catch (const Error& e) {  // the model is written; a report is not worth the run
      log_.show_warning(fmt::format("warning: there is no report: {}", e.what()));
    }
    input.parts.swap(parts);
  }

  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  const TrainFlags& options_;
  Settings settings_, recorded_;  // what runs; what the model and the checkpoints say
  Settings asked_;                // settings_ without what a preset adds
  const Resumption* resumption_;
  Peers* const peers_;
  std::optional<Machine> machine_;
  const std::string out_;
  RunLog log_;
  TrainingData data_;
  std::optional<FoldsTrained> folds_;       ///< with --folds
  std::vector<Trial> trials_;               ///< with --time-budget
  std::optional<Calibration> calibration_;  ///< with --calibrate
  Dataset held_out_;                        ///< rows of folds that were done, where not all were
};

}  // namespace

int run_training(const TrainFlags& flags, Settings settings, const Resumption* resumption, Peers* peers) {
  return TrainRun(flags, std::move(settings), resumption, peers).run();
}

}  // namespace retrograd::cli
