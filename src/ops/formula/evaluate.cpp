// The value of a formula in double, straight from its definition: the oracle that references are held against.
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/fail.hpp"
#include "ops/formula/node.hpp"

namespace retrograd::formula {
namespace {

// σ(x) = 1/(1+e⁻ˣ) keeps its digits on both sides only if the exponential never exceeds one for x < 0.
double stable_sigmoid(double x) {
  if (x >= 0) return 1 / (1 + std::exp(-x));
  const double e = std::exp(x);
  return e / (1 + e);
}

double apply(Function function, double x) {
  switch (function) {
    case Function::exp:
      return std::exp(x);
    case Function::log:
      return std::log(x);
    case Function::log1p:
      return std::log1p(x);
    case Function::tanh:
      return std::tanh(x);
    case Function::sigmoid:
      return stable_sigmoid(x);
    case Function::erf:
      return std::erf(x);
    case Function::sqrt:
      return std::sqrt(x);
    case Function::abs:
      return std::abs(x);
    case Function::sin:
      return std::sin(x);
    case Function::cos:
      return std::cos(x);
  }
  return std::numeric_limits<double>::quiet_NaN();
}

double integer_power(double x, int n) {
  // By squaring: x·x for a square, as a reader would compute it.
  unsigned left = n < 0 ? 0U - static_cast<unsigned>(n) : static_cast<unsigned>(n);
  double result = 1;
  for (double base = x; left != 0; left >>= 1U, base *= base) {
    if ((left & 1U) != 0) result *= base;
    if (left == 1) break;
  }
  return n < 0 ? 1 / result : result;
}

class Evaluator {
 public:
  explicit Evaluator(const Environment& environment) : environment_(environment), indices_(environment.indices) {}

  double value(const Expr& e) {
    const Node& node = e.node();
    switch (node.op) {
      case Op::number:
        return node.value;
      case Op::symbol:
        return symbol_value(node);
      case Op::add:
        return chain(e);
      case Op::mul:
        return value(node.args[0]) * value(node.args[1]);
      case Op::div:
        return value(node.args[0]) / value(node.args[1]);
      case Op::neg:
        return -value(node.args[0]);
      case Op::call:
        return apply(node.function, value(node.args[0]));
      case Op::power:
        return integer_power(value(node.args[0]), node.exponent);
      case Op::where_positive:
        return value(value(node.args[0]) > 0 ? node.args[1] : node.args[2]);
      case Op::index_value:
        return index(node.indices[0]);
      case Op::kronecker:
        return index(node.indices[0]) == index(node.indices[1]) ? 1 : 0;
      case Op::sum:
      case Op::largest:
      case Op::define:
        return remembered(node);
    }
    return std::numeric_limits<double>::quiet_NaN();
  }

 private:
  double chain(const Expr& e) {
    double total = -0.0;  // the one number that leaves every first term as it is
    for (const Expr& term : terms(e)) total += value(term);
    return total;
  }

  int index(const std::string& name) const {
    const auto found = indices_.find(name);
    if (found == indices_.end()) fail("formula: index \"{}\" has no value; set it in Environment::indices", name);
    return found->second;
  }

  std::vector<int> index_values(const std::vector<std::string>& names) const {
    std::vector<int> values;
    values.reserve(names.size());
    for (const std::string& name : names) values.push_back(index(name));
    return values;
  }

  double symbol_value(const Node& node) const {
    if (!environment_.value) fail("formula: symbol \"{}\" has no value; set Environment::value", node.name);
    const std::vector<int> at = index_values(node.indices);
    return environment_.value(node.name, at);
  }

  // A normalising sum inside another sum would otherwise be computed again for every term of the outer one.
  double remembered(const Node& node) {
    std::pair<const Node*, std::vector<int>> key(&node, index_values(node.free()));
    const auto known = memory_.find(key);
    if (known != memory_.end()) return known->second;
    const double result = node.op == Op::define ? value(node.args[0]) : over_range(node);
    memory_.emplace(std::move(key), result);
    return result;
  }

  double over_range(const Node& node) {
    const std::string& name = node.indices[0];
    const auto range = environment_.ranges.find(node.name);
    if (range == environment_.ranges.end()) {
      fail("formula: range \"{}\" of index \"{}\" has no size; set it in Environment::ranges", node.name, name);
    }
    const bool is_sum = node.op == Op::sum;
    if (range->second < (is_sum ? 0 : 1)) {
      fail("formula: range \"{}\" of index \"{}\" has size {}; expected at least {}", node.name, name, range->second,
           is_sum ? 0 : 1);
    }
    const auto outer = indices_.find(name);
    const bool shadows = outer != indices_.end();
    const int kept = shadows ? outer->second : 0;
    double result = is_sum ? 0 : -std::numeric_limits<double>::infinity();
    for (int i = 0; i < range->second; ++i) {
      indices_.insert_or_assign(name, i);
      const double one = value(node.args[0]);
      if (is_sum) {
        result += one;
      } else if (!(one <= result)) {
        result = one;  // a NaN is taken, and kept: no number is ≥ it
        if (std::isnan(one)) break;
      }
    }
    if (shadows) {
      indices_.insert_or_assign(name, kept);
    } else {
      indices_.erase(name);
    }
    return result;
  }

  const Environment& environment_;
  std::map<std::string, int, std::less<>> indices_;
  std::map<std::pair<const Node*, std::vector<int>>, double> memory_;
};

}  // namespace

double evaluate(const Expr& e, const Environment& environment) { return Evaluator(environment).value(e); }

}  // namespace retrograd::formula
