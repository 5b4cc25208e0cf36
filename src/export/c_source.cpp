// Model -> C99 source.
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/fail.hpp"
#include "export/c_functions.hpp"
#include "export/c_operators.hpp"
#include "export/c_text.hpp"
#include "export/places.hpp"
#include "export/raw_columns.hpp"
#include "graph/program.hpp"
#include "retrograd/export.hpp"
#include "retrograd/version.hpp"

namespace retrograd {
namespace {

using namespace c_source;
using graph::Equation;
using graph::Parameter;

constexpr int kMostTestRows = 10000;

class Writer {
 public:
  Writer(const Model& model, const CSourceOptions& options)
      : model_(model),
        program_(model.program()),
        name_(options.name),
        rows_(options.test_rows),
        columns_(raw_columns(model)),
        single_(model.precision() == Precision::float32) {}

  std::string run() {
    std::string steps = equations();
    if (columns_ && !columns_->texts.empty()) functions_.need("category");
    const std::string head = declarations();
    std::string out = introduction() + head;
    out += fmt::format("\n#ifndef {}_DECLARATIONS_ONLY\n\n", name_);
    out += functions_.text(single_);
    out += "\n" + parameters_;
    out += compute(steps) + tables() + predict();
    if (rows_ > 0) out += test();
    return out + fmt::format("\n#endif /* {}_DECLARATIONS_ONLY */\n", name_);
  }

 private:
  int features(int id) const { return program_.values[static_cast<size_t>(id)].features; }
  int outputs() const { return features(program_.prediction); }

  std::string parameter(const Parameter& p) {
    std::vector<std::string> items;
    for (size_t i = 0; i < p.size(); ++i) {
      const double value =
          single_ ? static_cast<double>(model_.parameters_f32()[p.offset + i]) : model_.parameters_f64()[p.offset + i];
      if (!std::isfinite(value))
        fail("parameter '{}': element {} is {}; only a model of finite numbers can be exported", p.name, i, value);
      items.push_back(single_ ? number(static_cast<float>(value)) : number(value));
    }
    std::string name = names_.fresh("p_", p.name);
    parameters_ += fmt::format("/* {} [{}, {}] */\nstatic const real {}[] = {};\n", comment(p.name), p.rows, p.cols,
                               name, braces(items));
    return name;
  }

  /// The statements of the row function; fills parameters_, functions_ and the plan of the values.
  std::string equations() {
    std::vector<size_t> last(program_.values.size(), 0);
    for (size_t i = 0; i < program_.equations.size(); ++i)
      if (program_.equations[i].for_prediction)
        for (const int in : program_.equations[i].inputs) last[static_cast<size_t>(in)] = i;
    std::vector<std::string> expression(program_.values.size());
    std::vector<int> place(program_.values.size(), -1);
    for (size_t k = 0; k < program_.inputs.size(); ++k)
      expression[static_cast<size_t>(program_.inputs[k])] = fmt::format("in{}", k);
    std::string out;
    for (size_t i = 0; i < program_.equations.size(); ++i) {
      const Equation& eq = program_.equations[i];
      if (!eq.for_prediction) continue;
      const std::string& layer = program_.values[static_cast<size_t>(eq.output)].name;
      Use use{&eq, {}, {}, {}, {}, single_};
      for (const int in : eq.inputs) use.inputs.push_back(expression[static_cast<size_t>(in)]);
      if (eq.op->info->name == "one_hot" || eq.op->info->name == "piecewise") {
        use.sizes = names_.fresh("s_", layer);
        std::vector<std::string> items;
        for (const int size : eq.signature.sizes) items.push_back(std::to_string(size));
        parameters_ += fmt::format("static const int {}[] = {};\n", use.sizes, braces(items));
      }
      const auto at = static_cast<size_t>(eq.output);
      if (eq.output == program_.prediction) {
        use.output = "out";
      } else {
        place[at] = places_.take(eq.shapes.output);
        use.output = fmt::format("work + {}", place[at]);
      }
      expression[at] = use.output;
      for (const int p : eq.parameters)
        use.parameters.push_back(parameter(program_.parameters[static_cast<size_t>(p)]));
      const Statement s = statement(use, layer);
      for (const std::string& f : s.functions) functions_.need(f);
      out += fmt::format("  /* {} [{}] */\n", comment(layer), eq.shapes.output);
      for (size_t begin = 0; begin < s.code.size();) {
        const size_t end = std::min(s.code.find('\n', begin), s.code.size());
        out += "  " + s.code.substr(begin, end - begin) + "\n";
        begin = end + 1;
      }
      for (size_t id = 0; id < place.size(); ++id)
        if (place[id] >= 0 && last[id] <= i) {
          places_.give(place[id], features(static_cast<int>(id)));
          place[id] = -1;
        }
    }
    if (program_.values[static_cast<size_t>(program_.prediction)].equation < 0)
      fail("the prediction is the input '{}' itself; there is nothing to export",
           program_.values[static_cast<size_t>(program_.prediction)].name);
    return out;
  }

  std::string compute(const std::string& steps) const {
    std::vector<std::string> arguments;
    for (size_t k = 0; k < program_.inputs.size(); ++k) arguments.push_back(fmt::format("const real *in{}", k));
    std::string out = fmt::format("\nNOT_INLINED static void compute({}, real *out) {{\n", fmt::join(arguments, ", "));
    if (places_.total() > 0) out += fmt::format("  real work[{}];\n", places_.total());
    for (size_t k = 0; k < program_.inputs.size(); ++k) out += fmt::format("  (void)in{};\n", k);
    return out + steps + "}\n";
  }

  /// Names of the parameters of NAME_predict, in order, with their types and sizes.
  struct Argument {
    std::string type, name;
    int size;
  };
  std::vector<Argument> arguments() const {
    std::vector<Argument> all;
    Identifiers names;
    names.fresh("", "outputs");
    if (columns_) {
      if (!columns_->numbers.empty())
        all.push_back({"const float ", "numbers", static_cast<int>(columns_->numbers.size())});
      if (!columns_->texts.empty())
        all.push_back({"const char *const ", "texts", static_cast<int>(columns_->texts.size())});
      return all;
    }
    for (const int id : program_.inputs)
      all.push_back(
          {"const float ", names.fresh(program_.inputs.size() == 1 ? "" : "in_", input_name(id)), features(id)});
    return all;
  }
  std::string input_name(int id) const {
    const std::string& name = program_.values[static_cast<size_t>(id)].name;
    return program_.inputs.size() > 1 || is_identifier(name) ? name : "x";
  }

  std::string prototype() const {
    std::string out = fmt::format("void {}_predict(", name_);
    for (const Argument& a : arguments()) out += fmt::format("{}{}[{}], ", a.type, a.name, a.size);
    return out + fmt::format("float outputs[{}])", outputs());
  }

  bool classifies() const { return program_.network.loss_type == "softmax_xent" && outputs() > 1; }

  std::vector<std::string> output_names() const {
    std::vector<std::string> names = model_.spec().classes();
    if (static_cast<int>(names.size()) != outputs()) names.clear();
    return names;
  }

  std::string introduction() const {
    std::string call;
    for (const Argument& a : arguments()) call += a.name + ", ";
    return fmt::format(
        "/* {0}: a network of {1} trained parameters, written by retrograd {2}; fingerprint {3}.\n"
        "\n"
        "   C99 without dependencies; nothing is allocated; {0}_predict({4}outputs) takes one row, may be called by\n"
        "   several threads at once, and uses {5} bytes of stack. The operations and their order are those of\n"
        "   retrograd, so that the outputs are the same to the bit. Processors with fused multiply-adds are fast:\n"
        "     cc -std=c99 -O3 -march=native -c {0}.c\n"
        "   {6}"
        "   Elsewhere: #define {0}_DECLARATIONS_ONLY and include this file to declare what it defines. */\n",
        name_, model_.parameter_count(), kVersion, model_.fingerprint(), call,
        static_cast<size_t>(places_.total() + column_work()) * (single_ ? 4 : 8),
        rows_ > 0 ? fmt::format("Its own test, of {1} rows: cc -std=c99 -O3 -march=native -D{0}_TEST {0}.c -lm && "
                                "./a.out\n",
                                name_, rows_)
                  : "");
  }

  int column_work() const {
    int work = outputs();
    for (const int id : program_.inputs) work += features(id);
    return work;
  }

  std::string column_list() const {
    if (!columns_) return {};
    std::string out;
    int k = 0;
    for (const ColumnSpec* c : columns_->numbers) {
      out += fmt::format("   numbers[{}]  {}", k++, comment(c->name));
      if (c->type == ColumnType::boolean && c->categories.size() == 2)
        out += fmt::format(": 0 for {}, 1 for {}", comment(c->categories[0]), comment(c->categories[1]));
      out += "\n";
    }
    k = 0;
    for (const ColumnSpec* c : columns_->texts)
      out += fmt::format("   texts[{}]  {}: {} categories\n", k++, comment(c->name), c->categories.size());
    return out;
  }

  std::string declarations() const {
    std::string out;
    for (const Argument& a : arguments()) out += fmt::format("#define {}_{} {}\n", name_, a.name, a.size);
    out += fmt::format("#define {}_outputs {}\n\n", name_, outputs());
    out += columns_ ? "/* One row of raw columns. A missing number is NAN, a missing text NULL or \"\"; a text that "
                      "training did not\n   have is allowed.\n" +
                          column_list()
                    : "/* One row.\n";
    const std::vector<std::string> names = output_names();
    out += fmt::format("   outputs: {} */\n", describe_outputs());
    out += prototype() + ";\n";
    if (classifies())
      out +=
          fmt::format("/* The place of the largest output: the class. */\nint {0}_class(const float outputs[{1}]);\n",
                      name_, outputs());
    if (!names.empty())
      out += fmt::format("/* Names of the outputs. */\nextern const char *const {}_names[{}];\n", name_, outputs());
    return out;
  }

  std::string describe_outputs() const {
    const std::string& loss = program_.network.loss_type;
    std::string what = loss == "softmax_xent"  ? "the probability of each class"
                       : loss == "sigmoid_bce" ? "the probability of each label"
                                               : "the predicted value of each output";
    std::vector<std::string> names = output_names();
    if (names.empty() || names.size() > 12) return what;
    for (std::string& name : names) name = comment(name);
    return fmt::format("{}: {}", what, fmt::join(names, ", "));
  }

  /// Categories, and the names of the outputs.
  std::string tables() const {
    std::string out;
    const auto strings = [](const std::vector<std::string>& texts) {
      std::vector<std::string> items;
      for (const std::string& t : texts) items.push_back(literal(t));
      return braces(items);
    };
    if (functions_.has("category")) {
      const std::vector<std::string>& missing = model_.spec().missing_texts;
      out += fmt::format("\nenum {{ missing_text_count = {} }};\nstatic const char *const missing_texts[] = {};\n",
                         missing.size(), missing.empty() ? "{NULL}" : strings(missing));
      out += functions_.category_text();
      for (size_t k = 0; k < columns_->texts.size(); ++k)
        out += fmt::format("/* {} */\nstatic const char *const c_{}[] = {};\n", comment(columns_->texts[k]->name), k,
                           strings(columns_->texts[k]->categories));
    }
    if (const auto names = output_names(); !names.empty())
      out += fmt::format("\nconst char *const {}_names[{}] = {};\n", name_, outputs(), strings(names));
    return out;
  }

  std::string predict() const {
    std::string out = "\n" + prototype() + " {\n";
    std::vector<std::string> call;
    for (size_t k = 0; k < program_.inputs.size(); ++k)
      out += fmt::format("  real in{}[{}];\n", k, features(program_.inputs[k]));
    out += fmt::format("  real out[{}];\n  FLUSH_BEGIN;\n", outputs());
    const std::vector<Argument> given = arguments();
    for (size_t k = 0; k < program_.inputs.size(); ++k) {
      call.push_back(fmt::format("in{}", k));
      const graph::Value& input = program_.values[static_cast<size_t>(program_.inputs[k])];
      if (columns_ && input.name == "categorical") {
        for (size_t c = 0; c < columns_->texts.size(); ++c) {
          const auto& names = columns_->texts[c]->categories;
          const auto missing = std::find(names.begin(), names.end(), kMissingCategory);
          out += fmt::format("  in{}[{}] = category(texts[{}], c_{}, {}, {});\n", k, c, c, c, names.size(),
                             missing == names.end() ? -1 : missing - names.begin());
        }
        continue;
      }
      const std::string from = columns_ ? "numbers" : given[k].name;
      out += fmt::format("  for (int j = 0; j < {}; ++j) in{}[j] = {}[j];\n", input.features, k, from);
    }
    out += fmt::format("  compute({}, out);\n", fmt::join(call, ", "));
    out += fmt::format("  for (int j = 0; j < {}; ++j) outputs[j] = (float)out[j];\n  FLUSH_END;\n}}\n", outputs());
    if (classifies())
      out += fmt::format(
          "\nint {0}_class(const float outputs[{1}]) {{\n  int best = 0;\n  for (int k = 1; k < {1}; ++k)\n    if "
          "(outputs[k] > outputs[best]) best = k;\n  return best;\n}}\n",
          name_, outputs());
    return out;
  }

  std::string test() const {
    const TestRows rows = make_test_rows(model_, columns_, rows_);
    const std::vector<float> expected = model_.predict(rows.data);
    std::string out = fmt::format("\n#ifdef {}_TEST\n#include <stdio.h>\n", name_);
    const std::vector<Argument> given = arguments();
    std::vector<std::string> call;
    for (size_t k = 0; k < given.size(); ++k) {
      std::vector<std::string> items;
      if (columns_ && given[k].name == "texts") {
        for (const auto& row : rows.texts)
          for (const auto& text : row) items.push_back(text ? literal(*text) : "NULL");
      } else {
        const size_t block = columns_ ? block_of(rows.data, "numeric") : k;
        for (const float v : std::get<std::vector<float>>(rows.data.inputs[block].values)) items.push_back(number(v));
      }
      out += fmt::format("static {}test_{}[] = {};\n", given[k].type, k, braces(items));
      call.push_back(fmt::format("test_{} + n * {}", k, given[k].size));
    }
    std::vector<std::string> bits;
    for (const float v : expected) bits.push_back(fmt::format("0x{:08X}u", std::bit_cast<uint32_t>(v)));
    out += fmt::format("static const uint32_t test_bits[] = {};\n", braces(bits));
    out += fmt::format(R"(
int main(void) {{
  int same = 0;
  for (int n = 0; n < {0}; ++n) {{
    float y[{1}];
    int agree = 1;
    {2}_predict({3}, y);
    for (int j = 0; j < {1}; ++j) {{
      uint32_t bits;
      float e;
      memcpy(&bits, &y[j], sizeof bits);
      memcpy(&e, &test_bits[n * {1} + j], sizeof e);
      if (bits == test_bits[n * {1} + j] || (y[j] != y[j] && e != e)) continue;
      agree = 0;
      printf("row %d, output %d: %.9g, expected %.9g\n", n, j, (double)y[j], (double)e);
    }}
    same += agree;
  }}
  printf("%d of {0} test rows give the expected bits\n", same);
  return same == {0} ? 0 : 1;
}}
#endif
)",
                       rows_, outputs(), name_, fmt::join(call, ", "));
    return out;
  }

  static size_t block_of(const Dataset& data, std::string_view name) {
    size_t k = 0;
    while (data.inputs[k].name != name) ++k;
    return k;
  }

  const Model& model_;
  const graph::ForwardProgram& program_;
  const std::string name_;
  const int rows_;
  const std::optional<RawColumns> columns_;
  const bool single_;
  Functions functions_;
  Identifiers names_;
  Places places_;
  std::string parameters_;
};

}  // namespace

std::string to_c(const Model& model, const CSourceOptions& options) {
  if (!is_identifier(options.name))
    fail("'{}' cannot be a name in C; expected letters, digits and _, beginning with a letter", options.name);
  if (options.test_rows < 0 || options.test_rows > kMostTestRows)
    fail("{} test rows, expected 0 to {}", options.test_rows, kMostTestRows);
  return Writer(model, options).run();
}

}  // namespace retrograd
