#include "math/vector_functions.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/vector_functions.cpp"
#include "math/targets.hpp"
// Highway re-includes this file per target from here.
#include <hwy/foreach_target.h>

#include "math/math-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace retrograd::test::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
namespace vm = retrograd::math::HWY_NAMESPACE;

template <class D, class F>
HWY_INLINE void blocks(D d, const float* x, float* y, size_t count, F f) {
  const size_t lanes = hn::Lanes(d);
  size_t i = 0;
  for (; i + lanes <= count; i += lanes) hn::StoreU(f(d, hn::LoadU(d, x + i)), d, y + i);
  if (i == count) return;
  const auto mask = hn::FirstN(d, count - i);
  hn::BlendedStore(f(d, hn::MaskedLoad(mask, d, x + i)), mask, d, y + i);
}

template <class F>
HWY_INLINE void any_width(const float* x, float* y, size_t count, size_t lanes, F f) {
  if (lanes == 1) return blocks(hn::CappedTag<float, 1>(), x, y, count, f);
  if (lanes == 2) return blocks(hn::CappedTag<float, 2>(), x, y, count, f);
  if (lanes == 4) return blocks(hn::CappedTag<float, 4>(), x, y, count, f);
  if (lanes == 8) return blocks(hn::CappedTag<float, 8>(), x, y, count, f);
  blocks(hn::ScalableTag<float>(), x, y, count, f);
}

#define RETROGRAD_EACH(F) \
  F(Exp) F(Log) F(Log1p) F(Tanh) F(Sigmoid) F(Softplus) F(Erf) F(NormalCdf) F(NormalPdf) F(Sin) F(Cos)
#define RETROGRAD_DEFINE(Name)                                                    \
  void Name(const float* x, float* y, size_t count, size_t lanes) {               \
    any_width(x, y, count, lanes, [](auto d, auto v) { return vm::Name(d, v); }); \
  }
RETROGRAD_EACH(RETROGRAD_DEFINE)

}  // namespace retrograd::test::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <cmath>

#include "math/scalar.hpp"

namespace retrograd::test {

#define RETROGRAD_EXPORT(Name)                                                        \
  HWY_EXPORT(Name);                                                                   \
  static void dispatch_##Name(const float* x, float* y, size_t count, size_t lanes) { \
    HWY_DYNAMIC_DISPATCH(Name)(x, y, count, lanes);                                   \
  }
RETROGRAD_EACH(RETROGRAD_EXPORT)

namespace {

long double exact_sigmoid(long double x) { return 1 / (1 + std::exp(-x)); }
long double exact_softplus(long double x) { return std::max(x, 0.0L) + std::log1p(std::exp(-std::abs(x))); }
long double exact_cdf(long double x) { return std::erfc(-x * std::sqrt(0.5L)) / 2; }
long double exact_pdf(long double x) { return std::exp(-x * x / 2) * std::sqrt(0.5L / std::acos(-1.0L)); }

#define RETROGRAD_ROW(Name, scalar) #Name, dispatch_##Name, math::scalar < float>, math::scalar < double>
using Unary = long double (*)(long double);
const Function kFunctions[] = {
    {RETROGRAD_ROW(Exp, exp), static_cast<Unary>(std::exp), -87.3, 88.7, 1, 1},
    {RETROGRAD_ROW(Log, log), static_cast<Unary>(std::log), 1e-37, 3e38, 0.81, 0.6},
    {RETROGRAD_ROW(Log1p, log1p), static_cast<Unary>(std::log1p), -0.99999, 3e38, 2.4, 0.6},
    {RETROGRAD_ROW(Tanh, tanh), static_cast<Unary>(std::tanh), -12, 12, 2.8, 2.9},
    {RETROGRAD_ROW(Sigmoid, sigmoid), exact_sigmoid, -87, 100, 2.3, 2.2},
    {RETROGRAD_ROW(Softplus, softplus), exact_softplus, -87, 100, 2.6, 2.7},
    {RETROGRAD_ROW(Erf, erf), static_cast<Unary>(std::erf), -6, 6, 1.7, 1.9},
    {RETROGRAD_ROW(NormalCdf, normal_cdf), exact_cdf, -12.8, 8, 4.7, 4.0},
    {RETROGRAD_ROW(NormalPdf, normal_pdf), exact_pdf, -13, 13, 2.7, 2.8},
    {RETROGRAD_ROW(Sin, sin), static_cast<Unary>(std::sin), -10, 10, 2.1, 2.6},
    {RETROGRAD_ROW(Cos, cos), static_cast<Unary>(std::cos), -10, 10, 2.4, 2.6},
};

}  // namespace

std::span<const Function> functions() { return kFunctions; }

}  // namespace retrograd::test
#endif
