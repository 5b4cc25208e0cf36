#include "report/distribution.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "train/engine/augment.hpp"

namespace retrograd::report {
namespace {

constexpr int64_t kMostRows = 100000;  // looked at for a histogram
constexpr size_t kMostCategories = 12;
constexpr int64_t kLargestSide = 64;
constexpr size_t kMostPictures = 20;
constexpr size_t kMostNumbers = 2000000;

/// Every so many rows, so that at most kMostRows are looked at.
int64_t stride_of(int64_t rows, int64_t most) { return std::max<int64_t>(1, (rows + most - 1) / most); }

std::vector<float> column_of(const Block& block, int col) {
  std::vector<float> values;
  for (int64_t row = 0; row < block.rows(); row += stride_of(block.rows(), kMostRows))
    values.push_back(block.at(row, col));
  return values;
}

const Block* find(const Dataset& data, std::string_view name) {
  for (const Block& block : data.inputs)
    if (block.name == name) return &block;
  return nullptr;
}

Json categories(const ColumnSpec& c) {
  std::vector<size_t> order(c.categories.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  // Classes and booleans keep their order; it may mean something.
  if (order.size() > kMostCategories)
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return c.counts[a] > c.counts[b]; });
  Json json = {{"categories", Json::array()}, {"counts", Json::array()}};
  int64_t others = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    if (i >= kMostCategories) {
      others += c.counts[order[i]];
      continue;
    }
    json["categories"].push_back(c.categories[order[i]]);
    json["counts"].push_back(c.counts[order[i]]);
  }
  if (order.size() > kMostCategories) {
    json["other_categories"] = order.size() - kMostCategories;
    json["others"] = others;
  }
  return json;
}

}  // namespace

Json histogram(std::vector<float> values, int bins) {
  const auto missing = std::remove_if(values.begin(), values.end(), [](float v) { return !std::isfinite(v); });
  const auto gone = values.end() - missing;
  values.erase(missing, values.end());
  Json json = {{"missing", gone}};
  if (values.empty()) return json;
  std::sort(values.begin(), values.end());
  const size_t n = values.size();
  double from = static_cast<double>(values.front()), to = static_cast<double>(values.back());
  const double inner_from = static_cast<double>(values[n / 200]),
               inner_to = static_cast<double>(values[n - 1 - n / 200]);
  if (inner_to > inner_from && to - from > 2 * (inner_to - inner_from)) {
    from = inner_from;
    to = inner_to;
  }
  // Whole numbers get bins of a whole width around them, or some bins would have room for one number more.
  const bool integers = std::all_of(values.begin(), values.end(), [](float v) { return v == std::floor(v); }) &&
                        to > from && to - from < 1e9;
  if (integers) {
    const double width = std::ceil((to - from + 1) / bins);
    bins = static_cast<int>(std::ceil((to - from + 1) / width));
    from -= 0.5;
    to = from + width * bins;
  }
  int64_t below = 0, above = 0;
  std::vector<int64_t> counts(to > from ? static_cast<size_t>(bins) : 1);
  for (const float value : values) {
    const double v = static_cast<double>(value);
    if (v < from) {
      ++below;
    } else if (v > to) {
      ++above;
    } else {
      const double place = to > from ? (v - from) / (to - from) * bins : 0;
      ++counts[std::min(counts.size() - 1, static_cast<size_t>(place))];
    }
  }
  json["integers"] = integers;
  json["from"] = from;
  json["to"] = to;
  json["counts"] = counts;
  json["below"] = below;
  json["above"] = above;
  return json;
}

Json columns(const DataSpec& spec, const Dataset& train) {
  Json all = Json::array();
  const Block* numeric = find(train, "numeric");
  int next_numeric = 0, next_target = 0;
  for (const ColumnSpec& c : spec.columns) {
    Json json = {{"name", c.name},       {"type", to_string(c.type)}, {"role", to_string(c.role)},
                 {"missing", c.missing}, {"distinct", c.distinct},    {"why", c.why}};
    const bool number = c.type == ColumnType::numeric || c.type == ColumnType::boolean;
    if (number && c.categories.empty())
      json.update({{"min", c.min}, {"max", c.max}, {"mean", c.mean}, {"sd", c.sd}, {"median", c.median}});
    if (!c.categories.empty()) json.update(categories(c));
    if (c.role == ColumnRole::feature && number && numeric != nullptr && next_numeric < numeric->cols) {
      if (c.categories.empty()) json["histogram"] = histogram(column_of(*numeric, next_numeric));
      ++next_numeric;
    } else if (c.role == ColumnRole::target && next_target < train.target.cols) {
      if (c.categories.empty()) json["histogram"] = histogram(column_of(train.target, next_target));
      ++next_target;
    }
    all.push_back(std::move(json));
  }
  return all;
}

bool is_picture(const DataSpec& spec) {
  return spec.row_shape.size() == 2 && spec.row_shape[0] > 1 && spec.row_shape[1] > 1 &&
         spec.row_shape[0] <= kLargestSide && spec.row_shape[1] <= kLargestSide;
}

std::pair<double, double> value_range(const Block& x) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (int64_t row = 0; row < x.rows(); row += stride_of(x.rows(), 2000))
    for (int c = 0; c < x.cols; ++c) {
      const double v = static_cast<double>(x.at(row, c));
      if (!std::isfinite(v)) continue;
      low = std::min(low, v);
      high = std::max(high, v);
    }
  return low <= high ? std::pair(low, high) : std::pair(0.0, 1.0);
}

namespace {

int as_byte(double value, double low, double high) {
  if (!(high > low) || !std::isfinite(value)) return 0;
  return static_cast<int>(std::lround(255 * std::clamp((value - low) / (high - low), 0.0, 1.0)));
}

Json mean_pictures(const DataSpec& spec, const Dataset& train, const Block& x, std::pair<double, double> range) {
  const std::vector<std::string> names = spec.classes();
  const auto size = static_cast<size_t>(x.cols);
  std::vector<std::vector<double>> sums(names.size(), std::vector<double>(size));
  std::vector<int64_t> counts(names.size());
  for (int64_t row = 0; row < x.rows(); row += stride_of(x.rows(), 20000)) {
    const auto k = static_cast<size_t>(train.target.at(row, 0));
    ++counts[k];
    for (int c = 0; c < x.cols; ++c) sums[k][static_cast<size_t>(c)] += static_cast<double>(x.at(row, c));
  }
  Json means = Json::array();
  for (size_t k = 0; k < names.size(); ++k) {
    Json picture = Json::array();
    const double count = static_cast<double>(std::max<int64_t>(1, counts[k]));
    for (const double sum : sums[k]) picture.push_back(as_byte(sum / count, range.first, range.second));
    means.push_back({{"name", names[k]}, {"pixels", std::move(picture)}});
  }
  return means;
}

constexpr int kAugmentedRows = 3, kAugmentedEpochs = 7;

Json augmented_pictures(const DataSpec& spec, const Block& x, const TrainOptions& options,
                        std::pair<double, double> range) {
  const auto augmenter = training::augmenter_of(options, spec);
  auto scratch = augmenter->scratch();
  Json rows = Json::array();
  for (int64_t row = 0; row < std::min<int64_t>(kAugmentedRows, x.rows()); ++row) {
    Json pictures = Json::array();
    pictures.push_back(pixels(x, row, range.first, range.second));
    for (int epoch = 1; epoch <= std::min(kAugmentedEpochs, options.epochs); ++epoch) {
      std::vector<float> image(static_cast<size_t>(x.cols));
      augmenter->image(x, row, row, {epoch}, image.data(), 1, scratch);
      pictures.push_back(pixels({"x", x.cols, std::move(image)}, 0, range.first, range.second));
    }
    rows.push_back(std::move(pictures));
  }
  return {{"how", options.augment}, {"rows", std::move(rows)}};
}

}  // namespace

Json pixels(const Block& x, int64_t row, double low, double high) {
  Json picture = Json::array();
  for (int c = 0; c < x.cols; ++c) picture.push_back(as_byte(static_cast<double>(x.at(row, c)), low, high));
  return picture;
}

Json arrays(const DataSpec& spec, const Dataset& train, const TrainOptions* options) {
  const Block* x = find(train, "x");
  if (x == nullptr) return nullptr;
  std::vector<float> values;
  const auto most = static_cast<int64_t>(kMostNumbers) / std::max(1, x->cols);
  for (int64_t row = 0; row < x->rows(); row += stride_of(x->rows(), std::max<int64_t>(1, most)))
    for (int c = 0; c < x->cols; ++c) values.push_back(x->at(row, c));
  Json json = {{"shape", spec.row_shape}, {"values", histogram(std::move(values))}};
  const bool classes = spec.task == Task::classification && spec.classes().size() <= kMostPictures;
  if (is_picture(spec) && classes) json["means"] = mean_pictures(spec, train, *x, value_range(*x));
  if (is_picture(spec) && options != nullptr && options->augment != "none")
    json["augmented"] = augmented_pictures(spec, *x, *options, value_range(*x));
  return json;
}

}  // namespace retrograd::report
