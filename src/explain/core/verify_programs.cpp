// The receipt's two programs against the operators' shape rules, formulas and the rule of reversal.
#include <algorithm>
#include <cmath>
#include <set>

#include "explain/core/state.hpp"
#include "explain/core/verify.hpp"

namespace retrograd::explaining {
namespace {

class Programs {
 public:
  explicit Programs(Evidence& v) : v_(v), e_(v.e) {}

  Rebuilt run() {
    head();
    values();
    parameters();
    for (const ForwardEquation& f : e_.forward) equation(f);
    mark();
    reversal();
    return std::move(r_);
  }

 private:
  void head() {
    v_.expect(e_.fingerprint.size() == 32 && e_.fingerprint.find_first_not_of("0123456789abcdef") == std::string::npos,
              "the fingerprint is '{}', expected 32 hexadecimal digits", e_.fingerprint.substr(0, 40));
    v_.expect(!e_.rows.empty() && (e_.batch || e_.rows.size() == 1), "{} rows are explained, expected {}",
              e_.rows.size(), e_.batch ? "at least one" : "one");
    v_.expect(e_.focus >= 0 && static_cast<size_t>(e_.focus) < e_.rows.size(), "focus is {}, but there are {} rows",
              e_.focus, e_.rows.size());
    const std::set<int64_t> distinct(e_.rows.begin(), e_.rows.end());
    v_.expect(distinct.size() == e_.rows.size() && *distinct.begin() >= 0, "rows are not distinct numbers from 0");
    v_.expect(e_.terms >= 1 && e_.open >= 1 && e_.max_nodes >= 1, "terms, open and max_nodes must be at least 1");
    v_.expect(!e_.forward.empty() && !e_.derivations.empty(), "there is no equation, or nothing is derived");
  }

  void values() {
    std::set<std::string> outputs;
    for (const ForwardEquation& f : e_.forward) outputs.insert(f.output);
    for (const ValueNumbers& n : e_.values) {
      v_.expect(n.features >= 1 && n.computed.size() == static_cast<size_t>(n.features),
                "value {} has {} numbers, expected {}", n.name, n.computed.size(), n.features);
      const bool made = outputs.contains(n.name);
      v_.expect(n.recomputed.size() == (made ? n.computed.size() : 0), "value {} has {} recomputed numbers", n.name,
                n.recomputed.size());
      v_.expect(n.units.empty() || n.units.size() == n.computed.size(), "value {} names {} of its {} units", n.name,
                n.units.size(), n.features);
      v_.expect(n.about.empty() && r_.program.value(n.name) < 0, "two values are called {}", n.name);
      graph::Value value;
      value.name = n.name;
      value.features = n.features;
      r_.program.values.push_back(value);
    }
  }

  void parameters() {
    for (const ParameterNumbers& p : e_.parameters) {
      v_.expect(p.rows >= 1 && p.cols >= 1 && r_.program.parameter(p.name) == nullptr,
                "parameter {} is [{}, {}], or there are two of that name", p.name, p.rows, p.cols);
      const uint64_t size = static_cast<uint64_t>(p.rows) * static_cast<uint64_t>(p.cols);
      v_.expect(p.values.empty() || p.values.size() == size, "parameter {} has {} numbers, expected {}", p.name,
                p.values.size(), size);
      v_.expect(p.gradient.empty() || (p.trained && p.gradient.size() == size),
                "the gradient of {} has {} numbers, expected {}", p.name, p.gradient.size(), p.trained ? size : 0);
      r_.whole = r_.whole && !p.values.empty();
      graph::Parameter parameter;
      parameter.name = p.name;
      parameter.rows = p.rows;
      parameter.cols = p.cols;
      parameter.trained = p.trained;
      r_.program.parameters.push_back(parameter);
    }
  }

  void equation(const ForwardEquation& f) {
    const std::string where = "equation " + f.output;
    graph::Equation eq;
    eq.op = &ops::find_operator(f.op);
    const ops::OperatorInfo& info = *eq.op->info;
    v_.expect(f.kind == kind_text(info.kind), "{}: kind is {}, but {} is of kind {}", where, f.kind, f.op,
              kind_text(info.kind));
    eq.output = r_.program.value(f.output);
    v_.expect(eq.output >= 0, "{} defines a value that is not listed", where);
    graph::Value& out = r_.program.values[static_cast<size_t>(eq.output)];
    v_.expect(out.equation < 0, "{}: two equations define it", where);
    v_.expect(f.attributes.size() == info.attributes.size() && f.attribute_names.size() == info.attributes.size(),
              "{}: {} attributes, expected {}", where, f.attributes.size(), info.attributes.size());
    for (size_t k = 0; k < f.attributes.size(); ++k)
      v_.expect(f.attribute_names[k] == info.attributes[k].name && f.attributes[k] >= info.attributes[k].min &&
                    f.attributes[k] <= info.attributes[k].max,
                "{}: attribute {} is {}", where, f.attribute_names[k], f.attributes[k]);
    eq.signature.attributes = f.attributes;
    eq.signature.units = f.units;
    eq.signature.sizes = f.sizes;
    const int count = static_cast<int>(f.inputs.size());
    v_.expect(count >= info.min_inputs && count <= info.max_inputs, "{} has {} inputs", where, count);
    for (const std::string& name : f.inputs) {
      const int in = r_.program.value(name);
      v_.expect(in >= 0, "{} reads {}, which is not listed", where, name);
      const bool defined = r_.program.values[static_cast<size_t>(in)].equation >= 0 ||
                           std::none_of(e_.forward.begin(), e_.forward.end(),
                                        [&](const ForwardEquation& other) { return other.output == name; });
      v_.expect(defined, "{} reads {}, which is computed later", where, name);
      eq.inputs.push_back(in);
      eq.signature.features.push_back(r_.program.values[static_cast<size_t>(in)].features);
    }
    eq.shapes = eq.op->shape(eq.signature);
    v_.expect(eq.shapes.output == out.features, "{}: its shape rule gives {} units, but {} are listed", where,
              eq.shapes.output, out.features);
    v_.expect(f.parameters.size() == eq.shapes.parameters.size(), "{}: {} parameters, expected {}", where,
              f.parameters.size(), eq.shapes.parameters.size());
    for (size_t k = 0; k < f.parameters.size(); ++k) {
      const ops::ParameterSpec& spec = eq.shapes.parameters[k];
      const graph::Parameter* p = r_.program.parameter(f.parameters[k]);
      v_.expect(
          p != nullptr && p->equation < 0 && p->rows == spec.rows && p->cols == spec.cols && p->trained == spec.trained,
          "{}: parameter {} is not what its shape rule asks for", where, f.parameters[k]);
      const auto at = static_cast<size_t>(p - r_.program.parameters.data());
      r_.program.parameters[at].equation = static_cast<int>(r_.program.equations.size());
      eq.parameters.push_back(static_cast<int>(at));
    }
    out.equation = static_cast<int>(r_.program.equations.size());
    if (info.kind == ops::Kind::loss) losses_.push_back(eq.output);
    const bool of_ensemble = info.name == "mean" && losses_.size() > 1 && eq.inputs == losses_;
    if (of_ensemble) r_.program.loss = eq.output;
    r_.program.equations.push_back(std::move(eq));
  }

  /// for_loss and needs_gradient as compile() marks them; formulas against the rooms.
  void mark() {
    auto& values = r_.program.values;
    if (losses_.size() == 1) r_.program.loss = losses_[0];
    v_.expect(r_.program.loss >= 0, "there is no loss among the equations, or there are {} without their mean",
              losses_.size());
    values[static_cast<size_t>(r_.program.loss)].for_loss = true;
    for (size_t i = r_.program.equations.size(); i-- > 0;) {
      graph::Equation& eq = r_.program.equations[i];
      eq.for_loss = values[static_cast<size_t>(eq.output)].for_loss;
      for (const int in : eq.inputs)
        values[static_cast<size_t>(in)].for_loss = values[static_cast<size_t>(in)].for_loss || eq.for_loss;
      v_.expect(e_.forward[i].for_loss == eq.for_loss, "equation {}: for_loss is {}", e_.forward[i].output,
                e_.forward[i].for_loss);
    }
    for (size_t i = 0; i < r_.program.equations.size(); ++i) {
      const graph::Equation& eq = r_.program.equations[i];
      bool below = false;
      for (const int in : eq.inputs) below |= values[static_cast<size_t>(in)].needs_gradient;
      for (const int p : eq.parameters) below |= r_.program.parameters[static_cast<size_t>(p)].trained;
      values[static_cast<size_t>(eq.output)].needs_gradient = below && eq.for_loss;
    }
    for (size_t i = 0; i < r_.program.equations.size(); ++i) {
      const graph::Equation& eq = r_.program.equations[i];
      const ForwardEquation& f = e_.forward[i];
      r_.formulas.push_back(std::make_unique<RoomFormula>(*eq.op, eq.signature, eq.shapes, e_.batch));
      if (!f.for_loss && !f.for_prediction) continue;
      const RoomFormula& formula = *r_.formulas.back();
      v_.expect_formula(f.formula, formula.printed(), "the formula of " + f.output);
      const bool element = formula.scope() == ops::Formula::Scope::element;
      v_.expect(f.scope == (element                                       ? "element"
                            : formula.scope() == ops::Formula::Scope::row ? "row"
                                                                          : "batch"),
                "equation {}: scope is {}", f.output, f.scope);
      v_.expect(f.gain.has_value() == (element && eq.inputs.size() == 1), "equation {}: a gain formula", f.output);
      if (f.gain) v_.expect_formula(*f.gain, formula.printed_by_input(0), "the gain of " + f.output);
      v_.expect(f.extra_symbol == formula.extra_symbol(), "equation {}: its extra symbol is '{}'", f.output,
                f.extra_symbol);
    }
  }

  void reversal() {
    r_.reverse = graph::reverse(r_.program);
    v_.expect(r_.reverse.equations.size() == e_.backward.size() && r_.reverse.gradients.size() == e_.gradients.size(),
              "the reverse program has {} equations, but reversing gives {}", e_.backward.size(),
              r_.reverse.equations.size());
    const auto name = [&](int g) { return g < 0 ? std::string() : r_.reverse.gradients[static_cast<size_t>(g)].name; };
    for (size_t g = 0; g < e_.gradients.size(); ++g) {
      const ValueNumbers& n = e_.gradients[g];
      const graph::Value& about = r_.program.values[static_cast<size_t>(r_.reverse.gradients[g].value)];
      v_.expect(n.name == name(static_cast<int>(g)) && n.about == about.name && n.features == about.features &&
                    n.computed.size() == static_cast<size_t>(n.features),
                "gradient {} of {} with {} numbers, but reversing gives {} of {} with {}", n.name, n.about,
                n.computed.size(), name(static_cast<int>(g)), about.name, about.features);
    }
    using Kind = graph::ReverseEquation::Kind;
    for (size_t k = 0; k < e_.backward.size(); ++k) {
      const graph::ReverseEquation& r = r_.reverse.equations[k];
      BackwardEquation b;
      b.kind = r.kind == Kind::seed ? "seed" : r.kind == Kind::add ? "add" : "backward";
      b.output = name(r.output);
      for (const int t : r.terms) b.terms.push_back(name(t));
      if (r.kind == Kind::vjp) {
        const graph::Equation& eq = r_.program.equations[static_cast<size_t>(r.forward)];
        b.forward = r_.program.values[static_cast<size_t>(eq.output)].name;
        b.dy = name(r.dy);
        for (const int g : r.dx) b.dx.push_back(name(g));
        for (const int p : eq.parameters)
          if (r_.program.parameters[static_cast<size_t>(p)].trained)
            b.dparameters.push_back(r_.program.parameters[static_cast<size_t>(p)].name);
      }
      const BackwardEquation& f = e_.backward[k];
      v_.expect(f.kind == b.kind && f.output == b.output && f.forward == b.forward && f.dy == b.dy && f.dx == b.dx &&
                    f.dparameters == b.dparameters && f.terms == b.terms,
                "equation {} of the reverse program is not what reversing the forward program gives", k + 1);
    }
  }

  Evidence& v_;
  const Explanation& e_;
  Rebuilt r_;
  std::vector<int> losses_;  ///< of an ensemble one a member
};

}  // namespace

Rebuilt verify_programs(Evidence& v) { return Programs(v).run(); }

}  // namespace retrograd::explaining
