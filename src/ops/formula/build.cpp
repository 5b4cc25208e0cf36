// Making expressions: what the caller writes is kept as written, simplification belongs to differentiate.
#include <algorithm>
#include <iterator>

#include "base/fail.hpp"
#include "ops/formula/node.hpp"

namespace retrograd::formula {
namespace {

void unite(std::vector<std::string>& into, std::vector<std::string> more) {
  if (more.empty()) return;
  std::sort(more.begin(), more.end());
  std::vector<std::string> both;
  both.reserve(into.size() + more.size());
  std::set_union(into.begin(), into.end(), more.begin(), more.end(), std::back_inserter(both));
  both.erase(std::unique(both.begin(), both.end()), both.end());
  into = std::move(both);
}

bool binds(Op op) { return op == Op::sum || op == Op::largest; }

void check_name(std::string_view what, std::string_view name) {
  if (name.empty()) fail("formula: an empty name of a {}; give it a name", what);
}

void check_names(std::string_view owner, const std::vector<std::string>& indices) {
  for (const std::string& index : indices) {
    if (index.empty()) fail("formula: an index of \"{}\" has an empty name; give it a name", owner);
  }
}

}  // namespace

Node::Node(Parts parts) : Parts(std::move(parts)) {
  for (const Expr& arg : args) {
    const Node& child = arg.node();
    unite(free_, child.free_);
    const bool same_chain = op == Op::add && child.op == Op::add;
    depth_ = std::max(depth_, child.depth_ + (same_chain ? 0 : 1));
  }
  if (depth_ > kMaxDepth) {
    fail("formula: nested deeper than {} levels; name parts of it by symbols of their own", kMaxDepth);
  }
  if (binds(op)) {
    std::erase(free_, indices[0]);
  } else {
    unite(free_, indices);
  }
}

// A long chain would otherwise be destroyed by as many nested destructors as it has links.
Node::~Node() {
  std::vector<Expr> doomed = std::move(args);
  while (!doomed.empty()) {
    const Expr last = std::move(doomed.back());
    doomed.pop_back();
    if (last.shared() == nullptr || last.shared().use_count() != 1) continue;
    auto& orphaned = const_cast<Node&>(last.node()).args;  // ours alone, and made non-const by make()
    std::move(orphaned.begin(), orphaned.end(), std::back_inserter(doomed));
    orphaned.clear();
  }
}

bool Node::has_free(std::string_view index) const {
  return std::binary_search(free_.begin(), free_.end(), index, std::less<>());
}

Expr make(Parts parts) { return Expr(std::shared_ptr<const Node>(std::make_shared<Node>(std::move(parts)))); }

Expr call(Function function, Expr x) {
  return make({.op = Op::call, .function = function, .indices = {}, .args = {std::move(x)}});
}

std::vector<Expr> terms(const Expr& e) {
  std::vector<Expr> result, stack = {e};
  while (!stack.empty()) {
    Expr top = std::move(stack.back());
    stack.pop_back();
    if (is(top, Op::add)) {
      stack.push_back(top.node().args[1]);
      stack.push_back(top.node().args[0]);
    } else {
      result.push_back(std::move(top));
    }
  }
  return result;
}

Expr::Expr(double value) : Expr(make({.op = Op::number, .value = value, .indices = {}, .args = {}})) {}

Expr symbol(std::string name, std::vector<std::string> indices) {
  check_name("symbol", name);
  check_names(name, indices);
  return make({.op = Op::symbol, .name = std::move(name), .indices = std::move(indices), .args = {}});
}

Expr operator+(Expr a, Expr b) { return make({.op = Op::add, .indices = {}, .args = {std::move(a), std::move(b)}}); }
Expr operator-(Expr a, Expr b) { return std::move(a) + -std::move(b); }
Expr operator*(Expr a, Expr b) { return make({.op = Op::mul, .indices = {}, .args = {std::move(a), std::move(b)}}); }
Expr operator/(Expr a, Expr b) { return make({.op = Op::div, .indices = {}, .args = {std::move(a), std::move(b)}}); }
Expr operator-(Expr a) { return make({.op = Op::neg, .indices = {}, .args = {std::move(a)}}); }

Expr exp(Expr x) { return call(Function::exp, std::move(x)); }
Expr log(Expr x) { return call(Function::log, std::move(x)); }
Expr log1p(Expr x) { return call(Function::log1p, std::move(x)); }
Expr tanh(Expr x) { return call(Function::tanh, std::move(x)); }
Expr sigmoid(Expr x) { return call(Function::sigmoid, std::move(x)); }
Expr erf(Expr x) { return call(Function::erf, std::move(x)); }
Expr sqrt(Expr x) { return call(Function::sqrt, std::move(x)); }
Expr abs(Expr x) { return call(Function::abs, std::move(x)); }
Expr sin(Expr x) { return call(Function::sin, std::move(x)); }
Expr cos(Expr x) { return call(Function::cos, std::move(x)); }

Expr power(Expr x, int n) { return make({.op = Op::power, .exponent = n, .indices = {}, .args = {std::move(x)}}); }

Expr where_positive(Expr c, Expr then, Expr otherwise) {
  return make({.op = Op::where_positive, .indices = {}, .args = {std::move(c), std::move(then), std::move(otherwise)}});
}

Expr index_value(std::string index) {
  check_name("index variable", index);
  return make({.op = Op::index_value, .indices = {std::move(index)}, .args = {}});
}

Expr kronecker(std::string i, std::string j) {
  check_name("index variable", i);
  check_name("index variable", j);
  return make({.op = Op::kronecker, .indices = {std::move(i), std::move(j)}, .args = {}});
}

Expr sum(std::string index, std::string range, Expr body) {
  check_name("index variable", index);
  check_name("range", range);
  return make({.op = Op::sum, .name = std::move(range), .indices = {std::move(index)}, .args = {std::move(body)}});
}

Expr largest(std::string index, std::string range, Expr body) {
  check_name("index variable", index);
  check_name("range", range);
  return make({.op = Op::largest, .name = std::move(range), .indices = {std::move(index)}, .args = {std::move(body)}});
}

Expr define(std::string name, std::vector<std::string> indices, Expr body) {
  check_name("definition", name);
  check_names(name, indices);
  for (const std::string& index : body.node().free()) {
    if (std::find(indices.begin(), indices.end(), index) == indices.end()) {
      fail("formula: the body of definition \"{}\" depends on index \"{}\"; list it among the definition's indices",
           name, index);
    }
  }
  return make({.op = Op::define, .name = std::move(name), .indices = std::move(indices), .args = {std::move(body)}});
}

}  // namespace retrograd::formula
