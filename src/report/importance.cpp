#include "report/importance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "graph/program.hpp"
#include "report/distribution.hpp"
#include "report/random.hpp"

namespace retrograd::report {
namespace {

constexpr int kRepeats = 5;
constexpr int64_t kMostRows = 2000, kFewestRows = 50;
constexpr double kOperations = 5e10;
constexpr double kOverhead = 2000;  // operations' worth of copying and calling, a row
constexpr int kPatches = 7;         // along the longer side of a picture
constexpr int kMostRuns = 64;

int patch_side(const DataSpec& spec) {
  return static_cast<int>((std::max(spec.row_shape[0], spec.row_shape[1]) + kPatches - 1) / kPatches);
}

std::vector<ColumnGroup> table_groups(const DataSpec& spec, const Dataset& data) {
  std::vector<ColumnGroup> groups;
  int numeric = 0, categorical = 0;
  const auto block = [&](std::string_view name) {
    for (size_t b = 0; b < data.inputs.size(); ++b)
      if (data.inputs[b].name == name) return b;
    return data.inputs.size();
  };
  const size_t numbers = block("numeric"), codes = block("categorical");
  for (const int index : spec.with_role(ColumnRole::feature)) {
    const ColumnSpec& c = spec.columns[static_cast<size_t>(index)];
    const bool coded = c.type == ColumnType::categorical;
    groups.push_back({c.name, coded ? codes : numbers, {coded ? categorical++ : numeric++}});
  }
  return groups;
}

std::vector<ColumnGroup> picture_groups(const DataSpec& spec) {
  const int height = static_cast<int>(spec.row_shape[0]), width = static_cast<int>(spec.row_shape[1]);
  const int side = patch_side(spec);
  std::vector<ColumnGroup> groups;
  for (int top = 0; top < height; top += side)
    for (int left = 0; left < width; left += side) {
      const int bottom = std::min(height, top + side), right = std::min(width, left + side);
      ColumnGroup group{.name = fmt::format("rows {}–{}, columns {}–{}", top, bottom - 1, left, right - 1)};
      for (int y = top; y < bottom; ++y)
        for (int x = left; x < right; ++x) group.columns.push_back(y * width + x);
      groups.push_back(std::move(group));
    }
  return groups;
}

std::vector<ColumnGroup> run_groups(const Dataset& data) {
  const int cols = data.inputs.at(0).cols, length = (cols + kMostRuns - 1) / kMostRuns;
  std::vector<ColumnGroup> groups;
  for (int from = 0; from < cols; from += length) {
    const int to = std::min(cols, from + length);
    ColumnGroup group{.name = length == 1 ? fmt::format("x[{}]", from) : fmt::format("x[{} … {}]", from, to - 1)};
    group.columns.resize(static_cast<size_t>(to - from));
    std::iota(group.columns.begin(), group.columns.end(), from);
    groups.push_back(std::move(group));
  }
  return groups;
}

/// Row i of the group's columns becomes row order[i] of `original`. Both own their numbers.
void permute(Dataset& data, const Dataset& original, const ColumnGroup& group, const std::vector<size_t>& order) {
  const auto cols = static_cast<size_t>(data.inputs[group.block].cols);
  const auto copy = [&](auto& to) {
    const auto& from = std::get<std::decay_t<decltype(to)>>(original.inputs[group.block].values);
    for (size_t row = 0; row < order.size(); ++row)
      for (const int c : group.columns)
        to[row * cols + static_cast<size_t>(c)] = from[order[row] * cols + static_cast<size_t>(c)];
  };
  Values& values = data.inputs[group.block].values;
  if (auto* floats = std::get_if<std::vector<float>>(&values))
    copy(*floats);
  else
    copy(std::get<std::vector<uint8_t>>(values));
}

struct Score {
  double loss = 0, error = 0;
};

Score score(const Model& model, const Dataset& data, int threads) {
  const Results r = evaluate(model, data, threads);
  const double error = r.regression   ? r.regression->rmse
                       : r.multilabel ? r.multilabel->hamming
                                      : 1 - r.classification->accuracy;
  return {r.regression ? r.regression->loss : r.multilabel ? r.multilabel->loss : r.classification->loss, error};
}

struct Spread {
  double mean = 0, sd = 0;
};

Spread spread(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  Spread s{std::accumulate(values.begin(), values.end(), 0.0) / n};
  for (const double v : values) s.sd += (v - s.mean) * (v - s.mean);
  s.sd = values.size() > 1 ? std::sqrt(s.sd / (n - 1)) : 0;
  return s;
}

}  // namespace

std::vector<ColumnGroup> column_groups(const DataSpec& spec, const Dataset& data) {
  if (spec.row_shape.empty()) return table_groups(spec, data);
  return is_picture(spec) ? picture_groups(spec) : run_groups(data);
}

Json importance(const Model& model, const Dataset& data, int threads) {
  const std::vector<ColumnGroup> groups = column_groups(model.spec(), data);
  if (groups.empty()) return nullptr;
  const double a_row = (model.program().flops_forward() + kOverhead) * static_cast<double>(groups.size());
  int repeats = kRepeats;
  if (kOperations / (a_row * repeats) < 4.0 * kFewestRows) repeats = 1;
  const auto affordable = static_cast<int64_t>(std::min(1e9, kOperations / (a_row * repeats)));
  if (affordable < kFewestRows) return nullptr;
  const std::vector<int64_t> weighing = weighing_rows(data);
  std::vector<int64_t> rows = sample_rows(std::ssize(weighing), std::min(kMostRows, affordable));
  for (int64_t& row : rows) row = weighing[static_cast<size_t>(row)];
  const Dataset sample = take(data, rows);
  const Score base = score(model, sample, threads);
  Json json = {{"rows", sample.rows},
               {"repeats", repeats},
               {"loss", base.loss},
               {"error", base.error},
               {"error_name", model.spec().task == Task::regression   ? "RMSE"
                              : model.spec().task == Task::multilabel ? "share of wrong labels"
                                                                      : "error rate"}};
  if (is_picture(model.spec())) {
    const int side = patch_side(model.spec());
    json["grid"] = {(model.spec().row_shape[0] + side - 1) / side, (model.spec().row_shape[1] + side - 1) / side};
  }
  json["groups"] = Json::array();
  Dataset shuffled = sample;
  std::vector<size_t> order(static_cast<size_t>(sample.rows));
  for (size_t g = 0; g < groups.size(); ++g) {
    std::vector<double> loss, error;
    for (int r = 0; r < repeats; ++r) {
      std::iota(order.begin(), order.end(), size_t{0});
      Stream random = stream(Draw::importance, static_cast<uint32_t>(g * kRepeats + static_cast<size_t>(r)));
      for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
      permute(shuffled, sample, groups[g], order);
      const Score worse = score(model, shuffled, threads);
      loss.push_back(worse.loss - base.loss);
      error.push_back(worse.error - base.error);
    }
    std::iota(order.begin(), order.end(), size_t{0});
    permute(shuffled, sample, groups[g], order);
    const Spread l = spread(loss), e = spread(error);
    json["groups"].push_back(
        {{"name", groups[g].name}, {"loss", l.mean}, {"loss_sd", l.sd}, {"error", e.mean}, {"error_sd", e.sd}});
  }
  return json;
}

}  // namespace retrograd::report
