// Coefficients of erf and of the normal distribution function, printed by derive_erf.py, which says how they come
// about.
#pragma once

namespace retrograd::math {

/// Φ(-a) = exp(-a^2/2) r P(t), r = 1/(a + shift), t = (a - shift) r, P = tail, for 0 <= a <= tail_limit;
/// erf(x) = x + x Q(x^2), Q = centre, for |x| <= centre_limit. Constant coefficient first.
template <class T>
struct ErfTable;

template <>
struct ErfTable<float> {
  // Relative errors of the exact polynomials: 1.80e-9 (tail), 1.52e-9 (centre).
  static constexpr float shift = 4.25f, tail_limit = 13.5f, centre_limit = 0.75f;
  static constexpr float tail[] = {7.595542082e-1f,  -6.251297973e-1f, 4.182275351e-1f,  -2.205152347e-1f,
                                   8.527217641e-2f,  -1.936678877e-2f, -7.507111363e-4f, 2.183950866e-3f,
                                   -3.661331475e-4f, -2.350564214e-4f};
  static constexpr float centre[] = {1.283791656e-1f,  -3.761261970e-1f, 1.128338977e-1f,
                                     -2.683527491e-2f, 5.115657236e-3f,  -6.758787992e-4f};
};

template <>
struct ErfTable<double> {
  // Relative errors of the exact polynomials: 1.31e-17 (tail), 8.43e-19 (centre).
  static constexpr double shift = 4.25, tail_limit = 38.5, centre_limit = 0.75;
  static constexpr double tail[] = {
      7.59554208267207072e-1,  -6.25129777083448616e-1, 4.18227525822532038e-1,  -2.20516017452788592e-1,
      8.52720761455391761e-2,  -1.93583240777069818e-2, -7.45337941751664844e-4, 2.14938268687187049e-3,
      -4.04456240980607573e-4, -1.92122980992002807e-4, 7.80053978284150350e-5,  2.06489746857801507e-5,
      -1.26196012061369753e-5, -3.19662399751543885e-6, 2.00357339203336913e-6,  6.77315960606116524e-7,
      -2.96613270594387718e-7, -1.59916363184768887e-7, 3.12962712639629716e-8,  3.37956603568547507e-8,
      1.15774415626987988e-9,  -4.44366301203947688e-9, -1.06908644160907456e-9};
  static constexpr double centre[] = {1.28379167095512573e-1,  -3.76126389031837172e-1, 1.12837916709526143e-1,
                                      -2.68661706444326354e-2, 5.22397761546845624e-3,  -8.54832619193706402e-4,
                                      1.20552896958132121e-4,  -1.49241995108525999e-5, 1.64307325846643759e-6,
                                      -1.59404715845833401e-7, 1.14739380216122585e-8};
};

}  // namespace retrograd::math
