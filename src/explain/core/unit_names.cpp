#include "explain/core/unit_names.hpp"

#include <fmt/format.h>

namespace retrograd::explaining {
namespace {

using Names = std::vector<std::string>;

Names columns_of(const DataSpec& spec, const std::string& input) {
  Names names;
  for (const int c : spec.with_role(ColumnRole::feature)) {
    const ColumnSpec& column = spec.columns[static_cast<size_t>(c)];
    if (input == (column.type == ColumnType::categorical ? "categorical" : "numeric")) names.push_back(column.name);
  }
  return names;
}

std::string category(const DataSpec& spec, const std::string& column, int number) {
  for (const ColumnSpec& c : spec.columns)
    if (c.name == column && static_cast<size_t>(number) < c.categories.size())
      return c.categories[static_cast<size_t>(number)];
  return fmt::format("{}", number + 1);
}

class Namer {
 public:
  Namer(const graph::ForwardProgram& program, const DataSpec& spec) : program_(program), spec_(spec) {}

  std::vector<Names> run() {
    all_.resize(program_.values.size());
    for (const int input : program_.inputs)
      name(input, columns_of(spec_, program_.values[static_cast<size_t>(input)].name));
    for (const graph::Equation& eq : program_.equations) name(eq.output, made_by(eq));  // each reads what is named
    return std::move(all_);
  }

 private:
  void name(int value, Names names) {
    const graph::Value& v = program_.values[static_cast<size_t>(value)];
    Names& to = all_[static_cast<size_t>(value)];
    if (value == program_.logits || value == program_.prediction)
      if (Names classes = spec_.classes(); fits(classes, v)) names = std::move(classes);
    if (fits(names, v)) to = std::move(names);
  }

  const Names& of(int value) const { return all_[static_cast<size_t>(value)]; }

  static bool fits(const Names& names, const graph::Value& v) {
    return names.size() == static_cast<size_t>(v.features);
  }

  Names made_by(const graph::Equation& eq) const {
    const std::string_view op = eq.op->info->name;
    if (eq.op->info->kind == ops::Kind::linear || eq.op->info->kind == ops::Kind::loss) return {};
    if (op == "concat") return joined(eq);
    const Names& below = of(eq.inputs[0]);
    if (below.empty()) return {};
    if (op == "one_hot")
      return several(below, eq,
                     [&](const std::string& column, int k) { return column + "=" + category(spec_, column, k); });
    if (op == "piecewise")
      return several(below, eq,
                     [](const std::string& column, int k) { return fmt::format("{} bin {}", column, k + 1); });
    if (op == "embed") {
      const auto column = static_cast<size_t>(eq.signature.attributes[0]);
      return column < below.size() ? numbered(below[column], "embedded", eq.shapes.output) : Names();
    }
    Names names;
    if (op == "periodic") {
      const int each = eq.shapes.output / eq.signature.features[0];
      for (const std::string& column : below)
        for (const std::string& name : numbered(column, "wave", each)) names.push_back(name);
      return names;
    }
    for (const std::string& column : below) names.push_back(op == "is_missing" ? column + " missing" : column);
    for (const int other : eq.inputs)  // sums and blends keep a column if all of them are of that column
      if (eq.op->info->kind == ops::Kind::combine && of(other) != below) return {};
    return names;
  }

  /// Where some have names, the others are called by their layer.
  Names joined(const graph::Equation& eq) const {
    Names names;
    bool some = false;
    for (const int in : eq.inputs) {
      const graph::Value& v = program_.values[static_cast<size_t>(in)];
      Names part = of(in);
      some |= !part.empty();
      for (int k = 0; part.size() < static_cast<size_t>(v.features); ++k)
        part.push_back(fmt::format("{}[{}]", v.name, k + 1));
      names.insert(names.end(), part.begin(), part.end());
    }
    return some ? names : Names();
  }

  template <class F>
  static Names several(const Names& below, const graph::Equation& eq, const F& name) {
    Names names;
    for (size_t c = 0; c < below.size() && c < eq.signature.sizes.size(); ++c)
      for (int k = 0; k < eq.signature.sizes[c]; ++k) names.push_back(name(below[c], k));
    return names;
  }

  static Names numbered(const std::string& column, const char* what, int count) {
    Names names;
    for (int k = 1; k <= count; ++k) names.push_back(fmt::format("{} {} {}", column, what, k));
    return names;
  }

  const graph::ForwardProgram& program_;
  const DataSpec& spec_;
  std::vector<Names> all_;
};

}  // namespace

std::vector<std::vector<std::string>> unit_names(const graph::ForwardProgram& program, const DataSpec& spec) {
  return Namer(program, spec).run();
}

}  // namespace retrograd::explaining
