// The functions of math/math-inl.hpp for one number: the same bits as a vector lane, no libm.
// For plain reference code, in float and (at most 4 ulp from the exact value) in double.
#pragma once

#include <concepts>

namespace retrograd::math {

template <class T>
concept Real = std::same_as<T, float> || std::same_as<T, double>;

// Arguments and special values: see math-inl.hpp. sin and cos: |x| <= 39000, NaN beyond.
template <Real T>
T exp(T x);
template <Real T>
T log(T x);
template <Real T>
T log1p(T x);
template <Real T>
T tanh(T x);
/// 1/(1 + e^-x)
template <Real T>
T sigmoid(T x);
/// ln(1 + e^x)
template <Real T>
T softplus(T x);
template <Real T>
T erf(T x);
/// Φ(x), the standard normal distribution function.
template <Real T>
T normal_cdf(T x);
/// Its density, exp(-x^2/2)/sqrt(2 pi).
template <Real T>
T normal_pdf(T x);
template <Real T>
T sin(T x);
template <Real T>
T cos(T x);
/// The correctly rounded square root; NaN for negative numbers.
template <Real T>
T sqrt(T x);

/// x y + z rounded once.
inline float fma(float x, float y, float z) { return __builtin_fmaf(x, y, z); }
inline double fma(double x, double y, double z) { return __builtin_fma(x, y, z); }

}  // namespace retrograd::math
