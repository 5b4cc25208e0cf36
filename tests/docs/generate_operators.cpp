// The pages of docs/operators, written from the rooms themselves: formula, derivative, attributes, shapes, error
// bounds, ONNX nodes. Usage: generate_operators DIR writes them; generate_operators --check DIR says which differ.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <optional>

#include "retrograd/error.hpp"
#include "retrograd/operator.hpp"

namespace {

using namespace retrograd;
using formula::Expr;
using formula::Notation;
using Scope = ops::Formula::Scope;

constexpr const char* kUpdate = "generate_operators docs/operators";

/// Notes down the nodes that a room writes, one a line.
class NodeList : public ops::OnnxWriter {
 public:
  std::string node(std::string_view op_type, std::vector<std::string> inputs,
                   std::vector<ops::OnnxAttribute> attributes) override {
    for (const ops::OnnxAttribute& a : attributes) inputs.push_back(fmt::format("{}={}", a.name, value(a)));
    std::string output = fmt::format("t{}", ++count_);
    text_ += fmt::format("{} = {}({})\n", output, op_type, fmt::join(inputs, ", "));
    return output;
  }
  std::string constant(std::vector<double> values, std::vector<int64_t>) override { return numbers(values); }
  std::string constant_int64(std::vector<int64_t> values, std::vector<int64_t>) override { return numbers(values); }
  const std::string& text() const { return text_; }

 private:
  template <class T>
  static std::string numbers(const std::vector<T>& v) {
    return v.size() == 1 ? fmt::format("{}", v[0]) : fmt::format("[{}]", fmt::join(v, ", "));
  }
  static std::string value(const ops::OnnxAttribute& a) {
    using Type = ops::OnnxAttribute::Type;
    switch (a.type) {
      case Type::integer:
        return fmt::format("{}", a.integer);
      case Type::real:
        return fmt::format("{}", a.real);
      case Type::integers:
        return numbers(a.integers);
      case Type::reals:
        return numbers(a.reals);
      case Type::string:
        return a.string;
    }
    return {};
  }
  std::string text_;
  int count_ = 0;
};

std::string inputs_text(const ops::Signature& s) {
  std::vector<std::string> all;
  for (const int f : s.features) all.push_back(fmt::format("[N, {}]", f));
  std::string text = fmt::format("{}", fmt::join(all, ", "));
  if (s.units > 0) text += fmt::format(", units {}", s.units);
  if (!s.sizes.empty()) text += fmt::format(", sizes [{}]", fmt::join(s.sizes, ", "));
  return text;
}

/// Signatures to try; an operator takes some and refuses the others.
std::vector<ops::Signature> candidates(const ops::Operator& op) {
  std::vector<ops::Signature> all;
  const auto add = [&](std::vector<int> features, int units, std::vector<int> sizes) {
    ops::Signature s;
    s.features = std::move(features);
    s.units = units;
    s.sizes = std::move(sizes);
    for (const ops::AttributeSpec& a : op.info->attributes) s.attributes.push_back(a.initial);
    all.push_back(std::move(s));
  };
  const bool linear = op.info->kind == ops::Kind::linear;
  if (op.info->max_inputs == 1) {
    if (op.info->name == "one_hot") add({2}, 0, {2, 3});
    if (op.info->name == "piecewise") add({2}, 0, {2, 3});
    if (op.info->name == "embed") add({2}, 3, {4});
    if (op.info->name == "shared_linear" || op.info->name == "heads") add({6}, 2, {});
    add({3}, linear ? 2 : 0, {});
    if (linear) add({3}, 0, {});
  } else {
    add({3, 3}, 0, {});
    add({3, 1}, 0, {});
    add({3, 2}, 0, {});
  }
  return all;
}

std::string input_name(const ops::OperatorInfo& info, size_t k) {
  return std::string(info.input_names[std::min(k, info.input_names.size() - 1)]);
}

class Page {
 public:
  explicit Page(const ops::Operator& op) : op_(op), info_(*op.info) {}

  std::string run() {
    shapes();  // finds the signature that the rest is printed for
    line("<!-- Written by {} from src/ops/{}; change it there. -->", kUpdate, info_.name);
    line("# {}\n\n{}\n", info_.name, info_.doc);
    line("Source: {}.\n", info_.source);
    formulas();
    attributes();
    text_ += shapes_;
    bounds();
    onnx();
    return text_;
  }

 private:
  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    text_ += fmt::format(format, std::forward<Args>(args)...) + '\n';
  }

  void shapes() {
    shapes_ = "## Shapes\n\n| inputs | output | parameters |\n|---|---|---|\n";
    std::string refused;
    for (const ops::Signature& s : candidates(op_)) {
      try {
        const ops::Shapes answer = op_.shape(s);
        std::vector<std::string> parameters;
        for (const ops::ParameterSpec& p : answer.parameters)
          parameters.push_back(
              fmt::format("`{}` [{}, {}]{}", p.name, p.rows, p.cols, p.trained ? "" : ", not trained"));
        shapes_ += fmt::format("| {} | [N, {}] | {} |\n", inputs_text(s), answer.output,
                               parameters.empty() ? "none" : fmt::format("{}", fmt::join(parameters, "; ")));
        if (!signature_) signature_ = s;
      } catch (const Error& e) {
        refused += fmt::format("\n{} is refused: *{}*\n", inputs_text(s), e.what());
      }
    }
    shapes_ += refused + '\n';
    if (!signature_) throw Error(fmt::format("no signature fits {}; add one to candidates()", info_.name));
  }

  /// `left` = e as text and as LaTeX, with the definitions that it uses.
  void print(const std::function<std::string(Notation)>& left, const Expr& e) {
    line("```text\n{} = {}", left(Notation::text), formula::print(e));
    for (const auto& [name, body] : formula::definitions(e)) line("  where {} = {}", name, body);
    text_ += "```\n\n";
    line("```math\n\\begin{{aligned}}\n{} &= {}", left(Notation::latex), formula::print(e, Notation::latex));
    for (const auto& [name, body] : formula::definitions(e, Notation::latex)) line("\\\\ {} &= {}", name, body);
    text_ += "\\end{aligned}\n```\n\n";
  }

  void formulas() {
    const ops::Formula f = op_.formula(*signature_);
    using Indices = std::vector<std::string>;
    const bool element = f.scope == Scope::element, row = f.scope == Scope::row;
    const Indices of_output = element || info_.kind == ops::Kind::loss ? Indices{}
                              : row                                    ? Indices{"j"}
                                                                       : Indices{"n", "j"};
    const auto name_of = [](std::string_view name, const Indices& indices, Notation notation) {
      return formula::print(formula::symbol(std::string(name), indices), notation);
    };
    text_ += "## Formula\n\n";
    if (!info_.attributes.empty()) text_ += "With the default attributes, for the first shapes below:\n\n";
    print([&](Notation n) { return name_of(info_.output_name, of_output, n); }, f.forward);
    if (info_.kind == ops::Kind::dropout)
      text_ += "m is 1/(1 − rate) where the unit is kept and 0 where it is dropped; in prediction it is 1.\n\n";
    if (f.blocks > 1)
      line(
          "This is of each member's features alone: the columns fall into {} equal blocks, within which j and i "
          "count.\n",
          f.blocks);
    text_ += "Its derivatives, from the formula by the rules of calculus (the proofs hold the code against them):\n\n";
    const auto derivative = [&](const std::string& name, const Indices& indices) {
      const auto left = [&](Notation n) {
        const std::string above = name_of(info_.output_name, of_output, n), below = name_of(name, indices, n);
        return n == Notation::latex ? fmt::format("\\frac{{\\partial {}}}{{\\partial {}}}", above, below)
                                    : fmt::format("∂{}/∂{}", above, below);
      };
      print(left, formula::differentiate(f.forward, name, indices));
    };
    const size_t inputs = info_.target_input ? 1 : signature_->features.size();
    for (size_t k = 0; k < inputs; ++k)
      if (k == 0 || input_name(info_, k) != input_name(info_, k - 1))
        derivative(input_name(info_, k), element ? Indices{} : row ? Indices{"q"} : Indices{"r", "q"});
    for (const ops::ParameterSpec& p : op_.shape(*signature_).parameters)
      if (p.trained) derivative(p.name, p.rows > 1 || p.name == "W" ? Indices{"p", "q"} : Indices{"q"});
    if (info_.kinks.empty()) return;
    for (size_t k = 0; k < info_.kinks.size(); ++k)
      line(
          "At {} the derivative jumps; {} is taken there.",
          info_.kind == ops::Kind::loss ? fmt::format("z − y = {}", info_.kinks[k]) : fmt::format("{}", info_.kinks[k]),
          k < info_.kink_gains.size() ? fmt::format("{}", info_.kink_gains[k]) : "what its attributes say");
    text_ += '\n';
  }

  void attributes() {
    if (info_.attributes.empty()) return;
    text_ += "## Attributes\n\n| name | default | from | to | |\n|---|---|---|---|---|\n";
    for (const ops::AttributeSpec& a : info_.attributes)
      line("| `{}` | {} | {} | {} | {} |", a.name, a.initial, a.min, a.max, a.doc);
    text_ += '\n';
  }

  void bounds() {
    text_ += "## Accuracy\n\n";
    if (info_.forward_ulp == 0 && info_.backward_ulp == 0)
      text_ += "Nothing but additions, products and fused multiply-adds in a fixed order: no bound of its own.\n\n";
    else
      line(
          "The float kernel is within {} ulp (forward) and {} ulp (backward) of the double reference, counted of the "
          "largest term.\n",
          info_.forward_ulp, info_.backward_ulp);
  }

  void onnx() {
    text_ += "## ONNX\n\n";
    if (op_.to_onnx == nullptr) {
      text_ += "Not exported: the model file ends at the prediction.\n";
      return;
    }
    NodeList nodes;
    ops::OnnxUse use;
    const ops::Shapes answer = op_.shape(*signature_);
    use.signature = &*signature_;
    use.shapes = &answer;
    for (size_t k = 0; k < signature_->features.size(); ++k) {
      const std::string name = input_name(info_, k);
      const bool repeated =
          k > 0 ? input_name(info_, k - 1) == name : signature_->features.size() > 1 && input_name(info_, 1) == name;
      use.inputs.push_back(repeated ? fmt::format("{}{}", name, k) : name);
    }
    for (const ops::ParameterSpec& p : answer.parameters) use.parameters.push_back(p.name);
    op_.to_onnx(nodes, use);
    line("```text\n{}```", nodes.text().empty() ? "(no node: the input is handed on)\n" : nodes.text());
  }

  const ops::Operator& op_;
  const ops::OperatorInfo& info_;
  std::optional<ops::Signature> signature_;
  std::string text_, shapes_;
};

std::string_view title(ops::Kind kind) {
  switch (kind) {
    case ops::Kind::linear:
      return "Parametric";
    case ops::Kind::activation:
      return "Activations";
    case ops::Kind::combine:
      return "Combination";
    case ops::Kind::normalise:
      return "Normalisation";
    case ops::Kind::dropout:
      return "Regularisation";
    case ops::Kind::preprocess:
      return "Preprocessing";
    case ops::Kind::loss:
      return "Losses";
  }
  return "";
}

std::map<std::string, std::string> pages() {
  std::map<std::string, std::string> all;
  std::map<ops::Kind, std::string> sections;
  for (const ops::Operator* op : ops::all_operators()) {
    all[fmt::format("{}.md", op->info->name)] = Page(*op).run();
    sections[op->info->kind] += fmt::format("* [{0}]({0}.md): {1}\n", op->info->name, op->info->doc);
  }
  std::string& index = all["README.md"];
  index = fmt::format("<!-- Written by {}. -->\n# The operators\n\nOne page each, written from the code.\n", kUpdate);
  for (const auto& [kind, list] : sections) index += fmt::format("\n## {}\n\n{}", title(kind), list);
  return all;
}

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

int check(const std::filesystem::path& folder) {
  int wrong = 0;
  const auto all = pages();
  for (const auto& [name, text] : all) {
    if (content(folder / name) == text) continue;
    fmt::print(stderr, "{} does not say what the code says\n", (folder / name).string());
    ++wrong;
  }
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (all.contains(entry.path().filename().string())) continue;
    fmt::print(stderr, "{} belongs to no operator\n", entry.path().string());
    ++wrong;
  }
  if (wrong > 0) fmt::print(stderr, "to update: build target docs_operators, which runs {}\n", kUpdate);
  return wrong == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) try {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() == 2 && arguments[0] == "--check") return check(arguments[1]);
  if (arguments.size() != 1) {
    fmt::print(stderr, "usage: generate_operators [--check] DIR\n");
    return 1;
  }
  std::filesystem::create_directories(arguments[0]);
  for (const auto& [name, text] : pages())
    std::ofstream(std::filesystem::path(arguments[0]) / name, std::ios::binary) << text;
  return 0;
} catch (const std::exception& e) {
  fmt::print(stderr, "error: {}\n", e.what());
  return 1;
}
