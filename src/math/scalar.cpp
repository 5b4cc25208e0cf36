#include "math/scalar.hpp"

// The vector code on one lane, compiled for the baseline target only.
#include "math/math-inl.hpp"

namespace retrograd::math {

namespace hn = hwy::HWY_NAMESPACE;

#define RETROGRAD_SCALAR(name, Vector)            \
  template <Real T>                               \
  T name(T x) {                                   \
    const hn::CappedTag<T, 1> d;                  \
    return hn::GetLane(Vector(d, hn::Set(d, x))); \
  }                                               \
  template float name(float);                     \
  template double name(double);

RETROGRAD_SCALAR(exp, HWY_NAMESPACE::Exp)
RETROGRAD_SCALAR(log, HWY_NAMESPACE::Log)
RETROGRAD_SCALAR(log1p, HWY_NAMESPACE::Log1p)
RETROGRAD_SCALAR(tanh, HWY_NAMESPACE::Tanh)
RETROGRAD_SCALAR(sigmoid, HWY_NAMESPACE::Sigmoid)
RETROGRAD_SCALAR(softplus, HWY_NAMESPACE::Softplus)
RETROGRAD_SCALAR(erf, HWY_NAMESPACE::Erf)
RETROGRAD_SCALAR(normal_cdf, HWY_NAMESPACE::NormalCdf)
RETROGRAD_SCALAR(normal_pdf, HWY_NAMESPACE::NormalPdf)
RETROGRAD_SCALAR(sin, HWY_NAMESPACE::Sin)
RETROGRAD_SCALAR(cos, HWY_NAMESPACE::Cos)
#undef RETROGRAD_SCALAR

template <Real T>
T sqrt(T x) {
  const hn::CappedTag<T, 1> d;
  return hn::GetLane(hn::Sqrt(hn::Set(d, x)));
}
template float sqrt(float);
template double sqrt(double);

}  // namespace retrograd::math
