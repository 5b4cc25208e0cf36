// What `--shards` costs one process: the same steps with and without, interleaved, medians of processor time, which
// other programs on the machine disturb less than the time that passes.
#include <fmt/core.h>

#include <algorithm>
#include <ctime>
#include <string_view>

#include "steps.hpp"

namespace retrograd::bench {
namespace {

constexpr double kRoundSeconds = 0.02, kSeconds = 8;
constexpr int kLeastRounds = 15, kMostRounds = 60;

/// Seconds of this process.
double now() {
  timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

/// Seconds a step.
double time(Steps& steps, int count) {
  const double start = now();
  steps.take(count);
  return (now() - start) / count;
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

void compare(const Shape& shape, int shards, int threads) {
  const Job job(shape);
  Steps none(job, 1, threads), some(job, shards, threads);
  const double step = time(none, 3);
  const int steps = std::max(1, static_cast<int>(kRoundSeconds / step));
  const int rounds = std::clamp(static_cast<int>(kSeconds / (2 * steps * step)), kLeastRounds, kMostRounds);
  time(some, 3);
  std::vector<double> seconds, sharded, ratios;
  for (int round = 0; round < rounds; ++round) {
    const bool first = round % 2 == 0;  // what a clock that falls does is done to both
    double a = first ? time(none, steps) : 0;
    const double b = time(some, steps);
    if (!first) a = time(none, steps);
    seconds.push_back(a);
    sharded.push_back(b);
    ratios.push_back(b / a);
  }
  std::sort(ratios.begin(), ratios.end());
  const auto fastest = [](const std::vector<double>& all) { return *std::min_element(all.begin(), all.end()); };
  fmt::print("| {} | {} | {:.1f} | {:+.2f} % | {:+.2f} % | {:+.2f} to {:+.2f} % |\n", shape.name, threads,
             1e6 * median(seconds), 100 * (fastest(sharded) / fastest(seconds) - 1),
             100 * (ratios[ratios.size() / 2] - 1), 100 * (ratios[ratios.size() / 4] - 1),
             100 * (ratios[ratios.size() * 3 / 4] - 1));
  std::fflush(stdout);
}

}  // namespace
}  // namespace retrograd::bench

int main(int argc, char** argv) {
  using retrograd::bench::Shape;
  fmt::print(
      "| network, batch, optimiser | threads | µs a step | 8 shards: fastest | median | quartiles "
      "|\n|---|---|---|---|---|---|\n");
  for (const Shape& shape :
       {Shape{"30-64-64-2, 256, adamw", 30, {64, 64}, 2, 256, "adamw"},
        Shape{"784-128-10, 64, momentum", 784, {128}, 10, 64, "momentum"},
        Shape{"784-128-10, 256, sgd", 784, {128}, 10, 256, "sgd"},
        Shape{"784-512-512-10, 256, adam", 784, {512, 512}, 10, 256, "adam"},
        Shape{"64-256-256-256-1, 256, adamw", 64, {256, 256, 256}, 2, 256, "adamw"},
        Shape{"100-256-256-10, 256, batch norm, adamw", 100, {256, 256}, 10, 256, "adamw", true},
        Shape{"784-512-512-10, 1024, adam", 784, {512, 512}, 10, 1024, "adam"},
        Shape{"1024-1024-1024-10, 2048, adam", 1024, {1024, 1024}, 10, 2048, "adam"},
        Shape{
            "784-2500-2000-1500-1000-500-10, 256, momentum", 784, {2500, 2000, 1500, 1000, 500}, 10, 256, "momentum"}})
    if (argc < 2 || std::string_view(shape.name).find(argv[1]) != std::string_view::npos)
      retrograd::bench::compare(shape, 8, 1);
}
