// Re-deriving a receipt: the pieces of verify_receipt.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/fail.hpp"
#include "explain/core/local_formula.hpp"
#include "graph/program.hpp"
#include "retrograd/explain.hpp"

namespace retrograd::explaining {

/// Thrown at the first number that does not follow.
struct Fault {
  std::string text;
};

/// The receipt's numbers, looked up by name, and what has been checked so far.
class Evidence {
 public:
  explicit Evidence(const Explanation& explanation) : e(explanation) {}

  /// Counts a statement that holds; throws Fault with the message otherwise.
  template <class... Args>
  void expect(bool holds, fmt::format_string<Args...> format, Args&&... args) {
    if (!holds) throw Fault{fmt::format(format, std::forward<Args>(args)...)};
    ++checked;
  }
  /// |found − derived| <= tolerance · scale, or both are not numbers.
  void expect_near(double found, double derived, double scale, const std::string& what, double tolerance = 1e-12) {
    const bool same = found == derived || (std::isnan(found) && std::isnan(derived));
    expect(same || std::fabs(found - derived) <= tolerance * scale, "{} is {}, but {} follows", what, found, derived);
  }
  void expect_formula(const MathFormula& found, const MathFormula& derived, const std::string& what);
  void leave_open(const std::string& what);

  const ValueNumbers& value(const std::string& name, const std::string& where);
  const ValueNumbers& gradient(const std::string& name, const std::string& where);
  const ParameterNumbers& parameter(const std::string& name, const std::string& where);
  const ForwardEquation& equation(const std::string& name, const std::string& where);

  const Explanation& e;
  int64_t checked = 0;
  std::vector<std::string> open;
};

/// The programs of the receipt, rebuilt from its equations by the operators' own rules.
struct Rebuilt {
  graph::ForwardProgram program;
  graph::ReverseProgram reverse;
  std::vector<std::unique_ptr<RoomFormula>> formulas;
  bool whole = true;  ///< every parameter's values are in the receipt
};

/// Checks shapes, names, wiring and formulas of both programs.
Rebuilt verify_programs(Evidence& v);
/// Checks every value and gradient of the focus row that the receipt's numbers determine.
void verify_numbers(Evidence& v, const Rebuilt& built);
/// Checks the derivations, their traces and updates.
void verify_derivations(Evidence& v, const Rebuilt& built);
void verify_update(Evidence& v, const Derivation& derivation);
/// Checks loss, long way, gains and the audit's verdict.
void verify_statement(Evidence& v, const Rebuilt& built);

/// An expression of equation `index` at (focus row, unit), by the receipt's numbers; nothing if it reads a parameter
/// that the receipt leaves out.
std::optional<double> evaluate(const Evidence& v, const Rebuilt& built, size_t index, const formula::Expr& expression,
                               int unit, const std::vector<std::pair<std::string, int>>& indices);
double largest_of(const std::vector<double>& v);

}  // namespace retrograd::explaining
