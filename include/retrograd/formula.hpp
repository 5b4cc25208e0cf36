// Formulas: the mathematics of an operator as an expression tree that can be printed, differentiated and evaluated.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace retrograd::formula {

class Node;

/// An immutable expression over real numbers; cheap to copy (shared nodes).
///
/// Symbols carry index variables: x("i") is symbol("x", {"i"}). A sum binds one index variable over a named range.
/// `define` gives a sub-expression a name for printing ("where p_k = …"); it evaluates and differentiates as its body.
class Expr {
 public:
  Expr(double value);  // NOLINT(google-explicit-constructor): numbers read naturally in formulas
  explicit Expr(std::shared_ptr<const Node> node) : node_(std::move(node)) {}
  const Node& node() const { return *node_; }
  const std::shared_ptr<const Node>& shared() const { return node_; }

 private:
  std::shared_ptr<const Node> node_;
};

Expr symbol(std::string name, std::vector<std::string> indices = {});
Expr operator+(Expr a, Expr b);
Expr operator-(Expr a, Expr b);
Expr operator*(Expr a, Expr b);
Expr operator/(Expr a, Expr b);
Expr operator-(Expr a);

/// One-argument functions: exp, log, log1p, tanh, sigmoid (printed σ), erf, sqrt, abs, sin, cos. The derivative of
/// sigmoid is σ(z)·σ(−z), which keeps its digits in saturation; the derivative of abs at 0 is 0.
Expr exp(Expr x);
Expr log(Expr x);
Expr log1p(Expr x);
Expr tanh(Expr x);
Expr sigmoid(Expr x);
Expr erf(Expr x);
Expr sqrt(Expr x);
Expr abs(Expr x);
Expr sin(Expr x);
Expr cos(Expr x);
/// x to an integer power.
Expr power(Expr x, int n);
/// `then` where c > 0, else `otherwise`; differentiates each branch and never the condition.
Expr where_positive(Expr c, Expr then, Expr otherwise);
/// The value of index variable `index` as a number (0, 1, …), e.g. to compare with a class code.
Expr index_value(std::string index);
/// 1 if the two index variables are equal, else 0.
Expr kronecker(std::string i, std::string j);
/// Σ over index = 0 … range − 1 of body.
Expr sum(std::string index, std::string range, Expr body);
/// The largest of body over index = 0 … range − 1; differentiates to 0 (use only where the result cancels, as in
/// softmax).
Expr largest(std::string index, std::string range, Expr body);
/// A name for `body`, whose free index variables are `indices`.
Expr define(std::string name, std::vector<std::string> indices, Expr body);

/// Values for evaluation: numbers of symbols, sizes of ranges, and the free index variables.
struct Environment {
  std::function<double(std::string_view name, std::span<const int> indices)> value;
  std::map<std::string, int, std::less<>> ranges;
  std::map<std::string, int, std::less<>> indices;
};
double evaluate(const Expr& e, const Environment& environment);

/// ∂e/∂symbol(name, indices), simplified: constants folded, Σ_i f(i)·[i = m] → f(m). `indices` are fresh index
/// variables.
Expr differentiate(const Expr& e, std::string_view name, const std::vector<std::string>& indices);

enum class Notation { text, latex, mathml };
/// The expression in plain text (Unicode, one line), LaTeX (math mode) or presentation MathML (an <mrow>).
std::string print(const Expr& e, Notation notation = Notation::text);
/// The definitions that `e` uses, each as (left side, right side), innermost last.
std::vector<std::pair<std::string, std::string>> definitions(const Expr& e, Notation notation = Notation::text);

}  // namespace retrograd::formula
