// The tree behind formula::Expr.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "retrograd/formula.hpp"

namespace retrograd::formula {

enum class Op {
  number,
  symbol,
  add,
  mul,
  div,
  neg,
  call,
  power,
  where_positive,
  index_value,
  kronecker,
  sum,
  largest,
  define
};
enum class Function { exp, log, log1p, tanh, sigmoid, erf, sqrt, abs, sin, cos };

/// What a node is made of; which fields count depends on `op`.
struct Parts {
  Op op = Op::number;
  double value = 0;                  ///< number
  Function function = {};            ///< call
  int exponent = 0;                  ///< power
  std::string name = {};             ///< symbol and define: the name; sum and largest: the range
  std::vector<std::string> indices;  ///< symbol, define, index_value, kronecker; sum and largest: the one they bind
  std::vector<Expr> args;            ///< operands; where_positive: condition, then, otherwise
};

/// Nesting beyond this is refused when a node is made, so that recursive walks stay within a thread's stack. A chain of
/// additions counts as one level, however long: every walk flattens it.
inline constexpr int kMaxDepth = 2000;

class Node : public Parts {
 public:
  /// Throws Error if the tree would be nested deeper than kMaxDepth.
  explicit Node(Parts parts);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  /// Free index variables, sorted.
  const std::vector<std::string>& free() const { return free_; }
  bool has_free(std::string_view index) const;

 private:
  std::vector<std::string> free_;
  int depth_ = 1;
};

Expr make(Parts parts);
inline Expr with_args(const Node& node, std::vector<Expr> args) {
  return make({node.op, node.value, node.function, node.exponent, node.name, node.indices, std::move(args)});
}
Expr call(Function function, Expr x);

/// The terms of a chain of additions from left to right (`e` itself if it is none), without recursion.
std::vector<Expr> terms(const Expr& e);

inline bool is(const Expr& e, Op op) { return e.node().op == op; }
inline bool is_number(const Expr& e, double value) { return is(e, Op::number) && e.node().value == value; }

}  // namespace retrograd::formula
