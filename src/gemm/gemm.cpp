#include "gemm/gemm.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gemm/gemm.cpp"
#include "math/targets.hpp"
// Highway re-includes this file per target from here.
#include <hwy/foreach_target.h>

#include <algorithm>

#include "gemm/tile-inl.hpp"
#include "gemm/weights-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace retrograd::gemm::HWY_NAMESPACE {

/// Longest stretch of k in one go: the stretch of a panel (32 KiB at 256) and the weights of a tile stay in cache.
inline constexpr int64_t kStretch = 256;
/// Panels that take turns at packed weights: their stretches stay in the second-level cache.
inline constexpr int64_t kTurns = 16;
/// Outputs of the panels of a turn from which they are not found in the second-level cache (512 KiB).
inline constexpr int64_t kFar = 128 * 1024;
/// Weight matrices up to this many numbers are read where they lie.
inline constexpr int64_t kUnpacked = 6 * 1024;

/// Rows of weights up to this length are foreseen by the hardware.
inline constexpr int64_t kNear = 1024;

/// Weights of the tiles that follow: `rows` rows of `lines` cache lines, fetched between the panels.
struct Coming {
  const float* from = nullptr;
  int64_t stride = 0, rows = 0, lines = 1;

  /// Part `part` of `parts`. Into the second-level cache: rows may lie so that the first cannot hold them together.
  HWY_INLINE void fetch(int64_t part, int64_t parts) const {
    for (int64_t row = rows * part / parts; row < rows * (part + 1) / parts; ++row)
      for (int64_t line = 0; line < lines; ++line) __builtin_prefetch(from + row * stride + line * kPitch, 0, 2);
  }
};

/// Panels in and out: c[p][column][n] from b[p][k][n]. Forward and backward_input alike.
struct Over {
  const float* b;
  int64_t b_panel;
  float* c;
  int64_t c_panel;
  Range panels;
  Coming coming{};
};

/// One tile's columns over all panels. With a `first`, that function is used for the first half panel.
template <Along kAlong>
HWY_INLINE void over_panels(Tile& t, int width, const Over& over, TileFunction first = nullptr,
                            const float* then = nullptr) {
  const TileFunction usual = tile_of_width<kAlong, 1, 2, false, kMaxWidth>(width);
  t.b_stride = t.c_stride = kPanel;
  t.b_group = over.b_panel;
  t.c_group = over.c_panel;
  const bool far = over.panels.size() * over.c_panel > kFar;
  for (int half = 0; half < kPanel; half += kSpan) {
    int64_t p = over.panels.begin;
    const auto at = [&] {
      t.b = over.b + p * over.b_panel + half;
      t.c = over.c + p * over.c_panel + half;
      if (far)
        t.next =
            p + 1 < over.panels.end ? t.c + over.c_panel : over.c + over.panels.begin * over.c_panel + width * kPanel;
    };
    if (first) {
      at();
      over.coming.fetch(0, over.panels.size());
      first(t);
      first = nullptr;
      t.a = then;
      t.a_stride = kPitch;
      ++p;
    }
    // Narrow tiles have too few chains to hide the latency of the additions: take four panels at once.
    if (width <= kMaxWidth / 4)
      for (const TileFunction four = tile_of_width<kAlong, 4, 2, false, kMaxWidth / 4>(width); p + 4 <= over.panels.end;
           p += 4) {
        at();
        four(t);
      }
    for (; p < over.panels.end; ++p) {
      at();
      if (half == 0) over.coming.fetch(p - over.panels.begin, over.panels.size());
      usual(t);
    }
  }
}

void forward(const float* x, const float* W, const float* b, float* z, int I, int O, Range panels, Range outputs) {
  constexpr int64_t kTogether = kPitch / kMaxWidth;  // tiles that share packed columns
  alignas(64) float packed[kStretch * kPitch];
  const int64_t tiles = tiles_of(outputs.size());
  // One panel reads the weights once: packed only if their rows lie so far apart that they must be fetched ahead.
  const bool pack = int64_t{I} * O > kUnpacked && O >= kPitch && (panels.size() > 1 || O > kNear);
  for (int64_t p = panels.begin; p < panels.end; p += kTurns) {
    const Range turn{p, std::min(p + kTurns, panels.end)};
    for (int64_t k = 0; k < I; k += kStretch) {
      int64_t column = 0;  // first column that is packed
      for (int64_t tile = 0; tile < tiles; ++tile) {
        const Cut part = cut(outputs.size(), tile, tiles);
        const int64_t o = outputs.begin + part.begin;
        const Over over{x + k * kPanel, int64_t{I} * kPanel, z + o * kPanel, int64_t{O} * kPanel, turn};
        Tile t;
        t.count = std::min(kStretch, I - k);
        t.a = W + k * O + o;
        t.a_stride = O;
        t.start = k > 0 ? Start::continued : b ? Start::each_j : Start::zero;
        t.bias = b ? b + o : nullptr;
        if (!pack) {
          // Another core may have written them: rows of weights are asked for a tile before they are read.
          if (int64_t{I} * O <= kUnpacked)
            t.ahead = nullptr;
          else if (tile + 1 < tiles)
            t.ahead = t.a + cut(outputs.size(), tile + 1, tiles).end - part.begin - 1;
          else if (I - k >= 2 * kStretch)
            t.ahead = W + (k + kStretch) * O + outputs.begin + part.width() - 1;
          over_panels<Along::j>(t, part.width(), over);
        } else if (tile % kTogether == 0) {
          // The first half panel packs the weights on its way, the others read them packed. Whole lines are copied:
          // at the end of a row of W they reach back into columns before this tile.
          column = std::min<int64_t>(o, O - kPitch);
          t.source = W + k * O + column;
          t.pack = packed;
          over_panels<Along::j>(t, part.width(), over,
                                tile_of_width<Along::j_pack, 1, 2, false, kMaxWidth>(part.width()),
                                packed + (o - column));
        } else {
          t.a = packed + (o - column);
          t.a_stride = kPitch;
          over_panels<Along::j>(t, part.width(), over);
        }
      }
    }
  }
}

void backward_input(const float* delta, const float* W, float* dx, int I, int O, Range panels, Range inputs) {
  // Rows of W a multiple of 4 KiB apart share one set of the first-level cache (8 to 12 lines): wider tiles then ran at
  // half the speed on a busy machine. From 8 KiB on it pays to pack them, for many panels, so that they do not.
  constexpr int64_t kRow = kStretch + kPitch;
  alignas(64) float packed[kMaxWidth * kRow];
  const bool pack = O % 2048 == 0 && panels.size() >= 8;
  const int64_t tiles = tiles_of(inputs.size(), !pack && O % 1024 == 0 ? std::min(8, kMaxWidth) : kMaxWidth);
  for (int64_t p = panels.begin; p < panels.end; p += kTurns)
    for (int64_t k = 0; k < O; k += kStretch)
      for (int64_t tile = 0; tile < tiles; ++tile) {
        const Cut part = cut(inputs.size(), tile, tiles);
        const int64_t i = inputs.begin + part.begin;
        Tile t;
        t.count = std::min(kStretch, O - k);
        t.a = W + i * O + k;
        t.a_stride = O;
        t.start = k > 0 ? Start::continued : Start::zero;
        Coming coming;
        if (pack) {
          if (tile + 1 < tiles)
            coming = {t.a + part.width() * O, O, cut(inputs.size(), tile + 1, tiles).width(), t.count / kPitch};
          for (int64_t row = 0; row < part.width(); ++row) std::copy_n(t.a + row * O, t.count, packed + row * kRow);
          t.a = packed;
          t.a_stride = kRow;
        }
        over_panels<Along::k>(t, part.width(),
                              {delta + k * kPanel,
                               int64_t{O} * kPanel,
                               dx + i * kPanel,
                               int64_t{I} * kPanel,
                               {p, std::min(p + kTurns, panels.end)},
                               coming});
      }
}

/// forward_few, kVectors vectors of outputs at a time, vector along the outputs.
template <int kVectors>
HWY_INLINE void few_outputs(const float* x, const float* W, const float* b, float* z, int rows, int I, int O) {
  constexpr int kOutputs = kVectors * kLanes;
  alignas(64) float sums[kFew * kOutputs];
  for (int64_t o = 0; o < O; o += kOutputs) {
    Tile t;
    t.a = x;
    t.a_stride = kPanel;
    t.b = W + o;
    t.b_stride = O;
    t.c = sums;
    t.c_stride = kOutputs;
    t.count = I;
    t.start = b ? Start::each_lane : Start::zero;
    t.bias = b ? b + o : nullptr;
    t.lanes = static_cast<int>(std::min<int64_t>(kOutputs, O - o));
    constexpr int kRows = kVectors > 2 ? 1 : kFew;
    if (t.lanes == kOutputs)
      tile_of_width<Along::j, 1, kVectors, false, kRows>(rows)(t);
    else
      tile_of_width<Along::j, 1, kVectors, true, kRows>(rows)(t);
    for (int row = 0; row < rows; ++row)
      for (int lane = 0; lane < t.lanes; ++lane) z[(o + lane) * kPanel + row] = sums[row * kOutputs + lane];
  }
}

void forward_few(const float* x, const float* W, const float* b, float* z, int rows, int I, int O) {
  // One row alone has one chain a vector: eight hide the latency of the additions.
  if (rows == 1 && O > 2 * kLanes)
    few_outputs<8>(x, W, b, z, rows, I, O);
  else
    few_outputs<2>(x, W, b, z, rows, I, O);
}

}  // namespace retrograd::gemm::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace retrograd::gemm {

HWY_EXPORT(forward);
HWY_EXPORT(backward_input);
HWY_EXPORT(backward_weights);
HWY_EXPORT(forward_few);

void forward(const float* x, const float* W, const float* b, float* z, int I, int O, Range panels, Range outputs) {
  HWY_DYNAMIC_DISPATCH(forward)(x, W, b, z, I, O, panels, outputs);
}

void backward_input(const float* delta, const float* W, float* dx, int I, int O, Range panels, Range inputs) {
  HWY_DYNAMIC_DISPATCH(backward_input)(delta, W, dx, I, O, panels, inputs);
}

void backward_weights(const float* x, const float* delta, float* dW, float* db, int64_t N, int I, int O, Range inputs,
                      Range outputs, std::span<const Shard> shards, const Taker* taker) {
  HWY_DYNAMIC_DISPATCH(backward_weights)(x, delta, dW, db, N, I, O, inputs, outputs, shards, taker);
}

void forward_few(const float* x, const float* W, const float* b, float* z, int rows, int I, int O) {
  HWY_DYNAMIC_DISPATCH(forward_few)(x, W, b, z, rows, I, O);
}

}  // namespace retrograd::gemm
#endif
