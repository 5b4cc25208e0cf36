// Rooms that say something wrong of a right operator.
#include "ops/elementwise.hpp"
#include "support/faulty/faulty.hpp"

namespace retrograd::support {
namespace {

const ops::Operator& right(std::string_view name) { return ops::find_operator(name); }

Fault permissive_shape() {
  ops::Operator op = right("leaky_relu");
  op.shape = [](const ops::Signature& s) {
    ops::Shapes shapes;
    shapes.output = s.features.empty() ? 0 : s.features[0];
    return shapes;
  };
  return {"shapes and attributes not checked", op, cases_of(op), {"shape"}};
}

Fault wide_shape() {
  ops::Operator op = right("relu");
  op.shape = [](const ops::Signature& s) {
    ops::Shapes shapes = right("relu").shape(s);
    ++shapes.output;
    return shapes;
  };
  return {"shape rule answers a feature too many", op, cases_of(op), {"shape"}};
}

Fault other_formula() {
  ops::Operator op = right("silu");
  op.formula = [](const ops::Signature&) {
    return ops::Formula{ops::Formula::Scope::element, formula::sigmoid(formula::symbol("z"))};
  };
  return {"the formula of another operator", op, cases_of(op), {"formula"}};
}

Fault optimistic_bound() {
  static ops::OperatorInfo info = *right("gelu").info;
  info.forward_ulp = 0.4;
  ops::Operator op = right("gelu");
  op.info = &info;
  return {"a bound that the kernel does not keep", op, cases_of(op), {"bound"}};
}

Fault undeclared_gain() {
  static constexpr double kGains[] = {1.0};
  static ops::OperatorInfo info = *right("relu").info;
  info.kink_gains = kGains;
  ops::Operator op = right("relu");
  op.info = &info;
  return {"another gain declared at the kink", op, cases_of(op), {"differences"}};
}

Fault without_cases() {
  return {"no cases", right("relu"), {}, {"shape", "formula", "differences", "adjoint", "exact", "bound", "hygiene"}};
}

}  // namespace

std::vector<Fault> contract_faults() {
  return {permissive_shape(), wide_shape(), other_formula(), optimistic_bound(), undeclared_gain(), without_cases()};
}

}  // namespace retrograd::support
