// Columns that repeat another, and columns that give the target away.
#include <cmath>

#include "base/fail.hpp"
#include "data/spec/coded.hpp"
#include "data/spec/infer.hpp"
#include "data/text.hpp"

namespace retrograd {
namespace {

constexpr int64_t kMostPaired = 1000;     // distinct values up to which one-to-one relations are looked for
constexpr int64_t kFewestRows = 10;       // in fewer, columns agree by chance
constexpr double kExactlyLinear = 1e-12;  // 1 - r² below this is rounding

bool equal_columns(const Table& table, int a, int b) {
  const TableColumn &x = table.column(a), &y = table.column(b);
  if (x.numeric != y.numeric) return false;
  for (int64_t r = 0; r < table.rows(); ++r) {
    const auto i = static_cast<size_t>(r);
    if (x.numeric) {
      if (!(x.numbers[i] == y.numbers[i] || (std::isnan(x.numbers[i]) && std::isnan(y.numbers[i])))) return false;
    } else if (x.text.codes[i] != y.text.codes[i]) {
      return false;  // codes are by first appearance, so equal columns have equal codes
    }
  }
  return x.numeric || x.text.texts == y.text.texts;
}

/// Whether the values of two columns correspond one to one over all rows; a missing value counts as a value.
bool one_to_one(const CodedColumn& a, const CodedColumn& b) {
  if (a.values.size() != b.values.size()) return false;
  std::vector<int32_t> forward(a.values.size() + 1, -2), backward(b.values.size() + 1, -2);
  for (size_t r = 0; r < a.codes.size(); ++r) {
    int32_t& to = forward[static_cast<size_t>(int64_t{a.codes[r]} + 1)];
    int32_t& from = backward[static_cast<size_t>(int64_t{b.codes[r]} + 1)];
    if (to == -2 && from == -2) {
      to = b.codes[r];
      from = a.codes[r];
    } else if (to != b.codes[r] || from != a.codes[r]) {
      return false;
    }
  }
  return true;
}

/// Whether y = a + b·x in every row, up to rounding: the squared correlation is 1.
bool exactly_linear(const double* x, const ColumnSpec& xs, const double* y, const ColumnSpec& ys, int64_t rows) {
  if (xs.missing > 0 || xs.sd == 0 || ys.sd == 0) return false;
  double sum = 0;
  for (int64_t r = 0; r < rows; ++r) sum += ((x[r] - xs.mean) / xs.sd) * ((y[r] - ys.mean) / ys.sd);
  const double correlation = sum / static_cast<double>(rows);
  return 1 - correlation * correlation < kExactlyLinear;
}

}  // namespace

void warn_of_duplicates(const Table& table, DataSpec& spec) {
  const std::vector<int> features = spec.with_role(ColumnRole::feature);
  std::vector<bool> repeats(spec.columns.size());
  for (size_t i = 0; i < features.size(); ++i) {
    const ColumnSpec& first = spec.columns[static_cast<size_t>(features[i])];
    if (repeats[static_cast<size_t>(features[i])]) continue;
    for (size_t j = i + 1; j < features.size(); ++j) {
      const ColumnSpec& other = spec.columns[static_cast<size_t>(features[j])];
      const bool alike = first.type == other.type && first.missing == other.missing &&
                         first.distinct == other.distinct && first.min == other.min && first.max == other.max &&
                         first.mean == other.mean;
      const bool repeated = alike && equal_columns(table, features[i], features[j]);
      table.release(features[j]);
      if (!repeated) continue;
      repeats[static_cast<size_t>(features[j])] = true;
      spec.warnings.push_back(
          fmt::format("column {} repeats column {}: ignore one of them", in_quotes(other.name), in_quotes(first.name)));
    }
    table.release(features[i]);
  }
}

void warn_of_leaks(const Table& table, DataSpec& spec) {
  if (table.rows() < kFewestRows) return;
  for (const int t : spec.with_role(ColumnRole::target)) {
    const ColumnSpec& target = spec.columns[static_cast<size_t>(t)];
    // Only where values repeat does a one-to-one relation prove anything.
    const bool few = target.distinct <= kMostPaired && target.distinct * 2 <= table.rows();
    const CodedColumn codes = few ? coded(table, t) : CodedColumn{};
    for (const int f : spec.with_role(ColumnRole::feature)) {
      const ColumnSpec& feature = spec.columns[static_cast<size_t>(f)];
      std::string how;
      if (equal_columns(table, t, f)) {
        how = "equals the target";
      } else if (few && feature.distinct == target.distinct && one_to_one(coded(table, f), codes)) {
        how = "has one value for each value of the target";
      } else if (feature.type == ColumnType::numeric && target.type == ColumnType::numeric &&
                 exactly_linear(table.column(f).numbers.get(), feature, table.column(t).numbers.get(), target,
                                table.rows())) {
        how = "is a linear function of the target";
      }
      table.release(f);
      if (how.empty()) continue;
      spec.warnings.push_back(
          fmt::format("column {} {} {}: it gives the answer away; ignore it unless it is known when predicting",
                      in_quotes(feature.name), how, in_quotes(target.name)));
    }
  }
}

}  // namespace retrograd
