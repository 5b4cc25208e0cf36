#include "graph/initializer.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "base/fail.hpp"
#include "base/random.hpp"
#include "math/normal.hpp"

namespace retrograd::graph {
namespace {

enum class Shape { constant, uniform, normal, orthogonal, signs };
/// By what the variance is divided.
enum class Fan { none, in, mean };

struct Rule {
  InitializerInfo info;
  Shape shape;
  Fan fan = Fan::none;
  double variance = 0;  ///< of an element, times the fan
  double value = 0;     ///< constant
  bool gain = false;    ///< the argument is a gain
};

constexpr std::string_view kGlorot =
    "Glorot & Bengio, \"Understanding the difficulty of training deep feedforward neural networks\", AISTATS 2010, "
    "equation 16";
constexpr std::string_view kHe = "He et al., \"Delving Deep into Rectifiers\", ICCV 2015, equation 10";
constexpr std::string_view kLecun = "LeCun, Bottou, Orr & Müller, \"Efficient BackProp\", 1998, equation 16";
constexpr std::string_view kSaxe =
    "Saxe, McClelland & Ganguli, \"Exact solutions to the nonlinear dynamics of learning in deep linear neural "
    "networks\", ICLR 2014";

constexpr std::array kRules = {
    Rule{{"glorot_uniform", "U(−a, a), a = gain·√(6/(I + O))", kGlorot, "gain"}, Shape::uniform, Fan::mean, 1, 0, true},
    Rule{{"glorot_normal", "N(0, s²), s = gain·√(2/(I + O))", kGlorot, "gain"}, Shape::normal, Fan::mean, 1, 0, true},
    Rule{{"he_uniform", "U(−a, a), a = gain·√(6/I)", kHe, "gain"}, Shape::uniform, Fan::in, 2, 0, true},
    Rule{{"he_normal", "N(0, s²), s = gain·√(2/I)", kHe, "gain"}, Shape::normal, Fan::in, 2, 0, true},
    Rule{{"lecun_uniform", "U(−a, a), a = gain·√(3/I)", kLecun, "gain"}, Shape::uniform, Fan::in, 1, 0, true},
    Rule{{"lecun_normal", "N(0, s²), s = gain·√(1/I)", kLecun, "gain"}, Shape::normal, Fan::in, 1, 0, true},
    Rule{{"orthogonal", "WᵀW = gain²·1 (I ≥ O), WWᵀ = gain²·1 (I < O)", kSaxe, "gain"},
         Shape::orthogonal,
         Fan::none,
         0,
         0,
         true},
    Rule{{"data", "N(0, 1/I), then every unit's W·x brought to variance 1 and its zero into the training data",
          "Holzmueller, Grinsztajn & Steinwart, \"Better by Default\", NeurIPS 2024, section 3", ""},
         Shape::normal,
         Fan::in,
         1,
         0,
         true},
    Rule{{"zeros", "0", "definition", ""}, Shape::constant, Fan::none, 0, 0},
    Rule{{"ones", "1", "definition", ""}, Shape::constant, Fan::none, 0, 1},
    Rule{{"constant", "c", "definition", "the constant c"}, Shape::constant},
    Rule{{"normal", "N(0, s²)", "definition", "the standard deviation s"}, Shape::normal},
    Rule{{"uniform", "U(−a, a)", "definition", "the half-width a"}, Shape::uniform},
    Rule{{"signs", "−1 or 1, each as likely", "definition", ""}, Shape::signs},
};

constexpr auto kInfos = [] {
  std::array<InitializerInfo, kRules.size()> infos{};
  for (size_t k = 0; k < infos.size(); ++k) infos[k] = kRules[k].info;
  return infos;
}();

const Rule& find(std::string_view name) {
  std::string names;
  for (const Rule& rule : kRules) {
    if (rule.info.name == name) return rule;
    names += (names.empty() ? "" : ", ") + std::string(rule.info.name);
  }
  fail("there is no initialiser '{}'; choose one of: {}", name, names);
}

void check(const Rule& rule, double argument) {
  if (rule.info.argument.empty()) return;
  const bool free = rule.shape == Shape::constant;
  const bool good = std::isfinite(argument) && (free || (rule.gain ? argument >= 0 : argument > 0));
  if (!good) {
    fail("initialiser {}: {} is {}; give {}", rule.info.name, rule.info.argument, argument,
         free ? "a finite number" : "a positive number");
  }
}

Stream stream_of(uint64_t seed, uint64_t parameter, size_t element) {
  return {seed, Purpose::init, parameter, static_cast<uint32_t>(element)};
}

/// Uniform in (−1, 1), symmetric, 53 bits.
double symmetric(Stream stream) {
  const uint64_t high = stream.next() >> 5;
  const uint64_t low = stream.next() >> 6;
  const auto whole = static_cast<double>((high << 26 | low));
  return (whole + 0.5) * 0x1p-52 - 1;
}

double standard_normal(Stream stream) { return math::normal(stream); }

/// Σ a·b over 16 interleaved chains, folded in pairs: a fixed order that compilers can vectorise as it stands.
double dot(const double* a, const double* b, size_t n) {
  std::array<double, 16> lanes{};
  size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    for (size_t l = 0; l < 16; ++l) lanes[l] = __builtin_fma(a[i + l], b[i + l], lanes[l]);
  }
  for (size_t l = 0; i + l < n; ++l) lanes[l] = __builtin_fma(a[i + l], b[i + l], lanes[l]);
  for (size_t half = 8; half > 0; half /= 2) {
    for (size_t l = 0; l < half; ++l) lanes[l] += lanes[l + half];
  }
  return lanes[0];
}

/// v ← v − (q·v) q for a unit vector q.
void project_out(const double* q, double* v, size_t n) {
  const double c = -dot(q, v, n);
  for (size_t i = 0; i < n; ++i) v[i] = __builtin_fma(c, q[i], v[i]);
}

/// Makes the `count` vectors of length n (contiguous, count <= n) orthonormal, in their order. R's diagonal is
/// positive, so Q is uniform over the orthogonal matrices (Mezzadri, "How to generate random matrices from the
/// classical compact groups", 2007).
void orthonormalise(double* vectors, size_t count, size_t n) {
  constexpr size_t kBlock = 16;  // an earlier vector is read once for so many later ones; changes no result
  for (size_t first = 0; first < count; first += kBlock) {
    const size_t last = std::min(count, first + kBlock);
    for (int pass = 0; pass < 2; ++pass) {
      for (size_t k = 0; k < first; ++k) {
        for (size_t j = first; j < last; ++j) project_out(vectors + k * n, vectors + j * n, n);
      }
    }
    for (size_t j = first; j < last; ++j) {
      double* v = vectors + j * n;
      for (int pass = 0; pass < 2; ++pass) {
        for (size_t k = first; k < j; ++k) project_out(vectors + k * n, v, n);
      }
      const double length = std::sqrt(dot(v, v, n));
      for (size_t i = 0; i < n; ++i) v[i] /= length;
    }
  }
}

template <class T>
void orthogonal(double gain, size_t rows, size_t cols, uint64_t seed, uint64_t parameter, T* out) {
  const bool tall = rows >= cols;
  const size_t count = tall ? cols : rows;
  const size_t length = tall ? rows : cols;
  std::vector<double> vectors(rows * cols);
  for (size_t i = 0; i < vectors.size(); ++i) vectors[i] = standard_normal(stream_of(seed, parameter, i));
  orthonormalise(vectors.data(), count, length);
  for (size_t r = 0; r < rows; ++r) {
    for (size_t c = 0; c < cols; ++c) {
      out[r * cols + c] = static_cast<T>(gain * (tall ? vectors[c * length + r] : vectors[r * length + c]));
    }
  }
}

/// Standard deviation of an element.
double deviation(const Rule& rule, double argument, int fan_in, int fan_out) {
  if (!rule.gain) return argument;
  const double gain = argument == 0 ? 1 : argument;
  const double fan = rule.fan == Fan::in ? fan_in : 0.5 * (static_cast<double>(fan_in) + fan_out);
  return gain * std::sqrt(rule.variance / fan);
}

}  // namespace

std::span<const InitializerInfo> all_initializers() { return kInfos; }

void check_initializer(std::string_view name, double argument) { check(find(name), argument); }

template <class T>
void initialize(std::string_view name, double argument, int fan_in, int fan_out, uint64_t seed,
                uint64_t parameter_index, T* out) {
  const Rule& rule = find(name);
  check(rule, argument);
  if (fan_in < 1 || fan_out < 1 || static_cast<int64_t>(fan_in) * fan_out > (int64_t{1} << 32)) {
    fail("initialiser {}: parameter {} is {} x {}; each side must be at least 1 and the product at most 2^32", name,
         parameter_index, fan_in, fan_out);
  }
  const size_t size = static_cast<size_t>(fan_in) * static_cast<size_t>(fan_out);
  switch (rule.shape) {
    case Shape::constant: {
      const double value = rule.info.argument.empty() ? rule.value : argument;
      std::fill(out, out + size, static_cast<T>(value));
      return;
    }
    case Shape::uniform: {
      // A gain scales the standard deviation; U(−a, a) has standard deviation a/√3.
      const double a = rule.gain ? std::sqrt(3.0) * deviation(rule, argument, fan_in, fan_out) : argument;
      for (size_t i = 0; i < size; ++i) out[i] = static_cast<T>(a * symmetric(stream_of(seed, parameter_index, i)));
      return;
    }
    case Shape::normal: {
      const double s = deviation(rule, argument, fan_in, fan_out);
      for (size_t i = 0; i < size; ++i) {
        out[i] = static_cast<T>(s * standard_normal(stream_of(seed, parameter_index, i)));
      }
      return;
    }
    case Shape::signs:
      for (size_t i = 0; i < size; ++i) out[i] = stream_of(seed, parameter_index, i).next() >> 31 == 0 ? T{1} : T{-1};
      return;
    case Shape::orthogonal:
      orthogonal(argument == 0 ? 1 : argument, static_cast<size_t>(fan_in), static_cast<size_t>(fan_out), seed,
                 parameter_index, out);
  }
}

template void initialize<float>(std::string_view, double, int, int, uint64_t, uint64_t, float*);
template void initialize<double>(std::string_view, double, int, int, uint64_t, uint64_t, double*);

}  // namespace retrograd::graph
