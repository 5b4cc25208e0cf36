#include "onnx/export/columns.hpp"

#include <algorithm>
#include <limits>

#include "base/fail.hpp"
#include "data/spec/coded.hpp"
#include "data/text.hpp"

namespace retrograd::model_file {
namespace {

/// The words of booleans as people write them: no, No, NO.
std::vector<std::string> boolean_words() {
  std::vector<std::string> words;
  for (const char* word : {"no", "yes", "n", "y", "false", "true", "f", "t", "0", "1"}) {
    std::string lower = word, title = word, upper = word;
    const auto raise = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; };
    title[0] = raise(title[0]);
    std::transform(upper.begin(), upper.end(), upper.begin(), raise);
    for (const std::string& form : {lower, title, upper}) words.push_back(form);
  }
  return words;
}

std::string doc_of(const ColumnSpec& column, bool text) {
  if (!text) return fmt::format("{}: a number; NaN is missing", to_string(column.type));
  std::vector<std::string> known;
  for (const std::string& c : column.categories)
    if (c != kMissingCategory) known.push_back(c);
  const bool learnt = known.size() < column.categories.size();
  return fmt::format("{}: one of {}; '' is missing{}", to_string(column.type), listed(known, 20),
                     column.type == ColumnType::boolean ? ", and so is any other text"
                     : learnt                           ? ", a category of its own; any other text counts as unseen"
                                                        : " and, like any other text, counts as unseen");
}

}  // namespace

std::vector<std::pair<std::string, float>> text_values(const ColumnSpec& column,
                                                       const std::vector<std::string>& missing_texts) {
  std::vector<std::pair<std::string, float>> values;
  const auto add = [&](const std::string& text, float value) {
    if (std::none_of(values.begin(), values.end(), [&](const auto& v) { return v.first == text; }))
      values.emplace_back(text, value);
  };
  for (size_t k = 0; k < column.categories.size(); ++k) add(column.categories[k], static_cast<float>(k));
  if (column.type == ColumnType::boolean) {
    if (is_boolean_pair(lower(column.categories[0]), lower(column.categories[1])))
      for (const std::string& word : boolean_words()) add(word, static_cast<float>(truth(word)));
    // A text that means "missing" is none of the words.
    std::erase_if(values, [&](const auto& v) {
      return std::find(missing_texts.begin(), missing_texts.end(), v.first) != missing_texts.end();
    });
    return values;
  }
  const auto missing = std::find(column.categories.begin(), column.categories.end(), kMissingCategory);
  if (missing == column.categories.end()) return values;
  const auto code = static_cast<float>(missing - column.categories.begin());
  add("", code);
  for (const std::string& text : missing_texts) add(text, code);
  return values;
}

void write_column_inputs(GraphBuilder& builder, const DataSpec& spec, const Interface& interface,
                         const TensorNames& names) {
  std::vector<ColumnInput> columns = interface.numeric;
  columns.insert(columns.end(), interface.categorical.begin(), interface.categorical.end());
  std::sort(columns.begin(), columns.end(), [](const auto& a, const auto& b) { return a.column < b.column; });
  for (const ColumnInput& in : columns)
    describe(*builder.graph().add_input(), names.column(in.column),
             in.text ? onnx::TensorProto::STRING : onnx::TensorProto::FLOAT, 1,
             doc_of(spec.columns[static_cast<size_t>(in.column)], in.text));
}

void write_columns(GraphBuilder& builder, const DataSpec& spec, const std::vector<ColumnInput>& columns,
                   const TensorNames& names, const std::string& output) {
  std::vector<std::string> parts;
  for (const ColumnInput& in : columns) {
    const ColumnSpec& column = spec.columns[static_cast<size_t>(in.column)];
    const std::string& name = names.column(in.column);
    if (!in.text) {
      parts.push_back(name);
      continue;
    }
    std::vector<std::string> texts;
    std::vector<double> codes;
    for (auto& [text, value] : text_values(column, spec.missing_texts)) {
      texts.push_back(text);
      codes.push_back(static_cast<double>(value));
    }
    const bool category = column.type == ColumnType::categorical;
    builder.section(name, category ? "the category's code; -1: not seen in training" : "false 0, true 1");
    const double otherwise = category ? -1.0 : std::numeric_limits<double>::quiet_NaN();
    onnx::NodeProto& encoder =
        builder.add_node("LabelEncoder", {name}, {}, {ops::onnx_attribute("default_float", otherwise)});
    encoder.set_domain(std::string(kMlDomain));
    onnx::AttributeProto& keys = *encoder.add_attribute();
    keys.set_name("keys_strings");
    keys.set_type(onnx::AttributeProto::STRINGS);
    for (const std::string& text : texts) keys.add_strings(text);
    onnx::AttributeProto& values = *encoder.add_attribute();
    values.set_name("values_floats");
    values.set_type(onnx::AttributeProto::FLOATS);
    for (const double code : codes) values.add_floats(static_cast<float>(code));
    describe(*builder.graph().add_value_info(), encoder.output(0), onnx::TensorProto::FLOAT, 1);
    parts.push_back(encoder.output(0));
  }
  builder.section(output, "columns side by side, in the order of the training data");
  const bool wide = builder.real() == onnx::TensorProto::DOUBLE;
  const onnx::NodeProto& joined =
      builder.add_node("Concat", parts, wide ? std::string() : output, {ops::onnx_attribute("axis", int64_t{1})});
  const auto width = static_cast<int>(columns.size());
  describe(*builder.graph().add_value_info(), joined.output(0), onnx::TensorProto::FLOAT, width);
  if (!wide) return;
  const std::string narrow = joined.output(0);
  builder.add_node("Cast", {narrow}, output, {ops::onnx_attribute("to", int64_t{onnx::TensorProto::DOUBLE})});
  describe(*builder.graph().add_value_info(), output, onnx::TensorProto::DOUBLE, width);
}

}  // namespace retrograd::model_file
