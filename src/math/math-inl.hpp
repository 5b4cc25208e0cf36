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
// counts as zero of its sign, and a result too small to be normal is zero. NaN gives NaN.
//
// Largest errors in ulp, float / double, found on the sweeps of tests/math/accuracy_test.cpp (which asserts them):
//   Exp 1.0/1.0, Log 0.8/0.6, Log1p 2.4/0.6, Tanh 2.8/2.9, Sigmoid 2.3/2.2, Softplus 2.6/2.7, Erf 1.7/1.9,
//   NormalCdf 4.7/4.0, NormalPdf 2.7/2.8, Sin 2.1/2.6, Cos 2.4/2.6.
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

/// Sum of c[i] x^i, by Horner's scheme, which rounds less than Estrin's; other lanes' work hides its latency.
template <class D, class V, size_t N>
HWY_INLINE V Polynomial(D d, V x, const hn::TFromD<D> (&c)[N]) {
  V sum = hn::Set(d, c[N - 1]);
  for (size_t i = N - 1; i-- > 0;) sum = hn::MulAdd(sum, x, hn::Set(d, c[i]));
  return sum;
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

namespace detail {

/// Φ(-a) exp(a^2/2) for 0 <= a <= tail_limit.
template <class D, class V>
HWY_INLINE V ScaledTail(D d, V a) {
  using T = hn::TFromD<D>;
  using Table = ErfTable<T>;
  const V shift = hn::Set(d, Table::shift);
  const V r = hn::Div(hn::Set(d, T(1)), hn::Add(a, shift));
  return hn::Mul(r, Polynomial(d, hn::Mul(hn::Sub(a, shift), r), Table::tail));
}

}  // namespace detail

/// Distribution function of the standard normal distribution, Φ(x), with full relative precision in the lower tail.
template <class D, class V>
HWY_INLINE V NormalCdf(D d, V x) {
  using T = hn::TFromD<D>;
  using Table = ErfTable<T>;
  const V half = hn::Set(d, T(0.5)), one = hn::Set(d, T(1));
  // The bound lies beyond the underflow of the result.
  const V a = hn::Min(hn::Abs(x), hn::Set(d, Table::tail_limit));
  // The square's rounding error corrects the exponential, as in NormalPdf.
  const V square = hn::Mul(a, a);
  const V low = hn::MulSub(a, a, square);
  const V e = math::HWY_NAMESPACE::Exp(d, hn::Neg(hn::Mul(half, square)));
  const V scaled = detail::ScaledTail(d, a);
  const V tail = detail::FlushResult(d, hn::Mul(hn::NegMulAdd(hn::Mul(half, low), e, e), scaled));
  const V outer = hn::IfThenElse(hn::Gt(x, hn::Zero(d)), hn::Sub(one, tail), tail);
  // Around 0, (1 + erf(x/sqrt 2))/2 rounds less.
  const V u = hn::Mul(a, hn::Set(d, T(0.70710678118654752440)));
  const V v = hn::Mul(u, half);
  const V centre = hn::MulAdd(v, detail::Polynomial(d, hn::Mul(u, u), Table::centre), v);
  const V inner = hn::Add(half, hn::CopySign(centre, x));
  const V y = hn::IfThenElse(hn::Lt(a, hn::Set(d, T(1.06))), inner, outer);
  return hn::IfThenElse(hn::IsNaN(x), x, y);
}

/// Error function, 2/sqrt(pi) times the integral of exp(-t^2) from 0 to x.
template <class D, class V>
HWY_INLINE V Erf(D d, V x) {
  using T = hn::TFromD<D>;
  using Table = ErfTable<T>;
  x = detail::FlushArgument(d, x);
  const V a = hn::Min(hn::Abs(x), hn::Set(d, T(7)));  // erf rounds to 1 well before
  const V square = hn::Mul(a, a);
  const V centre = hn::MulAdd(a, detail::Polynomial(d, square, Table::centre), a);
  // erf(a) = 1 - 2 Φ(-a sqrt 2).
  const V scaled = detail::ScaledTail(d, hn::Mul(a, hn::Set(d, T(1.41421356237309504880))));
  const V e = math::HWY_NAMESPACE::Exp(d, hn::Neg(square));
  const V tail = hn::NegMulAdd(hn::Add(e, e), scaled, hn::Set(d, T(1)));
  const V y = hn::IfThenElse(hn::Le(a, hn::Set(d, Table::centre_limit)), centre, tail);
  return hn::IfThenElse(hn::IsNaN(x), x, hn::CopySign(y, x));
}

/// sin x for |x| <= 39000; NaN beyond, where the reduction by pi would lose digits.
template <class D, class V>
HWY_INLINE V Sin(D d, V x) {
  using T = hn::TFromD<D>;
  x = detail::FlushArgument(d, x);
  const V a = hn::Abs(x);
  const auto in_range = hn::Le(a, hn::Set(d, T(39000)));
  const V y = hn::Xor(hn::Sin(d, hn::IfThenElseZero(in_range, a)), hn::And(x, hn::SignBit(d)));
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
