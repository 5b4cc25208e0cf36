#include "train/loop/row_weights.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/fail.hpp"

namespace retrograd::training {
namespace {

void balance(std::vector<float>& weights, const std::vector<size_t>& class_of) {
  std::vector<double> total;
  double all = 0;
  for (size_t row = 0; row < weights.size(); ++row) {
    if (class_of[row] >= total.size()) total.resize(class_of[row] + 1);
    total[class_of[row]] += static_cast<double>(weights[row]);
    all += static_cast<double>(weights[row]);
  }
  const auto classes = static_cast<double>(std::count_if(total.begin(), total.end(), [](double t) { return t > 0; }));
  for (size_t row = 0; row < weights.size(); ++row) {
    float& w = weights[row];
    if (w > 0) w = static_cast<float>(static_cast<double>(w) * all / (classes * total[class_of[row]]));
  }
}

/// The weight of each class code; 1 where none is named.
std::vector<double> by_code(const std::vector<std::string>& names, const std::map<std::string, double>& given) {
  std::vector<double> weights(names.size(), 1.0);
  for (const auto& [name, weight] : given) {
    const auto it = std::find(names.begin(), names.end(), name);
    if (it == names.end())
      fail("class weight of '{}': there is no such class; there are {}", name, fmt::join(names, ", "));
    if (!std::isfinite(weight) || weight < 0)
      fail("class weight of '{}' is {}, expected a finite number of at least 0", name, weight);
    weights[static_cast<size_t>(it - names.begin())] = weight;
  }
  return weights;
}

}  // namespace

std::vector<float> row_weights(const Dataset& data, const DataSpec& spec, const TrainOptions& options) {
  std::vector<float> weights;
  if (!data.weight.empty())
    for (int64_t row = 0; row < data.rows; ++row) weights.push_back(data.weight.at(row, 0));
  if (!options.balanced_classes && options.class_weights.empty()) return weights;
  if (spec.task != Task::classification)
    fail("{} need a classification task, found {}", options.balanced_classes ? "balanced classes" : "class weights",
         to_string(spec.task));
  if (weights.empty()) weights.assign(static_cast<size_t>(data.rows), 1.0f);
  std::vector<size_t> class_of;
  for (int64_t row = 0; row < data.rows; ++row) class_of.push_back(static_cast<size_t>(data.target.at(row, 0)));
  if (options.balanced_classes) balance(weights, class_of);
  if (options.class_weights.empty()) return weights;
  const std::vector<double> factor = by_code(spec.classes(), options.class_weights);
  for (size_t row = 0; row < weights.size(); ++row)
    weights[row] = static_cast<float>(static_cast<double>(weights[row]) * factor.at(class_of[row]));
  return weights;
}

}  // namespace retrograd::training
