#include "train/choose/search_space.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/random.hpp"
#include "optim/lm/lm.hpp"
#include "optim/optimizer.hpp"

namespace retrograd::training {
namespace {

constexpr int kWidest = 2048;
constexpr uint32_t kStream = 2;  // of Purpose::split: 0 is of held-out rows, 1 of folds

int wide(double width) { return std::clamp(static_cast<int>(std::lround(width / 8)) * 8, 8, kWidest); }

/// Also as it is written in a configuration.
double three_digits(double v) { return std::stod(fmt::format("{:.3g}", v)); }

}  // namespace

NetworkOptions as_built(NetworkOptions options, const Prepared& prepared) {
  options.hidden.clear();
  options.dropout = 0;
  for (const Layer& layer : prepared.hidden) {
    if (layer.type == "linear" || layer.type == "shared_linear") options.hidden.push_back(layer.units);
    if (layer.type == "dropout") options.dropout = layer.attributes.at("rate");
  }
  return options;
}

SearchSpace::SearchSpace(const DataSpec& spec, const NetworkOptions& network, const TrainOptions& training,
                         const std::vector<std::string>& fixed)
    : network_(network), training_(training) {
  // Full-batch methods find their steps themselves and take no dropout; lm takes one network.
  const optim::OptimizerInfo& optimizer = optim::parse_optimizer(training.optimizer).optimizer->info;
  const auto varies = [&](std::string_view name) {
    if (optimizer.full_batch && (name == "lr" || name == "dropout")) return false;
    if (optimizer.name == optim::LevenbergMarquardt::info.name && name == "members") return false;
    return std::find(fixed.begin(), fixed.end(), name) == fixed.end();
  };
  if (varies("members"))
    add("members", network.members,
        network.share_weights ? std::vector<double>{4, 8, 16} : std::vector<double>{1, 2, 4});
  if (varies("hidden") && !network.hidden.empty()) {
    Dimension d{.name = "hidden", .values = {}, .widths = {network.hidden}};
    for (const int more : {0, -1, 1})
      for (const double factor : {1.0, 0.5, 1.5, 2.0}) {
        std::vector<int> widths;
        for (const int w : network.hidden) widths.push_back(factor == 1 ? w : wide(factor * w));
        if (more < 0 && widths.size() > 1) widths.pop_back();
        if (more > 0) widths.push_back(widths.back());
        if (std::find(d.widths.begin(), d.widths.end(), widths) == d.widths.end()) d.widths.push_back(widths);
      }
    dimensions_.push_back(std::move(d));
  }
  if (varies("lr") && training.learning_rate > 0) {
    std::vector<double> rates;
    for (const double factor : {0.3, 0.55, 1.0, 1.8, 3.0})
      rates.push_back(factor == 1 ? training.learning_rate : three_digits(training.learning_rate * factor));
    add("lr", training.learning_rate, rates);
  }
  if (varies("dropout") && !network.hidden.empty()) add("dropout", network.dropout, {0, 0.05, 0.1, 0.15, 0.25, 0.35});
  const bool table = spec.row_shape.size() <= 1;
  if (varies("bins") && table) add("bins", network.bins, {0, 16, 32, 64});
  if (varies("bins_of") && table && network.bins > 0) add("bins_of", network.bins_of == "tied" ? 1 : 0, {0, 1});
  if (varies("embedding") && table) add("embedding", network.embedding == "periodic" ? 1 : 0, {0, 1});
}

void SearchSpace::add(const std::string& name, double given, std::vector<double> values) {
  if (std::find(values.begin(), values.end(), given) == values.end()) values.push_back(given);
  std::sort(values.begin(), values.end());
  const auto at = static_cast<size_t>(std::find(values.begin(), values.end(), given) - values.begin());
  dimensions_.push_back({.name = name, .given = at, .values = std::move(values), .widths = {}});
}

SearchSpace::Point SearchSpace::given() const {
  Point point;
  for (const Dimension& d : dimensions_) point.push_back(d.given);
  return point;
}

SearchSpace::Point SearchSpace::candidate(int number, const Point& best) const {
  if (dimensions_.empty()) return {};
  Stream random(training_.seed, Purpose::split, static_cast<uint64_t>(number), kStream);
  // Every third one is anywhere; the others differ from the best in one setting or two.
  Point point = best;
  const bool anywhere = number % 3 == 0;
  const size_t changes = anywhere ? dimensions_.size() : 1 + random.below(2);
  for (size_t k = 0; k < changes; ++k) {
    const size_t i = anywhere ? k : random.below(dimensions_.size());
    const size_t size = dimensions_[i].size();
    if (anywhere)
      point[i] = random.below(size);
    else if (size > 1)  // another value than the best has
      point[i] = (best[i] + 1 + random.below(size - 1)) % size;
  }
  return point;
}

Trial SearchSpace::trial(int number, const Point& point) const {
  Trial t{.number = number, .changes = {}, .network = network_, .training = training_, .metric = training_.metric};
  for (size_t i = 0; i < dimensions_.size(); ++i) {
    const Dimension& d = dimensions_[i];
    if (point[i] == d.given) continue;
    if (d.name == "hidden") {
      t.network.hidden = d.widths[point[i]];
      t.changes.emplace_back("hidden", fmt::format("{}", fmt::join(t.network.hidden, ",")));
      continue;
    }
    const double v = d.values[point[i]];
    std::string text = fmt::format("{}", v);
    if (d.name == "members") t.network.members = static_cast<int>(v);
    if (d.name == "lr") t.training.learning_rate = v;
    if (d.name == "dropout") t.network.dropout = v;
    if (d.name == "bins") t.network.bins = static_cast<int>(v);
    if (d.name == "bins_of") t.network.bins_of = text = v == 0 ? "all" : "tied";
    if (d.name == "embedding") t.network.embedding = text = v == 0 ? "none" : "periodic";
    t.changes.emplace_back(d.name, std::move(text));
  }
  return t;
}

}  // namespace retrograd::training
