#include "export/raw_columns.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/random.hpp"
#include "graph/program.hpp"

namespace retrograd::c_source {
namespace {

/// What the network's own preprocessing says of an input's columns.
struct Scale {
  std::vector<double> mean, sd;
  bool may_miss = false;
};

Scale scale_of(const Model& model, int input, int features) {
  const auto count = static_cast<size_t>(features);
  Scale scale{std::vector<double>(count, 0.0), std::vector<double>(count, 1.0)};
  int from = input;
  for (const graph::Equation& eq : model.program().equations) {
    if (eq.inputs.front() != from) continue;
    const auto constant = [&](size_t k) {
      return model.parameter(model.program().parameters[static_cast<size_t>(eq.parameters[k])].name);
    };
    if (eq.op->info->name == "impute") {
      scale.may_miss = true;
      from = eq.output;
    } else if (eq.op->info->name == "standardise") {
      scale.mean = constant(0);
      scale.sd = constant(1);
      for (double& s : scale.sd) s = s > 0 ? 1 / s : 1;
      break;
    }
  }
  return scale;
}

/// Mean 0, deviation 1, between −2.4 and 2.4 (a sum of two uniform numbers).
double spread(Stream& random) { return std::sqrt(6.0) * (random.uniform() + random.uniform() - 1); }

Block numbers(const Model& model, int input, const std::vector<const ColumnSpec*>* columns, int64_t rows,
              Stream& random) {
  const graph::Value& value = model.program().values[static_cast<size_t>(input)];
  const Scale scale = scale_of(model, input, value.features);
  std::vector<float> values;
  values.reserve(static_cast<size_t>(rows) * static_cast<size_t>(value.features));
  for (int64_t n = 0; n < rows; ++n)
    for (size_t j = 0; j < static_cast<size_t>(value.features); ++j) {
      const ColumnSpec* column = columns == nullptr ? nullptr : (*columns)[j];
      double x = scale.mean[j] + scale.sd[j] * spread(random);
      if (column != nullptr && column->type == ColumnType::boolean)
        x = static_cast<double>(random.below(2));
      else if (column != nullptr && column->min < column->max)
        x = std::clamp(x, column->min, column->max);
      const bool missing = scale.may_miss && random.below(16) == 0;
      values.push_back(missing ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(x));
    }
  return {value.name, value.features, std::move(values)};
}

constexpr const char* kUnseen = "a value that training did not have";

Block categories(const std::vector<const ColumnSpec*>& columns, int64_t rows, Stream& random, TestRows& out) {
  std::vector<float> codes;
  out.texts.resize(static_cast<size_t>(rows));
  for (auto& row : out.texts)
    for (const ColumnSpec* column : columns) {
      const auto& names = column->categories;
      const uint64_t k = random.below(names.size() + 2);  // each category, missing, unseen
      const auto missing = std::find(names.begin(), names.end(), kMissingCategory);
      if (k < names.size() && names[k] != kMissingCategory) {
        row.emplace_back(names[k]);
        codes.push_back(static_cast<float>(k));
      } else if (k == names.size() + 1) {
        row.emplace_back(kUnseen);
        codes.push_back(-1);
      } else {
        row.emplace_back(std::nullopt);
        codes.push_back(missing == names.end() ? -1.0f : static_cast<float>(missing - names.begin()));
      }
    }
  return {"categorical", static_cast<int>(columns.size()), std::move(codes)};
}

}  // namespace

std::optional<RawColumns> raw_columns(const Model& model) {
  RawColumns columns;
  for (const int c : model.spec().with_role(ColumnRole::feature)) {
    const ColumnSpec& column = model.spec().columns[static_cast<size_t>(c)];
    (column.type == ColumnType::categorical ? columns.texts : columns.numbers).push_back(&column);
  }
  bool any = false;
  for (const int id : model.program().inputs) {
    const graph::Value& input = model.program().values[static_cast<size_t>(id)];
    const auto& read = input.name == "categorical" ? columns.texts : columns.numbers;
    if ((input.name != "numeric" && input.name != "categorical") || static_cast<int>(read.size()) != input.features)
      return std::nullopt;
    any = true;
  }
  if (!any) return std::nullopt;
  return columns;
}

TestRows make_test_rows(const Model& model, const std::optional<RawColumns>& columns, int64_t rows) {
  TestRows out;
  out.data.rows = rows;
  uint32_t stream = 0;
  for (const int id : model.program().inputs) {
    Stream random(1, Purpose::check, 0xC, stream++);
    const bool texts = columns && model.program().values[static_cast<size_t>(id)].name == "categorical";
    out.data.inputs.push_back(texts ? categories(columns->texts, rows, random, out)
                                    : numbers(model, id, columns ? &columns->numbers : nullptr, rows, random));
  }
  return out;
}

}  // namespace retrograd::c_source
