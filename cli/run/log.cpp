#include "run/log.hpp"

#include "run/interruption.hpp"

namespace retrograd::cli {

void RunLog::say(const std::string& text) {
  lines_.push_back(text);
  progress_.line(text);
}

void RunLog::warn(const std::string& text) {
  lines_.push_back(text);
  progress_.warning(text);
}

void RunLog::part(std::string name) {
  if (!name.empty()) epochs_.clear();  // after the last part they are those that a failure tells of
  progress_.part(std::move(name));
}

Callbacks RunLog::callbacks(std::optional<EventLog>& events) {
  Callbacks callbacks;
  callbacks.log = [this](const std::string& text) { text.starts_with("warning: ") ? warn(text) : say(text); };
  callbacks.begun = [this] { begun_ = true; };
  callbacks.resumed = [this](const std::vector<EpochReport>& history) {
    epochs_ = history;
    progress_.resumed(history);
  };
  callbacks.epoch = [this, &events](const EpochReport& report) {
    epochs_.resize(static_cast<size_t>(report.epoch) - 1);  // after divergence a run may go back
    epochs_.push_back(report);
    progress_.epoch(report, report.epoch == report.epochs);
    if (events)
      if (const std::string failed = events->append(report); !failed.empty()) progress_.warning("warning: " + failed);
    return Control{};
  };
  callbacks.step = [](int64_t, int64_t) { return Interruption::asked(); };
  return callbacks;
}

}  // namespace retrograd::cli
