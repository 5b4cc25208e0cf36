// Data: a table or arrays as read from a file, the dataspec inferred from it, and the encoded dataset that a network reads.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace retrograd {

/// What a column of a table holds.
enum class ColumnType { numeric, categorical, boolean, constant, identifier };

/// What a column is used for.
enum class ColumnRole { feature, target, weight, ignored };

/// What is predicted. `multilabel`: several boolean targets; `regression`: one or several numbers.
enum class Task { classification, multilabel, regression };

std::string_view to_string(ColumnType type);
std::string_view to_string(ColumnRole role);
std::string_view to_string(Task task);

/// What is known of one column, from the training data alone.
struct ColumnSpec {
  std::string name;
  ColumnType type = ColumnType::numeric;
  ColumnRole role = ColumnRole::feature;
  int64_t missing = 0;   ///< rows with no value
  int64_t distinct = 0;  ///< distinct values (exact up to a limit, see dataspec.hpp)
  double min = 0, max = 0, mean = 0, sd = 0, median = 0;  ///< of the values present; numeric and boolean columns
  /// Categories and booleans: the distinct values in code order (most frequent first; ties by value), with their counts.
  std::vector<std::string> categories;
  std::vector<int64_t> counts;
  std::string why;  ///< why this type was chosen, for the log
};

/// The columns of the data that a model was trained on, in file order; stored with the model.
struct DataSpec {
  std::string source;  ///< "csv", "idx" or "npy"
  int64_t rows = 0;
  std::vector<ColumnSpec> columns;  ///< csv: one a column; idx, npy: only the target
  /// Array data (idx, npy): the shape of one row, e.g. {28, 28}; empty for tables.
  std::vector<int64_t> row_shape;
  std::vector<std::string> warnings;  ///< constant, duplicate, leaking and identifier-like columns
  Task task = Task::classification;
  std::string task_why;

  /// Names of the classes in code order (classification), or of the outputs (multilabel, regression).
  std::vector<std::string> classes() const;
};

/// A dense row-major matrix of one number type; bytes stay bytes until they are gathered.
struct Block {
  std::string name;  ///< "x" (arrays), "numeric", "categorical", "target" or "weight"
  int cols = 0;
  std::variant<std::vector<float>, std::vector<uint8_t>> values;

  int64_t rows() const;
  bool empty() const { return rows() == 0; }
  float at(int64_t row, int col) const;
};

/// Encoded data: what a network reads. Missing numbers are NaN; a category is its code in the dataspec's order,
/// and -1 when it is missing or was not seen in training. Class targets are codes 0..K-1.
struct Dataset {
  int64_t rows = 0;
  std::vector<Block> inputs;  ///< tables: "numeric" and/or "categorical"; arrays: "x"
  Block target;               ///< empty when predicting data without a target
  Block weight;               ///< one column, or empty: every row weighs 1
};

}  // namespace retrograd
