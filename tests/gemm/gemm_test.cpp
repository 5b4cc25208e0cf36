// The fast products equal the plain loops to the bit: around every tile edge, on every SIMD target, for every split of
// the ranges; they write all that they promise and nothing else.
#include "gemm/gemm.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "base/random.hpp"
#include "base/shards.hpp"
#include "gemm/reference.hpp"
#include "math/simd.hpp"

namespace retrograd::gemm {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr size_t kGuard = 64;
constexpr float kGuardValue = -12345.0f;

/// Real-valued data whose sums round: any change of order changes bits.
std::vector<float> data(size_t size, uint32_t stream) {
  std::vector<float> out(size);
  Stream random(17, Purpose::check, stream);
  for (float& v : out) v = static_cast<float>(2 * random.uniform() - 1);
  return out;
}

/// An output poisoned with NaN between two guard regions.
class Output {
 public:
  explicit Output(size_t size) : values_(size + 2 * kGuard, kNan) {
    for (size_t i = 0; i < kGuard; ++i) values_[i] = values_[values_.size() - 1 - i] = kGuardValue;
  }
  float* data() { return values_.data() + kGuard; }
  bool guards_hold() const {
    for (size_t i = 0; i < kGuard; ++i)
      if (values_[i] != kGuardValue || values_[values_.size() - 1 - i] != kGuardValue) return false;
    return true;
  }
  /// Number of elements that differ in any bit.
  size_t differences(const std::vector<float>& expected) const {
    size_t count = 0;
    for (size_t i = 0; i < expected.size(); ++i)
      count += std::bit_cast<uint32_t>(values_[kGuard + i]) != std::bit_cast<uint32_t>(expected[i]);
    return count;
  }
  bool untouched(size_t i) const { return std::isnan(values_[kGuard + i]); }

 private:
  std::vector<float> values_;
};

/// One shape with its inputs and the reference results.
struct Case {
  int64_t N;
  int I, O;
  int64_t panels = panels_of(N);
  std::vector<float> x = data(panel_size(N, I), 1), W = data(size_t(I) * size_t(O), 2), b = data(size_t(O), 3),
                     delta = data(panel_size(N, O), 4);
  std::vector<float> z = std::vector<float>(panel_size(N, O)), z_zero = z, dx = std::vector<float>(panel_size(N, I)),
                     dW = std::vector<float>(size_t(I) * size_t(O)), db = std::vector<float>(size_t(O));

  std::vector<Shard> shards;

  /// `count` shards; 0: none.
  Case(int64_t n, int inputs, int outputs, int count = 0) : N(n), I(inputs), O(outputs) {
    if (count > 0) shards = cut_into_shards(n, count);
    reference::forward(x.data(), W.data(), b.data(), z.data(), I, O, panels);
    reference::forward<float>(x.data(), W.data(), nullptr, z_zero.data(), I, O, panels);
    reference::backward_input(delta.data(), W.data(), dx.data(), I, O, panels);
    reference::backward_weights(x.data(), delta.data(), dW.data(), db.data(), N, I, O, shards);
  }
};

std::vector<Range> cuts(int64_t size, int64_t step) {
  std::vector<Range> out;
  for (int64_t i = 0; i < size; i += step) out.push_back({i, std::min(i + step, size)});
  return out;
}

/// Runs every product over the given splits and compares.
void check(const Case& c, int64_t panel_step, int64_t feature_step) {
  const auto where = testing::Message() << simd_name() << " N=" << c.N << " I=" << c.I << " O=" << c.O << " steps "
                                        << panel_step << ", " << feature_step << ", " << c.shards.size() << " shards";
  Output z(c.z.size()), z_zero(c.z.size()), dx(c.dx.size()), dW(c.dW.size()), db(c.db.size());
  for (const Range p : cuts(c.panels, panel_step)) {
    for (const Range o : cuts(c.O, feature_step)) {
      forward(c.x.data(), c.W.data(), c.b.data(), z.data(), c.I, c.O, p, o);
      forward(c.x.data(), c.W.data(), nullptr, z_zero.data(), c.I, c.O, p, o);
    }
    for (const Range i : cuts(c.I, feature_step)) backward_input(c.delta.data(), c.W.data(), dx.data(), c.I, c.O, p, i);
  }
  for (const Range o : cuts(c.O, feature_step))
    for (const Range i : cuts(c.I, feature_step))
      backward_weights(c.x.data(), c.delta.data(), dW.data(), i.begin == 0 ? db.data() : nullptr, c.N, c.I, c.O, i, o,
                       c.shards);
  EXPECT_EQ(z.differences(c.z), 0u) << "forward " << where;
  EXPECT_EQ(z_zero.differences(c.z_zero), 0u) << "forward without bias " << where;
  EXPECT_EQ(dx.differences(c.dx), 0u) << "backward_input " << where;
  EXPECT_EQ(dW.differences(c.dW), 0u) << "backward_weights " << where;
  EXPECT_EQ(db.differences(c.db), 0u) << "backward_weights, bias " << where;
  for (const Output* out : {&z, &z_zero, &dx, &dW, &db}) EXPECT_TRUE(out->guards_hold()) << where;
}

class Gemm : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { force_simd(GetParam()); }
  void TearDown() override { force_simd("auto"); }
};

TEST_P(Gemm, EqualsTheReferenceAroundEveryTileEdge) {
  for (const int I : {1, 2, 3, 7, 8, 15, 16, 17, 31, 32, 33, 64, 100, 258})
    for (const int O : {1, 2, 3, 7, 8, 15, 16, 17, 31, 32, 33, 64, 100, 258})
      for (const int N : {1, 3, 31, 32, 33, 64, 100}) {
        if (int64_t{I} * O * N > 3000000) continue;
        check(Case(N, I, O), panels_of(N), std::max(I, O));
      }
}

TEST_P(Gemm, EqualsTheReferenceAcrossStretchesAndTurns) {
  // Longer than a stretch of k (256), a turn of panels (16), a strip of rows (512).
  check(Case(100, 258, 258), 4, 258);
  check(Case(64, 513, 300), 2, 600);
  check(Case(600, 70, 90), 19, 90);
  check(Case(545, 260, 7), 18, 260);
  check(Case(1030, 5, 34), 33, 34);
  check(Case(40, 20, 1024), 2, 1024);
  check(Case(280, 33, 2048), 9, 2048);  // rows that are packed
}

TEST_P(Gemm, AnySplitGivesTheSameBits) {
  for (const auto& [N, I, O] : {std::tuple{200, 40, 37}, {97, 300, 130}, {320, 33, 65}}) {
    const Case c(N, I, O);
    for (const int panel_step : {1, 2, 3, 5, 100})
      for (const int feature_step : {1, 5, 16, 31, 1000}) check(c, panel_step, feature_step);
  }
}

TEST_P(Gemm, ShardsAreAddedByTheirTree) {
  // Within a strip of 512 rows; across strips, shards longer and shorter than one; empty shards; one shard.
  for (const auto& [N, shards] : {std::pair{256, 8},
                                  {250, 8},
                                  {97, 2},
                                  {100, 8},
                                  {512, 16},
                                  {1600, 2},
                                  {1030, 8},
                                  {2500, 64},
                                  {1100, 1024},
                                  {40, 1}})
    for (const auto& [I, O] : {std::pair{1, 1}, {33, 40}, {70, 16}, {5, 70}, {130, 7}})
      for (const int feature_step : {7, 1000}) check(Case(N, I, O, shards), panels_of(N), feature_step);
}

/// Runs backward_weights for a taker, split over inputs or over outputs, and compares what was given.
void check_taker(const Case& c, int64_t input_step, int64_t output_step) {
  const auto where = testing::Message() << simd_name() << " N=" << c.N << " I=" << c.I << " O=" << c.O << " steps "
                                        << input_step << ", " << output_step << ", " << c.shards.size() << " shards";
  struct Given {
    const Case* of;
    Output dW;
    std::vector<int> times;
  } given{&c, Output(c.dW.size()), std::vector<int>(c.dW.size())};
  Taker taker;
  taker.self = &given;
  taker.reads = {c.W.data(), c.dW.data(), nullptr};
  taker.take = [](const void* self, int64_t first, int rows, int cols, const float* sums, int64_t stride) {
    Given& to = *static_cast<Given*>(const_cast<void*>(self));
    for (int row = 0; row < rows; ++row)
      for (int col = 0; col < cols; ++col) {
        const int64_t at = first + int64_t{row} * to.of->O + col;
        to.dW.data()[at] = sums[row * stride + col];
        ++to.times[static_cast<size_t>(at)];
      }
  };
  Output db(c.db.size());
  for (const Range o : cuts(c.O, output_step))
    for (const Range i : cuts(c.I, input_step)) {
      Output own(c.dW.size());  // what lies outside the call's own part stays as it was
      backward_weights(c.x.data(), c.delta.data(), own.data(), i.begin == 0 ? db.data() : nullptr, c.N, c.I, c.O, i, o,
                       c.shards, &taker);
      const int64_t begin = i.begin * c.O + o.begin * c.I, end = begin + i.size() * o.size();
      for (int64_t k = 0; k < int64_t{c.I} * c.O; ++k)
        EXPECT_TRUE((k >= begin && k < end) || own.untouched(static_cast<size_t>(k))) << where << ", at " << k;
      EXPECT_TRUE(own.guards_hold()) << where;
    }
  EXPECT_EQ(given.dW.differences(c.dW), 0u) << where;
  EXPECT_EQ(db.differences(c.db), 0u) << where;
  for (const int times : given.times) ASSERT_EQ(times, 1) << where;
}

TEST_P(Gemm, ATakerIsGivenEveryElementOnce) {
  for (const auto& [N, I, O] : {std::tuple{64, 40, 37}, {33, 30, 130}, {320, 33, 300}, {1030, 29, 70}, {5, 3, 2}})
    for (const int count : {0, 8}) {
      const Case c(N, I, O, count);
      for (const int step : {1, 8, 40, 1000}) {
        check_taker(c, step, O);
        check_taker(c, I, step);
      }
    }
}

TEST_P(Gemm, NothingOutsideTheRangesIsWritten) {
  const Case c(160, 41, 53);
  const Range panels{1, 4}, features{7, 38};
  Output z(c.z.size()), dx(c.dx.size()), dW(c.dW.size()), db(c.db.size());
  forward(c.x.data(), c.W.data(), c.b.data(), z.data(), c.I, c.O, panels, features);
  backward_input(c.delta.data(), c.W.data(), dx.data(), c.I, c.O, panels, features);
  backward_weights(c.x.data(), c.delta.data(), dW.data(), db.data(), c.N, c.I, c.O, {3, 29}, features);
  for (int64_t row = 0; row < c.N; ++row) {
    const int64_t p = row / kPanel;
    const bool in_panels = p >= panels.begin && p < panels.end;
    for (int f = 0; f < c.O; ++f) EXPECT_EQ(z.untouched(panel_at(row, f, c.O)), !(in_panels && f >= 7 && f < 38));
    for (int f = 0; f < c.I; ++f) EXPECT_EQ(dx.untouched(panel_at(row, f, c.I)), !(in_panels && f >= 7 && f < 38));
  }
  for (int o = 0; o < c.O; ++o) {
    for (int i = 0; i < c.I; ++i)
      EXPECT_EQ(dW.untouched(size_t(i * c.O + o)), !(i >= 3 && i < 29 && o >= 7 && o < 38)) << i << ' ' << o;
    EXPECT_EQ(db.untouched(size_t(o)), !(o >= 7 && o < 38));
  }
}

TEST_P(Gemm, EmptyRangesWriteNothingAndNoRowsGiveZero) {
  const Case c(64, 20, 30);
  Output z(c.z.size()), dW(c.dW.size()), db(c.db.size());
  forward(c.x.data(), c.W.data(), c.b.data(), z.data(), c.I, c.O, {1, 1}, {0, 30});
  forward(c.x.data(), c.W.data(), c.b.data(), z.data(), c.I, c.O, {0, 2}, {5, 5});
  for (size_t i = 0; i < c.z.size(); ++i) EXPECT_TRUE(z.untouched(i));
  backward_weights(c.x.data(), c.delta.data(), dW.data(), db.data(), 0, c.I, c.O, {0, c.I}, {0, c.O});
  EXPECT_EQ(dW.differences(std::vector<float>(c.dW.size(), 0.0f)), 0u);
  EXPECT_EQ(db.differences(std::vector<float>(c.db.size(), 0.0f)), 0u);
}

TEST_P(Gemm, FewRowsGiveTheBitsOfPanelsAndLeaveTheOtherLanes) {
  for (int rows = 1; rows <= kFew; ++rows)
    for (const int I : {1, 3, 64, 300})
      for (const int O : {1, 2, 7, 8, 16, 17, 33, 100, 128, 129, 257}) {
        const Case c(kPanel, I, O);
        Output z(c.z.size()), z_zero(c.z.size());
        forward_few(c.x.data(), c.W.data(), c.b.data(), z.data(), rows, I, O);
        forward_few(c.x.data(), c.W.data(), nullptr, z_zero.data(), rows, I, O);
        for (int o = 0; o < O; ++o)
          for (int n = 0; n < kPanel; ++n) {
            const auto at = static_cast<size_t>(panel_at(n, o, O));
            if (n < rows) {
              ASSERT_EQ(z.data()[at], c.z[at]) << rows << ' ' << I << ' ' << O << ' ' << o << ' ' << n;
              ASSERT_EQ(z_zero.data()[at], c.z_zero[at]);
            } else {
              ASSERT_TRUE(z.untouched(at) && z_zero.untouched(at));
            }
          }
        EXPECT_TRUE(z.guards_hold() && z_zero.guards_hold());
      }
}

INSTANTIATE_TEST_SUITE_P(EveryTarget, Gemm, testing::ValuesIn(simd_targets()),
                         [](const auto& param) { return param.param; });

TEST(Reference, IsTheProduct) {
  // Small whole numbers are exact in any order: compare with the definition summed downwards in double.
  constexpr int N = 5, I = 3, O = 2;
  std::vector<float> x(panel_size(N, I)), W(I * O), b = {4, -7}, z(panel_size(N, O)), dx(panel_size(N, I)), dW(I * O),
                                                    db(O), delta(panel_size(N, O));
  for (int n = 0; n < N; ++n) {
    for (int i = 0; i < I; ++i) x[panel_at(n, i, I)] = static_cast<float>((n * 5 + i * 3) % 7 - 3);
    for (int o = 0; o < O; ++o) delta[panel_at(n, o, O)] = static_cast<float>((n * 3 + o * 2) % 5 - 2);
  }
  for (int k = 0; k < I * O; ++k) W[size_t(k)] = static_cast<float>(k * k % 5 - 2);
  reference::forward(x.data(), W.data(), b.data(), z.data(), I, O, 1);
  reference::backward_input(delta.data(), W.data(), dx.data(), I, O, 1);
  reference::backward_weights(x.data(), delta.data(), dW.data(), db.data(), N, I, O);
  for (int n = 0; n < N; ++n) {
    for (int o = 0; o < O; ++o) {
      double sum = b[size_t(o)];
      for (int i = I; i-- > 0;) sum += double{x[panel_at(n, i, I)]} * double{W[size_t(i) * size_t(O) + size_t(o)]};
      EXPECT_EQ(z[panel_at(n, o, O)], sum);
    }
    for (int i = 0; i < I; ++i) {
      double sum = 0;
      for (int o = O; o-- > 0;) sum += double{delta[panel_at(n, o, O)]} * double{W[size_t(i) * size_t(O) + size_t(o)]};
      EXPECT_EQ(dx[panel_at(n, i, I)], sum);
    }
  }
  for (int o = 0; o < O; ++o) {
    double bias = 0;
    for (int n = N; n-- > 0;) bias += delta[panel_at(n, o, O)];
    EXPECT_EQ(db[size_t(o)], bias);
    for (int i = 0; i < I; ++i) {
      double sum = 0;
      for (int n = N; n-- > 0;) sum += double{x[panel_at(n, i, I)]} * double{delta[panel_at(n, o, O)]};
      EXPECT_EQ(dW[size_t(i) * size_t(O) + size_t(o)], sum);
    }
  }
}

}  // namespace
}  // namespace retrograd::gemm
