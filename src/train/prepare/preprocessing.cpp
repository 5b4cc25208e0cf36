#include "train/prepare/preprocessing.hpp"

#include <algorithm>
#include <cmath>

#include "base/fail.hpp"
#include "train/prepare/moments.hpp"
#include "train/prepare/quartiles.hpp"

namespace retrograd::training {

const Block* find_block(const Dataset& data, std::string_view name) {
  for (const Block& b : data.inputs)
    if (b.name == name) return &b;
  return nullptr;
}

void Preprocessing::preprocess() {
  if (const Block* x = find_block(data_, "x")) {
    result_.network.input("x", x->cols);
    if (robust() || quantile()) {
      scale_numbers("x", *x, moments(*x).missing, "x_scaled");
      return;
    }
    const Moments m = spec_.row_shape.size() > 1 ? pooled(moments(*x)) : moments(*x);
    scale("x", m, /*may_miss=*/!x->floats().empty(), "x_scaled");
    numbers_ = "x_scaled";
    parts_ = {numbers_};
    features_ = numbers_features_ = x->cols;
    if (spec_.row_shape.size() <= 1 && !x->floats().empty()) add_bins(*x);
    if (spec_.row_shape.size() > 1)
      decide("x: pixels standardised with one mean {:.4g} and deviation {:.4g}", m.mean[0], m.sd[0]);
    else
      decide("x: {} numbers, each standardised", x->cols);
    return;
  }
  const Block* numeric = find_block(data_, "numeric");
  const Block* categorical = find_block(data_, "categorical");
  if (numeric == nullptr && categorical == nullptr) fail("the data have no usable feature column");
  if (numeric != nullptr) {
    result_.network.input("numeric", numeric->cols);
    const Moments m = moments(*numeric);
    const bool alone = categorical == nullptr && !m.missing && !periodic() && options_.bins == 0;
    if (robust() || quantile()) {
      scale_numbers("numeric", *numeric, m.missing, alone ? "x" : "scaled");
    } else {
      scale("numeric", m, true, alone ? "x" : "scaled");
      numbers_ = alone ? "x" : "scaled";
      parts_ = {numbers_};
      features_ = numbers_features_ = numeric->cols;
      add_bins(*numeric);
      decide("{} numeric feature{}: missing values become the mean{}, then standardised", numeric->cols,
             numeric->cols == 1 ? "" : "s", m.missing ? " (and a flag each)" : "");
    }
    if (m.missing) {
      add("is_missing", "missing", {"numeric"});
      parts_.emplace_back("missing");
      features_ += numeric->cols;
    }
  }
  if (categorical != nullptr) {
    result_.network.input("categorical", categorical->cols);
    one_hot(*categorical);
  }
}

void Preprocessing::scale_numbers(const std::string& input, const Block& block, bool missing, const std::string& name) {
  const RobustScale r = robust_scale(block);
  add("impute", "imputed", {input});
  result_.constants["imputed.fill"] = r.centre;
  if (quantile()) {
    QuantileMap map = normal_quantiles(block);
    Layer layer = make_layer("interpolate", name, {"imputed"});
    layer.attributes["knots"] = map.knots;
    result_.network.layer(std::move(layer));
    result_.constants[name + ".at"] = std::move(map.at);
    result_.constants[name + ".to"] = std::move(map.to);
    result_.constants[name + ".slope"] = std::move(map.slope);
  } else {
    add("standardise", "centred", {"imputed"});
    result_.constants["centred.mean"] = r.centre;
    result_.constants["centred.scale"] = r.scale;
    add("smooth_clip", name, {"centred"});
  }
  numbers_ = name;
  parts_ = {name};
  features_ = numbers_features_ = block.cols;
  add_bins(block);
  decide("{} numeric feature{}: missing values become the median{}, then {}", block.cols, block.cols == 1 ? "" : "s",
         missing ? " (and a flag each)" : "",
         quantile() ? "brought to a normal distribution by their quantiles"
                    : "scaled by the quartiles and clipped smoothly");
}

void Preprocessing::add_bins(const Block& numbers) {
  if (options_.bins == 0) return;
  const Bins bins = training::bins(numbers, options_.bins, options_.bins_of == "tied");
  if (bins.low.empty()) return;
  Layer layer = make_layer("piecewise", "bins", {"imputed"});
  layer.sizes = bins.sizes;
  result_.network.layer(std::move(layer));
  result_.constants["bins.low"] = bins.low;
  result_.constants["bins.scale"] = bins.scale;
  std::string last = "bins";
  if (robust() || quantile()) {
    // The bins of a column together weigh about twice as much as the number itself, however many they are.
    std::vector<double> scale = bins.filled.scale;
    auto next = scale.begin();
    for (const int size : bins.sizes)
      for (int k = 0; k < size; ++k) *next++ *= 2 / std::sqrt(static_cast<double>(size));
    add("standardise", "bins_centred", {last});
    result_.constants["bins_centred.mean"] = bins.filled.centre;
    result_.constants["bins_centred.scale"] = std::move(scale);
    add("smooth_clip", last = "bins_scaled", {"bins_centred"});
  }
  parts_.push_back(last);
  features_ += static_cast<int>(bins.low.size());
  const auto columns = std::ssize(bins.sizes) - std::ranges::count(bins.sizes, 0);
  decide("{} of {} numbers also say how far they have come through bins between their quantiles: {} bins", columns,
         numbers.cols, bins.low.size());
}

void Preprocessing::one_hot(const Block& categorical) {
  Layer layer = make_layer("one_hot", "one_hot", {"categorical"});
  int wide = 0;
  for (const ColumnSpec& c : spec_.columns) {
    if (c.role != ColumnRole::feature || c.type != ColumnType::categorical) continue;
    const auto categories = static_cast<int>(c.categories.size());
    const bool embed = options_.one_hot_limit > 0 && categories > options_.one_hot_limit;
    if (embed) embedded_.emplace_back(static_cast<int>(layer.sizes.size()), categories);
    layer.sizes.push_back(embed ? 0 : categories);
    wide += embed ? 0 : categories;
  }
  if (!embedded_.empty())
    decide("{} categorical feature{} of more than {} categories: {} trained numbers a category", embedded_.size(),
           embedded_.size() == 1 ? "" : "s", options_.one_hot_limit, kEmbedding);
  if (wide == 0) return;
  const bool alone = parts_.empty() && embedded_.empty();
  if (alone && !robust()) layer.name = "x";
  result_.network.layer(layer);
  std::string last = layer.name;
  if (robust()) {
    const RobustScale r = robust_scale_of_one_hot(categorical, layer.sizes);
    add("standardise", "one_hot_centred", {last});
    result_.constants["one_hot_centred.mean"] = r.centre;
    result_.constants["one_hot_centred.scale"] = r.scale;
    last = alone ? "x" : "categories";
    add("smooth_clip", last, {"one_hot_centred"});
  }
  parts_.push_back(last);
  features_ += wide;
  const size_t columns = layer.sizes.size() - embedded_.size();
  decide("{} categorical feature{} one-hot: {} columns; a value not seen in training is all zeros", columns,
         columns == 1 ? "" : "s", wide);
}

void Preprocessing::scale(const std::string& input, const Moments& m, bool may_miss, const std::string& name) {
  std::string from = input;
  if (may_miss) {
    add("impute", "imputed", {input});
    result_.constants["imputed.fill"] = m.mean;
    from = "imputed";
  }
  add("standardise", name, {from});
  result_.constants[name + ".mean"] = m.mean;
  result_.constants[name + ".scale"] = inverse(m.sd);
}

}  // namespace retrograd::training
