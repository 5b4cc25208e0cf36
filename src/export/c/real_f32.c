typedef float real;
typedef uint32_t real_bits;
#define FMA fmaf
#define SQRT sqrtf
#define ABS fabsf
#define COPYSIGN copysignf
#define SMALLEST FLT_MIN
#define LOWEST_EXPONENT (real)-87.33654
#define HIGHEST_EXPONENT (real)100.0
//@ exp_poly
/* e^x - 1 for |x| <= ln(2)/2. */
static real exp_poly(real x) {
  const real x2 = x * x, x4 = x2 * x2;
  const real low = FMA(x2, FMA(0.00833336077630519866943359f, x, 0.0416664853692054748535156f),
                       FMA(0.166666671633720397949219f, x, 0.5f));
  return FMA(FMA(x4, FMA(0.000198527617612853646278381f, x, 0.00139304355252534151077271f), low), x2, x);
}
//@ exp_parts
/* 2^e, and x less q ln(2) in two steps. */
static real power_of_two(int e) {
  const real_bits bits = (real_bits)(e + 0x7F) << 23;
  real y;
  memcpy(&y, &bits, sizeof y);
  return y;
}
static real exp_reduce(real x, int q) {
  x = FMA((real)q, -0.693145751953125f, x);
  return FMA((real)q, -1.428606765330187045e-6f, x);
}
//@ log_core
/* ln(x) for normal x > 0. */
static real log_core(real x) {
  real_bits bits;
  real y;
  memcpy(&bits, &x, sizeof bits);
  bits += 0x3F800000u - 0x3F3504F3u;
  const real e = (real)((int)(bits >> 23) - 0x7F);
  bits = (bits & 0x7FFFFFu) + 0x3F3504F3u;
  memcpy(&y, &bits, sizeof y);
  const real ym1 = y - 1.0f, z = ym1 / (y + 1.0f), z2 = z * z, z4 = z2 * z2;
  const real odd = FMA(0.24279078841f, z4, 0.40000972152f) * z4;
  const real poly = FMA(FMA(0.28498786688f, z4, 0.66666662693f), z2, odd);
  const real rest = FMA(z, ym1 - poly, -(e * 9.0580006145e-6f)) - ym1;
  return FMA(e, 0.69313812256f, -rest);
}
//@ normal_tables
static const real tail_shift = 4.25f, tail_limit = 13.5f;
static const real tail_poly[] = {7.595542082e-1f,  -6.251297973e-1f, 4.182275351e-1f,  -2.205152347e-1f,
                                 8.527217641e-2f,  -1.936678877e-2f, -7.507111363e-4f, 2.183950866e-3f,
                                 -3.661331475e-4f, -2.350564214e-4f};
static const real centre_poly[] = {1.283791656e-1f,  -3.761261970e-1f, 1.128338977e-1f,
                                   -2.683527491e-2f, 5.115657236e-3f,  -6.758787992e-4f};
//@ cos_parts
static real cos_reduce(real x, real q) {
  x = FMA(q, -0.5f * 3.140625f, x);
  x = FMA(q, -0.5f * 0.0009670257568359375f, x);
  x = FMA(q, -0.5f * 6.2771141529083251953e-7f, x);
  return FMA(q, -0.5f * 1.2154201256553420762e-10f, x);
}
static real sin_poly(real x) {
  const real y = x * x, y2 = y * y;
  const real high = FMA(2.6083159809786593541503e-6f, y, -1.981069071916863322258e-4f);
  const real sum = FMA(y2, high, FMA(8.33307858556509017944336e-3f, y, -1.66666597127914428710938e-1f));
  return FMA(sum, y * x, x);
}
