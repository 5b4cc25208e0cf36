#include "screen/progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>

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
  const auto s = int64_t{std::lround(seconds)};
  if (s >= 3600) return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
  return fmt::format("{}:{:02}", s / 60, s % 60);
}

/// "310k": three digits.
std::string short_number(double v) {
  if (v >= 1e6) return fmt::format("{:.3g}M", v / 1e6);
  if (v >= 1e4) return fmt::format("{:.3g}k", v / 1e3);
  return fmt::format("{:.0f}", v);
}

/// Columns of the terminal behind `stream`.
size_t columns_of(std::FILE* stream) {
  winsize size{};
  return ::ioctl(::fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

double since(std::chrono::steady_clock::time_point then) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - then).count();
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

void Progress::part(std::string name) {
  end_live_line();
  part_ = std::move(name);
  curve_.clear();
  seconds_ = 0;
}

void Progress::line(const std::string& text) {
  if (quiet_) return;
  end_live_line();
  std::fprintf(stream_, "%s\n", text.c_str());
  std::fflush(stream_);
}

void Progress::warning(const std::string& text) {
  if (quiet_)
    std::fprintf(stderr, "%s\n", text.c_str());
  else
    line(text);
}

void Progress::resumed(const std::vector<EpochReport>& history) {
  for (const EpochReport& r : history) {
    seconds_ += r.seconds;
    curve_.push_back(r.valid_loss.value_or(r.train_loss));
  }
}

void Progress::epoch(const EpochReport& r, bool last) {
  if (quiet_) return;
  seconds_ += r.seconds;
  curve_.push_back(r.valid_loss.value_or(r.train_loss));
  const int digits = static_cast<int>(fmt::formatted_size("{}", r.epochs));
  std::string text = part_.empty() ? part_ : part_ + "  ";
  text += fmt::format("epoch {:>{}}/{}  loss {:.5f}", r.epoch, digits, r.epochs, r.train_loss);
  if (r.valid_loss) text += fmt::format("  validation {:.5f}", *r.valid_loss);
  if (r.valid_metric && r.metric != "loss") text += fmt::format("  {} {:.5g}", r.metric, *r.valid_metric);
  text += fmt::format("{}  {} rows/s", r.best ? " *" : "  ", short_number(r.rows_per_second));
  if (!live_) {
    // About a hundred lines of a long run; history.csv has every epoch.
    if (r.epoch % std::max(1, r.epochs / 100) == 0 || r.epoch == 1 || last) line(text);
    return;
  }
  if (open_ && !last && since(drawn_) < 0.05) return;
  drawn_ = std::chrono::steady_clock::now();
  // The line must not wrap, or it could not be written over; all of it before the curve is ASCII.
  const size_t columns = columns_of(stream_);
  const std::string eta = fmt::format("  ETA {}", duration(seconds_ / r.epoch * (r.epochs - r.epoch)));
  if (text.size() + eta.size() < columns) text += eta;
  if (text.size() + 2 + kCurveWidth < columns)
    text += "  " + sparkline(curve_);
  else if (text.size() >= columns)
    text.resize(columns - 1);
  std::fprintf(stream_, "\r\033[K%s", text.c_str());
  std::fflush(stream_);
  open_ = true;
}

}  // namespace retrograd::cli
