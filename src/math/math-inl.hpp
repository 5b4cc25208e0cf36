// Vector functions on float and double vectors of any width. Included once per SIMD target (Highway's convention):
//
//   #undef HWY_TARGET_INCLUDE
//   #define HWY_TARGET_INCLUDE "path/of/this_file.cpp"
//   #include "math/targets.hpp"
//   #include <hwy/foreach_target.h>
//   #include "math/math-inl.hpp"
//
// Call them qualified (Highway has functions of the same names, which argument-dependent lookup finds), e.g. with
// `namespace vm = math::HWY_NAMESPACE;` as vm::Exp(d, x).
//
// A lane's result depends on that lane alone and is the same on every target, at every width, in partial vectors and in
// math/scalar.hpp. For float it does not depend on flush-to-zero or denormals-are-zero either: a denormal argument
// counts as zero of its sign, and a result too small to be normal is zero. NaN gives NaN. Largest errors against the
// exact value are asserted by tests/math/accuracy_test.cpp; [float] below is what was measured, in ulp.
#if defined(RETROGRAD_MATH_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef RETROGRAD_MATH_INL_HPP
#undef RETROGRAD_MATH_INL_HPP
#else
#define RETROGRAD_MATH_INL_HPP
#endif

#include "math/targets.hpp"
// Highway after the choice of targets.
#include <hwy/highway.h>

#include <cstddef>
#include <limits>

#include "hwy/contrib/math/math-inl.h"
#include "math/erf_table.hpp"

HWY_BEFORE_NAMESPACE();
namespace retrograd::math::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

namespace detail {

template <class T>
constexpr bool is_float = sizeof(T) == 4;

/// A denormal becomes zero of its sign; NaN stays.
template <class D, class V>
HWY_INLINE V FlushArgument(D d, V x) {
  const V smallest = hn::Set(d, std::numeric_limits<hn::TFromD<D>>::min());
  return hn::IfThenElse(hn::Lt(hn::Abs(x), smallest), hn::And(x, hn::SignBit(d)), x);
}

/// A result y >= 0 that is not above the smallest normal number becomes 0; NaN stays. (At the smallest normal itself,
/// rounding may depend on the flush-to-zero state.)
template <class D, class V>
HWY_INLINE V FlushResult(D d, V y) {
  const V smallest = hn::Set(d, std::numeric_limits<hn::TFromD<D>>::min());
  return hn::IfThenZeroElse(hn::Le(y, smallest), y);
}

/// Sum of c[i] x^i, by Estrin's scheme.
template <class D, class V, size_t N>
HWY_INLINE V Polynomial(D d, V x, const hn::TFromD<D> (&c)[N]) {
  V terms[(N + 1) / 2];
  for (size_t i = 0; i < N / 2; ++i) terms[i] = hn::MulAdd(hn::Set(d, c[2 * i + 1]), x, hn::Set(d, c[2 * i]));
  if (N % 2 == 1) terms[N / 2] = hn::Set(d, c[N - 1]);
  V power = x;
  for (size_t count = (N + 1) / 2; count > 1; count = (count + 1) / 2) {
    power = hn::Mul(power, power);
    for (size_t i = 0; i < count / 2; ++i) terms[i] = hn::MulAdd(terms[2 * i + 1], power, terms[2 * i]);
    if (count % 2 == 1) terms[count / 2] = terms[count - 1];
  }
  return terms[0];
}

}  // namespace detail

/// e^x. 0 below -87.33654 (float) or -708.39 (double), inf above the largest finite result.
template <class D, class V>
HWY_INLINE V Exp(D d, V x) {
  using T = hn::TFromD<D>;
  // The smallest results are normal; the largest argument overflows in the last step.
  const V low = hn::Set(d, static_cast<T>(detail::is_float<T> ? -87.33654 : -708.39));
  const V high = hn::Set(d, static_cast<T>(detail::is_float<T> ? 100.0 : 720.0));
  const V y = hn::Exp(d, hn::Max(hn::Min(x, high), low));
  return hn::IfThenElse(hn::IsNaN(x), x, hn::IfThenZeroElse(hn::Lt(x, low), y));
}

/// ln x. ±0 gives -inf, negative numbers NaN, inf inf.
template <class D, class V>
HWY_INLINE V Log(D d, V x) {
  using T = hn::TFromD<D>;
  using Limits = std::numeric_limits<T>;
  const V y = hn::impl::Log<D, V, /*kAllowSubnormals=*/false>(d, x);
  const V zero = hn::Zero(d);
  const auto is_zero = hn::Lt(hn::Abs(x), hn::Set(d, Limits::min()));
  const auto is_ordinary = hn::And(hn::Gt(x, zero), hn::Lt(x, hn::Set(d, Limits::infinity())));
  // inf and NaN are their own logarithms.
  const V special = hn::IfThenElse(hn::Lt(x, zero), hn::Set(d, Limits::quiet_NaN()), x);
  return hn::IfThenElse(is_zero, hn::Set(d, -Limits::infinity()), hn::IfThenElse(is_ordinary, y, special));
}

/// ln(1 + x). -1 gives -inf, less than -1 NaN, inf inf.
template <class D, class V>
HWY_INLINE V Log1p(D d, V x) {
  using T = hn::TFromD<D>;
  const V one = hn::Set(d, T(1));
  x = detail::FlushArgument(d, x);
  const V y = hn::Add(x, one);
  // ln(y) x/(y - 1) cancels the rounding of y (W. Kahan; see D. Goldberg, "What every computer scientist should know
  // about floating-point arithmetic", theorem 4).
  const auto is_one = hn::Eq(y, one);
  const V scale = hn::Div(x, hn::IfThenElse(is_one, one, hn::Sub(y, one)));
  const V result = hn::Mul(math::HWY_NAMESPACE::Log(d, y), scale);
  const auto is_infinite = hn::Eq(x, hn::Set(d, std::numeric_limits<T>::infinity()));
  return hn::IfThenElse(hn::Or(is_one, is_infinite), x, result);
}

/// 1/(1 + e^-x), with full relative precision in both tails.
template <class D, class V>
HWY_INLINE V Sigmoid(D d, V x) {
  const V one = hn::Set(d, hn::TFromD<D>(1));
  const V e = math::HWY_NAMESPACE::Exp(d, hn::Neg(hn::Abs(x)));
  return hn::Div(hn::IfThenElse(hn::Lt(x, hn::Zero(d)), e, one), hn::Add(one, e));
}

/// ln(1 + e^x), with full relative precision in both tails.
template <class D, class V>
HWY_INLINE V Softplus(D d, V x) {
  const V tail = math::HWY_NAMESPACE::Log1p(d, math::HWY_NAMESPACE::Exp(d, hn::Neg(hn::Abs(x))));
  return hn::Add(hn::Max(hn::Zero(d), x), tail);
}

/// tanh x.
template <class D, class V>
HWY_INLINE V Tanh(D d, V x) {
  using T = hn::TFromD<D>;
  x = detail::FlushArgument(d, x);
  const V limit = hn::Set(d, T(20));  // tanh rounds to 1 well before
  const V bounded = hn::Max(hn::Min(x, limit), hn::Neg(limit));
  return hn::IfThenElse(hn::IsNaN(x), x, hn::Tanh(d, bounded));
}

/// Density of the standard normal distribution, exp(-x^2/2)/sqrt(2 pi).
template <class D, class V>
HWY_INLINE V NormalPdf(D d, V x) {
  using T = hn::TFromD<D>;
  const V half = hn::Set(d, T(0.5));
  // The square's rounding error, times -1/2, corrects the exponential: exp(-(s + l)/2) = exp(-s/2) (1 - l/2).
  const V a = hn::Min(hn::Abs(x), hn::Set(d, T(64)));
  const V square = hn::Mul(a, a);
  const V low = hn::MulSub(a, a, square);
  const V e = math::HWY_NAMESPACE::Exp(d, hn::Neg(hn::Mul(half, square)));
  const V y = hn::Mul(hn::NegMulAdd(hn::Mul(half, low), e, e), hn::Set(d, T(0.39894228040143267794)));
  return hn::IfThenElse(hn::IsNaN(x), x, detail::FlushResult(d, y));
}

/// Distribution function of the standard normal distribution, Φ(x), with full relative precision in the lower tail.
template <class D, class V>
HWY_INLINE V NormalCdf(D d, V x) {
  using T = hn::TFromD<D>;
  using Table = ErfTable<T>;
  const V half = hn::Set(d, T(0.5)), one = hn::Set(d, T(1)), shift = hn::Set(d, Table::shift);
  // Φ(-a) = erfc(a/sqrt 2)/2 for a = |x|; the bound lies beyond the underflow of the exponential.
  const V a = hn::Min(hn::Abs(x), hn::Set(d, Table::tail_limit * T(1.41)));
  const V u = hn::Mul(a, hn::Set(d, T(0.70710678118654752440)));
  const V r = hn::Div(one, hn::Add(u, shift));
  const V scaled = hn::Mul(hn::Mul(r, half), detail::Polynomial(d, hn::Mul(hn::Sub(u, shift), r), Table::tail));
  const V square = hn::Mul(a, a);
  const V low = hn::MulSub(a, a, square);
  const V e = math::HWY_NAMESPACE::Exp(d, hn::Neg(hn::Mul(half, square)));
  const V tail = detail::FlushResult(d, hn::Mul(hn::NegMulAdd(hn::Mul(half, low), e, e), scaled));
  const V y = hn::IfThenElse(hn::Gt(x, hn::Zero(d)), hn::Sub(one, tail), tail);
  return hn::IfThenElse(hn::IsNaN(x), x, y);
}

/// Error function, 2/sqrt(pi) times the integral of exp(-t^2) from 0 to x.
template <class D, class V>
HWY_INLINE V Erf(D d, V x) {
  using T = hn::TFromD<D>;
  using Table = ErfTable<T>;
  const V one = hn::Set(d, T(1)), shift = hn::Set(d, Table::shift);
  x = detail::FlushArgument(d, x);
  const V a = hn::Min(hn::Abs(x), hn::Set(d, T(7)));  // erf rounds to 1 well before
  const V square = hn::Mul(a, a);
  const V centre = hn::Mul(a, detail::Polynomial(d, square, Table::centre));
  const V r = hn::Div(one, hn::Add(a, shift));
  const V scaled = hn::Mul(r, detail::Polynomial(d, hn::Mul(hn::Sub(a, shift), r), Table::tail));
  const V tail = hn::NegMulAdd(math::HWY_NAMESPACE::Exp(d, hn::Neg(square)), scaled, one);
  const V y = hn::IfThenElse(hn::Le(a, hn::Set(d, Table::centre_limit)), centre, tail);
  return hn::IfThenElse(hn::IsNaN(x), x, hn::CopySign(y, x));
}

/// sin x for |x| <= 39000; NaN beyond, where the reduction by pi would lose digits.
template <class D, class V>
HWY_INLINE V Sin(D d, V x) {
  using T = hn::TFromD<D>;
  x = detail::FlushArgument(d, x);
  const auto in_range = hn::Le(hn::Abs(x), hn::Set(d, T(39000)));
  const V y = hn::Sin(d, hn::IfThenElseZero(in_range, x));
  return hn::IfThenElse(in_range, y, hn::Set(d, std::numeric_limits<T>::quiet_NaN()));
}

/// cos x for |x| <= 39000; NaN beyond.
template <class D, class V>
HWY_INLINE V Cos(D d, V x) {
  using T = hn::TFromD<D>;
  const auto in_range = hn::Le(hn::Abs(x), hn::Set(d, T(39000)));
  const V y = hn::Cos(d, hn::IfThenElseZero(in_range, x));
  return hn::IfThenElse(in_range, y, hn::Set(d, std::numeric_limits<T>::quiet_NaN()));
}

}  // namespace retrograd::math::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
