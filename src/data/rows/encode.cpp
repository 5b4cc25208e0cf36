#include "data/rows/encode.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "base/fail.hpp"
#include "data/spec/column_type.hpp"
#include "data/spec/infer.hpp"
#include "data/text.hpp"

namespace retrograd {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

/// Finds the column or says which of the table's columns, not used otherwise, have a near name.
int require_column(const Table& table, const DataSpec& spec, const ColumnSpec& column) {
  const int index = table.find(column.name);
  if (index >= 0) return index;
  std::vector<std::string> others;
  for (const std::string& name : table.names()) {
    const bool known =
        std::any_of(spec.columns.begin(), spec.columns.end(), [&](const ColumnSpec& c) { return c.name == name; });
    if (!known) others.push_back(name);
  }
  const std::vector<std::string> near = close_names(column.name, others);
  fail("{}: the {} column {} is missing; {}", table.path(), to_string(column.role), in_quotes(column.name),
       near.empty() ? "the model was trained with it, add it"
                    : fmt::format("is it {} here? Give it the name it had in training", listed(near)));
}

/// Writes one column of a row-major block.
class Writer {
 public:
  Writer(std::vector<float>& values, size_t cols, size_t col) : at_(values.data() + col), cols_(cols) {}
  void set(int64_t row, float value) { at_[static_cast<size_t>(row) * cols_] = value; }

 private:
  float* at_;
  size_t cols_;
};

void encode_numbers(const Table& table, int index, Writer out) {
  require_finite(table, index);
  const double* numbers = table.column(index).numbers.get();
  for (int64_t r = 0; r < table.rows(); ++r) out.set(r, static_cast<float>(numbers[r]));
}

}  // namespace

int boolean_code(const std::string& text, const ColumnSpec& spec) {
  for (int side = 0; side < 2; ++side) {
    if (text == spec.categories[static_cast<size_t>(side)]) return side;
  }
  return is_boolean_pair(lower(spec.categories[0]), lower(spec.categories[1])) ? truth(text) : -1;
}

namespace {

/// Whether the boolean's values are the numbers 0 and 1.
bool zero_one(const ColumnSpec& spec) { return spec.categories[0] == "0" && spec.categories[1] == "1"; }

void encode_boolean(const Table& table, int index, const ColumnSpec& spec, Writer out) {
  if (table.column(index).numeric && zero_one(spec)) return encode_numbers(table, index, out);
  const CodedColumn values = coded(table, index);
  std::vector<float> code;
  for (size_t i = 0; i < values.values.size(); ++i) {
    const int side = boolean_code(values.values[i], spec);
    if (side < 0) {
      fail("{}, column {}: found {}, expected {} or {}; {}", table.where(first_row_of(values, static_cast<int32_t>(i))),
           in_quotes(spec.name), in_quotes(values.values[i]), in_quotes(spec.categories[0]),
           in_quotes(spec.categories[1]), kCorrect);
    }
    code.push_back(static_cast<float>(side));
  }
  for (int64_t r = 0; r < table.rows(); ++r) {
    const int32_t c = values.codes[static_cast<size_t>(r)];
    out.set(r, c < 0 ? kNan : code[static_cast<size_t>(c)]);
  }
}

std::unordered_map<std::string, int> code_of(const ColumnSpec& spec) {
  std::unordered_map<std::string, int> out;
  for (size_t k = 0; k < spec.categories.size(); ++k) out.emplace(spec.categories[k], static_cast<int>(k));
  return out;
}

void encode_category(const Table& table, int index, const ColumnSpec& spec, Writer out) {
  const std::unordered_map<std::string, int> codes = code_of(spec);
  const auto find = [&](const std::string& text) {
    const auto place = codes.find(text);
    return place == codes.end() ? -1.0f : static_cast<float>(place->second);
  };
  const CodedColumn values = coded(table, index);
  std::vector<float> code;
  for (const std::string& value : values.values) code.push_back(find(value));
  const float missing = find(std::string(kMissingCategory));
  for (int64_t r = 0; r < table.rows(); ++r) {
    const int32_t c = values.codes[static_cast<size_t>(r)];
    out.set(r, c < 0 ? missing : code[static_cast<size_t>(c)]);
  }
}

void encode_class(const Table& table, int index, const ColumnSpec& spec, Writer out) {
  require_complete(table, index, "target");
  const std::unordered_map<std::string, int> codes = code_of(spec);
  const CodedColumn values = coded(table, index);
  std::vector<float> code;
  for (size_t i = 0; i < values.values.size(); ++i) {
    int k = -1;
    if (spec.type == ColumnType::boolean) {
      k = boolean_code(values.values[i], spec);
    } else if (const auto place = codes.find(values.values[i]); place != codes.end()) {
      k = place->second;
    }
    if (k < 0) {
      fail("{}, column {}: the class {} was not in the training data; its classes are {}",
           table.where(first_row_of(values, static_cast<int32_t>(i))), in_quotes(spec.name),
           in_quotes(values.values[i]), listed(spec.categories, 20));
    }
    code.push_back(static_cast<float>(k));
  }
  for (int64_t r = 0; r < table.rows(); ++r) {
    out.set(r, code[static_cast<size_t>(values.codes[static_cast<size_t>(r)])]);
  }
}

Block make_block(std::string name, int64_t rows, size_t cols) {
  Block block;
  block.name = std::move(name);
  block.cols = static_cast<int>(cols);
  block.values = std::vector<float>(static_cast<size_t>(rows) * cols);
  return block;
}

}  // namespace

Block encode_target(const Table& table, const DataSpec& spec) {
  const std::vector<int> targets = spec.with_role(ColumnRole::target);
  Block block = make_block("target", table.rows(), targets.size());
  auto& values = std::get<std::vector<float>>(block.values);
  for (size_t t = 0; t < targets.size(); ++t) {
    const ColumnSpec& column = spec.columns[static_cast<size_t>(targets[t])];
    const int index = require_column(table, spec, column);
    const Writer out(values, targets.size(), t);
    if (spec.task == Task::regression) {
      require_numbers(table, index, "the target is numeric", kCorrect, Asking::model);
      require_complete(table, index, "target");
      encode_numbers(table, index, out);
    } else {
      encode_class(table, index, column, out);
    }
  }
  return block;
}

Dataset encode(const Table& table, const DataSpec& spec, const EncodeOptions& options) {
  std::vector<std::pair<int, const ColumnSpec*>> numeric, categorical;  // with the column's index in the table
  for (const int c : spec.with_role(ColumnRole::feature)) {
    const ColumnSpec& column = spec.columns[static_cast<size_t>(c)];
    (column.type == ColumnType::categorical ? categorical : numeric)
        .emplace_back(require_column(table, spec, column), &column);
  }
  if (numeric.empty() && categorical.empty()) {
    fail("{}: no feature is left: every column is the target, the weight or ignored", table.path());
  }
  Dataset data;
  data.rows = table.rows();
  if (!numeric.empty()) {
    Block block = make_block("numeric", table.rows(), numeric.size());
    auto& values = std::get<std::vector<float>>(block.values);
    for (size_t i = 0; i < numeric.size(); ++i) {
      const auto& [index, column] = numeric[i];
      const Writer out(values, numeric.size(), i);
      if (column->type == ColumnType::boolean) {
        encode_boolean(table, index, *column, out);
      } else {
        require_numbers(table, index, "the column was numeric in training", kCorrect, Asking::model);
        encode_numbers(table, index, out);
      }
    }
    data.inputs.push_back(std::move(block));
  }
  if (!categorical.empty()) {
    Block block = make_block("categorical", table.rows(), categorical.size());
    auto& values = std::get<std::vector<float>>(block.values);
    for (size_t i = 0; i < categorical.size(); ++i) {
      encode_category(table, categorical[i].first, *categorical[i].second, Writer(values, categorical.size(), i));
    }
    data.inputs.push_back(std::move(block));
  }
  if (!options.need_target) return data;
  if (!spec.with_role(ColumnRole::target).empty()) data.target = encode_target(table, spec);
  for (const int c : spec.with_role(ColumnRole::weight)) {
    const int index = require_column(table, spec, spec.columns[static_cast<size_t>(c)]);
    require_weights(table, index);
    data.weight = make_block("weight", table.rows(), 1);
    encode_numbers(table, index, Writer(std::get<std::vector<float>>(data.weight.values), 1, 0));
  }
  return data;
}

}  // namespace retrograd
