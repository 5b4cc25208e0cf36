// Symbolic differentiation: the sum, product, quotient and chain rules, applied from the root.
#include <algorithm>
#include <map>
#include <numbers>

#include "base/fail.hpp"
#include "ops/formula/simplify.hpp"

namespace retrograd::formula {
namespace {

using simple::add;
using simple::div;
using simple::mul;
using simple::neg;

class Differentiator {
 public:
  Differentiator(std::string_view name, const std::vector<std::string>& indices) : name_(name), indices_(indices) {}

  Expr of(const Expr& e) {
    const Node& node = e.node();
    switch (node.op) {
      case Op::number:
      case Op::index_value:
      case Op::kronecker:
      case Op::largest:
        return 0.0;
      case Op::symbol:
        return of_symbol(node);
      case Op::add: {
        Expr result = 0.0;
        for (const Expr& term : terms(e)) result = add(result, of(term));
        return result;
      }
      case Op::mul: {
        const Expr &a = node.args[0], &b = node.args[1];
        return add(mul(of(a), b), mul(a, of(b)));
      }
      case Op::div: {
        const Expr &a = node.args[0], &b = node.args[1];
        Expr from_a = div(of(a), b);
        const Expr db = of(b);
        if (is_number(db, 0)) return from_a;
        return add(from_a, neg(div(mul(a, db), simple::integer_power(b, 2))));
      }
      case Op::neg:
        return neg(of(node.args[0]));
      case Op::call:
        return of_call(node, e);
      case Op::power: {
        const Expr& x = node.args[0];
        if (node.exponent == 0) return 0.0;
        return mul(mul(static_cast<double>(node.exponent), simple::integer_power(x, node.exponent - 1)), of(x));
      }
      case Op::where_positive:
        return simple::branch(node.args[0], of(node.args[1]), of(node.args[2]));
      case Op::sum:
        return of_sum(node);
      case Op::define:
        return of(node.args[0]);
    }
    return 0.0;
  }

 private:
  Expr of_symbol(const Node& node) const {
    if (node.name != name_) return 0.0;
    if (node.indices.size() != indices_.size()) {
      fail(
          "formula: symbol \"{}\" has {} indices here, but the derivative is asked with {}; give one fresh index for "
          "each",
          node.name, node.indices.size(), indices_.size());
    }
    Expr result = 1.0;
    for (size_t k = 0; k < indices_.size(); ++k) {
      result = mul(result, simple::delta(indices_[k], node.indices[k]));
    }
    return result;
  }

  Expr of_call(const Node& node, const Expr& e) {
    const Expr& x = node.args[0];
    const Expr dx = of(x);
    if (is_number(dx, 0)) return 0.0;
    switch (node.function) {
      case Function::exp:
        return mul(e, dx);
      case Function::log:
        return div(dx, x);
      case Function::log1p:
        return div(dx, add(1.0, x));
      // 1 − tanh²x = sech²x = 4σ(2x)σ(−2x), which does not cancel when tanh x is near ±1.
      case Function::tanh: {
        const Expr twice = mul(2.0, x);
        return mul(4.0, mul(mul(sigmoid(twice), sigmoid(neg(twice))), dx));
      }
      case Function::sigmoid:
        return mul(mul(e, sigmoid(neg(x))), dx);
      // NIST Digital Library of Mathematical Functions, 7.2.1: erf'(x) = 2/√π e^(−x²).
      case Function::erf:
        return mul(mul(div(2.0, sqrt(std::numbers::pi)), exp(neg(simple::integer_power(x, 2)))), dx);
      case Function::sqrt:
        return div(dx, mul(2.0, e));
      case Function::abs:
        return simple::branch(x, dx, simple::branch(neg(x), neg(dx), 0.0));
      case Function::sin:
        return mul(cos(x), dx);
      case Function::cos:
        return neg(mul(sin(x), dx));
    }
    return 0.0;
  }

  Expr of_sum(const Node& node) {
    const std::string& bound = node.indices[0];
    const Expr& body = node.args[0];
    // A bound index of the same name as a fresh one is another variable.
    const bool collides = std::find(indices_.begin(), indices_.end(), bound) != indices_.end();
    if (!collides) return simple::sum_over(bound, node.name, of(body));
    const std::string renamed = simple::fresh_index(bound, body.node(), indices_);
    return simple::sum_over(renamed, node.name, of(simple::substitute(body, bound, renamed)));
  }

  std::string_view name_;
  const std::vector<std::string>& indices_;
};

}  // namespace

Expr differentiate(const Expr& e, std::string_view name, const std::vector<std::string>& indices) {
  for (const std::string& index : indices) {
    if (index.empty())
      fail("formula: the derivative by \"{}\" is asked with an index without a name; give it one", name);
  }
  return Differentiator(name, indices).of(e);
}

}  // namespace retrograd::formula
