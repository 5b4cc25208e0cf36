#include <fmt/format.h>
#include <fmt/ranges.h>

#include <numeric>

#include "base/random.hpp"
#include "contender.hpp"
#include "math/normal.hpp"

namespace retrograd::bench {

std::string Case::text() const { return fmt::format("{}, batch {}, {}", fmt::join(widths, "-"), batch, optimizer); }

const std::vector<Case>& all_cases() {
  static const std::vector<Case> cases = {
      {"tab", {30, 64, 64, 2}, 32, "adam"},
      {"w45", {10, 45, 45, 10}, 128, "adam"},
      {"w46", {10, 46, 46, 10}, 128, "adam"},
      {"mnist128", {784, 128, 10}, 64, "momentum", 0.01},
      {"mnist512", {784, 512, 512, 10}, 128, "adam"},
      {"realmlp", {64, 256, 256, 256, 2}, 256, "adamw"},
      {"wide1k", {1024, 1024, 1024, 1024, 1024, 1024}, 512, "adam", 1e-4},
      {"ciresan", {784, 2500, 2000, 1500, 1000, 500, 10}, 256, "momentum", 0.001},
      {"wide4k", {4096, 4096, 4096, 4096}, 1024, "momentum", 0.001},
  };
  return cases;
}

Problem::Problem(const Case& c) : test(c) {
  Network net;
  net.input("x", c.widths.front());
  for (size_t l = 1; l < c.widths.size(); ++l) {
    net.linear(c.widths[l]);
    if (l + 1 < c.widths.size()) net.activation(c.activation);
  }
  net.loss("softmax_xent");
  program = graph::compile(net);
  initial.resize(program.total_size);
  graph::initialize(program, 1, initial.data());

  const int64_t rows = int64_t{c.batches} * c.batch;
  Stream stream(7, Purpose::check, 0);
  std::vector<float> x(static_cast<size_t>(rows) * static_cast<size_t>(c.widths.front()));
  for (float& v : x) v = static_cast<float>(math::normal(stream));
  std::vector<float> y(static_cast<size_t>(rows));
  for (float& v : y) v = static_cast<float>(stream.below(static_cast<uint64_t>(c.widths.back())));
  data.rows = rows;
  data.inputs = {{"x", c.widths.front(), std::move(x)}};
  data.target = {"target", 1, std::move(y)};
  order.resize(static_cast<size_t>(rows));
  std::iota(order.begin(), order.end(), int64_t{0});
  for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[stream.below(i)]);
}

}  // namespace retrograd::bench
