// Prediction from C++: one row at a time, from one thread and from two at once, and in bulk.
#include <fmt/format.h>

#include <thread>

#include "graph/program.hpp"
#include "retrograd/model.hpp"
#include "tables.hpp"

namespace retrograd::bench {
namespace {

Model model_of(const std::vector<int>& widths) {
  Network net;
  net.input("x", widths.front());
  for (size_t l = 1; l < widths.size(); ++l) {
    net.linear(widths[l]);
    if (l + 1 < widths.size()) net.activation("relu");
  }
  net.loss("softmax_xent");
  std::map<std::string, std::vector<double>> values;
  for (const graph::Parameter& p : graph::compile(net).parameters)
    for (size_t i = 0; i < p.size(); ++i)
      values[p.name].push_back((static_cast<double>(i * 7919 % 1009) / 1009 - 0.5) / 16);
  return Model(net, Precision::float32, values, {});
}

/// Microseconds of each of `count` calls.
std::vector<double> calls(const Model& model, size_t features, int count) {
  std::vector<float> x(features, 0.25f), y(static_cast<size_t>(model.outputs()));
  std::vector<double> micros;
  for (int k = 0; k < count; ++k) {
    x[static_cast<size_t>(k) % features] = static_cast<float>(k % 100) / 100;
    const auto start = std::chrono::steady_clock::now();
    model.predict_row(x, y);
    micros.push_back(1e6 * seconds_since(start));
  }
  micros.erase(micros.begin(), micros.begin() + count / 10);
  return micros;
}

}  // namespace

nlohmann::json prediction() {
  constexpr int kCalls = 20000;
  fmt::print("{:<14} {:>22} {:>22} {:>26}\n", "network", "1 row: p50, p99 us", "2 threads: p50, p99",
             "rows/s, 1 and 2 threads");
  nlohmann::json rows = nlohmann::json::array();
  for (const std::vector<int>& widths : {std::vector<int>{784, 128, 10}, {30, 64, 64, 2}, {784, 512, 512, 10}}) {
    const Model model = model_of(widths);
    const auto features = static_cast<size_t>(widths.front());
    const std::vector<double> alone = calls(model, features, kCalls);
    std::vector<double> beside, other;
    std::thread second([&] { other = calls(model, features, kCalls); });
    beside = calls(model, features, kCalls);
    second.join();
    beside.insert(beside.end(), other.begin(), other.end());
    Dataset data;
    data.rows = 50000;
    data.inputs.push_back({"x", widths.front(), std::vector<float>(features * 50000, 0.25f)});
    std::vector<double> bulk[2];
    for (int round = 0; round < 5; ++round)
      for (const int threads : {1, 2}) {
        const auto start = std::chrono::steady_clock::now();
        model.predict(data, threads);
        bulk[threads - 1].push_back(static_cast<double>(data.rows) / seconds_since(start));
      }
    std::string name;
    for (const int w : widths) name += (name.empty() ? "" : "-") + std::to_string(w);
    fmt::print("{:<14} {:>12.2f} {:>9.2f} {:>12.2f} {:>9.2f} {:>14.3g} {:>11.3g}\n", name, median(alone),
               quantile(alone, 0.99), median(beside), quantile(beside, 0.99), median(bulk[0]), median(bulk[1]));
    rows.push_back({{"network", name},
                    {"p50_us", median(alone)},
                    {"p99_us", quantile(alone, 0.99)},
                    {"two_threads_p50_us", median(beside)},
                    {"two_threads_p99_us", quantile(beside, 0.99)},
                    {"rows_per_second_1", median(bulk[0])},
                    {"rows_per_second_2", median(bulk[1])}});
  }
  return rows;
}

}  // namespace retrograd::bench
