// Cases: what a room's test says of its operator. The proofs themselves are shared (proof.hpp) and run for every
// operator of the list; an operator without cases fails them.
//
//   const support::CasesOf cases("relu", [] {
//     support::Case c = support::make_case("ordinary", {7});
//     c.extremes = {-1e30f, 0.0f, 1e30f};
//     return std::vector{c};
//   });
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "retrograd/operator.hpp"

namespace retrograd::support {

struct Interval {
  double low = -4, high = 4;
};

/// A signature that must be refused, and what the message must mention besides the operator's name (both shapes).
struct Refusal {
  ops::Signature signature;
  std::vector<std::string> mentions;
};

struct Case {
  std::string name;
  ops::Signature signature;  ///< with empty attributes the defaults are taken
  std::vector<int64_t> rows = {1, 3, 7, 31, 32, 33, 258};
  /// Real data are uniform in x[input] (the last repeats) and in `parameters`; exact data are small integers.
  std::vector<Interval> x = {Interval{}};
  Interval parameters{-1, 1};
  /// Writes one row of one input in place of the uniform numbers (class codes, missing values); may decline with false.
  std::function<bool(int input, int64_t row, std::span<float> features, Stream& random)> fill;
  /// Writes one parameter in place of the uniform numbers (scales that must be positive); may decline with false.
  std::function<bool(int parameter, std::span<float> values, Stream& random)> fill_parameter;
  bool training = true;
  /// float32 arithmetic on small integers is exact: the kernel must equal the double reference there.
  bool exact_on_integers = false;
  /// dx is the derivative of y. False: the operator passes no gradient (one_hot), dx must be 0.
  bool differentiable = true;
  /// Inputs of element-wise operators and z − y of losses near which differences are not taken, besides info.kinks.
  std::vector<double> avoid;
  /// Gains at info.kinks where they depend on attributes; empty: info.kink_gains.
  std::vector<double> kink_gains;
  /// Inputs on which y must be finite, equal to the reference, and within the bound (first input, every feature).
  std::vector<float> extremes;
  /// Terms of y and of dx/dy are at least this large where they cancel (the root of a gain): ulp are counted of it.
  double forward_floor = 0, backward_floor = 0;
  /// The same for element-wise operators, as a function of the input: the size of the gain's largest term.
  std::function<double(double z)> gain_term;
  /// Values of symbols that are neither inputs nor parameters (a dropout mask): (name, indices, row, feature).
  std::function<double(std::string_view name, std::span<const int> indices, int64_t row, int feature)> symbol;
  /// Too large for the proofs that evaluate formulas or differences one element at a time (1 to 3 skip it).
  bool large = false;
  std::vector<Refusal> refused;
};

/// A case of one input of `features` features each, default attributes.
Case make_case(std::string name, std::vector<int> features, std::vector<double> attributes = {}, int units = 0);

/// The cases of a smooth activation with default attributes: ordinary numbers, tails and extremes, a wide layer.
std::vector<Case> activation_cases(const std::function<double(double z)>& gain_term = nullptr);

/// The cases of a loss of the residuals z − y: several numbers, one, a wide layer, and targets of another width.
std::vector<Case> residual_loss_cases(const std::vector<double>& attributes = {});

/// Registers the cases of an operator; one static object in its test file.
class CasesOf {
 public:
  CasesOf(std::string_view operator_name, std::function<std::vector<Case>()> cases);
};

/// The registered cases, attributes filled in; empty if there are none.
std::vector<Case> cases_of(const ops::Operator& op);

/// The key of random numbers that proofs run with; a case that must know a dropout mask computes it from this.
inline constexpr ops::RandomKey kKey{2026, 3, 5};

}  // namespace retrograd::support
