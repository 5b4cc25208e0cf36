#include "report/wrong_rows.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "report/distribution.hpp"

namespace retrograd::report {
namespace {

constexpr size_t kMostRows = 20;
constexpr size_t kMostValues = 12;

class Rows {
 public:
  Rows(const DataSpec& spec, const ReportPart& part)
      : spec_(spec), data_(*part.data), predictions_(part.predictions), names_(spec.classes()), k_(names_.size()) {
    if (part.results.regression)
      for (const OutputScore& s : part.results.regression->outputs) unit_.push_back(s.sd > 0 ? s.sd : 1);
  }

  /// How wrong a row is; 0 where it is right.
  double wrongness(int64_t row) const {
    if (spec_.task == Task::classification) return guess(row) == truth(row) ? 0 : 1 - p(row, truth(row));
    double sum = 0;
    for (size_t j = 0; j < k_; ++j) {
      const double miss = p(row, j) - target(row, j);
      if (spec_.task == Task::multilabel)
        sum += std::abs(miss) > 0.5 ? std::abs(miss) : 0;
      else
        sum += miss * miss / (unit_[j] * unit_[j]);
    }
    return sum;
  }

  Json describe(int64_t row) const {
    if (spec_.task == Task::classification)
      return {{"actual", names_[truth(row)]},
              {"predicted", names_[guess(row)]},
              {"p", p(row, truth(row))},
              {"p_predicted", p(row, guess(row))}};
    if (spec_.task == Task::regression) {
      std::vector<std::string> actual, predicted, error;
      for (size_t j = 0; j < k_; ++j) {
        actual.push_back(fmt::format("{:.6g}", target(row, j)));
        predicted.push_back(fmt::format("{:.6g}", p(row, j)));
        error.push_back(fmt::format("{:+.4g}", p(row, j) - target(row, j)));
      }
      return {{"actual", fmt::format("{}", fmt::join(actual, ", "))},
              {"predicted", fmt::format("{}", fmt::join(predicted, ", "))},
              {"error", fmt::format("{}", fmt::join(error, ", "))}};
    }
    std::vector<std::string> actual, predicted;
    for (size_t j = 0; j < k_; ++j) {
      if (target(row, j) == 1) actual.push_back(names_[j]);
      if (p(row, j) > 0.5) predicted.push_back(names_[j]);
    }
    return {{"actual", actual.empty() ? "none" : fmt::format("{}", fmt::join(actual, ", "))},
            {"predicted", predicted.empty() ? "none" : fmt::format("{}", fmt::join(predicted, ", "))}};
  }

  Json values(int64_t row) const {
    Json json = Json::array();
    int numeric = 0, categorical = 0;
    for (const int index : spec_.with_role(ColumnRole::feature)) {
      const ColumnSpec& c = spec_.columns[static_cast<size_t>(index)];
      const bool coded = c.type == ColumnType::categorical;
      const float v = cell(coded ? "categorical" : "numeric", row, coded ? categorical++ : numeric++);
      if (json.size() < kMostValues) json.push_back({c.name, text(c, v)});
    }
    return json;
  }

 private:
  double p(int64_t row, size_t j) const { return static_cast<double>(predictions_[static_cast<size_t>(row) * k_ + j]); }
  double target(int64_t row, size_t j) const { return static_cast<double>(data_.target.at(row, static_cast<int>(j))); }
  size_t truth(int64_t row) const { return static_cast<size_t>(data_.target.at(row, 0)); }
  size_t guess(int64_t row) const {
    size_t best = 0;
    for (size_t j = 1; j < k_; ++j)
      if (p(row, j) > p(row, best)) best = j;
    return best;
  }

  float cell(std::string_view block, int64_t row, int col) const {
    for (const Block& b : data_.inputs)
      if (b.name == block) return b.at(row, col);
    return 0;
  }

  static std::string text(const ColumnSpec& c, float v) {
    if (std::isnan(v)) return "(missing)";
    if (c.categories.empty()) return fmt::format("{:.6g}", v);
    const auto code = static_cast<int64_t>(v);
    if (code < 0) return "(unseen)";
    return static_cast<float>(code) == v && code < static_cast<int64_t>(c.categories.size())
               ? c.categories[static_cast<size_t>(code)]
               : fmt::format("{:.6g}", v);
  }

  const DataSpec& spec_;
  const Dataset& data_;
  const std::vector<float>& predictions_;
  const std::vector<std::string> names_;
  const size_t k_;
  std::vector<double> unit_;
};

}  // namespace

const Dataset& source_of(const ReportPart& part) { return part.read != nullptr ? *part.read : *part.data; }

Json wrong_rows(const DataSpec& spec, const ReportPart& part) {
  const Rows rows(spec, part);
  const Dataset& read = source_of(part);
  std::vector<std::pair<double, int64_t>> worst;
  for (int64_t row = 0; row < part.data->rows; ++row)
    if (const double w = rows.wrongness(row); w > 0) worst.emplace_back(-w, row);
  const size_t count = std::min(kMostRows, worst.size());
  std::partial_sort(worst.begin(), worst.begin() + static_cast<std::ptrdiff_t>(count), worst.end());
  worst.resize(count);
  const bool picture = is_picture(spec);
  const auto range = picture ? value_range(part.data->inputs.at(0)) : std::pair(0.0, 1.0);
  Json json = Json::array();
  for (const auto& [wrongness, row] : worst) {
    const int64_t good = part.rows.empty() ? row : part.rows[static_cast<size_t>(row)];
    Json one = {{"row", read.skipped.in_source(good) + 1}};
    if (const int64_t line = read.lines.of(good); line > 0) one["line"] = line;
    one.update(rows.describe(row));
    if (picture)
      one["pixels"] = pixels(part.data->inputs.at(0), row, range.first, range.second);
    else if (spec.row_shape.empty())
      one["values"] = rows.values(row);
    json.push_back(std::move(one));
  }
  return json;
}

}  // namespace retrograd::report
