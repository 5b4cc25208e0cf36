#include "train/choose/search_space.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "base/random.hpp"
#include "optim/lm/lm.hpp"
#include "optim/optimizer.hpp"
#include "retrograd/preset.hpp"

namespace retrograd::training {
namespace {

constexpr int kWidest = 2048;
constexpr uint32_t kStream = 2;  // of Purpose::split: 0 is of held-out rows, 1 of folds

int wide(double width) { return std::clamp(static_cast<int>(std::lround(width / 8)) * 8, 8, kWidest); }

/// Also as it is written in a configuration.
double three_digits(double v) { return std::stod(fmt::format("{:.3g}", v)); }

/// An optimiser with all of its attributes.
std::string in_full(const std::string& optimizer) { return optim::to_string(optim::parse_optimizer(optimizer)); }

bool among(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

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

SearchSpace::SearchSpace(const DataSpec& spec, int64_t rows, const NetworkOptions& network,
                         const TrainOptions& training, const std::vector<std::string>& fixed)
    : given_{network, training} {
  // Full-batch methods find their steps themselves and take no dropout; lm takes one network.
  const optim::OptimizerInfo& optimizer = optim::parse_optimizer(training.optimizer).optimizer->info;
  const auto varies = [&](std::string_view name) {
    if (optimizer.full_batch && (name == "lr" || name == "dropout")) return false;
    if (optimizer.name == optim::LevenbergMarquardt::info.name && name == "members") return false;
    return !among(fixed, name);
  };
  if (varies("members")) {
    add("members", network.members,
        network.share_weights ? std::vector<double>{4, 8, 16} : std::vector<double>{1, 2, 4});
    add_shared(spec, rows, fixed);
  }
  if (varies("hidden") && !network.hidden.empty()) {
    Dimension d{.name = "hidden", .values = {}, .widths = {network.hidden}, .texts = {}};
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
  if (varies("lr") && training.learning_rate > 0) add("lr", 1, {0.3, 0.55, 1.0, 1.8, 3.0});
  if (varies("dropout") && !network.hidden.empty()) add("dropout", network.dropout, {0, 0.05, 0.1, 0.15, 0.25, 0.35});
  const bool table = spec.row_shape.size() <= 1;
  if (varies("bins") && table) add("bins", network.bins, {0, 16, 32, 64});
  if (varies("bins_of") && table && network.bins > 0) add("bins_of", network.bins_of, {"all", "tied"});
  // How fast a target may change within the range of a number is a matter of the data: the scale of the frequencies.
  if (varies("embedding") && table)
    add("embedding", network.embedding,
        {"none", "periodic:sigma=0.03", "periodic", "periodic:sigma=0.3", "periodic:sigma=1"});
}

void SearchSpace::add(const std::string& name, double given, std::vector<double> values) {
  if (std::find(values.begin(), values.end(), given) == values.end()) values.push_back(given);
  std::sort(values.begin(), values.end());
  const auto at = static_cast<size_t>(std::find(values.begin(), values.end(), given) - values.begin());
  dimensions_.push_back({.name = name, .given = at, .values = std::move(values), .widths = {}, .texts = {}});
}

void SearchSpace::add(const std::string& name, const std::string& given, std::vector<std::string> texts) {
  if (std::find(texts.begin(), texts.end(), given) == texts.end()) texts.push_back(given);
  const auto at = static_cast<size_t>(std::find(texts.begin(), texts.end(), given) - texts.begin());
  dimensions_.push_back({.name = name, .given = at, .values = {}, .widths = {}, .texts = std::move(texts)});
}

void SearchSpace::add_shared(const DataSpec& spec, int64_t rows, const std::vector<std::string>& fixed) {
  if (spec.row_shape.size() > 1 || among(fixed, "share_weights")) return;
  const Preset apart = preset("table", spec, rows), shared = preset("tabm", spec, rows);
  const NetworkOptions& n = given_.network;
  if (!n.ntk || n.initializer != apart.network.initializer || n.share_weights || n.hidden.empty() ||
      in_full(given_.training.optimizer) != in_full(apart.training.optimizer))
    return;
  shared_ = given_;
  shared_->network.members = shared.network.members;
  shared_->network.share_weights = true;
  if (!among(fixed, "dropout")) shared_->network.dropout = shared.network.dropout;
  if (!among(fixed, "lr"))
    shared_->training.learning_rate =
        three_digits(given_.training.learning_rate * shared.training.learning_rate / apart.training.learning_rate);
  if (!among(fixed, "epochs"))
    shared_->training.epochs = std::max<int>(
        1, static_cast<int>(int64_t{given_.training.epochs} * shared.training.epochs / apart.training.epochs));
  dimensions_.back().values.push_back(shared.network.members);
}

const SearchSpace::Base& SearchSpace::base(const Point& point) const {
  return shared_ && point[0] + 1 == dimensions_[0].size() ? *shared_ : given_;
}

SearchSpace::Point SearchSpace::given() const {
  Point point;
  for (const Dimension& d : dimensions_) point.push_back(d.given);
  return point;
}

SearchSpace::Point SearchSpace::candidate(int number, const Point& best) const {
  if (dimensions_.empty()) return {};
  if (number <= 2 && shared_) {
    Point point = given();
    point[0] = dimensions_[0].size() - static_cast<size_t>(number);
    return point;
  }
  Stream random(given_.training.seed, Purpose::split, static_cast<uint64_t>(number), kStream);
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
  const Base& from = base(point);
  Trial t{.number = number,
          .changes = {},
          .network = from.network,
          .training = from.training,
          .metric = given_.training.metric};
  for (size_t i = 0; i < dimensions_.size(); ++i) {
    const Dimension& d = dimensions_[i];
    if (point[i] == d.given) continue;
    if (d.name == "hidden") {
      t.network.hidden = d.widths[point[i]];
      continue;
    }
    if (!d.texts.empty()) {
      (d.name == "embedding" ? t.network.embedding : t.network.bins_of) = d.texts[point[i]];
      continue;
    }
    const double v = d.values[point[i]];
    if (d.name == "members") t.network.members = static_cast<int>(v);
    if (d.name == "lr") t.training.learning_rate = three_digits(from.training.learning_rate * v);
    if (d.name == "dropout") t.network.dropout = v;
    if (d.name == "bins") t.network.bins = static_cast<int>(v);
  }
  tell_changes(t);
  return t;
}

void SearchSpace::tell_changes(Trial& t) const {
  const auto tell = [&](const char* name, const auto& value, const auto& given) {
    if (value != given) t.changes.emplace_back(name, fmt::format("{}", value));
  };
  const NetworkOptions &n = t.network, &given = given_.network;
  tell("members", n.members, given.members);
  tell("share_weights", n.share_weights, given.share_weights);
  if (n.hidden != given.hidden) t.changes.emplace_back("hidden", fmt::format("{}", fmt::join(n.hidden, ",")));
  tell("lr", t.training.learning_rate, given_.training.learning_rate);
  tell("epochs", t.training.epochs, given_.training.epochs);
  tell("dropout", n.dropout, given.dropout);
  tell("bins", n.bins, given.bins);
  tell("bins_of", n.bins_of, given.bins_of);
  tell("embedding", n.embedding, given.embedding);
}

}  // namespace retrograd::training
