// Explainer: one pass over the chosen rows, then an Explanation of any parameter from it.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/fail.hpp"
#include "explain/core/state.hpp"

namespace retrograd {
namespace explaining {
namespace {

using graph::ForwardProgram;
using Scope = ops::Formula::Scope;

constexpr size_t kComplaints = 20;

std::string scope_text(Scope scope) {
  return scope == Scope::element ? "element" : scope == Scope::row ? "row" : "batch";
}

class Writer {
 public:
  Writer(const State& s, Explanation& e) : s_(s), p_(*s.pass), program_(s.program()), e_(e) {}

  void run() {
    head();
    statement();
    for (size_t i = 0; i < program_.equations.size(); ++i) forward(i);
    for (const graph::ReverseEquation& r : p_.reverse().equations) backward(r);
    for (size_t v = 0; v < program_.values.size(); ++v) {
      const Numbers& n = p_.value(static_cast<int>(v));
      if (n.computed.empty()) continue;
      e_.values.push_back(numbers(n, program_.values[v].name, "", static_cast<int>(v)));
    }
    for (size_t g = 0; g < p_.reverse().gradients.size(); ++g) {
      const graph::Gradient& gradient = p_.reverse().gradients[g];
      e_.gradients.push_back(numbers(p_.gradient(static_cast<int>(g)), gradient.name,
                                     program_.values[static_cast<size_t>(gradient.value)].name, gradient.value));
    }
    for (size_t k = 0; k < program_.parameters.size(); ++k) parameter(static_cast<int>(k));
    if (s_.executor) compare_with_executor();
  }

  void complain(const std::string& what) {
    ++e_.disagreements;
    if (e_.complaints.size() < kComplaints) e_.complaints.push_back(what);
  }

  void judge(const Derivation& d) {
    const auto check = [&](const Audited& a, const std::string& where) {
      ++e_.audited;
      if (!a.ok)
        complain(fmt::format("{}: computed {:.9g}, by the formula {:.9g}: {:.3g} ulp, bound {:.3g}", where, a.computed,
                             a.recomputed, a.ulp, a.bound));
    };
    for (const DerivationNode& node : d.nodes) {
      if (node.leaf) continue;
      check(node.value, node.symbol);
      if (node.paths.size() > 1)
        for (const DerivationPath& path : node.paths) check(path.sum, node.symbol + " through " + path.equation);
    }
    for (const ForwardTrace& t : d.forward) check(t.result, fmt::format("{}[{}]", t.value, t.unit + 1));
    ++e_.audited;
    if (!d.central_ok)
      complain(fmt::format("∂/∂{}: central difference {:.9g}, relative error {:.3g}", d.symbol, d.central_difference,
                           d.central_error));
  }

 private:
  void head() {
    const ExplainOptions& o = s_.options;
    e_.fingerprint = s_.model.fingerprint();
    e_.precision = to_string(s_.model.precision());
    e_.source = o.source;
    e_.task = to_string(s_.model.spec().task);
    e_.classes = s_.model.spec().classes();
    e_.batch = o.batch;
    e_.rows = o.rows;
    e_.focus = s_.focus;
    e_.seed = o.seed;
    e_.step = o.step;
    e_.terms = o.terms;
    e_.open = o.open;
    e_.max_nodes = o.max_nodes;
    if (o.batch)
      e_.mode_note = fmt::format(
          "A training step on {} rows{}.", o.rows.size(),
          p_.modes_differ()
              ? fmt::format(": dropout masks of seed {}, step {}; statistics of the batch where there are any", o.seed,
                            o.step)
              : "");
    else
      e_.mode_note = p_.modes_differ()
                         ? "One row in prediction mode: dropout lets everything through, running statistics "
                           "stand for the batch's; --batch explains a training step."
                         : "One row; this network computes the same in training and in prediction.";
    e_.audit_note =
        p_.single()
            ? "computed: float32 kernels; recomputed: in double from the same operands, by the formulas along "
              "the derivation and by the operators' plain references elsewhere"
            : "computed: the plain references in double, which train float64 models; recomputed: by the formulas "
              "along the derivation, by the same references elsewhere";
  }

  void statement() {
    const auto rows = static_cast<size_t>(p_.rows());
    e_.losses = p_.value(program_.loss).computed;
    e_.weights = p_.options().weights;
    for (size_t n = 0; n < rows; ++n) e_.loss += e_.weights[n] * e_.losses[n];
    e_.row_weight = s_.training_weights[static_cast<size_t>(s_.focus)];
    const int loss_equation = program_.values[static_cast<size_t>(program_.loss)].equation;
    e_.loss_name = program_.equations[static_cast<size_t>(loss_equation)].op->info->name;
    e_.loss_formula = s_.formula(loss_equation).printed();
    e_.reduction = !s_.options.training || s_.options.training->reduction == Reduction::mean ? "mean" : "sum";
    e_.target_text = listed(program_.target, s_.model.spec().task == Task::classification);
    e_.prediction_text = prediction();
  }

  double at(int value, int unit) const {
    return p_.value(value)
        .computed[static_cast<size_t>(s_.focus) * static_cast<size_t>(p_.features(value)) + static_cast<size_t>(unit)];
  }

  /// The target as people say it: the class's name, or the numbers.
  std::string listed(int value, bool code) const {
    const std::vector<std::string>& classes = e_.classes;
    const int features = p_.features(value);
    if (code && features == 1) {
      const double y = at(value, 0);
      if (y >= 0 && y < static_cast<double>(classes.size()) && y == std::floor(y))
        return classes[static_cast<size_t>(y)];
    }
    std::string text;
    for (int k = 0; k < std::min(features, 8); ++k) {
      const bool named = static_cast<size_t>(features) == classes.size() && features > 1;
      text += fmt::format("{}{}{:.6g}", k > 0 ? ", " : "", named ? classes[static_cast<size_t>(k)] + " " : "",
                          at(value, k));
    }
    return features > 8 ? text + ", …" : text;
  }

  std::string prediction() const {
    const int value = program_.prediction, features = p_.features(value);
    if (s_.model.spec().task != Task::classification) return listed(value, false);
    if (features == 1 && e_.classes.size() == 2) {
      const double p = at(value, 0);
      return fmt::format("{} (p = {:.4g})", e_.classes[p >= 0.5 ? 1 : 0], p >= 0.5 ? p : 1 - p);
    }
    int best = 0;
    for (int k = 1; k < features; ++k)
      if (at(value, k) > at(value, best)) best = k;
    const bool named = static_cast<size_t>(features) == e_.classes.size();
    return fmt::format("{} (p = {:.4g})", named ? e_.classes[static_cast<size_t>(best)] : fmt::format("{}", best + 1),
                       at(value, best));
  }

  void forward(size_t index) {
    const graph::Equation& eq = program_.equations[index];
    const auto value_name = [&](int v) { return program_.values[static_cast<size_t>(v)].name; };
    ForwardEquation f;
    f.output = value_name(eq.output);
    f.op = eq.op->info->name;
    f.kind = kind_text(eq.op->info->kind);
    const int number = linear_number(program_, static_cast<int>(index));
    f.layer = layer_of(index);
    f.label = number >= 0 ? fmt::format("layer {} ({}, {} units)", number + 1, f.op, eq.shapes.output) : f.op;
    for (const int in : eq.inputs) f.inputs.push_back(value_name(in));
    for (const int p : eq.parameters) f.parameters.push_back(program_.parameters[static_cast<size_t>(p)].name);
    f.attributes = eq.signature.attributes;
    for (const auto& spec : eq.op->info->attributes) f.attribute_names.emplace_back(spec.name);
    f.units = eq.signature.units;
    f.sizes = eq.signature.sizes;
    f.for_loss = eq.for_loss;
    f.for_prediction = eq.for_prediction;
    if (s_.formulas[index] != nullptr) {
      const LocalFormula& formula = s_.formula(static_cast<int>(index));
      f.scope = scope_text(formula.scope());
      f.formula = formula.printed();
      const auto features = static_cast<size_t>(eq.shapes.output);
      if (formula.scope() == Scope::element && eq.inputs.size() == 1) {
        f.gain = formula.printed_by_input(0);
        for (int j = 0; j < eq.shapes.output; ++j) f.gains.push_back(formula.by_input(0, s_.focus, j, s_.focus, j));
      }
      f.extra_symbol = formula.extra_symbol();
      if (!f.extra_symbol.empty()) {
        const auto first =
            formula.extra().begin() + static_cast<std::ptrdiff_t>(features * static_cast<size_t>(s_.focus));
        f.extra.assign(first, first + static_cast<std::ptrdiff_t>(features));
      }
    }
    e_.forward.push_back(std::move(f));
  }

  int layer_of(size_t index) const {
    for (int i = static_cast<int>(index); i >= 0;) {
      const int number = linear_number(program_, i);
      if (number >= 0) return number;
      i = program_.values[static_cast<size_t>(program_.equations[static_cast<size_t>(i)].inputs[0])].equation;
    }
    return -1;
  }

  void backward(const graph::ReverseEquation& r) {
    using Kind = graph::ReverseEquation::Kind;
    const auto gradient = [&](int g) {
      return g < 0 ? std::string() : p_.reverse().gradients[static_cast<size_t>(g)].name;
    };
    BackwardEquation b;
    b.kind = r.kind == Kind::seed ? "seed" : r.kind == Kind::add ? "add" : "backward";
    b.output = gradient(r.output);
    for (const int t : r.terms) b.terms.push_back(gradient(t));
    if (r.kind == Kind::vjp) {
      const graph::Equation& eq = program_.equations[static_cast<size_t>(r.forward)];
      b.forward = program_.values[static_cast<size_t>(eq.output)].name;
      b.dy = gradient(r.dy);
      for (const int g : r.dx) b.dx.push_back(gradient(g));
      for (const int p : eq.parameters)
        if (program_.parameters[static_cast<size_t>(p)].trained)
          b.dparameters.push_back(program_.parameters[static_cast<size_t>(p)].name);
    }
    e_.backward.push_back(std::move(b));
  }

  ValueNumbers numbers(const Numbers& n, const std::string& name, const std::string& about, int value) {
    ValueNumbers v;
    v.name = name;
    v.about = about;
    v.features = p_.features(value);
    const auto row = [&](const Matrix& m) {
      if (m.empty()) return std::vector<double>();
      const auto first = m.begin() + static_cast<std::ptrdiff_t>(s_.focus) * v.features;
      return std::vector<double>(first, first + v.features);
    };
    v.computed = row(n.computed);
    v.recomputed = row(n.recomputed);
    v.worst_ulp = n.worst;
    v.bound = n.bound;
    v.ok = n.wrong == 0;
    if (about.empty()) v.units = s_.units(value);
    count(n, name);
    return v;
  }

  void count(const Numbers& n, const std::string& name) {
    if (n.recomputed.empty()) return;
    e_.audited += static_cast<int64_t>(n.computed.size());
    if (n.wrong == 0) return;
    complain(fmt::format("{}: {} of {} numbers are beyond the bound of {:.3g} ulp, the worst at {:.3g}", name, n.wrong,
                         n.computed.size(), n.bound, n.worst));
    e_.disagreements += n.wrong - 1;
  }

  void parameter(int index) {
    const graph::Parameter& p = program_.parameters[static_cast<size_t>(index)];
    const Numbers& n = p_.dparameter(index);
    ParameterNumbers out;
    out.name = p.name;
    out.rows = p.rows;
    out.cols = p.cols;
    out.trained = p.trained;
    out.values = p_.parameter(index);
    out.gradient = n.computed;
    out.worst_ulp = n.worst;
    out.bound = n.bound;
    out.ok = n.wrong == 0;
    count(n, "d" + p.name);
    e_.parameters.push_back(std::move(out));
  }

  void compare_with_executor() {
    int64_t different = 0, compared = 0;
    for (size_t k = 0; k < program_.parameters.size(); ++k) {
      const graph::Parameter& p = program_.parameters[k];
      const Matrix& mine = p_.dparameter(static_cast<int>(k)).computed;
      for (size_t i = 0; i < mine.size(); ++i) {
        const double other = (*s_.executor)[p.offset + i];
        ++compared;
        different += !(other == mine[i] || (std::isnan(other) && std::isnan(mine[i])));
      }
    }
    e_.audited += compared;
    if (different == 0) {
      e_.audit_note +=
          fmt::format("; the training step's own executor gives the same {} gradients, bit for bit", compared);
      return;
    }
    // In double the executor runs the same references: only float kernels have a contract of bits to keep.
    complain(fmt::format("{} of {} gradients differ from those of the training step's executor", different, compared));
    e_.disagreements += different - 1;
  }

  const State& s_;
  const Pass& p_;
  const ForwardProgram& program_;
  Explanation& e_;
};

}  // namespace

Explanation explain_places(const State& state, const std::vector<Place>& places) {
  Explanation e;
  Writer writer(state, e);
  writer.run();
  for (const Place& place : places) e.derivations.push_back(derive(state, place.parameter, place.from, place.to));
  for (const Derivation& d : e.derivations) writer.judge(d);
  e.long_way = make_long_way(state, e.derivations);
  make_gains(state, e);
  return e;
}

std::string kind_text(ops::Kind kind) {
  switch (kind) {
    case ops::Kind::linear:
      return "linear";
    case ops::Kind::activation:
      return "activation";
    case ops::Kind::combine:
      return "combine";
    case ops::Kind::normalise:
      return "normalise";
    case ops::Kind::dropout:
      return "dropout";
    case ops::Kind::preprocess:
      return "preprocess";
    case ops::Kind::loss:
      return "loss";
  }
  return "";
}

}  // namespace explaining

Explainer::Explainer(const Model& model, const Dataset& data, const ExplainOptions& options)
    : state_(std::make_unique<explaining::State>(model, data, options)) {}
Explainer::~Explainer() = default;
Explainer::Explainer(Explainer&&) noexcept = default;
Explainer& Explainer::operator=(Explainer&&) noexcept = default;

Explanation Explainer::explain(const ExplainTarget& target) const {
  explaining::Found found = explaining::find_target(*state_, target);
  Explanation e = explaining::explain_places(*state_, found.places);
  e.neuron = std::move(found.neuron);
  return e;
}

Derivation Explainer::derive(const std::string& parameter, int from, int to) const {
  const graph::ForwardProgram& program = state_->program();
  for (size_t k = 0; k < program.parameters.size(); ++k) {
    const graph::Parameter& p = program.parameters[k];
    if (p.name != parameter) continue;
    if (!p.trained || state_->pass->dparameter(static_cast<int>(k)).computed.empty())
      fail("'{}' has no gradient: it is a constant, or the loss does not depend on it", parameter);
    if (std::max(from, 0) >= p.rows || to < 0 || to >= p.cols)
      fail("'{}' is [{}, {}]; there is no element [{}, {}]", parameter, p.rows, p.cols, from + 1, to + 1);
    return explaining::derive(*state_, static_cast<int>(k), from, to);
  }
  std::string names;
  for (const graph::Parameter& p : program.parameters)
    if (p.trained) names += (names.empty() ? "" : ", ") + p.name;
  fail("there is no parameter '{}'; trained ones are: {}", parameter, names);
}

Explanation explain(const Model& model, const Dataset& data, const ExplainTarget& target,
                    const ExplainOptions& options) {
  return Explainer(model, data, options).explain(target);
}

const ValueNumbers* Explanation::value(std::string_view name) const {
  for (const ValueNumbers& v : values)
    if (v.name == name) return &v;
  return nullptr;
}

const ValueNumbers* Explanation::gradient(std::string_view name) const {
  for (const ValueNumbers& v : gradients)
    if (v.name == name) return &v;
  return nullptr;
}

const ParameterNumbers* Explanation::parameter(std::string_view name) const {
  for (const ParameterNumbers& p : parameters)
    if (p.name == name) return &p;
  return nullptr;
}

const ForwardEquation* Explanation::equation(std::string_view output) const {
  for (const ForwardEquation& f : forward)
    if (f.output == output) return &f;
  return nullptr;
}

}  // namespace retrograd
