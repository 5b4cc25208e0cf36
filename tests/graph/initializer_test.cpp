#include "graph/initializer.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "retrograd/error.hpp"
#include "support/message.hpp"

namespace retrograd::graph {
namespace {

template <class T = double>
std::vector<T> make(std::string_view name, double argument, int in, int out, uint64_t seed = 1,
                    uint64_t parameter = 0) {
  std::vector<T> w(static_cast<size_t>(in) * static_cast<size_t>(out), T(-99));
  initialize(name, argument, in, out, seed, parameter, w.data());
  return w;
}

struct Moments {
  double mean = 0, deviation = 0, largest = 0, fourth = 0;  ///< fourth: kurtosis, 3 for normal, 1.8 for uniform
};

Moments moments(const std::vector<double>& w) {
  Moments m;
  const auto n = static_cast<double>(w.size());
  for (const double v : w) m.mean += v / n;
  double second = 0, fourth = 0;
  for (const double v : w) {
    const double square = (v - m.mean) * (v - m.mean);
    second += square / n;
    fourth += square * square / n;
    m.largest = std::max(m.largest, std::abs(v));
  }
  m.deviation = std::sqrt(second);
  m.fourth = fourth / (second * second);
  return m;
}

TEST(Initializer, MomentsAreThoseOfThePapers) {
  const int in = 300, out = 500;  // 150,000 elements: the standard error of a deviation is 0.2 %
  struct Case {
    const char* name;
    double argument, deviation;
    bool uniform;
  };
  const std::vector<Case> cases = {
      {"glorot_uniform", 0, std::sqrt(2.0 / 800), true},
      {"glorot_normal", 0, std::sqrt(2.0 / 800), false},
      {"he_uniform", 0, std::sqrt(2.0 / 300), true},
      {"he_normal", 0, std::sqrt(2.0 / 300), false},
      {"lecun_uniform", 0, std::sqrt(1.0 / 300), true},
      {"lecun_normal", 0, std::sqrt(1.0 / 300), false},
      {"he_normal", 0.5, std::sqrt(0.5 / 300), false},
      {"glorot_uniform", 2, 2 * std::sqrt(2.0 / 800), true},
      {"normal", 0.02, 0.02, false},
      {"uniform", 0.3, 0.3 / std::sqrt(3.0), true},
  };
  for (const Case& c : cases) {
    const Moments m = moments(make(c.name, c.argument, in, out));
    EXPECT_NEAR(m.mean / c.deviation, 0, 0.013) << c.name;  // 5 standard errors
    EXPECT_NEAR(m.deviation / c.deviation, 1, 0.0095) << c.name;
    EXPECT_NEAR(m.fourth, c.uniform ? 1.8 : 3.0, 0.065) << c.name;
    const double bound = std::sqrt(3.0) * c.deviation;
    if (c.uniform) {
      EXPECT_LT(m.largest, bound) << c.name;
      EXPECT_GT(m.largest, 0.9999 * bound) << c.name;
    } else {
      EXPECT_GT(m.largest, 3.8 * c.deviation) << c.name << ": truncated?";
    }
  }
}

TEST(Initializer, ConstantsAreConstant) {
  EXPECT_EQ(make<float>("zeros", 0, 2, 3), std::vector<float>(6, 0.0f));
  EXPECT_EQ(make<float>("ones", 0, 2, 3), std::vector<float>(6, 1.0f));
  EXPECT_EQ(make<float>("constant", -0.1, 2, 3), std::vector<float>(6, -0.1f));
  EXPECT_EQ(make<double>("constant", 0, 1, 3), std::vector<double>(3, 0.0));
}

/// Largest |WᵀW − g²·1| (tall) or |WWᵀ − g²·1| (wide).
template <class T>
double distance_from_orthogonal(const std::vector<T>& w, int in, int out, double gain) {
  const bool tall = in >= out;
  const int count = tall ? out : in, length = tall ? in : out;
  double worst = 0;
  for (int a = 0; a < count; ++a) {
    for (int b = 0; b < count; ++b) {
      double sum = 0;
      for (int k = 0; k < length; ++k) {
        const auto at = [&](int v) { return static_cast<size_t>(tall ? k * out + v : v * out + k); };
        sum += double(w[at(a)]) * double(w[at(b)]);
      }
      worst = std::max(worst, std::abs(sum - (a == b ? gain * gain : 0)));
    }
  }
  return worst;
}

TEST(Initializer, OrthogonalIsOrthogonal) {
  struct Case {
    int in, out;
    double gain;
  };
  for (const Case& c :
       {Case{1, 1, 1}, {2, 2, 1}, {3, 1, 1}, {1, 5, 1}, {17, 17, 1}, {64, 33, 1.5}, {33, 64, 0.5}, {200, 200, 1}}) {
    EXPECT_LE(distance_from_orthogonal(make<double>("orthogonal", c.gain, c.in, c.out), c.in, c.out, c.gain), 1e-13)
        << c.in << 'x' << c.out;
    EXPECT_LE(distance_from_orthogonal(make<float>("orthogonal", c.gain, c.in, c.out), c.in, c.out, c.gain), 1e-6)
        << c.in << 'x' << c.out;
  }
  // The check can fail: a Gaussian matrix of the same scale is far from orthogonal.
  EXPECT_GT(distance_from_orthogonal(make<double>("lecun_normal", 0, 64, 33), 64, 33, 1), 0.1);
}

TEST(Initializer, OrthogonalPrefersNoDirection) {
  // Over many matrices an element has mean 0 and variance 1/n (Haar measure); a fixed sign of R would bias the
  // diagonal.
  const int n = 4, trials = 4000;
  double mean = 0, square = 0;
  for (int k = 0; k < trials; ++k) {
    const double v = make<double>("orthogonal", 0, n, n, 7, static_cast<uint64_t>(k))[0];
    mean += v / trials;
    square += v * v / trials;
  }
  EXPECT_NEAR(mean, 0, 5 * 0.5 / std::sqrt(trials));
  EXPECT_NEAR(square, 0.25, 0.02);
}

TEST(Initializer, FloatIsTheDoubleRoundedOnce) {
  for (const InitializerInfo& info : all_initializers()) {
    const auto wide = make<double>(info.name, 0.7, 13, 9);
    const auto narrow = make<float>(info.name, 0.7, 13, 9);
    for (size_t i = 0; i < wide.size(); ++i) EXPECT_EQ(narrow[i], static_cast<float>(wide[i])) << info.name;
  }
}

TEST(Initializer, DependsOnSeedAndParameterOnly) {
  for (const InitializerInfo& info : all_initializers()) {
    const auto w = make(info.name, 0.7, 8, 8, 1, 2);
    EXPECT_EQ(w, make(info.name, 0.7, 8, 8, 1, 2)) << info.name;
    const bool random = std::set<double>(w.begin(), w.end()).size() > 1;
    EXPECT_EQ(w != make(info.name, 0.7, 8, 8, 2, 2), random) << info.name;
    EXPECT_EQ(w != make(info.name, 0.7, 8, 8, 1, 3), random) << info.name;
    if (random) {
      const size_t values = info.name == "signs" ? 2 : 64;
      EXPECT_EQ(std::set<double>(w.begin(), w.end()).size(), values) << info.name;
    }
  }
  // An element's number does not depend on the matrix around it.
  const auto small = make("normal", 1, 1, 10), large = make("normal", 1, 5, 10);
  EXPECT_TRUE(std::equal(small.begin(), small.end(), large.begin()));
}

TEST(Initializer, SignsAreAsOftenOneAsMinusOne) {
  double sum = 0;
  for (const double v : make("signs", 0, 100, 100)) {
    ASSERT_EQ(std::abs(v), 1);
    sum += v;
  }
  EXPECT_LE(std::abs(sum), 4 * 100);  // four standard errors
}

std::string message_of(const char* name, double argument, int in = 2, int out = 2) {
  std::vector<float> w(4);
  return support::message_of([&] { initialize(name, argument, in, out, 1, 3, w.data()); });
}

TEST(Initializer, RefusalsSayWhatIsAllowed) {
  EXPECT_EQ(message_of("xavier", 0),
            "there is no initialiser 'xavier'; choose one of: glorot_uniform, glorot_normal, he_uniform, he_normal, "
            "lecun_uniform, lecun_normal, orthogonal, data, zeros, ones, constant, normal, uniform, signs");
  EXPECT_EQ(message_of("normal", 0), "initialiser normal: the standard deviation s is 0; give a positive number");
  EXPECT_EQ(message_of("he_normal", -1), "initialiser he_normal: gain is -1; give a positive number");
  EXPECT_EQ(message_of("uniform", std::nan("")),
            "initialiser uniform: the half-width a is nan; give a positive number");
  EXPECT_EQ(message_of("constant", HUGE_VAL), "initialiser constant: the constant c is inf; give a finite number");
  EXPECT_EQ(message_of("zeros", 0, 0, 2),
            "initialiser zeros: parameter 3 is 0 x 2; each side must be at least 1 and the product at most 2^32");
  EXPECT_EQ(
      message_of("zeros", 0, 2000000000, 2000000000),
      "initialiser zeros: parameter 3 is 2000000000 x 2000000000; each side must be at least 1 and the product at "
      "most 2^32");
  EXPECT_THROW(check_initializer("uniform", -1), Error);
  EXPECT_NO_THROW(check_initializer("constant", -1));
}

}  // namespace
}  // namespace retrograd::graph
