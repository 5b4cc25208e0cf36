// The dataspec as JSON. Reading trusts nothing: the text comes from a model file that anyone may have written.
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "base/fail.hpp"
#include "base/parse_json.hpp"
#include "data/text.hpp"
#include "retrograd/data.hpp"

namespace retrograd {
namespace {

using nlohmann::json;

constexpr int64_t kMostRowValues = std::numeric_limits<int32_t>::max();

/// The members of one JSON object, each read once with its type; `where` is for messages.
class Object {
 public:
  Object(const json& value, std::string where) : value_(value), where_(std::move(where)) {
    if (!value_.is_object()) fail("dataspec: {} is not an object", where_);
  }
  const json& get(const char* key) const {
    const auto place = value_.find(key);
    if (place == value_.end()) fail("dataspec: {} lacks {}", where_, in_quotes(key));
    return *place;
  }
  std::string text(const char* key) const {
    const json& v = get(key);
    if (!v.is_string()) fail("dataspec: {} of {} is not a text", in_quotes(key), where_);
    return v.get<std::string>();
  }
  double number(const char* key) const {
    const json& v = get(key);
    if (!v.is_number() || !std::isfinite(v.get<double>()))
      fail("dataspec: {} of {} is not a finite number", in_quotes(key), where_);
    return v.get<double>();
  }
  int64_t count(const char* key) const { return as_count(get(key), key); }
  std::vector<std::string> texts(const char* key) const {
    std::vector<std::string> out;
    for (const json& v : list(key)) {
      if (!v.is_string()) fail("dataspec: {} of {} holds something that is not a text", in_quotes(key), where_);
      out.push_back(v.get<std::string>());
    }
    return out;
  }
  std::vector<int64_t> counts(const char* key) const {
    std::vector<int64_t> out;
    for (const json& v : list(key)) out.push_back(as_count(v, key));
    return out;
  }
  const json& list(const char* key) const {
    const json& v = get(key);
    if (!v.is_array()) fail("dataspec: {} of {} is not a list", in_quotes(key), where_);
    return v;
  }
  template <class Enum>
  Enum one_of(const char* key, std::initializer_list<Enum> values) const {
    const std::string found = text(key);
    for (const Enum v : values) {
      if (to_string(v) == found) return v;
    }
    fail("dataspec: {} of {} is {}, which is not known", in_quotes(key), where_, in_quotes(found));
  }

 private:
  int64_t as_count(const json& v, const char* key) const {
    const bool ok = v.is_number_unsigned()
                        ? v.get<uint64_t>() <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max())
                        : v.is_number_integer() && v.get<int64_t>() >= 0;
    if (!ok) fail("dataspec: {} of {} is not a count", in_quotes(key), where_);
    return v.get<int64_t>();
  }

  const json& value_;
  std::string where_;
};

ColumnSpec column_from(const json& value, size_t index) {
  const Object in(value, fmt::format("column {}", index));
  ColumnSpec c;
  c.name = in.text("name");
  c.type = in.one_of("type", {ColumnType::numeric, ColumnType::categorical, ColumnType::boolean, ColumnType::constant,
                              ColumnType::identifier});
  c.role = in.one_of("role", {ColumnRole::feature, ColumnRole::target, ColumnRole::weight, ColumnRole::ignored});
  c.missing = in.count("missing");
  c.distinct = in.count("distinct");
  c.min = in.number("min");
  c.max = in.number("max");
  c.mean = in.number("mean");
  c.sd = in.number("sd");
  c.median = in.number("median");
  c.categories = in.texts("categories");
  c.counts = in.counts("counts");
  c.why = in.text("why");
  return c;
}

void check_column(const ColumnSpec& c, const DataSpec& spec) {
  const std::string name = in_quotes(c.name);
  if (c.categories.size() != c.counts.size()) {
    fail("dataspec: column {} has {} categories but {} counts", name, c.categories.size(), c.counts.size());
  }
  if (std::set<std::string>(c.categories.begin(), c.categories.end()).size() != c.categories.size()) {
    fail("dataspec: column {} has a category twice", name);
  }
  if (c.sd < 0 || c.min > c.max) fail("dataspec: column {} has impossible statistics", name);
  if (c.missing > spec.rows) fail("dataspec: column {} has {} missing values in {} rows", name, c.missing, spec.rows);
  const bool used = c.role == ColumnRole::feature || c.role == ColumnRole::target;
  if (!used) return;
  if (c.type == ColumnType::constant || c.type == ColumnType::identifier) {
    fail("dataspec: column {} is {} and cannot be a {}", name, to_string(c.type), to_string(c.role));
  }
  if (c.type == ColumnType::boolean && c.categories.size() != 2) {
    fail("dataspec: the boolean column {} has {} values, expected 2", name, c.categories.size());
  }
  if (c.type == ColumnType::categorical && c.categories.empty()) fail("dataspec: column {} has no categories", name);
}

void check_targets(const DataSpec& spec) {
  const std::vector<int> targets = spec.with_role(ColumnRole::target);
  if (spec.task == Task::classification && targets.size() > 1) {
    fail("dataspec: classification with {} targets, expected 1", targets.size());
  }
  for (const int t : targets) {
    const ColumnSpec& c = spec.columns[static_cast<size_t>(t)];
    const size_t classes = c.categories.size();
    const bool fits = spec.task == Task::classification ? c.type != ColumnType::numeric && classes >= 2
                      : spec.task == Task::multilabel   ? c.type == ColumnType::boolean
                                                        : c.type == ColumnType::numeric;
    if (!fits) {
      fail("dataspec: the target {} is {} with {} classes, which does not fit {}", in_quotes(c.name), to_string(c.type),
           classes, to_string(spec.task));
    }
  }
}

void check_spec(const DataSpec& spec) {
  if (spec.source != "csv" && spec.source != "idx" && spec.source != "npy") {
    fail("dataspec: the source {} is not known; expected csv, idx or npy", in_quotes(spec.source));
  }
  if ((spec.source == "csv") != spec.row_shape.empty()) fail("dataspec: a row shape is for arrays, and they need one");
  int64_t width = 1;
  for (const int64_t d : spec.row_shape) {
    if (d < 1 || __builtin_mul_overflow(width, d, &width) || width > kMostRowValues) {
      fail("dataspec: the row shape is impossible");
    }
  }
  std::set<std::string> names;
  for (const ColumnSpec& c : spec.columns) {
    if (!names.insert(c.name).second) fail("dataspec: column {} occurs twice", in_quotes(c.name));
    check_column(c, spec);
  }
  if (spec.with_role(ColumnRole::weight).size() > 1) fail("dataspec: more than one weight column");
  check_targets(spec);
}

}  // namespace

std::string to_json(const DataSpec& spec) {
  json columns = json::array();
  for (const ColumnSpec& c : spec.columns) {
    columns.push_back({{"name", c.name},
                       {"type", to_string(c.type)},
                       {"role", to_string(c.role)},
                       {"missing", c.missing},
                       {"distinct", c.distinct},
                       {"min", c.min},
                       {"max", c.max},
                       {"mean", c.mean},
                       {"sd", c.sd},
                       {"median", c.median},
                       {"categories", c.categories},
                       {"counts", c.counts},
                       {"why", c.why}});
  }
  json out = {{"source", spec.source},
              {"rows", spec.rows},
              {"columns", std::move(columns)},
              {"row_shape", spec.row_shape},
              {"warnings", spec.warnings},
              {"task", to_string(spec.task)},
              {"task_why", spec.task_why},
              {"separator", spec.separator == 0 ? std::string() : std::string(1, spec.separator)},
              {"missing_texts", spec.missing_texts}};
  if (spec.decimal != '.') out["decimal"] = std::string(1, spec.decimal);
  // Names and categories were checked to be UTF-8; a missing text or separator from the command line may not be.
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

DataSpec spec_from_json(std::string_view text) {
  const json value = parse_json(text, "dataspec");
  const Object in(value, "the dataspec");
  DataSpec spec;
  spec.source = in.text("source");
  spec.rows = in.count("rows");
  const json& columns = in.list("columns");
  for (size_t i = 0; i < columns.size(); ++i) spec.columns.push_back(column_from(columns[i], i));
  spec.row_shape = in.counts("row_shape");
  spec.warnings = in.texts("warnings");
  spec.task = in.one_of("task", {Task::classification, Task::multilabel, Task::regression});
  spec.task_why = in.text("task_why");
  const std::string separator = in.text("separator");
  if (separator.size() > 1) fail("dataspec: the separator {} is not one character", in_quotes(separator));
  spec.separator = separator.empty() ? '\0' : separator[0];
  spec.missing_texts = in.texts("missing_texts");
  if (const std::string decimal = value.contains("decimal") ? in.text("decimal") : ".";
      decimal == "." || decimal == ",")
    spec.decimal = decimal[0];
  else
    fail("dataspec: the decimal mark {} is neither a point nor a comma", in_quotes(decimal));
  check_spec(spec);
  return spec;
}

}  // namespace retrograd
