// The vectorised steps have the bits of the plain float loop: every SIMD target, every length, any split of the range.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "base/random.hpp"
#include "base/thread_team.hpp"
#include "math/simd.hpp"
#include "optim/optimizer.hpp"

namespace retrograd::optim {
namespace {

constexpr float kGuard = 12345.0f;

float value(uint64_t what, int64_t i) {
  const auto words = philox(3, Purpose::check, what, static_cast<uint32_t>(i), 0);
  const double exponent = std::floor(uniform01(words[1]) * 12) - 8;
  return static_cast<float>((2 * uniform01(words[0]) - 1) * std::ldexp(1.0, static_cast<int>(exponent)));
}

struct State {
  std::vector<float> theta;
  std::vector<std::vector<float>> slots;
  State(const Optimizer& o, int64_t n) : slots(static_cast<size_t>(o.info.slots)) {
    for (int64_t i = 0; i < n; ++i) theta.push_back(value(1, i));
    for (auto& s : slots) s.assign(static_cast<size_t>(n), 0.0f);
  }
  std::vector<float*> pointers() {
    std::vector<float*> p;
    for (auto& s : slots) p.push_back(s.data());
    return p;
  }
};

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}
bool same_bits(const State& a, const State& b) {
  for (size_t k = 0; k < a.slots.size(); ++k) {
    if (!same_bits(a.slots[k], b.slots[k])) return false;
  }
  return same_bits(a.theta, b.theta);
}

std::vector<double> defaults(const Optimizer& o) {
  std::vector<double> a;
  for (const AttributeSpec& spec : o.info.attributes) a.push_back(spec.initial);
  return a;
}

/// Five steps over [begin, end) cut at the given places.
State run(const Optimizer& o, StepFunction<float> step, int64_t n, const std::vector<int64_t>& cuts) {
  State state(o, n);
  const auto pointers = state.pointers();
  const auto attributes = defaults(o);
  std::vector<float> gradient(static_cast<size_t>(n));
  for (int64_t t = 1; t <= 5; ++t) {
    for (int64_t i = 0; i < n; ++i) gradient[static_cast<size_t>(i)] = value(100 + static_cast<uint64_t>(t), i);
    gradient[0] = 0;
    const StepArgs args{0.013, 0.007, 0.31, t, attributes};
    for (size_t k = 0; k + 1 < cuts.size(); ++k) {
      step(state.theta.data(), gradient.data(), pointers.data(), args, cuts[k], cuts[k + 1]);
    }
  }
  return state;
}

class Kernels : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { force_simd(GetParam()); }
  void TearDown() override { force_simd("auto"); }
};
INSTANTIATE_TEST_SUITE_P(Targets, Kernels, testing::ValuesIn(simd_targets()), [](const auto& p) { return p.param; });

TEST_P(Kernels, HaveTheBitsOfTheReference) {
  for (const Optimizer& o : elementwise_optimizers()) {
    for (const int64_t n : {1, 3, 7, 8, 15, 16, 17, 31, 32, 33, 8 * 32 + 2, 1001}) {
      EXPECT_TRUE(same_bits(run(o, o.step_f32, n, {0, n}), run(o, o.step_ref_f32, n, {0, n})))
          << o.info.name << ' ' << n;
    }
  }
}

TEST_P(Kernels, DoNotDependOnHowTheRangeIsSplit) {
  for (const Optimizer& o : elementwise_optimizers()) {
    const State whole = run(o, o.step_f32, 777, {0, 777});
    EXPECT_TRUE(same_bits(whole, run(o, o.step_f32, 777, {0, 1, 14, 14, 403, 776, 777}))) << o.info.name;
    EXPECT_FALSE(same_bits(whole, run(o, o.step_f32, 777, {0, 776}))) << "the comparison sees nothing";
  }
}

TEST_P(Kernels, TouchNothingOutsideTheRange) {
  for (const Optimizer& o : elementwise_optimizers()) {
    State state(o, 100);
    state.theta.assign(100, kGuard);
    for (auto& s : state.slots) s.assign(100, kGuard);
    const std::vector<float> gradient(100, 1.0f);
    const auto pointers = state.pointers();
    o.step_f32(state.theta.data(), gradient.data(), pointers.data(), {0.1, 0, 1, 1, defaults(o)}, 13, 62);
    for (size_t i = 0; i < 100; ++i) {
      const bool inside = i >= 13 && i < 62;
      EXPECT_EQ(state.theta[i] != kGuard, inside) << o.info.name << ' ' << i;
      for (const auto& s : state.slots) EXPECT_EQ(s[i] != kGuard, inside) << o.info.name << ' ' << i;
    }
  }
}

TEST_P(Kernels, AgreeOnExtremesInBothDenormalStates) {
  const float extremes[] = {0.0f,
                            -0.0f,
                            1e-30f,
                            -1e-23f,
                            1e-42f,
                            3e38f,
                            -3e38f,
                            1.0f,
                            -1e-7f,
                            1e19f,
                            std::numeric_limits<float>::infinity(),
                            2e-38f,
                            -2e-20f,
                            1e-19f};
  const auto n = static_cast<int64_t>(std::size(extremes));
  const auto check = [&](const char* state_name) {
    for (const Optimizer& o : elementwise_optimizers()) {
      State a(o, n), b(o, n);
      const auto pa = a.pointers(), pb = b.pointers();
      const auto attributes = defaults(o);
      for (int64_t t = 1; t <= 3; ++t) {
        const StepArgs args{0.01, 1e-4, 1, t, attributes};
        o.step_f32(a.theta.data(), extremes, pa.data(), args, 0, n);
        o.step_ref_f32(b.theta.data(), extremes, pb.data(), args, 0, n);
      }
      for (size_t i = 0; i < a.theta.size(); ++i) {
        if (std::isnan(b.theta[i])) {
          EXPECT_TRUE(std::isnan(a.theta[i])) << o.info.name << ' ' << i;
          a.theta[i] = b.theta[i];  // a NaN's sign and payload are nobody's promise
        }
        for (size_t k = 0; k < a.slots.size(); ++k) {
          if (std::isnan(b.slots[k][i]) && std::isnan(a.slots[k][i])) a.slots[k][i] = b.slots[k][i];
        }
      }
      EXPECT_TRUE(same_bits(a, b)) << o.info.name << ' ' << state_name;
    }
  };
  check("denormals kept");
  const FloatState state;
  check("denormals flushed");
}

}  // namespace
}  // namespace retrograd::optim
