#include "progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace retrograd::cli {
namespace {

constexpr size_t kCurveWidth = 16;

/// The last losses as small bars, scaled to their own range.
std::string sparkline(const std::vector<double>& values) {
  static constexpr std::array<const char*, 8> bars = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const size_t count = std::min(values.size(), kCurveWidth);
  const auto first = values.end() - static_cast<std::ptrdiff_t>(count);
  const auto [low, high] = std::minmax_element(first, values.end());
  std::string text;
  for (auto v = first; v != values.end(); ++v) {
    const double share = *high > *low ? (*v - *low) / (*high - *low) : 0;
    text += bars[static_cast<size_t>(std::clamp(share * 7.99, 0.0, 7.0))];
  }
  return text;
}

std::string duration(double seconds) {
  const auto s = static_cast<int64_t>(seconds + 0.5);
  if (s >= 3600) return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
  return fmt::format("{}:{:02}", s / 60, s % 60);
}

}  // namespace

Progress::Progress(std::FILE* stream, bool quiet)
    : stream_(stream), quiet_(quiet), live_(::isatty(::fileno(stream)) == 1) {}

Progress::~Progress() { end_live_line(); }

void Progress::end_live_line() {
  if (!open_) return;
  std::fputc('\n', stream_);
  std::fflush(stream_);
  open_ = false;
}

void Progress::line(const std::string& text) {
  if (quiet_) return;
  end_live_line();
  std::fprintf(stream_, "%s\n", text.c_str());
  std::fflush(stream_);
}

void Progress::epoch(const EpochReport& r) {
  if (quiet_) return;
  seconds_ += r.seconds;
  curve_.push_back(r.valid_loss.value_or(r.train_loss));
  std::string text = fmt::format("epoch {:>3}/{}  loss {:.5f}", r.epoch, r.epochs, r.train_loss);
  if (r.valid_loss) text += fmt::format("  valid {:.5f}", *r.valid_loss);
  if (r.valid_metric && r.metric != "loss") text += fmt::format("  {} {:.5g}", r.metric, *r.valid_metric);
  text += fmt::format("{}  {:.3g} rows/s", r.best ? " *" : "  ", r.rows_per_second);
  if (!live_) {
    line(text);
    return;
  }
  text += fmt::format("  ETA {}  {}", duration(seconds_ / r.epoch * (r.epochs - r.epoch)), sparkline(curve_));
  std::fprintf(stream_, "\r\033[K%s", text.c_str());
  std::fflush(stream_);
  open_ = true;
}

}  // namespace retrograd::cli
