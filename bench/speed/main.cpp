// bench_speed [CASE…]: one training step of ours, libtorch and oneDNN's products alone, interleaved in one run.
// Writes build/bench/speed.json.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/atomic_file.hpp"
#include "contender.hpp"
#include "math/simd.hpp"
#include "report/peak.hpp"

namespace retrograd::bench {
namespace {

constexpr int kRounds = 9;
constexpr double kRoundSeconds = 0.06;
/// Between contenders: the threads of the last one spin for a while after their work, on the cores of the next.
constexpr auto kRest = std::chrono::milliseconds(60);

double median_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

struct Entry {
  std::string name;
  std::unique_ptr<Contender> contender;
  std::vector<double> micros;     ///< a step, one a round
  std::vector<double> fractions;  ///< of the peak measured just before; ours only

  double median() const { return median_of(micros); }
  /// Half the distance between the quartiles, relative to the median.
  double spread() const {
    std::vector<double> sorted = micros;
    std::sort(sorted.begin(), sorted.end());
    return (sorted[sorted.size() * 3 / 4] - sorted[sorted.size() / 4]) / 2 / median();
  }
};

double seconds_of(Contender& contender, int steps) {
  const auto start = std::chrono::steady_clock::now();
  for (int k = 0; k < steps; ++k) contender.step();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

const Entry& best_of(const std::vector<Entry>& entries, const std::string& name) {
  const Entry* best = nullptr;
  for (const Entry& e : entries)
    if (e.name.starts_with(name) && (best == nullptr || e.median() < best->median())) best = &e;
  return *best;
}

bool has(const std::vector<Entry>& entries, const std::string& name) {
  return std::any_of(entries.begin(), entries.end(), [&](const Entry& e) { return e.name.starts_with(name); });
}

/// Same weights, same batches: the loss after 20 steps must be the same within 1e-4.
double loss_difference(const Problem& problem) {
#ifdef RETROGRAD_BENCH_TORCH
  const auto ours = make_ours(problem, 1);
  const auto theirs = make_torch(problem, 1);
  double a = 0, b = 0;
  for (int k = 0; k < 20; ++k) {
    a = ours->step();
    b = theirs->step();
  }
  return std::abs(a - b) / std::abs(b);
#else
  static_cast<void>(problem);
  return 0;
#endif
}

nlohmann::json measure(const Case& test) {
  const Problem problem(test);
  const double difference = loss_difference(problem);
  std::vector<Entry> entries;
  for (const int threads : {1, 2}) {
    entries.push_back({fmt::format("ours {}", threads), make_ours(problem, threads), {}, {}});
#ifdef RETROGRAD_BENCH_TORCH
    entries.push_back({fmt::format("libtorch {}", threads), make_torch(problem, threads), {}, {}});
#endif
#ifdef RETROGRAD_BENCH_ONEDNN
    entries.push_back({fmt::format("onednn {}", threads), make_onednn(problem, threads), {}, {}});
#endif
  }
  std::vector<int> steps;
  for (Entry& e : entries) {
    seconds_of(*e.contender, 2);
    const double one = seconds_of(*e.contender, 2) / 2;
    steps.push_back(std::max(1, static_cast<int>(kRoundSeconds / one)));
  }
  for (int round = 0; round < kRounds; ++round)
    for (size_t k = 0; k < entries.size(); ++k) {
      Entry& e = entries[k];
      std::this_thread::sleep_for(kRest);
      // The peak of this moment: other guests of the machine make it go up and down.
      const double peak = e.name.starts_with("ours") ? report::peak_flops(e.name.back() - '0') : 0;
      e.micros.push_back(seconds_of(*e.contender, steps[k]) / steps[k] * 1e6);
      if (peak > 0) e.fractions.push_back(problem.flops() / e.micros.back() * 1e6 / peak);
    }
  const Entry& ours = best_of(entries, "ours");
  const double gflops = problem.flops() / ours.median() / 1e3;
  const double fraction = median_of(ours.fractions), peak = gflops / fraction;
  nlohmann::json row = {
      {"case", test.name},
      {"network", test.text()},
      {"ours_us", ours.median()},
      {"ours_threads", ours.name.back() - '0'},
      {"ours_1_us", best_of(entries, "ours 1").median()},
      {"ours_2_us", best_of(entries, "ours 2").median()},
      {"spread", ours.spread()},
      {"gflops", gflops},
      {"peak_gflops", peak},
      {"fraction_of_peak", fraction},
      {"speedup_2_threads", best_of(entries, "ours 1").median() / best_of(entries, "ours 2").median()},
      {"loss_difference", difference}};
  std::string line = fmt::format("{:<9} {:>11.1f} {:>2} {:>6.1f} {:>6.2f}", test.name, ours.median(), ours.name.back(),
                                 gflops, fraction);
  if (has(entries, "libtorch")) {
    const Entry& torch = best_of(entries, "libtorch");
    row["libtorch_us"] = torch.median();
    row["ratio_libtorch"] = torch.median() / ours.median();
    line += fmt::format(" {:>11.1f} {:>7.2f}", torch.median(), torch.median() / ours.median());
  }
  if (has(entries, "onednn")) {
    const Entry& onednn = best_of(entries, "onednn");
    row["onednn_gemm_us"] = onednn.median();
    line += fmt::format(" {:>11.1f}", onednn.median());
  }
  fmt::print("{}  {:>4.1f} %  loss {:.1e}{}\n", line, 100 * ours.spread(), difference,
             difference <= 1e-4 ? "" : "  DISAGREES");
  std::fflush(stdout);
  return row;
}

int run(int argc, char** argv) {
  fmt::print("FMA peak, float32, {}: {:.1f} GFLOP/s on 1 thread, {:.1f} on 2\n", simd_name(),
             report::peak_flops(1) / 1e9, report::peak_flops(2) / 1e9);
  fmt::print("a step in µs, median of {} rounds\n\n", kRounds);
  fmt::print("{:<9} {:>11} {:>2} {:>6} {:>6} {:>11} {:>7} {:>11}\n", "case", "ours", "t", "GF/s", "peak", "libtorch",
             "ratio", "oneDNN gemm");
  nlohmann::json rows = nlohmann::json::array();
  for (const Case& test : all_cases()) {
    const bool wanted = argc < 2 || std::any_of(argv + 1, argv + argc, [&](const char* a) { return test.name == a; });
    if (wanted) rows.push_back(measure(test));
  }
  write_file_atomically("build/bench/speed.json", rows.dump(2) + "\n");
  return 0;
}

}  // namespace
}  // namespace retrograd::bench

int main(int argc, char** argv) {
  try {
    return retrograd::bench::run(argc, argv);
  } catch (const std::exception& e) {
    fmt::print(stderr, "error: {}\n", e.what());
    return 1;
  }
}
