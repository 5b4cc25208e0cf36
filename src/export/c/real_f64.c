typedef double real;
typedef uint64_t real_bits;
#define FMA fma
#define SQRT sqrt
#define ABS fabs
#define COPYSIGN copysign
#define SMALLEST DBL_MIN
#define LOWEST_EXPONENT -708.39
#define HIGHEST_EXPONENT 720.0
//@ exp_poly
/* e^x - 1 for |x| <= ln(2)/2. */
static real exp_poly(real x) {
  const real x2 = x * x, x4 = x2 * x2, x8 = x4 * x4;
  const real low = FMA(x2, FMA(0.00833333333331652721664984, x, 0.0416666666666665047591422),
                       FMA(0.166666666666666851703837, x, 0.5));
  const real middle = FMA(x2, FMA(2.75572362911928827629423e-6, x, 2.4801587159235472998791e-5),
                          FMA(0.000198412698960509205564975, x, 0.00138888888889774492207962));
  const real high =
      FMA(x2, 2.08860621107283687536341e-9, FMA(2.51112930892876518610661e-8, x, 2.75573911234900471893338e-7));
  return FMA(FMA(x8, high, FMA(x4, middle, low)), x2, x);
}
//@ exp_parts
/* 2^e, and x less q ln(2) in two steps. */
static real power_of_two(int e) {
  const real_bits bits = (real_bits)(e + 0x3FF) << 52;
  real y;
  memcpy(&y, &bits, sizeof y);
  return y;
}
static real exp_reduce(real x, int q) {
  x = FMA((real)q, -0.6931471805596629565116018, x);
  return FMA((real)q, -0.28235290563031577122588448175e-12, x);
}
//@ log_core
/* ln(x) for normal x > 0. */
static real log_core(real x) {
  real_bits bits, low;
  real y;
  memcpy(&bits, &x, sizeof bits);
  low = bits & 0xFFFFFFFFu;
  bits += UINT64_C(0x3FF0000000000000) - UINT64_C(0x3FE6A09E00000000);
  const real e = (real)((int)(bits >> 52) - 0x3FF);
  bits = low | ((bits & UINT64_C(0xFFFFF00000000)) + UINT64_C(0x3FE6A09E00000000));
  memcpy(&y, &bits, sizeof y);
  const real ym1 = y - 1.0, z = ym1 / (y + 1.0), z2 = z * z, z4 = z2 * z2;
  const real odd = FMA(FMA(0.1531383769920937332, z4, 0.2222219843214978396), z4, 0.3999999999940941908) * z4;
  const real even = FMA(FMA(FMA(0.1479819860511658591, z4, 0.1818357216161805012), z4, 0.2857142874366239149), z4,
                        0.6666666666666735130);
  const real rest = FMA(z, ym1 - FMA(even, z2, odd), -(e * 1.90821492927058770002e-10)) - ym1;
  return FMA(e, 0.693147180369123816490, -rest);
}
//@ normal_tables
static const real tail_shift = 4.25, tail_limit = 38.5;
static const real tail_poly[] = {
    7.59554208267207072e-1,  -6.25129777083448616e-1, 4.18227525822532038e-1,  -2.20516017452788592e-1,
    8.52720761455391761e-2,  -1.93583240777069818e-2, -7.45337941751664844e-4, 2.14938268687187049e-3,
    -4.04456240980607573e-4, -1.92122980992002807e-4, 7.80053978284150350e-5,  2.06489746857801507e-5,
    -1.26196012061369753e-5, -3.19662399751543885e-6, 2.00357339203336913e-6,  6.77315960606116524e-7,
    -2.96613270594387718e-7, -1.59916363184768887e-7, 3.12962712639629716e-8,  3.37956603568547507e-8,
    1.15774415626987988e-9,  -4.44366301203947688e-9, -1.06908644160907456e-9};
static const real centre_poly[] = {1.28379167095512573e-1,  -3.76126389031837172e-1, 1.12837916709526143e-1,
                                   -2.68661706444326354e-2, 5.22397761546845624e-3,  -8.54832619193706402e-4,
                                   1.20552896958132121e-4,  -1.49241995108525999e-5, 1.64307325846643759e-6,
                                   -1.59404715845833401e-7, 1.14739380216122585e-8};
//@ cos_parts
static real cos_reduce(real x, real q) {
  x = FMA(q, -0.5 * 3.1415926218032836914, x);
  x = FMA(q, -0.5 * 3.1786509424591713469e-8, x);
  x = FMA(q, -0.5 * 1.2246467864107188502e-16, x);
  return FMA(q, -0.5 * 1.2736634327021899816e-24, x);
}
static real sin_poly(real x) {
  const real y = x * x, y2 = y * y, y4 = y2 * y2, y8 = y4 * y4;
  const real low = FMA(y2, FMA(2.75573192239198747630416e-6, y, -0.000198412698412696162806809),
                       FMA(0.00833333333333332974823815, y, -0.166666666666666657414808));
  const real high = FMA(y2, FMA(2.81009972710863200091251e-15, y, -7.64712219118158833488484e-13),
                        FMA(1.60590430605664501629054e-10, y, -2.50521083763502045810755e-8));
  return FMA(FMA(y8, -7.97255955009037868891952e-18, FMA(y4, high, low)), y * x, x);
}
