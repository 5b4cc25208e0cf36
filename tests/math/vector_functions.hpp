// The vector functions behind names, for tests.
#pragma once

#include <cstddef>
#include <span>

namespace retrograd::test {

struct Function {
  const char* name;
  void (*vector)(const float* x, float* y, size_t count, size_t lanes);  ///< `lanes` of a vector at a time; 0: all
  float (*scalar)(float);
  double (*scalar_double)(double);
  long double (*exact)(long double);  ///< libm in long double
  double lo, hi;                      ///< range of the accuracy sweep
  double max_ulp_float, max_ulp_double;
};

std::span<const Function> functions();

}  // namespace retrograd::test
