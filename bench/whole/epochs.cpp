// Whole epochs of train() against the same number of bare steps on one batch that stays in cache.
#include <fmt/format.h>

#include <algorithm>

#include "contender.hpp"
#include "retrograd/train.hpp"
#include "tables.hpp"

namespace retrograd::bench {
namespace {

/// Images of random bytes, as IDX files give them, or the same numbers as floats.
Dataset images(int64_t rows, bool bytes) {
  Dataset data;
  data.rows = rows;
  std::vector<uint8_t> pixels(static_cast<size_t>(rows) * 784);
  uint32_t state = 1;
  for (uint8_t& p : pixels) p = static_cast<uint8_t>((state = state * 1664525 + 1013904223) >> 24);
  if (bytes)
    data.inputs.push_back({"x", 784, std::move(pixels)});
  else
    data.inputs.push_back({"x", 784, std::vector<float>(pixels.begin(), pixels.end())});
  std::vector<float> labels(static_cast<size_t>(rows));
  for (size_t n = 0; n < labels.size(); ++n) labels[n] = static_cast<float>(n % 10);
  data.target = {"target", 1, std::move(labels)};
  return data;
}

double epoch_seconds(const Dataset& data, const std::vector<int>& hidden, int64_t batch, int threads) {
  Prepared prepared;
  prepared.network.input("x", 784);
  for (const int width : hidden) prepared.network.linear(width).activation("relu");
  prepared.network.linear(10).loss("softmax_xent");
  DataSpec spec;
  spec.task = Task::classification;
  TrainOptions options;
  options.optimizer = "momentum";
  options.learning_rate = 1e-9;  // the numbers do not matter, as long as they stay finite
  options.weight_decay = 0;
  options.batch = batch;
  options.epochs = 4;
  options.patience = 0;
  options.threads = threads;
  const Trained trained = train(prepared, spec, data, nullptr, options);
  std::vector<double> seconds;
  for (const EpochReport& e : trained.history) seconds.push_back(e.seconds);
  return *std::min_element(seconds.begin(), seconds.end());
}

}  // namespace

nlohmann::json epochs() {
  constexpr int64_t kRows = 60000;
  fmt::print("{:<24} {:>8} {:>12} {:>12} {:>8}\n", "network, data", "threads", "epoch ms", "steps ms", "ratio");
  nlohmann::json rows = nlohmann::json::array();
  for (const bool bytes : {true, false}) {
    const Dataset data = images(kRows, bytes);
    for (const auto& [hidden, batch] : {std::pair<std::vector<int>, int>{{128}, 64}, {{512, 512}, 128}})
      for (const int threads : {1, 2}) {
        Case test{"epoch", {784}, batch, "momentum", 1e-9, "relu", 1};
        for (const int width : hidden) test.widths.push_back(width);
        test.widths.push_back(10);
        const Problem problem(test);
        const auto bare = make_ours(problem, threads);
        for (int k = 0; k < 20; ++k) bare->step();
        const double steps = static_cast<double>((kRows + batch - 1) / batch);
        std::vector<double> whole, alone;
        for (int round = 0; round < 3; ++round) {
          const auto start = std::chrono::steady_clock::now();
          for (int k = 0; k < static_cast<int>(steps); ++k) bare->step();
          alone.push_back(seconds_since(start));
          whole.push_back(epoch_seconds(data, hidden, batch, threads));
        }
        const std::string name = fmt::format("784-{}-10, {}", hidden.front(), bytes ? "bytes" : "floats");
        const double a = *std::min_element(whole.begin(), whole.end()),
                     b = *std::min_element(alone.begin(), alone.end());
        fmt::print("{:<24} {:>8} {:>12.1f} {:>12.1f} {:>8.3f}\n", name, threads, 1e3 * a, 1e3 * b, a / b);
        rows.push_back({{"case", name}, {"threads", threads}, {"epoch_s", a}, {"steps_s", b}, {"ratio", a / b}});
      }
  }
  return rows;
}

}  // namespace retrograd::bench
