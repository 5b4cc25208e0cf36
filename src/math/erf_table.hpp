// Coefficients of erf and of the normal distribution function, printed by derive_erf.py, which says how they come
// about.
#pragma once

#include <cstddef>

namespace retrograd::math {

/// erfc(x) = exp(-x^2) r P(t), r = 1/(x + shift), t = (x - shift) r, P = tail, for 0 <= x <= tail_limit;
/// erf(x) = x Q(x^2), Q = centre, for |x| <= centre_limit. Constant coefficient first.
template <class T>
struct ErfTable;

template <>
struct ErfTable<float> {
  // Relative errors of the exact polynomials: 1.76e-9 (tail), 1.52e-9 (centre).
  static constexpr float shift = 3, tail_limit = 9.5f, centre_limit = 0.75f;
  static constexpr float tail[] = {1.074006907f,     -8.833944818e-1f, 5.902283316e-1f,  -3.104661705e-1f,
                                   1.195284934e-1f,  -2.683869362e-2f, -1.222897193e-3f, 3.079125567e-3f,
                                   -4.903208385e-4f, -3.292681380e-4f};
  static constexpr float centre[] = {1.128379166f,     -3.761261970e-1f, 1.128338977e-1f,
                                     -2.683527491e-2f, 5.115657236e-3f,  -6.758787992e-4f};
};

template <>
struct ErfTable<double> {
  // Relative errors of the exact polynomials: 1.27e-17 (tail), 8.43e-19 (centre).
  static constexpr double shift = 3, tail_limit = 27.5, centre_limit = 0.75;
  static constexpr double tail[] = {
      1.07400690708833971,     -8.83394453169883700e-1, 5.90228357104099657e-1,  -3.10467261900558993e-1,
      1.19527761287421227e-1,  -2.68272346247605937e-2, -1.21241663030086416e-3, 3.03406200532293733e-3,
      -5.48309654295442455e-4, -2.76777877700510734e-4, 1.07561223283036860e-4,  3.03982932052488740e-5,
      -1.74694222385657851e-5, -4.74949022725129005e-6, 2.76223479339758078e-6,  9.98942901666960933e-7,
      -4.02449986970897341e-7, -2.32531538930930804e-7, 4.02053396282455754e-8,  4.83804648741456381e-8,
      2.33272867801759676e-9,  -6.26169501389001859e-9, -1.55365375598776526e-9};
  static constexpr double centre[] = {1.12837916709551257,     -3.76126389031837172e-1, 1.12837916709526143e-1,
                                      -2.68661706444326354e-2, 5.22397761546845624e-3,  -8.54832619193706402e-4,
                                      1.20552896958132121e-4,  -1.49241995108525999e-5, 1.64307325846643759e-6,
                                      -1.59404715845833401e-7, 1.14739380216122585e-8};
};

}  // namespace retrograd::math
