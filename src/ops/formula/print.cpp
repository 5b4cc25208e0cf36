// Printing: one walk over the tree, with the parentheses that precedence asks for; a Style spells each piece.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>

#include "base/fail.hpp"
#include "ops/formula/simplify.hpp"
#include "ops/formula/style.hpp"

namespace retrograd::formula {
namespace {

const Style& style_of(Notation notation) {
  switch (notation) {
    case Notation::text:
      return text_style();
    case Notation::latex:
      return latex_style();
    case Notation::mathml:
      return mathml_style();
  }
  fail("formula: unknown notation {}; expected text, latex or mathml", static_cast<int>(notation));
}

class Printer {
 public:
  explicit Printer(const Style& style) : style_(style) {}

  Piece of(const Expr& e) const {
    const Node& node = e.node();
    switch (node.op) {
      case Op::number:
        return number(node.value);
      case Op::symbol:
      case Op::define:
        return style_.symbol(node.name, node.indices);
      case Op::add:
        return chain(e);
      case Op::mul:
        return product(e);
      case Op::div:
        return style_.fraction(of(node.args[0]), of(node.args[1]));
      case Op::neg: {
        const Piece x = of(node.args[0]);
        return {style_.negative() + style_.wrap(x, Binding::product), Binding::add, x.open};
      }
      case Op::call:
        return style_.call(node.function, of(node.args[0]));
      case Op::power:
        return style_.power(of(node.args[0]), node.exponent);
      case Op::where_positive:
        return style_.where(condition(node.args[0]), of(node.args[1]).text, of(node.args[2]).text);
      case Op::index_value:
        return style_.index_value(node.indices[0]);
      case Op::kronecker:
        return style_.kronecker(node.indices[0], node.indices[1]);
      case Op::sum:
      case Op::largest:
        return {style_.over(node.op == Op::sum, node.indices[0]) + style_.wrap(of(node.args[0]), Binding::product),
                Binding::product, true};
    }
    return {};
  }

 private:
  /// c > 0 as a person says it: 0.5 − |a − b| > 0 of whole numbers is a = b, p − |a| > 0 is |a| < p, 1 + a² > 0 holds
  /// for everything but NaN.
  std::string condition(const Expr& c) const {
    const Node& node = c.node();
    if (node.op == Op::neg) return style_.relation(of(node.args[0]).text, '<', of(0.0).text);
    if (node.op == Op::add) {
      const Expr &first = node.args[0], &second = node.args[1];
      if (is_number(first, 1) && is(second, Op::power) && second.node().exponent == 2)
        return style_.is_a_number(of(second.node().args[0]).text);
      if (is(second, Op::neg)) {
        const Expr& less = second.node().args[0];
        const bool size = is(less, Op::call) && less.node().function == Function::abs;
        if (!size) return style_.relation(of(first).text, '>', of(less).text);
        if (!is_number(first, 0.5)) return style_.relation(of(less).text, '<', of(first).text);
        const Node& inside = less.node().args[0].node();
        if (inside.op == Op::add && is(inside.args[1], Op::neg))
          return style_.relation(of(inside.args[0]).text, '=', of(inside.args[1].node().args[0]).text);
        if (inside.op == Op::add && is(inside.args[1], Op::number))
          return style_.relation(of(inside.args[0]).text, '=', number(-inside.args[1].node().value).text);
        return style_.relation(of(less.node().args[0]).text, '=', of(0.0).text);
      }
    }
    return style_.relation(of(c).text, '>', of(0.0).text);
  }

  static bool is_number(const Expr& e, double value) { return is(e, Op::number) && e.node().value == value; }

  Piece number(double value) const {
    if (std::isnan(value)) return {"NaN"};
    if (std::signbit(value)) return {style_.negative() + number(-value).text, Binding::add};
    if (std::isinf(value)) return {style_.infinity()};
    if (value == std::numbers::pi) return {style_.pi()};
    const std::string shortest = fmt::format("{}", value);
    const size_t e = shortest.find('e');
    if (e == std::string::npos) return style_.number(shortest, 0);
    return style_.number(shortest.substr(0, e), std::stoi(shortest.substr(e + 1)));
  }

  // a − b for a + (−b); only the first term may begin with a sign.
  Piece chain(const Expr& e) const {
    std::string text;
    bool first = true, open = false;
    for (const Expr& term : terms(e)) {
      const Node& node = term.node();
      const bool negative_number = node.op == Op::number && std::signbit(node.value) && !std::isnan(node.value);
      const bool negated = !first && (node.op == Op::neg || negative_number);
      const Piece piece = negated ? (negative_number ? number(-node.value) : of(node.args[0])) : of(term);
      if (!first) text += negated ? style_.minus() : style_.plus();
      text += first ? piece.text : style_.wrap(piece, Binding::product);
      open = piece.open;
      first = false;
    }
    return {text, Binding::add, open};
  }

  Piece product(const Expr& e) const {
    std::vector<Expr> factors, stack = {e};
    while (!stack.empty()) {
      const Expr top = std::move(stack.back());
      stack.pop_back();
      if (is(top, Op::mul)) {
        stack.push_back(top.node().args[1]);
        stack.push_back(top.node().args[0]);
      } else {
        factors.push_back(top);
      }
    }
    std::string text;
    bool open = false;
    for (size_t k = 0; k < factors.size(); ++k) {
      const Piece piece = of(factors[k]);
      const bool last = k + 1 == factors.size();
      if (k != 0) text += style_.times();
      text += piece.open && !last ? style_.parentheses(piece.text) : style_.wrap(piece, Binding::product);
      open = piece.open && piece.binding >= Binding::product && last;
    }
    return {text, Binding::product, open};
  }

  const Style& style_;
};

/// Definitions in the order of their first use, each followed by those that its own body uses.
class Collector {
 public:
  std::vector<Expr> found;

  void visit(const Expr& e) {
    const Node& node = e.node();
    if (!seen_.insert(&node).second) return;
    if (node.op == Op::define) {
      // The same definition at another index is one definition.
      const auto same = [&](const Expr& known) {
        const Node& other = known.node();
        if (other.name != node.name || other.indices.size() != node.indices.size()) return false;
        simple::Correspondence pairs;
        for (size_t k = 0; k < node.indices.size(); ++k) pairs.emplace_back(other.indices[k], node.indices[k]);
        return simple::equal(other.args[0], node.args[0], pairs);
      };
      if (std::any_of(found.begin(), found.end(), same)) return;
      found.push_back(e);
    }
    if (node.op == Op::add) {
      for (const Expr& term : terms(e)) visit(term);
      return;
    }
    for (const Expr& arg : node.args) visit(arg);
  }

 private:
  std::set<const Node*> seen_;
};

/// Moves every definition behind all that use it.
std::vector<Expr> users_first(const std::vector<Expr>& found) {
  std::vector<Expr> order;
  for (const Expr& d : found) {
    Collector inner;
    inner.visit(d.node().args[0]);
    // Behind d itself comes what d uses; so d goes in front of the first of those that is placed already.
    const auto uses = [&](const Expr& placed) {
      return std::any_of(inner.found.begin(), inner.found.end(), [&](const Expr& u) {
        return u.node().name == placed.node().name && u.node().indices.size() == placed.node().indices.size();
      });
    };
    order.insert(std::find_if(order.begin(), order.end(), uses), d);
  }
  return order;
}

}  // namespace

std::string print(const Expr& e, Notation notation) {
  const Style& style = style_of(notation);
  return style.finish(Printer(style).of(e).text);
}

std::vector<std::pair<std::string, std::string>> definitions(const Expr& e, Notation notation) {
  const Style& style = style_of(notation);
  const Printer printer(style);
  Collector all;
  all.visit(e);
  std::vector<std::pair<std::string, std::string>> result;
  for (const Expr& d : users_first(all.found)) {
    result.emplace_back(style.finish(printer.of(d).text), style.finish(printer.of(d.node().args[0]).text));
  }
  return result;
}

}  // namespace retrograd::formula
