#include "onnx/export/interface.hpp"

#include <algorithm>
#include <cmath>

#include "data/number.hpp"
#include "data/text.hpp"

namespace retrograd::model_file {
namespace {

using graph::ForwardProgram;

const graph::Value& value(const ForwardProgram& program, int id) { return program.values[static_cast<size_t>(id)]; }

/// The operator that makes a value; empty for inputs.
std::string_view maker(const ForwardProgram& program, int id) {
  const int equation = value(program, id).equation;
  return equation < 0 ? std::string_view() : program.equations[static_cast<size_t>(equation)].op->info->name;
}

Head head_of(const ForwardProgram& program) {
  // A prediction that the loss implies is one of probabilities, also where it is the mean of an ensemble's.
  const Network& net = program.network;
  const std::string_view made_by =
      program.prediction == program.logits ? std::string_view() : maker(program, program.prediction);
  const bool implied = net.prediction_layer.empty();
  if (made_by == "softmax" || (implied && net.loss_type == "softmax_xent")) return Head::classes;
  return implied && net.loss_type == "sigmoid_bce" ? Head::labels : Head::value;
}

/// Canonical integers below 10^15, which their texts and int64 both hold.
bool all_integers(const std::vector<std::string>& names) {
  return std::all_of(names.begin(), names.end(), [](const std::string& name) {
    const std::optional<double> number = parse_number(name);
    return number && std::abs(*number) < 1e15 && *number == std::trunc(*number) && number_text(*number) == name;
  });
}

}  // namespace

bool is_zero_one(const ColumnSpec& column) {
  return column.type == ColumnType::boolean && column.categories.size() == 2 && column.categories[0] == "0" &&
         column.categories[1] == "1";
}

Interface interface_of(const ForwardProgram& program, const DataSpec& spec) {
  Interface result;
  if (spec.row_shape.empty()) {
    for (const int c : spec.with_role(ColumnRole::feature)) {
      const ColumnSpec& column = spec.columns[static_cast<size_t>(c)];
      if (column.type == ColumnType::categorical)
        result.categorical.push_back({c, true});
      else
        result.numeric.push_back({c, column.type == ColumnType::boolean && !is_zero_one(column)});
    }
  }
  size_t expected = !result.numeric.empty() + !result.categorical.empty();
  for (const int id : program.inputs) {
    const graph::Value& in = value(program, id);
    const auto& columns = in.name == "categorical" ? result.categorical : result.numeric;
    const bool fits = (in.name == "numeric" || in.name == "categorical") &&
                      static_cast<size_t>(in.features) == columns.size() && expected > 0;
    if (!fits) {  // made by hand, with inputs that no dataspec describes
      result.numeric.clear();
      result.categorical.clear();
      break;
    }
    --expected;
  }
  if (expected > 0) result.numeric.clear(), result.categorical.clear();
  result.head = head_of(program);
  if (result.head != Head::classes) return result;
  std::vector<std::string> classes = spec.classes();
  if (spec.task != Task::classification ||
      static_cast<int>(classes.size()) != value(program, program.prediction).features)
    return result;
  result.integer_classes = all_integers(classes);
  result.classes = std::move(classes);
  return result;
}

}  // namespace retrograd::model_file
