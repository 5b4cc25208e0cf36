// Data: files of tables or arrays, the dataspec inferred from them, and the encoded dataset that a network reads.
//
// The rules for missing and unseen values, the same in training, evaluation and prediction:
//   * numeric feature: missing is NaN (the network's impute operator fills it). Text that is not a number is an error.
//   * boolean feature: 0 or 1, NaN when missing. A word that is neither of the two is an error; if the two are the
//     numbers 0 and 1, any other number is taken as it is.
//   * categorical feature: its code. If the training data had missing values, missing is a category of its own,
//     "(missing)"; else missing is -1. A category not seen in training, or dropped because there were more than
//     `max_categories`, is -1 ("unseen"), which one-hot encodes as all zeros.
//   * target: a missing value is an error, and so is a class that training did not have.
//   * weight: a missing, negative or infinite weight is an error.
//   * Infinite numbers, and numbers beyond the range of a 32-bit float, are errors wherever they are used.
// Categories and classes are compared as text, case included; texts that are numbers are compared by value, so that
// 1, 1.0 and 01 are one category, written "1".
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "retrograd/bad_rows.hpp"

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

/// The category that stands for missing values where training had some.
inline constexpr std::string_view kMissingCategory = "(missing)";

/// Fields that mean "no value" unless told otherwise (the empty field always does). Compared exactly, case included.
std::vector<std::string> default_missing();

/// What is known of one column, from the training data alone.
struct ColumnSpec {
  std::string name;
  ColumnType type = ColumnType::numeric;
  ColumnRole role = ColumnRole::feature;
  int64_t missing = 0;   ///< rows with no value
  int64_t distinct = 0;  ///< distinct values; of numbers exact up to 100,000, and 100,001 means "more"
  double min = 0, max = 0, mean = 0, sd = 0, median = 0;  ///< of the values present; numeric and boolean columns
  /// The distinct values in code order, with their counts. Categorical features: most frequent first, ties by value
  /// (bytes). Booleans: false, then true. Class targets: by value, ascending as numbers if all are, else as bytes.
  std::vector<std::string> categories;
  std::vector<int64_t> counts;
  std::string why;  ///< why this type was chosen, for the log
};

/// The columns of the data that a model was trained on, in file order; stored with the model.
/// `sd` is the population's, sqrt(mean((x - mean)^2)).
struct DataSpec {
  std::string source;  ///< "csv", "idx" or "npy"
  int64_t rows = 0;
  std::vector<ColumnSpec> columns;  ///< csv: one a column; idx, npy: only the target
  /// Array data (idx, npy): the shape of one row, e.g. {28, 28}; empty for tables.
  std::vector<int64_t> row_shape;
  std::vector<std::string> warnings;  ///< constant, duplicate, leaking and identifier-like columns
  Task task = Task::classification;
  std::string task_why;
  char separator = 0;                      ///< as given; 0: detected in each file
  std::vector<std::string> missing_texts;  ///< what is read as missing
  char decimal = '.';                      ///< the decimal mark of numbers in tables

  /// Names of the classes in code order (classification), or of the outputs (multilabel, regression).
  std::vector<std::string> classes() const;
  /// Indices of the columns with this role, in file order.
  std::vector<int> with_role(ColumnRole role) const;
};

/// Numbers that are owned, or borrowed: of a span the caller keeps the memory alive and unchanged while it is read.
using Values = std::variant<std::vector<float>, std::vector<uint8_t>, std::span<const float>, std::span<const uint8_t>>;

class MappedFile;

/// A dense row-major matrix of one number type; bytes stay bytes until they are gathered.
struct Block {
  std::string name;  ///< "x" (arrays), "numeric", "categorical", "target" or "weight"
  int cols = 0;
  Values values;
  std::shared_ptr<const MappedFile> file = nullptr;  ///< what the span lies in, if that is a file

  int64_t rows() const;
  bool empty() const { return rows() == 0; }
  /// The numbers if they are floats, else nothing.
  std::span<const float> floats() const;
  float at(int64_t row, int col) const;
};

/// In which lines of a file the rows of a table begin.
struct RowLines {
  struct Run {
    int64_t row = 0, line = 0;
  };
  std::vector<Run> runs;  ///< ascending; from `row` on each row is a line further, until the next run

  /// The line (from 1) of a row (from 0); 0 if it is not known.
  int64_t of(int64_t row) const;
};

/// Encoded data: what a network reads. Missing numbers are NaN; a category is its code in the dataspec's order,
/// and -1 when it is missing or was not seen in training. Class targets are codes 0..K-1.
struct Dataset {
  int64_t rows = 0;
  /// Tables: "numeric" (numeric and boolean features, in file order) and/or "categorical" (in file order);
  /// arrays: "x", row_shape flattened.
  std::vector<Block> inputs;
  Block target;                         ///< floats, one column a target; empty when predicting data without a target
  Block weight;                         ///< one column, or empty: every row weighs 1
  BadRows skipped = {};                 ///< rows of the source that could not be read and are not here
  RowLines lines = {};                  ///< of all rows; empty for arrays, cached tables and parts of a dataset
  std::vector<std::string> notes = {};  ///< on how they were read, a line each, for the log
};

/// Where a table's numbers are kept between runs, for data larger than memory: inputs are then mapped from this file,
/// and only targets and weights are in memory. It is built when it is missing, is damaged, or was built from another
/// state of the table or by other options; building streams, and takes 8 bytes a number of free disk beside the file.
/// Results are those of a run in memory.
struct CacheOptions {
  std::string file;   ///< empty: none
  size_t memory = 0;  ///< bytes of the inputs that may be in memory at a time; 0: a quarter of what is available
};

/// How training data are read.
struct DataOptions {
  std::vector<std::string> targets;
  std::string weight;  ///< a column of row weights; empty: none
  std::vector<std::string> ignore;
  std::map<std::string, ColumnType> types;  ///< overrides: numeric, categorical or boolean
  std::optional<Task> task;                 ///< default: inferred
  std::vector<std::string> missing = default_missing();
  char separator = 0;       ///< 0: detected
  char decimal = '.';       ///< or ',': numbers are written 1,5, and 1.5 is a text; of tables
  int max_categories = 64;  ///< of a categorical feature: the most frequent are kept, the rest count as unseen
  int threads = 2;          ///< for reading; the result does not depend on it
  OnBadRow on_bad_row = OnBadRow::fail;  ///< of tables
  CacheOptions cache = {};               ///< of tables
};

/// How other data are read, for a model or a dataspec that is there.
struct ReadOptions {
  int threads = 2;                       ///< the result does not depend on it
  OnBadRow on_bad_row = OnBadRow::fail;  ///< of tables
  CacheOptions cache = {};               ///< of tables
};

/// Adds "NAME=numeric", "NAME=categorical", "NAME=boolean" or "NAME=ignore". Throws Error for anything else.
void add_type_override(DataOptions& options, std::string_view text);

/// Which half of a folder of IDX files is meant: train-* or t10k-*.
enum class Part { train, test };

struct Loaded {
  DataSpec spec;
  Dataset data;
};

/// Reads training data. `source` is a CSV or TSV file, plain or gzip, or
///   idx:IMAGES,LABELS   two IDX files;             idx:DIR   a folder with the four usual names
///   (train-images-idx3-ubyte …); npy:X.npy,Y.npy     two NumPy arrays;          npz:FILE  an archive with arrays named
///   X (or x) and y;
/// each IDX file plain or gzip. Throws Error for every kind of bad input, naming the file, line and column.
Loaded load_training(const std::string& source, const DataOptions& options);

/// Training data that the program already holds, as if read from NumPy arrays. `x`: row-major rows of `row_shape`, e.g.
/// {8, 8} for images or {3}; bytes stay bytes, NaN is a missing number, a span is not copied. `target`: the same number
/// of values for each row, row-major, named "y" or "y0", "y1", …; the task is inferred from them unless `options.task`
/// says. Throws Error for sizes that do not agree, infinite values, and targets with nothing to learn.
/// (Rows to predict need no more than Dataset{.rows = n, .inputs = {Block{"x", cols, values}}}.)
Loaded from_memory(Values x, std::vector<int64_t> row_shape, const std::vector<double>& target,
                   const DataOptions& options = {});

/// One column of a table that the program holds: numbers, or texts by their codes. The spans are read during the call.
struct TableColumnView {
  std::string name;
  std::span<const double> numbers;  ///< one a row, NaN for missing; empty for a column of texts
  std::span<const int32_t> codes;   ///< one a row: an index into `texts`, or -1 for missing; empty for numbers
  std::vector<std::string> texts;
};

/// A table that the program already holds, as if read from a CSV file: blanks around texts are dropped, texts of
/// `options.missing` and empty ones are missing, texts that are all numbers are a numeric column. With
/// `options.targets` empty there is neither target nor task, only features (and the weight): the caller then adds its
/// own. Throws Error as load_training does, and for columns of different lengths, of one name, or with codes that are
/// no text's.
Loaded from_memory(const std::vector<TableColumnView>& table, const DataOptions& options = {});
/// The same for a model trained on `spec`, as load_with reads a file.
Dataset with_memory(const std::vector<TableColumnView>& table, const DataSpec& spec, bool need_target);

/// Reads data for a model trained on `spec`. Columns are found by name; others are allowed. With `need_target` the
/// target (and the weight, if there was one) must be there; without, it is not read, and "idx:IMAGES" and "npy:X.npy"
/// suffice.
Dataset load_with(const std::string& source, const DataSpec& spec, Part part, bool need_target,
                  const ReadOptions& options = {});

/// The dataspec of a source; for tables the target may be left out (then every column is a feature or ignored).
DataSpec inspect(const std::string& source, const DataOptions& options);

/// Indices of two parts of the rows, each ascending.
struct SplitRows {
  std::vector<int64_t> train;
  std::vector<int64_t> valid;
};

/// Draws round(fraction · rows) rows at random for `valid` (at least one row stays in each part). `classes`: the class
/// of each row, to keep the classes' proportions (largest remainder), or empty. A function of its arguments alone: row
/// i is ranked by its own random number of (seed, i). Throws Error unless 0 < fraction < 1 and rows >= 2.
SplitRows split_rows(int64_t rows, double fraction, uint64_t seed, const std::vector<int>& classes);

struct Split {
  Dataset train;
  Dataset valid;
};

/// split_rows applied; `stratified` takes the classes from a target of one column of codes.
Split split(const Dataset& data, double fraction, uint64_t seed, bool stratified);

/// The rows of these indices, in this order, in memory.
Dataset take(const Dataset& data, const std::vector<int64_t>& rows);
/// The same, but of mapped inputs more than may be in memory are copied to a file without a name, beside the mapped
/// one.
Dataset part(const Dataset& data, const std::vector<int64_t>& rows);

/// The dataspec as JSON, and back. from_json checks everything it reads and throws Error: the text may come from
/// anyone.
std::string to_json(const DataSpec& spec);
DataSpec spec_from_json(std::string_view json);

/// The dataspec as an aligned table of columns, followed by the task and the warnings.
std::string describe(const DataSpec& spec);

}  // namespace retrograd
