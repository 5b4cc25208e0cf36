// Initial values of parameters. Every value is a function of (seed, parameter, element), never of threads or order:
// computed in double from counter-based numbers, without libm, and rounded once.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace retrograd::graph {

/// What is fixed of an initialiser of W [fan_in, fan_out].
struct InitializerInfo {
  std::string_view name;
  std::string_view formula;   ///< the distribution of one element, or the property of the matrix
  std::string_view source;    ///< paper, or "definition"
  std::string_view argument;  ///< what the argument means; empty: it is not read
};

/// Every initialiser.
std::span<const InitializerInfo> all_initializers();

/// Throws Error if there is no initialiser of that name (listing the names) or the argument is not allowed: not finite,
/// a negative gain, a standard deviation or half-width that is not positive.
void check_initializer(std::string_view name, double argument);

/// Fills `out` [fan_in, fan_out] row-major; `parameter_index` tells parameters of one network apart. `argument` is the
/// constant, standard deviation or half-width of "constant", "normal", "uniform"; the others multiply by it as a gain,
/// with 0 standing for 1. Normal distributions are not truncated. "data" gives the numbers that training then fits to
/// its rows (train/fit_initial.hpp).
///
/// "orthogonal": modified Gram-Schmidt, done twice (Giraud, Langou & Rozložník 2005: twice is enough), on a matrix of
/// normal numbers, in double and in a fixed order; 2·fan_in·fan_out·min(fan_in, fan_out) fused multiply-adds or so.
/// Columns are orthonormal (times the gain) if fan_in >= fan_out, else rows.
///
/// Throws Error as check_initializer does, and if fan_in or fan_out is below 1 or the matrix has more than 2^32
/// elements.
template <class T>
void initialize(std::string_view name, double argument, int fan_in, int fan_out, uint64_t seed,
                uint64_t parameter_index, T* out);

extern template void initialize<float>(std::string_view, double, int, int, uint64_t, uint64_t, float*);
extern template void initialize<double>(std::string_view, double, int, int, uint64_t, uint64_t, double*);

}  // namespace retrograd::graph
