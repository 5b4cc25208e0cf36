// Step times: the choice of threads over widths, and a small network on a large batch.
#include <fmt/format.h>

#include <algorithm>

#include "contender.hpp"
#include "tables.hpp"
#include "train/engine/choose_threads.hpp"
#include "train/loop/complete.hpp"

namespace retrograd::bench {
namespace {

constexpr int kRounds = 9;
constexpr double kRoundSeconds = 0.02;

/// Microseconds a step on 1 and on 2 threads, interleaved.
std::array<double, 2> step_micros(const Problem& problem) {
  std::unique_ptr<Contender> contenders[2] = {make_ours(problem, 1), make_ours(problem, 2)};
  const auto seconds = [](Contender& c, int steps) {
    const auto start = std::chrono::steady_clock::now();
    for (int k = 0; k < steps; ++k) c.step();
    return seconds_since(start) / steps;
  };
  std::vector<double> micros[2];
  int steps[2];
  for (int t = 0; t < 2; ++t) {
    seconds(*contenders[t], 2);
    steps[t] = std::max(1, static_cast<int>(kRoundSeconds / seconds(*contenders[t], 2)));
  }
  for (int round = 0; round < kRounds; ++round)
    for (int t = 0; t < 2; ++t) micros[t].push_back(1e6 * seconds(*contenders[t], steps[t]));
  return {median(micros[0]), median(micros[1])};
}

int chosen(const Problem& problem) {
  TrainOptions options;
  options.batch = problem.test.batch;
  options.optimizer = problem.test.optimizer;
  std::vector<std::string> decisions;
  options = training::complete(options, {}, problem.data.rows, false, problem.program, decisions);
  const graph::ReverseProgram reverse = graph::reverse(problem.program);
  const training::Rows rows{&problem.data, {}};
  return training::choose_threads(
      {&problem.program, &reverse, &rows, &options, optim::parse_optimizer(options.optimizer), options.batch},
      {problem.initial.begin(), problem.initial.end()}, decisions);
}

}  // namespace

nlohmann::json thread_choice() {
  fmt::print("10-W-W-10, batch 128, Adam; microseconds a step\n{:>6} {:>10} {:>10} {:>6} {:>12}\n", "W", "1 thread",
             "2 threads", "auto", "auto / best");
  nlohmann::json rows = nlohmann::json::array();
  double worst = 1;
  for (const int width : {10, 16, 24, 32, 45, 46, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 2048, 4096}) {
    Case test{"sweep", {10, width, width, 10}, 128, "adam"};
    const Problem problem(test);
    const auto [one, two] = step_micros(problem);
    const int threads = chosen(problem);
    const double ratio = (threads == 1 ? one : two) / std::min(one, two);
    worst = std::max(worst, ratio);
    fmt::print("{:>6} {:>10.1f} {:>10.1f} {:>6} {:>12.3f}\n", width, one, two, threads, ratio);
    rows.push_back({{"width", width}, {"one_us", one}, {"two_us", two}, {"auto", threads}, {"auto_over_best", ratio}});
  }
  fmt::print("worst: {:.3f}\n", worst);
  return {{"widths", rows}, {"worst", worst}};
}

nlohmann::json full_batch() {
  Case test{"full", {4, 32, 16, 4}, 10000, "momentum", 0.01, "tanh", 1};
  const Problem problem(test);
  const auto [one, two] = step_micros(problem);
  fmt::print("4-32-16-4, tanh, 10,000 rows a step, momentum: {:.0f} us on 1 thread, {:.0f} on 2; auto: {}\n", one, two,
             chosen(problem));
  return {{"one_us", one}, {"two_us", two}, {"auto", chosen(problem)}};
}

}  // namespace retrograd::bench
