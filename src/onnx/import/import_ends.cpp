// Preprocessing and the ends of classifiers, as converters of scikit-learn's models write them.
#include <cmath>
#include <limits>

#include "base/fail.hpp"
#include "data/text.hpp"
#include "onnx/import/import_node.hpp"

namespace retrograd::model_file {

void NodeReader::read_argmax() {
  const int64_t axis = whole("axis", 0);
  whole("keepdims", 1);
  if (whole("select_last_index", 0) != 0) refuse("attribute select_last_index is 1; 0 is supported");
  if (axis != 1 && axis != -1) refuse(fmt::format("attribute axis is {}; the features' (1 or -1) is supported", axis));
  result(made(Form::label, id(0), {1}));
}

/// classes[label]
void NodeReader::read_class_of_label() {
  whole("axis", 0);
  if (in(1).form != Form::label) refuse("it picks other columns than that of a class's name, which is not supported");
  const Constant& classes = constant(0);
  Symbol s = in(1);
  s.uses = 0;
  s.names = classes.texts;
  if (s.names.empty())
    for (const double v : classes.values) s.names.push_back(number_text(v));
  result(std::move(s));
}

void NodeReader::read_scaler() {
  const auto features = static_cast<size_t>(rows(0).features());
  std::vector<double> offset = numbers("offset"), scale = numbers("scale");
  if (offset.size() == 1) offset.assign(features, offset[0]);
  if (scale.size() == 1) scale.assign(features, scale[0]);
  if (offset.empty()) offset.assign(features, 0.0);
  if (scale.empty()) scale.assign(features, 1.0);
  if (offset.size() != features || scale.size() != features)
    refuse(fmt::format("{} offsets and {} scales for {} features", offset.size(), scale.size(), features));
  affine(id(0), std::move(offset), std::move(scale));
}

void NodeReader::read_imputer() {
  const auto features = static_cast<size_t>(rows(0).features());
  std::vector<double> fill = numbers("imputed_value_floats");
  const double replaced = number("replaced_value_float", 0);
  if (!std::isnan(replaced))
    refuse(fmt::format("attribute replaced_value_float is {}; missing values as NaN are supported", replaced));
  if (fill.size() == 1) fill.assign(features, fill[0]);
  if (fill.size() != features) refuse(fmt::format("{} fills for {} features", fill.size(), features));
  Layer layer;
  layer.type = "impute";
  Symbol s = made(Form::value, -1, in(0).shape);
  s.layer = graph_.add_layer(layer, id(0));
  graph_.values[s.layer + ".fill"] = std::move(fill);
  result(std::move(s));
}

void NodeReader::read_zipmap() {
  std::vector<std::string> names = texts("classlabels_strings");
  for (const double v : numbers("classlabels_int64s")) names.push_back(number_text(v));
  graph_.symbols_[static_cast<size_t>(id(0))].names = std::move(names);
  same_as(0);
}

void NodeReader::read_binarizer() {
  number("threshold", 0);
  result(made(Form::label, id(0), in(0).shape));
}

}  // namespace retrograd::model_file
