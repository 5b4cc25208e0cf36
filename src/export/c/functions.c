//@ exp_core needs exp_poly exp_parts
/* x 2^q, in two factors so that each is a normal number. */
static real exp_scale(real x, int q) {
  const int half = q >= 0 ? q / 2 : -((1 - q) / 2);
  return x * power_of_two(half) * power_of_two(q - half);
}
static int exp_quotient(real x) { return (int)FMA(x, (real)1.442695040888963407359924681, COPYSIGN((real)0.5, x)); }
//@ exp needs exp_core
static real exponential(real x) {
  if (x != x) return x;
  if (x < LOWEST_EXPONENT) return 0;
  x = x < HIGHEST_EXPONENT ? x : HIGHEST_EXPONENT;
  const int q = exp_quotient(x);
  return exp_scale(exp_poly(exp_reduce(x, q)) + 1, q);
}
//@ flush
/* A denormal becomes zero of its sign. */
static real flush(real x) { return ABS(x) < SMALLEST ? COPYSIGN((real)0, x) : x; }
//@ log1p needs log_core flush
/* ln(1 + x) */
static real log_one_plus(real x) {
  x = flush(x);
  const real y = x + 1;
  if (y == 1 || x == (real)INFINITY || x != x) return x;
  const real scale = x / (y - 1);
  if (ABS(y) < SMALLEST) return -(real)INFINITY * scale;
  if (y < 0) return (real)NAN;
  return log_core(y) * scale;
}
//@ tanh needs exp_core flush
static real tangent(real x) {
  if (x != x) return x;
  x = flush(x);
  const real a = ABS(x) < 20 ? ABS(x) : 20, twice = a * 2;
  const int q = exp_quotient(twice);
  real y = exp_poly(exp_reduce(twice, q));
  if (!(twice < (real)0.346573590279972654708616)) y = exp_scale(y + 1, q) - 1;
  return COPYSIGN(a > (real)18.714973875 ? 1 : y / (y + 2), x);
}
//@ sigmoid needs exp
static real logistic(real x) {
  const real e = exponential(-ABS(x));
  return (x < 0 ? e : 1) / (1 + e);
}
//@ normal_cdf needs exp normal_tables
static real horner(real x, const real *c, int n) {
  real sum = c[n - 1];
  for (int i = n - 1; i-- > 0;) sum = FMA(sum, x, c[i]);
  return sum;
}
/* Distribution function of the standard normal distribution. */
static real normal_cdf(real x) {
  if (x != x) return x;
  const real a = ABS(x) < tail_limit ? ABS(x) : tail_limit;
  if (a < (real)1.06) {
    const real u = a * (real)0.70710678118654752440, v = u * (real)0.5;
    const real centre = FMA(v, horner(u * u, centre_poly, (int)(sizeof centre_poly / sizeof(real))), v);
    return (real)0.5 + COPYSIGN(centre, x);
  }
  const real square = a * a, low = FMA(a, a, -square), e = exponential(-((real)0.5 * square));
  const real r = 1 / (a + tail_shift);
  const real scaled = r * horner((a - tail_shift) * r, tail_poly, (int)(sizeof tail_poly / sizeof(real)));
  real tail = FMA(-((real)0.5 * low), e, e) * scaled;
  if (tail <= SMALLEST) tail = 0;
  return x > 0 ? 1 - tail : tail;
}
//@ cos needs cos_parts
static real cosine(real x) {
  const real a = ABS(x);
  if (!(a <= 39000)) return (real)NAN;
  const int q = (int)(a * (real)0.31830988618379067153) * 2 + 1;
  const real r = cos_reduce(a, (real)q);
  return sin_poly((q & 2) == 0 ? -r : r);
}
//@ op_linear
/* Every output is one chain of fused multiply-adds, i ascending. */
static void op_linear(const real *W, const real *b, const real *x, real *z, int inputs, int outputs) {
  for (int o = 0; o < outputs; ++o) z[o] = b == NULL ? 0 : b[o];
  for (int i = 0; i < inputs; ++i, W += outputs) {
    const real x_i = x[i];
    for (int o = 0; o < outputs; ++o) z[o] = FMA(x_i, W[o], z[o]);
  }
}
//@ op_identity
static void op_identity(const real *z, real *a, int n) {
  for (int j = 0; j < n; ++j) a[j] = z[j];
}
//@ op_relu
static void op_relu(const real *z, real *a, int n) {
  for (int j = 0; j < n; ++j) a[j] = z[j] < 0 ? 0 : z[j];
}
//@ op_leaky_relu
static void op_leaky_relu(const real *z, real *a, int n, real alpha) {
  for (int j = 0; j < n; ++j) a[j] = z[j] > 0 ? z[j] : alpha * z[j];
}
//@ op_elu needs exp tanh
static void op_elu(const real *z, real *a, int n, real alpha) {
  for (int j = 0; j < n; ++j)
    a[j] = z[j] > 0 ? z[j] : alpha * (tangent((real)0.5 * z[j]) * (exponential(z[j]) + 1));
}
//@ op_selu needs exp tanh
static void op_selu(const real *z, real *a, int n, real lambda, real lambda_alpha) {
  for (int j = 0; j < n; ++j)
    a[j] = z[j] > 0 ? lambda * z[j] : lambda_alpha * (tangent((real)0.5 * z[j]) * (exponential(z[j]) + 1));
}
//@ op_gelu needs normal_cdf
static void op_gelu(const real *z, real *a, int n) {
  for (int j = 0; j < n; ++j) a[j] = z[j] * normal_cdf(z[j]);
}
//@ op_silu needs sigmoid
static void op_silu(const real *z, real *a, int n) {
  for (int j = 0; j < n; ++j) a[j] = z[j] * logistic(z[j]);
}
//@ op_mish needs exp
static void op_mish(const real *z, real *a, int n) {
  for (int j = 0; j < n; ++j) {
    const real e = exponential(-ABS(z[j]));
    const real up = z[j] < 0 ? FMA(e, e, 2 * e) : 1 + 2 * e;
    const real rest = z[j] < 0 ? 2 : 2 * (e * e);
    a[j] = z[j] * (up / (up + rest));
  }
}
//@ op_softplus needs exp log1p
static void op_softplus(const real *z, real *a, int n) {
  for (int j = 0; j < n; ++j) a[j] = (0 > z[j] ? 0 : z[j]) + log_one_plus(exponential(-ABS(z[j])));
}
//@ op_tanh needs tanh
static void op_tanh(const real *z, real *a, int n) {
  for (int j = 0; j < n; ++j) a[j] = tangent(z[j]);
}
//@ op_sigmoid needs sigmoid
static void op_sigmoid(const real *z, real *a, int n) {
  for (int j = 0; j < n; ++j) a[j] = logistic(z[j]);
}
//@ op_softmax needs exp
static void op_softmax(const real *z, real *p, int n) {
  real largest = z[0], sum = 0;
  for (int k = 1; k < n; ++k) largest = largest > z[k] ? largest : z[k];
  for (int k = 0; k < n; ++k) {
    p[k] = exponential(z[k] - largest);
    sum += p[k];
  }
  sum = 1 / sum;
  for (int k = 0; k < n; ++k) p[k] *= sum;
}
//@ op_layer_norm
static void op_layer_norm(const real *gamma, const real *beta, const real *x, real *y, int n, real eps) {
  real mean = 0, scale = 0;
  for (int j = 0; j < n; ++j) mean += x[j];
  mean /= (real)n;
  for (int j = 0; j < n; ++j) scale = FMA(x[j] - mean, x[j] - mean, scale);
  scale = 1 / SQRT(scale / (real)n + eps);
  for (int j = 0; j < n; ++j) y[j] = FMA((x[j] - mean) * scale, gamma[j], beta[j]);
}
//@ op_batch_norm
static void op_batch_norm(const real *gamma, const real *beta, const real *mean, const real *variance, const real *x,
                          real *y, int n, real eps) {
  for (int j = 0; j < n; ++j) y[j] = FMA((x[j] - mean[j]) * (1 / SQRT(variance[j] + eps)), gamma[j], beta[j]);
}
//@ op_standardise
static void op_standardise(const real *mean, const real *scale, const real *x, real *y, int n) {
  for (int j = 0; j < n; ++j) y[j] = (x[j] - mean[j]) * scale[j];
}
//@ op_impute
static void op_impute(const real *fill, const real *x, real *y, int n) {
  for (int j = 0; j < n; ++j) y[j] = x[j] != x[j] ? fill[j] : x[j];
}
//@ op_is_missing
static void op_is_missing(const real *x, real *y, int n) {
  for (int j = 0; j < n; ++j) y[j] = x[j] != x[j] ? 1 : 0;
}
//@ op_one_hot
static void op_one_hot(const int *sizes, const real *code, real *y, int columns) {
  for (int c = 0; c < columns; ++c)
    for (int k = 0; k < sizes[c]; ++k) *y++ = ABS(code[c] - (real)k) < (real)0.5 ? 1 : 0;
}
//@ op_piecewise
static void op_piecewise(const real *low, const real *scale, const int *bins, const real *x, real *y, int columns) {
  for (int c = 0, j = 0; c < columns; ++c)
    for (const int end = j + bins[c]; j < end; ++j) {
      const real t = (x[c] - low[j]) * scale[j];
      y[j] = t < 0 ? 0 : t > 1 ? 1 : t;
    }
}
//@ op_add
static void op_add(const real *x0, const real *x1, real *y, int n) {
  for (int j = 0; j < n; ++j) y[j] = x0[j] + x1[j];
}
//@ op_accumulate
static void op_accumulate(const real *x, real *y, int n) {
  for (int j = 0; j < n; ++j) y[j] += x[j];
}
//@ op_mean
static void op_mean(real *y, int n, int inputs) {
  for (int j = 0; j < n; ++j) y[j] /= (real)inputs;
}
//@ op_blend
static void op_blend(const real *alpha, const real *a, const real *z, real *y, int n) {
  for (int j = 0; j < n; ++j) y[j] = FMA(alpha[j], a[j] - z[j], z[j]);
}
//@ op_scale
static void op_scale(const real *s, const real *x, real *y, int n) {
  for (int j = 0; j < n; ++j) y[j] = x[j] * s[j];
}
//@ op_interpolate
/* Column j of the knots, at ascending: the last that x has passed, or the first. */
static void op_interpolate(const real *at, const real *to, const real *slope, const real *x, real *y, int n,
                           int knots) {
  for (int j = 0; j < n; ++j) {
    const real last = at[(knots - 1) * n + j], v = x[j] > last ? last : x[j];
    int below = 0, above = knots;
    while (above - below > 1) {
      const int middle = below + (above - below) / 2;
      if (at[middle * n + j] <= x[j]) below = middle; else above = middle;
    }
    const real way = v - at[below * n + j];
    y[j] = x[j] != x[j] ? x[j] : FMA(way > 0 ? way : 0, slope[below * n + j], to[below * n + j]);
  }
}
//@ op_affine
static void op_affine(const real *s, const real *b, const real *x, real *y, int n) {
  for (int j = 0; j < n; ++j) y[j] = FMA(x[j], s[j], b[j]);
}
//@ op_spread
static void op_spread(const real *r, const real *x, real *y, int n, int members) {
  for (int j = 0; j < n * members; ++j) y[j] = x[j % n] * r[j];
}
//@ op_heads
/* Member after member has weights of its own, its columns of W. */
static void op_heads(const real *W, const real *b, const real *x, real *z, int n, int members, int outputs) {
  const int all = members * outputs, inputs = n / members;
  for (int j = 0; j < all; ++j) {
    real sum = b[j];
    for (int i = 0; i < inputs; ++i) sum = FMA(x[j / outputs * inputs + i], W[i * all + j], sum);
    z[j] = sum;
  }
}
//@ op_clip
static void op_clip(const real *low, const real *high, const real *x, real *y, int n) {
  for (int j = 0; j < n; ++j) y[j] = x[j] < low[j] ? low[j] : x[j] > high[j] ? high[j] : x[j];
}
//@ op_smooth_clip
static void op_smooth_clip(const real *x, real *y, int n, real limit) {
  for (int j = 0; j < n; ++j) {
    const real a = ABS(x[j]), low = a < limit ? a : limit, r = low / (a < limit ? limit : a);
    y[j] = COPYSIGN(low / SQRT(1 + r * r), x[j]);
  }
}
//@ op_embed
static void op_embed(const real *E, const real *codes, real *y, int units, int column, int categories) {
  const real code = codes[column];
  int k = -1;
  if (code > (real)-0.5 && code < (real)categories - (real)0.5) k = (int)(code + (real)0.5);
  if (k >= 0 && !(ABS(code - (real)k) < (real)0.5)) k = -1;
  for (int j = 0; j < units; ++j) y[j] = k < 0 ? 0 : E[k * units + j];
}
//@ op_periodic needs cos
static void op_periodic(const real *w, const real *c, const real *V, const real *d, const real *x, real *y, int features,
                        int waves, int outputs) {
  for (int i = 0; i < features; ++i, y += outputs) {
    for (int m = 0; m < outputs; ++m) y[m] = d[i * outputs + m];
    for (int k = 0; k < waves; ++k) {
      const real turn = w[k * features + i] * (real)6.28318530717958647692;
      const real wave = cosine(FMA(x[i], turn, c[k * features + i]));
      for (int m = 0; m < outputs; ++m) y[m] = FMA(V[(k * features + i) * outputs + m], wave, y[m]);
    }
  }
}
//@ same_number
/* The value of a plain decimal number of at most 15 digits, which is exact; NAN for any other text. */
static double plain_number(const char *text) {
  double value = 0, power = 1;
  int any = 0, digits = 0, exponent = 0, point = 0;
  const int negative = *text == '-';
  if (*text == '-' || *text == '+') ++text;
  for (; (*text >= '0' && *text <= '9') || (*text == '.' && !point); ++text) {
    if (*text == '.') {
      point = 1;
      continue;
    }
    any = 1;
    exponent -= point;
    digits += digits > 0 || *text != '0';
    value = value * 10 + (*text - '0');
  }
  if (!any || digits > 15) return NAN;
  if (*text == 'e' || *text == 'E') {
    const int down = *++text == '-';
    int e = 0;
    if (*text == '-' || *text == '+') ++text;
    if (*text < '0' || *text > '9') return NAN;
    for (; *text >= '0' && *text <= '9' && e < 1000; ++text) e = e * 10 + (*text - '0');
    exponent += down ? -e : e;
  }
  if (*text != '\0' || exponent < -22 || exponent > 22) return NAN;
  for (int k = exponent < 0 ? -exponent : exponent; k > 0; --k) power *= 10;
  value = exponent < 0 ? value / power : value * power;
  return negative ? -value : value;
}
//@ category needs same_number
/* The code of a text: its place among the names, compared by value where both are numbers; -1 if it is not there. */
static real category(const char *text, const char *const *names, int count, int missing) {
  int absent = text == NULL || *text == '\0';
  for (int k = 0; k < missing_text_count && !absent; ++k) absent = strcmp(text, missing_texts[k]) == 0;
  if (absent) return (real)missing;
  for (int k = 0; k < count; ++k)
    if (k != missing && strcmp(text, names[k]) == 0) return (real)k;
  const double value = plain_number(text);
  for (int k = 0; k < count && value == value; ++k)
    if (k != missing && plain_number(names[k]) == value) return (real)k;
  return -1;
}
