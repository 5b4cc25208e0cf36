// The front door: a source named by a string, to a dataspec and a dataset.
#include <sys/stat.h>
#include <unistd.h>

#include <numeric>

#include "base/fail.hpp"
#include "data/array/array.hpp"
#include "data/cache/cache.hpp"
#include "data/rows/encode.hpp"
#include "data/rows/screen.hpp"
#include "data/spec/infer.hpp"
#include "data/table/csv.hpp"
#include "data/table/table_memory.hpp"
#include "data/text.hpp"

namespace retrograd {
namespace {

enum class Format { csv, idx, npy, npz };

struct Source {
  Format format = Format::csv;
  std::string first;
  std::string second;  ///< the labels or targets; may be empty
};

bool is_directory(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

bool exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

/// One of the four usual files of a folder, plain or gzip; the plain one first.
std::string usual_file(const std::string& folder, Part part, std::string_view kind) {
  std::string name = fmt::format("{}/{}-{}-ubyte", folder, part == Part::train ? "train" : "t10k", kind);
  if (exists(name)) return name;
  if (exists(name + ".gz")) return name + ".gz";
  fail("{}: there is no {} (nor with .gz)", folder, name.substr(folder.size() + 1));
}

Source parse_source(const std::string& text, Part part, bool need_target) {
  Source source;
  if (text.empty()) fail("no data named: give a CSV file, idx:…, npy:… or npz:…");
  const auto rest = [&](std::string_view prefix) { return text.substr(prefix.size()); };
  if (text.starts_with("npz:")) {
    source.format = Format::npz;
    source.first = rest("npz:");
    return source;
  }
  if (!text.starts_with("idx:") && !text.starts_with("npy:")) {
    source.first = text;
    return source;
  }
  source.format = text.starts_with("idx:") ? Format::idx : Format::npy;
  source.first = rest("idx:");
  if (source.format == Format::idx && is_directory(source.first)) {
    const std::string folder = source.first;
    source.first = usual_file(folder, part, "images-idx3");
    if (need_target) source.second = usual_file(folder, part, "labels-idx1");
    return source;
  }
  if (const size_t comma = source.first.find(','); comma != std::string::npos) {
    source.second = source.first.substr(comma + 1);
    source.first.resize(comma);
  }
  if (source.first.empty() || (need_target && source.second.empty())) {
    fail("{}: name two files, {}", in_quotes(text),
         source.format == Format::idx ? "idx:IMAGES,LABELS, or a folder that exists, idx:DIR" : "npy:X.npy,Y.npy");
  }
  return source;
}

NamedArrays read_arrays(const Source& source, bool need_target) {
  NamedArrays arrays;
  if (source.format == Format::npz) {
    arrays = read_npz(source.first, need_target);
  } else {
    const auto read = source.format == Format::idx ? read_idx : read_npy;
    arrays.x = read(source.first);
    if (need_target) arrays.y = read(source.second);
  }
  if (need_target && arrays.x.rows() != arrays.y.rows()) {
    fail("{} has {} rows, but {} has {}; they must agree", arrays.x.place, arrays.x.rows(), arrays.y.place,
         arrays.y.rows());
  }
  if (source.format == Format::idx && need_target && arrays.y.shape.size() != 1) {
    fail("{}: labels must have 1 dimension, found {}", arrays.y.place, shape_text(arrays.y.shape));
  }
  return arrays;
}

/// The target as a table of number columns: "label" for IDX, "y" or "y0", "y1", … for NumPy arrays.
Table target_table(const Array& y, Format format) {
  std::vector<std::vector<double>> columns = to_columns(y);
  std::vector<std::string> names;
  for (size_t c = 0; c < columns.size(); ++c) {
    names.push_back(format == Format::idx ? "label" : (columns.size() == 1 ? "y" : fmt::format("y{}", c)));
  }
  return Table(y.place, names, columns);
}

DataSpec infer_arrays(const NamedArrays& arrays, Format format, const DataOptions& options) {
  if (!options.targets.empty())
    fail("{}: a target column is for tables; arrays bring their own target", arrays.x.place);
  if (!options.weight.empty() || !options.ignore.empty()) {
    fail("{}: weight and ignored columns are for tables, not for arrays", arrays.x.place);
  }
  const Table table = target_table(arrays.y, format);
  DataOptions targets = options;
  targets.targets = table.names();
  DataSpec spec = infer(table, targets);
  spec.source = format == Format::idx ? "idx" : "npy";
  spec.row_shape.assign(arrays.x.shape.begin() + 1, arrays.x.shape.end());
  if (spec.row_shape.empty()) spec.row_shape = {1};
  return spec;
}

Table read_table(const std::string& path, const CsvOptions& options) {
  require_memory_of_table(path, options);
  return read_csv(path, options);
}

/// The table of training data, without its bad rows if that was asked for.
Table training_table(const std::string& path, const DataOptions& options) {
  Table table = read_table(path, csv_options(options));
  check_names(table, options);
  if (options.on_bad_row == OnBadRow::skip) skip_bad_rows(table, options);
  check_most_are_good(table.skipped());
  return table;
}

}  // namespace

Loaded load_training(const std::string& text, const DataOptions& options) {
  const Source source = parse_source(text, Part::train, true);
  if (!options.cache.file.empty() && source.format != Format::csv)
    fail("{}: a cache is for tables; arrays are binary already", text);
  if (!options.cache.file.empty() && !options.targets.empty()) return load_training_cached(source.first, options);
  Loaded out;
  if (source.format == Format::csv) {
    const Table table = training_table(source.first, options);
    if (options.targets.empty()) {
      fail("{}: which column is the target? Name it with --target; the columns are {}", source.first,
           listed(table.names(), 30));
    }
    out.spec = infer(table, options);
    out.data = encode(table, out.spec);
    out.data.skipped = table.skipped();
    out.data.lines = table.lines();
    return out;
  }
  NamedArrays arrays = read_arrays(source, true);
  out.spec = infer_arrays(arrays, source.format, options);
  out.data.rows = arrays.x.rows();
  out.data.target = encode_target(target_table(arrays.y, source.format), out.spec);
  out.data.inputs.push_back(to_block(arrays.x));
  return out;
}

Dataset load_with(const std::string& text, const DataSpec& spec, Part part, bool need_target,
                  const ReadOptions& options) {
  const Source source = parse_source(text, part, need_target);
  const bool table = source.format == Format::csv;
  if (table != (spec.source == "csv")) {
    fail("{}: the model was trained on {}, but this is {}", text, spec.source == "csv" ? "a table" : "arrays",
         table ? "a table (arrays are named idx:…, npy:… or npz:…)" : "an array");
  }
  if (table && !options.cache.file.empty()) return load_with_cached(source.first, spec, need_target, options);
  if (table) {
    Table rows = read_table(source.first, csv_options(spec, options));
    if (options.on_bad_row == OnBadRow::skip) skip_bad_rows(rows, spec, need_target);
    check_most_are_good(rows.skipped());
    Dataset data = encode(rows, spec, {need_target});
    data.skipped = rows.skipped();
    data.lines = rows.lines();
    return data;
  }
  NamedArrays arrays = read_arrays(source, need_target);
  std::vector<int64_t> shape(arrays.x.shape.begin() + 1, arrays.x.shape.end());
  if (shape.empty()) shape = {1};
  if (shape != spec.row_shape) {
    fail("{}: its rows have the shape {}, the model was trained on {}", arrays.x.place, shape_text(shape),
         shape_text(spec.row_shape));
  }
  Dataset data;
  data.rows = arrays.x.rows();
  if (need_target) {
    const Table targets = target_table(arrays.y, source.format);
    const size_t expected = spec.with_role(ColumnRole::target).size();
    if (targets.columns().size() != expected) {
      fail("{}: {} targets in a row, the model was trained on {}", arrays.y.place, targets.columns().size(), expected);
    }
    DataSpec named = spec;  // targets of arrays go by position: "label" of IDX is "y" of NumPy
    for (size_t t = 0; t < expected; ++t) {
      named.columns[static_cast<size_t>(spec.with_role(ColumnRole::target)[t])].name = targets.columns()[t].name;
    }
    data.target = encode_target(targets, named);
  }
  data.inputs.push_back(to_block(arrays.x));
  return data;
}

DataSpec inspect(const std::string& text, const DataOptions& options) {
  const Source source = parse_source(text, Part::train, true);
  if (source.format != Format::csv) return infer_arrays(read_arrays(source, true), source.format, options);
  return infer(training_table(source.first, options), options);
}

}  // namespace retrograd
