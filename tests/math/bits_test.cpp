// One result for one argument: on every target, at every width, in partial vectors, for one number, and whatever the
// flush-to-zero state is.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "base/random.hpp"
#include "base/thread_team.hpp"
#include "math/scalar.hpp"
#include "math/simd.hpp"
#include "math/vector_functions.hpp"

namespace retrograd::test {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kTiny = std::numeric_limits<float>::min();

/// Every 4099th float pattern, all signs, exponents and NaNs, with the values at which the functions change their form.
std::vector<float> arguments() {
  std::vector<float> x = {
      0.0f,       -0.0f,    kInf,      -kInf,    kNan,   kTiny,      -kTiny,  kTiny / 2,  -kTiny / 2, 1e-45f,
      -1e-45f,    1.0f,     -1.0f,     0.67f,    -0.67f, 0.75f,      -0.75f,  88.722838f, 88.722847f, -87.33654f,
      -87.33655f, 39000.0f, -39000.0f, 39001.0f, 20.0f,  18.714973f, 12.9f,   -12.9f,     13.0f,      -13.0f,
      13.2f,      -13.4f,   3.4e38f,   -3.4e38f, 1e-38f, -103.9f,    -104.1f, 0.3465736f, 0.7071067f, 1.4142135f};
  for (uint64_t bits = 0; bits < (uint64_t{1} << 32); bits += 4099)
    x.push_back(std::bit_cast<float>(static_cast<uint32_t>(bits)));
  return x;
}

/// All NaNs are one value here.
uint32_t bits_of(float y) { return std::isnan(y) ? 0x7FC00000u : std::bit_cast<uint32_t>(y); }

class Bits : public testing::TestWithParam<Function> {
 protected:
  ~Bits() override { force_simd("auto"); }
};

TEST_P(Bits, SameOnEveryTargetAndWidthAndForOneNumber) {
  const std::vector<float> x = arguments();
  for (const bool flush : {false, true}) {
    std::vector<uint32_t> expected;
    for (const float v : x) expected.push_back(bits_of(GetParam().scalar(v)));
    for (const std::string& target : simd_targets()) {
      force_simd(target);
      ASSERT_EQ(simd_name(), target);
      for (const size_t lanes : {0, 1, 2, 4, 8}) {
        std::vector<float> y(x.size(), kNan);
        if (flush) {
          const FloatState state;
          GetParam().vector(x.data(), y.data(), x.size(), lanes);
        } else {
          GetParam().vector(x.data(), y.data(), x.size(), lanes);
        }
        size_t different = 0, first = 0;
        for (size_t i = 0; i < x.size(); ++i)
          if (bits_of(y[i]) != expected[i] && different++ == 0) first = i;
        EXPECT_EQ(different, 0u) << target << ", " << lanes << " lanes, flush " << flush << ": x = " << x[first]
                                 << " gives " << y[first];
      }
    }
  }
}

TEST_P(Bits, PartialVectorsAndNothingBeyond) {
  for (const std::string& target : simd_targets()) {
    force_simd(target);
    for (size_t count = 0; count <= 33; ++count) {
      std::vector<float> x(count, 0.625f), y(count + 16, -7.0f);
      GetParam().vector(x.data(), y.data(), count, 0);
      for (size_t i = 0; i < count; ++i) EXPECT_EQ(bits_of(y[i]), bits_of(GetParam().scalar(0.625f)));
      for (size_t i = count; i < y.size(); ++i) EXPECT_EQ(y[i], -7.0f);
    }
  }
}

TEST_P(Bits, NanGivesNan) {
  EXPECT_TRUE(std::isnan(GetParam().scalar(kNan)));
  EXPECT_TRUE(std::isnan(GetParam().scalar_double(std::numeric_limits<double>::quiet_NaN())));
}

INSTANTIATE_TEST_SUITE_P(All, Bits, testing::ValuesIn(functions()),
                         [](const auto& param) { return std::string(param.param.name); });

template <class T>
class Special : public testing::Test {};
using Reals = testing::Types<float, double>;
TYPED_TEST_SUITE(Special, Reals);

TYPED_TEST(Special, ValuesAtTheEnds) {
  using T = TypeParam;
  const T inf = std::numeric_limits<T>::infinity(), zero = 0, one = 1;
  EXPECT_EQ(math::exp(inf), inf);
  EXPECT_EQ(math::exp(-inf), zero);
  EXPECT_EQ(math::exp(zero), one);
  EXPECT_EQ(math::exp(T(1000)), inf);
  EXPECT_EQ(math::exp(T(-1000)), zero);
  EXPECT_EQ(math::log(zero), -inf);
  EXPECT_EQ(math::log(-zero), -inf);
  EXPECT_TRUE(std::isnan(math::log(-one)));
  EXPECT_TRUE(std::isnan(math::log(-inf)));
  EXPECT_EQ(math::log(inf), inf);
  EXPECT_EQ(math::log(one), zero);
  EXPECT_EQ(math::log1p(-one), -inf);
  EXPECT_TRUE(std::isnan(math::log1p(T(-2))));
  EXPECT_TRUE(std::isnan(math::log1p(-inf)));
  EXPECT_EQ(math::log1p(inf), inf);
  EXPECT_EQ(math::tanh(inf), one);
  EXPECT_EQ(math::tanh(-inf), -one);
  EXPECT_EQ(math::sigmoid(inf), one);
  EXPECT_EQ(math::sigmoid(-inf), zero);
  EXPECT_EQ(math::sigmoid(zero), T(0.5));
  EXPECT_EQ(math::softplus(inf), inf);
  EXPECT_EQ(math::softplus(-inf), zero);
  EXPECT_EQ(math::erf(inf), one);
  EXPECT_EQ(math::erf(-inf), -one);
  EXPECT_EQ(math::normal_cdf(inf), one);
  EXPECT_EQ(math::normal_cdf(-inf), zero);
  EXPECT_EQ(math::normal_cdf(zero), T(0.5));
  EXPECT_EQ(math::normal_pdf(inf), zero);
  EXPECT_EQ(math::normal_pdf(-inf), zero);
  EXPECT_TRUE(std::isnan(math::sin(inf)));
  EXPECT_TRUE(std::isnan(math::cos(T(39001))));
  EXPECT_NEAR(math::cos(zero), one, std::numeric_limits<T>::epsilon());
  EXPECT_TRUE(std::isnan(math::sqrt(-one)));
  EXPECT_EQ(math::sqrt(T(2)), std::sqrt(T(2)));
  EXPECT_TRUE(std::signbit(math::tanh(-zero)));
  EXPECT_TRUE(std::signbit(math::erf(-zero)));
  EXPECT_TRUE(std::signbit(math::sin(-zero)));
}

TYPED_TEST(Special, SymmetryIsExact) {
  using T = TypeParam;
  Stream stream(7, Purpose::check, 0);
  for (int i = 0; i < 10000; ++i) {
    const T x = static_cast<T>(8 * stream.uniform());
    EXPECT_EQ(math::tanh(-x), -math::tanh(x));
    EXPECT_EQ(math::erf(-x), -math::erf(x));
    EXPECT_EQ(math::sin(-x), -math::sin(x));
    EXPECT_EQ(math::cos(-x), math::cos(x));
    EXPECT_EQ(math::normal_pdf(-x), math::normal_pdf(x));
  }
}

}  // namespace
}  // namespace retrograd::test
