#include "ops/formula/simplify.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

namespace retrograd::formula::simple {
namespace {

bool is_number(const Expr& e) { return is(e, Op::number); }
bool zero(const Expr& e) { return formula::is_number(e, 0); }
const Expr& arg(const Expr& e, size_t k = 0) { return e.node().args[k]; }
bool is_ratio(const Expr& e) { return is(e, Op::div) && is_number(arg(e)) && is_number(arg(e, 1)); }

/// e = Σ over `at` of second·[index = first], plus rest, where rest and the seconds' signs of [index = …] are gone from
/// every place that `sum` can reach by linearity.
struct Split {
  std::vector<std::pair<std::string, Expr>> at;
  Expr rest = 0.0;
};

void add_at(Split& into, const std::string& where, const Expr& what) {
  if (zero(what)) return;
  for (auto& [known, total] : into.at) {
    if (known == where) {
      total = add(total, what);
      return;
    }
  }
  into.at.emplace_back(where, what);
}

/// A Kronecker delta of `index` in `e`, outside nested definitions; stops the search early on the many trees without.
bool has_delta(const Expr& e, const std::string& index) {
  const Node& node = e.node();
  if (!node.has_free(index)) return false;
  if (node.op == Op::kronecker) return true;
  if (node.op == Op::add) {
    const std::vector<Expr> all = terms(e);
    return std::any_of(all.begin(), all.end(), [&](const Expr& t) { return has_delta(t, index); });
  }
  return std::any_of(node.args.begin(), node.args.end(), [&](const Expr& a) { return has_delta(a, index); });
}

Split split(const Expr& e, const std::string& index);

Split split_sum(const Node& node, const Expr& e, const std::string& index) {
  const std::string& inner = node.indices[0];
  Split body = split(node.args[0], index), result;
  // [index = inner] belongs to the inner sum, which has had its chance; a mixture is left as it is.
  for (const auto& [where, what] : body.at) {
    if (where == inner) return {{}, e};
  }
  for (const auto& [where, what] : body.at) add_at(result, where, sum_over(inner, node.name, what));
  result.rest = sum_over(inner, node.name, body.rest);
  return result;
}

Split split_where(const Node& node, const std::string& index) {
  const Split then = split(node.args[1], index), otherwise = split(node.args[2], index);
  Split result;
  for (const auto& [where, what] : then.at) add_at(result, where, branch(node.args[0], what, 0.0));
  for (const auto& [where, what] : otherwise.at) add_at(result, where, branch(node.args[0], 0.0, what));
  result.rest = branch(node.args[0], then.rest, otherwise.rest);
  return result;
}

Split split(const Expr& e, const std::string& index) {
  if (!has_delta(e, index)) return {{}, e};
  const Node& node = e.node();
  Split result;
  switch (node.op) {
    case Op::kronecker:
      if (node.indices[0] == node.indices[1]) return {{}, 1.0};  // as the caller may have written it
      result.at.emplace_back(node.indices[node.indices[0] == index ? 1 : 0], 1.0);
      return result;
    case Op::add:
      for (const Expr& term : terms(e)) {
        const Split part = split(term, index);
        for (const auto& [where, what] : part.at) add_at(result, where, what);
        result.rest = add(result.rest, part.rest);
      }
      return result;
    case Op::neg: {
      const Split part = split(node.args[0], index);
      for (const auto& [where, what] : part.at) add_at(result, where, neg(what));
      result.rest = neg(part.rest);
      return result;
    }
    case Op::mul: {
      // (Aδ + B)·c = (A·c)δ + B·c, and then c = A'δ' + B' within B·c.
      const Split left = split(node.args[0], index);
      for (const auto& [where, what] : left.at) add_at(result, where, mul(what, node.args[1]));
      if (zero(left.rest)) return result;
      const Split right = split(node.args[1], index);
      for (const auto& [where, what] : right.at) add_at(result, where, mul(left.rest, what));
      result.rest = mul(left.rest, right.rest);
      return result;
    }
    case Op::div: {
      const Split part = split(node.args[0], index);
      for (const auto& [where, what] : part.at) add_at(result, where, div(what, node.args[1]));
      result.rest = div(part.rest, node.args[1]);
      return result;
    }
    case Op::where_positive:
      return split_where(node, index);
    case Op::sum:
      return split_sum(node, e, index);
    default:
      return {{}, e};
  }
}

}  // namespace

Expr add(Expr a, Expr b) {
  if (zero(a)) return b;
  if (zero(b)) return a;
  if (is_number(b) && is_number(a)) return a.node().value + b.node().value;
  if (is_number(b) && is(a, Op::add) && is_number(arg(a, 1))) {
    return add(arg(a), arg(a, 1).node().value + b.node().value);
  }
  return std::move(a) + std::move(b);
}

Expr neg(Expr a) {
  if (is_number(a)) return a.node().value == 0 ? 0.0 : -a.node().value;
  if (is(a, Op::neg)) return arg(a);
  return -std::move(a);
}

Expr mul(Expr a, Expr b) {
  if (zero(a) || zero(b)) return 0.0;
  if (is_number(a) && is_number(b)) return a.node().value * b.node().value;
  if (is_number(b)) std::swap(a, b);
  if (formula::is_number(a, 1)) return b;
  if (formula::is_number(a, -1)) return neg(b);
  if (is(a, Op::neg)) return neg(mul(arg(a), b));
  if (is(b, Op::neg)) return neg(mul(a, arg(b)));
  // x·(1/3) → x/3: a quotient of numbers is there because it has no exact value.
  if (is_ratio(a)) std::swap(a, b);
  if (is_ratio(b)) return div(mul(arg(b), a), arg(b, 1));
  // One leading number: c·(d·x) → (cd)·x, x·(d·y) → d·(x·y), (c·x)·y → c·(x·y).
  if (is(b, Op::mul) && is_number(arg(b))) {
    return is_number(a) ? mul(a.node().value * arg(b).node().value, arg(b, 1)) : mul(arg(b), mul(a, arg(b, 1)));
  }
  if (is(a, Op::mul) && is_number(arg(a))) return mul(arg(a), mul(arg(a, 1), b));
  return std::move(a) * std::move(b);
}

Expr div(Expr a, Expr b) {
  if (zero(a) && !zero(b)) return 0.0;
  if (formula::is_number(b, 1)) return a;
  if (is_number(a) && is_number(b) && !zero(b)) {
    const double quotient = a.node().value / b.node().value;
    if (std::isfinite(quotient) && std::fma(quotient, b.node().value, -a.node().value) == 0) return quotient;
  }
  if (is(a, Op::neg)) return neg(div(arg(a), b));
  if (is(b, Op::neg)) return neg(div(a, arg(b)));
  return std::move(a) / std::move(b);
}

Expr integer_power(Expr x, int n) {
  if (n == 0) return 1.0;
  if (n == 1) return x;
  return formula::power(std::move(x), n);
}

Expr branch(Expr c, Expr then, Expr otherwise) {
  if (equal(then, otherwise)) return then;
  return formula::where_positive(std::move(c), std::move(then), std::move(otherwise));
}

Expr delta(const std::string& i, const std::string& j) { return i == j ? Expr(1.0) : formula::kronecker(i, j); }

Expr sum_over(const std::string& index, const std::string& range, const Expr& body) {
  if (zero(body)) return 0.0;
  const Split parts = split(body, index);
  Expr result = 0.0;
  for (const auto& [where, what] : parts.at) result = add(result, substitute(what, index, where));
  if (zero(parts.rest)) return result;
  if (is(parts.rest, Op::neg)) return add(result, neg(formula::sum(index, range, arg(parts.rest))));
  return add(result, formula::sum(index, range, parts.rest));
}

std::string fresh_index(std::string name, const Node& e, const std::vector<std::string>& taken) {
  while (e.has_free(name) || std::find(taken.begin(), taken.end(), name) != taken.end()) name += '\'';
  return name;
}

Expr substitute(const Expr& e, const std::string& from, const std::string& to) {
  const Node& node = e.node();
  if (from == to || !node.has_free(from)) return e;
  std::vector<std::string> indices = node.indices;
  if (node.op == Op::sum || node.op == Op::largest) {
    Expr body = node.args[0];
    if (indices[0] == to) {
      indices[0] = fresh_index(to + '\'', body.node(), {from, to});
      body = substitute(body, to, indices[0]);
    }
    body = substitute(body, from, to);
    return node.op == Op::sum ? sum_over(indices[0], node.name, body) : largest(indices[0], node.name, body);
  }
  std::replace(indices.begin(), indices.end(), from, to);
  if (node.op == Op::add) {
    Expr result = 0.0;
    for (const Expr& term : terms(e)) result = add(result, substitute(term, from, to));
    return result;
  }
  std::vector<Expr> args;
  args.reserve(node.args.size());
  for (const Expr& a : node.args) args.push_back(substitute(a, from, to));
  switch (node.op) {
    case Op::mul:
      return mul(args[0], args[1]);
    case Op::div:
      return div(args[0], args[1]);
    case Op::neg:
      return neg(args[0]);
    case Op::power:
      return integer_power(args[0], node.exponent);
    case Op::where_positive:
      return branch(args[0], args[1], args[2]);
    case Op::kronecker:
      return delta(indices[0], indices[1]);
    default:
      return make({node.op, node.value, node.function, node.exponent, node.name, std::move(indices), std::move(args)});
  }
}

bool equal(const Expr& a, const Expr& b, Correspondence indices) {
  if (a.shared() == b.shared() && indices.empty()) return true;
  const Node &x = a.node(), &y = b.node();
  if (x.op != y.op || x.args.size() != y.args.size() || x.indices.size() != y.indices.size()) return false;
  if (x.name != y.name || x.exponent != y.exponent || x.function != y.function) return false;
  if (x.op == Op::number) return x.value == y.value && std::signbit(x.value) == std::signbit(y.value);
  if (x.op == Op::sum || x.op == Op::largest) {
    indices.emplace_back(x.indices[0], y.indices[0]);
    return equal(x.args[0], y.args[0], std::move(indices));
  }
  for (size_t k = 0; k < x.indices.size(); ++k) {
    const std::string &i = x.indices[k], &j = y.indices[k];
    const auto pair =
        std::find_if(indices.rbegin(), indices.rend(), [&](const auto& p) { return p.first == i || p.second == j; });
    if (pair == indices.rend() ? i != j : pair->first != i || pair->second != j) return false;
  }
  if (x.op == Op::add) {
    const std::vector<Expr> left = terms(a), right = terms(b);
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [&](const Expr& p, const Expr& q) { return equal(p, q, indices); });
  }
  for (size_t k = 0; k < x.args.size(); ++k) {
    if (!equal(x.args[k], y.args[k], indices)) return false;
  }
  return true;
}

}  // namespace retrograd::formula::simple
