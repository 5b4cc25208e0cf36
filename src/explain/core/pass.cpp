#include "explain/core/pass.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/fail.hpp"

namespace retrograd::explaining {
namespace {

double largest(const Matrix& m) {
  double most = 0;
  for (double v : m) most = std::max(most, std::fabs(v));
  return most;
}

}  // namespace

Pass::Pass(const Model& model, const Dataset& data, PassOptions options)
    : program_(model.program()),
      reverse_(graph::reverse(program_)),
      options_(std::move(options)),
      single_(model.precision() == Precision::float32),
      values_(program_.values.size()),
      gradients_(reverse_.gradients.size()),
      dparameters_(program_.parameters.size()),
      gradient_of_(program_.values.size(), -1) {
  flat_.assign(program_.total_size, 0.0);
  for (const graph::Parameter& p : program_.parameters) {
    parameters_.push_back(model.parameter(p.name));
    std::copy(parameters_.back().begin(), parameters_.back().end(),
              flat_.begin() + static_cast<std::ptrdiff_t>(p.offset));
  }
  for (const graph::Equation& eq : program_.equations) {
    if (!eq.for_loss) continue;
    const bool drops = eq.op->info->kind == ops::Kind::dropout && eq.signature.attributes[0] > 0;
    modes_differ_ |= drops || eq.op->formula(eq.signature).prediction.has_value();
  }
  fill(model, data);
  for (size_t i = 0; i < program_.equations.size(); ++i)
    if (program_.equations[i].for_loss || program_.equations[i].for_prediction) forward(i);
  using Kind = graph::ReverseEquation::Kind;
  for (const graph::ReverseEquation& r : reverse_.equations) {
    if (r.kind == Kind::seed) {
      gradients_[static_cast<size_t>(r.output)].computed = options_.weights;
    } else if (r.kind == Kind::add) {
      Numbers& sum = gradients_[static_cast<size_t>(r.output)];
      const Numbers& first = gradient(r.terms[0]);
      sum.computed = sum.recomputed = first.computed;
      Matrix scale(first.computed.size());
      for (size_t t = 0; t < r.terms.size(); ++t) {
        const Matrix& term = gradient(r.terms[t]).computed;
        for (size_t i = 0; i < term.size(); ++i) {
          scale[i] += std::fabs(term[i]);
          if (t == 0) continue;
          sum.recomputed[i] += term[i];
          sum.computed[i] = single_
                                ? static_cast<double>(static_cast<float>(sum.computed[i]) + static_cast<float>(term[i]))
                                : sum.computed[i] + term[i];
        }
      }
      audit(sum, scale, 0.5 * static_cast<double>(r.terms.size()), 0);
    } else {
      backward(r);
    }
  }
  // Later gradients of a value are sums of the earlier ones.
  for (size_t g = 0; g < reverse_.gradients.size(); ++g)
    gradient_of_[static_cast<size_t>(reverse_.gradients[g].value)] = static_cast<int>(g);
}

void Pass::fill(const Model& model, const Dataset& data) {
  const auto copy = [&](const Block& b, Matrix& out) {
    for (const int64_t row : options_.rows) {
      const int64_t at = data.skipped.among_good(row);
      for (int c = 0; c < b.cols; ++c) out.push_back(static_cast<double>(b.at(at, c)));
    }
  };
  for (const int id : program_.inputs) {
    const std::string& name = program_.values[static_cast<size_t>(id)].name;
    for (const Block& b : data.inputs)
      if (b.name == name) copy(b, values_[static_cast<size_t>(id)].computed);
  }
  copy(data.target, values_[static_cast<size_t>(program_.target)].computed);
  if (model.network().loss_type.empty()) fail("the model has no loss, so there is no gradient to explain");
}

Occasion Pass::occasion(size_t equation) const {
  return {rows(), options_.training, {options_.seed, options_.step, static_cast<uint32_t>(equation)}};
}

Operands Pass::operands(size_t equation) const {
  const graph::Equation& eq = program_.equations[equation];
  Operands o;
  for (const int in : eq.inputs) o.x.push_back(&value(in).computed);
  for (const int p : eq.parameters) o.parameters.push_back(parameter(p));
  return o;
}

Matrix Pass::of_ones(size_t equation) const {
  const graph::Equation& eq = program_.equations[equation];
  Operands o = operands(equation);
  std::vector<Matrix> ones;
  for (const Matrix* x : o.x) ones.emplace_back(x->size(), 1.0);
  for (size_t k = 0; k < ones.size(); ++k) o.x[k] = &ones[k];
  return run_reference(eq, o, occasion(equation)).y;
}

void Pass::forward(size_t equation) {
  const graph::Equation& eq = program_.equations[equation];
  const Operands o = operands(equation);
  Numbers& y = values_[static_cast<size_t>(eq.output)];
  const Results exact = run_reference(eq, o, occasion(equation));
  y.recomputed = exact.y;
  y.computed = single_ ? run_kernels(eq, o, occasion(equation)).y : exact.y;
  audit(y, error_scales(eq, o, occasion(equation), exact).y, forward_bound(eq, rows()), 1);
}

void Pass::backward(const graph::ReverseEquation& r) {
  const auto equation = static_cast<size_t>(r.forward);
  const graph::Equation& eq = program_.equations[equation];
  Operands o = operands(equation);
  o.dy = &gradient(r.dy).computed;
  for (const int g : r.dx) o.wanted.push_back(g >= 0);
  for (const int p : eq.parameters) o.trained.push_back(program_.parameters[static_cast<size_t>(p)].trained);
  Results exact = run_reference(eq, o, occasion(equation));
  Results computed = single_ ? run_kernels(eq, o, occasion(equation)) : exact;
  const Results scale = error_scales(eq, o, occasion(equation), exact);
  const double bound = backward_bound(eq, rows()), floor = largest(*o.dy);
  const auto keep = [&](Numbers& to, Matrix& c, Matrix& e, const Matrix& s) {
    to.computed = std::move(c);
    to.recomputed = std::move(e);
    audit(to, s, bound, floor);
  };
  for (size_t k = 0; k < r.dx.size(); ++k)
    if (r.dx[k] >= 0) keep(gradients_[static_cast<size_t>(r.dx[k])], computed.dx[k], exact.dx[k], scale.dx[k]);
  for (size_t k = 0; k < eq.parameters.size(); ++k)
    if (o.trained[k])
      keep(dparameters_[static_cast<size_t>(eq.parameters[k])], computed.dparameters[k], exact.dparameters[k],
           scale.dparameters[k]);
}

void Pass::audit(Numbers& numbers, const Matrix& scale, double bound, double floor) const {
  numbers.bound = bound;
  numbers.unit = ulp_units(scale, bound, floor, single_);
  for (size_t i = 0; i < numbers.computed.size(); ++i) {
    const double c = numbers.computed[i], r = numbers.recomputed[i];
    if (c == r || (std::isnan(c) && std::isnan(r))) continue;
    const double error = std::fabs(c - r) / numbers.unit[i];
    if (!(error <= numbers.worst)) numbers.worst = error;
    if (!(error <= bound)) ++numbers.wrong;
  }
}

Matrix Pass::flat_gradient() const {
  Matrix flat(program_.trained_size, 0.0);
  for (size_t p = 0; p < program_.parameters.size(); ++p)
    if (program_.parameters[p].trained)
      std::copy(dparameters_[p].computed.begin(), dparameters_[p].computed.end(),
                flat.begin() + static_cast<std::ptrdiff_t>(program_.parameters[p].offset));
  return flat;
}

}  // namespace retrograd::explaining
