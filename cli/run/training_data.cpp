#include "run/training_data.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>

#include "base/fail.hpp"
#include "files/files.hpp"
#include "run/held_out.hpp"
#include "run/report.hpp"
#include "run/unused.hpp"
#include "settings/options.hpp"

namespace retrograd::cli {
namespace {

std::string rows_text(int64_t count) { return fmt::format("{} row{}", count, count == 1 ? "" : "s"); }

class Reader {
 public:
  Reader(const Settings& settings, const Settings& flags, const Ranks& ranks, const ReadLog& log)
      : settings_(settings),
        flags_(flags),
        peers_(ranks.peers),
        machine_(ranks.machine),
        log_(log),
        threads_(train_options(settings).threads) {}

  TrainingData run(bool hold_out_some) {
    const std::string source = settings_.text("train");
    DataOptions reading = data_options(settings_);
    if (threads_ > 0) reading.threads = threads_;
    if (const std::string from = settings_.text("from"); !from.empty()) {
      begin_with(from, source, reading);
    } else {
      Loaded loaded = peers_ != nullptr ? read_training(source, reading) : load_training(source, reading);
      d_.spec = std::move(loaded.spec);
      d_.train = std::move(loaded.data);
    }
    // Where there is a cache, the others come when it is built.
    const auto tell = [&](bool now) {
      if (peers_ != nullptr && now) text_of_first(*peers_, to_json(d_.spec));
    };
    tell(settings_.text("cache").empty());
    d_.rows_read = d_.train.rows;
    d_.read.skipped = d_.train.skipped;
    d_.read.lines = d_.train.lines;
    const auto features = d_.spec.row_shape.empty() ? d_.spec.with_role(ColumnRole::feature).size() : 0;
    log_.say(fmt::format("{}: {}{}", source, rows_text(d_.train.rows),
                         d_.spec.row_shape.empty()
                             ? fmt::format(", {} feature column{}", features, features == 1 ? "" : "s")
                             : fmt::format(" of shape {}", fmt::join(d_.spec.row_shape, " × "))));
    say_how_read(d_.train);
    for (const std::string& warning : d_.spec.warnings) log_.say("warning: " + warning);
    if (!settings_.text("valid").empty()) {
      d_.valid = other("valid", reading.threads);
      if (!settings_.is_auto("valid_fraction") && settings_.number("valid_fraction") > 0)
        log_.say("--valid-fraction is not used: --valid gives the validation data");
    } else if (hold_out_some) {
      hold_out();
    }
    if (!settings_.text("test").empty()) d_.test = other("test", reading.threads);
    tell(!settings_.text("cache").empty());
    if (peers_ != nullptr) {
      RowsOfRun rows = share(*peers_, *machine_, {std::move(d_.train), std::move(d_.valid)});
      d_.train = std::move(rows.train);
      d_.valid = std::move(rows.valid);
    }
    return std::move(d_);
  }

 private:
  Dataset other(const std::string& name, int threads) {
    const std::string file = settings_.text(name), train = settings_.text("train");
    // Of idx:DIR the training files are read for the one, the t10k files for the other.
    const bool folder = train.starts_with("idx:") && train.find(',') == std::string::npos;
    std::error_code ignored;
    if (!folder && (file == train || std::filesystem::equivalent(file, train, ignored)))
      log_.say(
          fmt::format("warning: --{} is the training data: what is measured on it says nothing about new rows; "
                      "give rows that are not trained on, or leave it out",
                      name));
    ReadOptions options = read_options(settings_, "." + name);
    options.threads = threads;
    Dataset data = read(file, Part::test, options);
    log_.say(fmt::format("{}: {} for {}", file, rows_text(data.rows), name == "valid" ? "validation" : "the test"));
    say_how_read(data);
    return data;
  }

  /// Fine-tuning: the network, its parameters and the way to read data are those of a model.
  void begin_with(const std::string& from, const std::string& source, const DataOptions& reading) {
    const Settings asked = asked_for(flags_, settings_);
    for (const SettingSpec& s : setting_specs()) {
      const bool of_data = s.name == "target" || s.name == "weight" || s.name == "ignore" || s.name == "type" ||
                           s.name == "missing" || s.name == "separator" || s.name == "decimal";
      if ((of_data || (s.section == "network" && s.name != "from")) && asked.given(s.name))
        fail("{0} and {1}: the network, and how its data are read, are those of the model; leave out {0}",
             place_of(s.name, flags_), place_of("from", flags_));
    }
    d_.start = start_from(load_model(from), reading.task);
    d_.spec = d_.start->spec;
    d_.train = read(source, Part::train, {reading.threads, reading.on_bad_row, reading.cache});
  }

  Dataset read(const std::string& source, Part part, const ReadOptions& options) const {
    return peers_ != nullptr ? read_with(source, d_.spec, part, options)
                             : load_with(source, d_.spec, part, true, options);
  }

  void hold_out() {
    HeldOut held = held_out(settings_, d_.spec, d_.train, train_options(settings_).seed);
    d_.fraction = held.fraction;
    if (d_.fraction == 0) {
      const bool automatic = settings_.is_auto("valid_fraction");
      log_.say(fmt::format("no validation data{}: all epochs are trained, the last one is kept",
                           automatic ? fmt::format(" (fewer than {} rows: none are held out)", kWorthHoldingOut) : ""));
      return;
    }
    d_.held = std::move(held.rows);
    d_.valid = part(d_.train, d_.held.valid);
    d_.train = part(d_.train, d_.held.train);
    log_.say(fmt::format("{} of them held out for validation, {} to train on", d_.valid->rows, d_.train.rows));
  }

  /// Rows that were left out are told of also where no other lines are wanted.
  void say_how_read(const Dataset& data) {
    for (const std::string& line : data.notes) log_.say(line);
    std::string prefix = "warning: ";
    for (const std::string& line : data.skipped.lines()) {
      log_.warn(prefix + line);
      prefix = "  ";
    }
  }

  const Settings& settings_;
  const Settings& flags_;
  Peers* const peers_;
  const Machine* const machine_;
  const ReadLog& log_;
  const int threads_;
  TrainingData d_;
};

}  // namespace

std::vector<ReportPart> TrainingData::parts(const Settings& settings) const {
  std::vector<ReportPart> parts;
  const std::string source = training_source(settings.text("train")), given = settings.text("valid");
  parts.push_back({.name = "train", .data = &train, .source = source, .rows = held.train, .read = &read});
  if (valid && given.empty())
    parts.push_back({.name = "validation", .data = &*valid, .source = source, .rows = held.valid, .read = &read});
  if (valid && !given.empty()) parts.push_back({.name = "validation", .data = &*valid, .source = given});
  if (test) parts.push_back({.name = "test", .data = &*test, .source = settings.text("test")});
  return parts;
}

TrainingData read_training_data(const Settings& settings, const Settings& flags, bool hold_out, const Ranks& ranks,
                                const ReadLog& log) {
  return Reader(settings, flags, ranks, log).run(hold_out);
}

}  // namespace retrograd::cli
