// The register tile: every product of gemm.hpp is made of it.
//
//   c[g][j][lanes] = start + sum_k a(k, j) b[g][k][lanes]      j < kWidth, g < kGroups, lanes < kVectors vectors
//
// One accumulator per vector of outputs, so each lane is one chain of fused multiply-adds in ascending k.
#if defined(RETROGRAD_TILE_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef RETROGRAD_TILE_INL_HPP
#undef RETROGRAD_TILE_INL_HPP
#else
#define RETROGRAD_TILE_INL_HPP
#endif

#include "math/targets.hpp"
// Highway after the choice of targets.
#include <hwy/highway.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "retrograd/panel.hpp"

HWY_BEFORE_NAMESPACE();
namespace retrograd::gemm::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Lanes = hn::ScalableTag<float>;
inline constexpr int kLanes = static_cast<int>(HWY_MAX_BYTES / sizeof(float));

/// Widest tile of two vectors: accumulators, the vectors of b and one factor fill the registers (32 or 16).
inline constexpr int kMaxWidth = HWY_TARGET == HWY_AVX2 ? 6 : 14;

/// Columns of weights that are packed together: a cache line.
inline constexpr int kPitch = 16;

/// Rows of weights that are fetched ahead: they lie far apart, where the hardware does not foresee them.
inline constexpr int64_t kAhead = 32;

/// Where a(k, j) lies.
enum class Along {
  j,           ///< a[k * stride + j]: rows of weights, as they are or packed
  k,           ///< a[j * stride + k]: columns of weights
  panels,      ///< a[(k / 32) * stride + j * 32 + k % 32]: activations
  panels_sum,  ///< as panels, and sums b itself: total[lanes] = start + sum_k b[k][lanes]
  j_pack,      ///< as j, and copies source[k * stride + 0 … 15] to pack[k * 16 + 0 … 15] for the tiles that follow
};

/// What the chains start from; `waiting`: the partial sum that waits last.
enum class Start { zero, each_j, each_lane, continued, waiting };

/// Rows of one shard, and what becomes of the sums after them (retrograd/shards.hpp). A shard may go on in the next
/// call: then there are no merges.
struct Piece {
  int64_t rows = 0;
  int merges = 0;
};
/// Floats of a partial sum that waits: kMaxWidth + 1 rows of two vectors, the last for the total.
inline constexpr int64_t kWaiting = (kMaxWidth + 1) * 2 * kLanes;

/// Fetches a line and takes it from the other cores: else writing it would wait for them once more. The compiler makes
/// a fetch for reading of __builtin_prefetch(p, 1) on the smallest machine that we support, where it may do nothing.
HWY_INLINE void prefetch_to_write(const float* p) { asm volatile("prefetchw %0" : : "m"(*p)); }

struct Tile {
  const float* a = nullptr;
  int64_t a_stride = 0;
  const float* ahead = nullptr;  ///< j: a column that is fetched ahead, for the tiles that follow; or null
  const float* source = nullptr;
  float* pack = nullptr;
  const float* b = nullptr;
  int64_t b_stride = 0;  ///< between k
  int64_t b_group = 0;   ///< between groups
  float* c = nullptr;
  int64_t c_stride = 0;  ///< between j
  int64_t c_group = 0;
  int64_t count = 0;              ///< length of k; panels: of `pieces`
  const Piece* pieces = nullptr;  ///< panels
  float* waiting = nullptr;       ///< where the next partial sum may wait; those before it lie below
  bool finished = true;           ///< the last sums go to c and total; else they wait
  Start start = Start::zero;
  float* total = nullptr;       ///< panels_sum
  const float* bias = nullptr;  ///< each_j: bias[j]; each_lane: bias[lane]
  int lanes = 0;                ///< lanes of b, bias and c that exist (masked tiles only)
  /// panels: what is written at the end, [j][lanes] each or null; `reads_at_once` rows are fetched with each panel.
  const float* const* reads = nullptr;
  int64_t reads_offset = 0, reads_stride = 0;
  int reads_at_once = 0;
  const float* next = nullptr;  ///< fetched ahead. j, k: c of the next tile, or null; panels: its a
};

template <Along kAlong, int kWidth, int kGroups, int kVectors, bool kMasked>
HWY_NOINLINE void run_tile(const Tile& t) {
  using V = hn::Vec<Lanes>;
  const Lanes d;
  V sum[kWidth][kGroups][kVectors];
  decltype(hn::FirstN(d, 0)) mask[kVectors];
  if constexpr (kMasked)
    for (int v = 0; v < kVectors; ++v) {
      const int rest = t.lanes - v * kLanes;
      mask[v] = hn::FirstN(d, static_cast<size_t>(rest < 0 ? 0 : rest > kLanes ? kLanes : rest));
    }
  const auto load = [&](const float* p, int v) HWY_ATTR {
    if constexpr (kMasked)
      return hn::MaskedLoad(mask[v], d, p + v * kLanes);
    else
      return hn::LoadU(d, p + v * kLanes);
  };

  const auto fill = [&](auto value) HWY_ATTR {
#pragma GCC unroll 16
    for (int j = 0; j < kWidth; ++j)
#pragma GCC unroll 8
      for (int g = 0; g < kGroups; ++g)
#pragma GCC unroll 8
        for (int v = 0; v < kVectors; ++v) sum[j][g][v] = value(j, g, v);
  };
  switch (t.start) {
    case Start::zero:
      fill([&](int, int, int) HWY_ATTR { return hn::Zero(d); });
      break;
    case Start::each_j:
      fill([&](int j, int, int) HWY_ATTR { return hn::Set(d, t.bias[j]); });
      break;
    case Start::each_lane:
      fill([&](int, int, int v) HWY_ATTR { return load(t.bias, v); });
      break;
    case Start::continued:
      fill([&](int j, int g, int v) HWY_ATTR { return load(t.c + j * t.c_stride + g * t.c_group, v); });
      break;
    case Start::waiting:
      fill([&](int j, int, int v) HWY_ATTR { return load(t.waiting - kWaiting + j * 2 * kLanes, v); });
      break;
  }

  V total[kVectors];
  if constexpr (kAlong == Along::panels_sum)
    for (int v = 0; v < kVectors; ++v)
      total[v] = t.start == Start::continued ? load(t.total, v)
                 : t.start == Start::waiting ? load(t.waiting - 2 * kLanes, v)
                                             : hn::Zero(d);

  const float* b = t.b;
  const auto step = [&](auto factor) HWY_ATTR {
    V x[kGroups][kVectors];
#pragma GCC unroll 8
    for (int g = 0; g < kGroups; ++g)
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) x[g][v] = load(b + g * t.b_group, v);
#pragma GCC unroll 16
    for (int j = 0; j < kWidth; ++j) {
      const V w = hn::Set(d, factor(j));
#pragma GCC unroll 8
      for (int g = 0; g < kGroups; ++g)
#pragma GCC unroll 8
        for (int v = 0; v < kVectors; ++v) sum[j][g][v] = hn::MulAdd(w, x[g][v], sum[j][g][v]);
    }
    if constexpr (kAlong == Along::panels_sum)
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) total[v] = hn::Add(total[v], x[0][v]);
    b += t.b_stride;
  };

  const auto store = [&](V value, float* p, int v) HWY_ATTR {
    if constexpr (kMasked)
      hn::BlendedStore(value, mask[v], d, p + v * kLanes);
    else
      hn::StoreU(value, d, p + v * kLanes);
  };

  // All of k; the next tile's outputs are fetched on the way.
  const auto all = [&](const auto& one) HWY_ATTR {
    const auto count = static_cast<int>(t.count);
    const float* next = t.next;
    if (next == nullptr) {
      for (int k = 0; k < count; ++k) one();
      return;
    }
    const int64_t pace = (kWidth * kGroups * kVectors * kLanes + count - 1) / count;
    for (int k = 0; k < count; ++k, next += pace) {
      __builtin_prefetch(next);
      one();
    }
  };

  if constexpr (kAlong == Along::j) {
    const float* a = t.a;
    const auto row = [&]() HWY_ATTR {
      step([&](int j) HWY_ATTR { return a[j]; });
      a += t.a_stride;
    };
    if (const float* ahead = t.ahead) {
      for (int64_t k = 0; k < t.count; ++k, ahead += t.a_stride) {
        __builtin_prefetch(ahead);
        row();
      }
    } else {
      all(row);
    }
  } else if constexpr (kAlong == Along::j_pack) {
    const float* a = t.a;
    const float* source = t.source;
    const float* ahead = source + kAhead * t.a_stride + kPitch - 1;
    float* pack = t.pack;
    for (int64_t k = 0; k < t.count; ++k) {
      if (k + kAhead == t.count) ahead = t.source + 2 * kPitch - 1;  // the columns that follow lie beside these
      __builtin_prefetch(ahead);
      for (int v = 0; v < kPitch; v += kLanes) hn::Store(hn::LoadU(d, source + v), d, pack + v);
      step([&](int j) HWY_ATTR { return a[j]; });
      a += t.a_stride;
      source += t.a_stride;
      ahead += t.a_stride;
      pack += kPitch;
    }
  } else if constexpr (kAlong == Along::k) {
    // A pointer to every fourth column: the addresses of the others are formed in the instruction.
    const float* a[(kWidth + 3) / 4];
    for (int q = 0; q < (kWidth + 3) / 4; ++q) a[q] = t.a + 4 * q * t.a_stride;
    const int64_t stride = t.a_stride;
    int64_t k = 0;
    all([&]() HWY_ATTR {
      step([&](int j) HWY_ATTR { return a[j / 4][(j % 4) * stride + k]; });
      ++k;
    });
  } else {
    const float* a = t.a;
    float* waiting = t.start == Start::waiting ? t.waiting - kWaiting : t.waiting;
    int fetched = t.reads != nullptr ? 0 : kWidth;
    for (int64_t piece = 0;; ++piece) {
      for (int64_t rows = t.pieces[piece].rows; rows > 0; rows -= 32, a += t.a_stride) {
        const int64_t end = rows < 32 ? rows : 32;
        const int until = fetched + t.reads_at_once < kWidth ? fetched + t.reads_at_once : kWidth;
        // The hardware does not foresee the next panel.
        const float* next = rows > 32 || piece + 1 < t.count ? a + t.a_stride : t.next;
        for (int64_t k = 0; k < end; ++k, next += kPitch) {
          __builtin_prefetch(next);
          if (fetched < until) {
            for (int r = 0; r < 3 && t.reads[r] != nullptr; ++r) {
              const float* line = t.reads[r] + t.reads_offset + fetched * t.reads_stride;
              for (int v = 0; v < kVectors * kLanes; v += kPitch) prefetch_to_write(line + v);
            }
            ++fetched;
          }
          step([&](int j) HWY_ATTR { return a[j * 32 + k]; });
        }
        b += (32 - end) * t.b_stride;  // the next piece begins with a panel
      }
      for (int m = t.pieces[piece].merges; m > 0; --m) {
        waiting -= kWaiting;
#pragma GCC unroll 16
        for (int j = 0; j < kWidth; ++j)
#pragma GCC unroll 8
          for (int v = 0; v < kVectors; ++v) sum[j][0][v] = hn::Add(load(waiting + j * 2 * kLanes, v), sum[j][0][v]);
        if constexpr (kAlong == Along::panels_sum)
          for (int v = 0; v < kVectors; ++v) total[v] = hn::Add(load(waiting + kWaiting - 2 * kLanes, v), total[v]);
      }
      const bool last = piece + 1 == t.count;
      if (last && t.finished) break;
#pragma GCC unroll 16
      for (int j = 0; j < kWidth; ++j)
#pragma GCC unroll 8
        for (int v = 0; v < kVectors; ++v) store(sum[j][0][v], waiting + j * 2 * kLanes, v);
      if constexpr (kAlong == Along::panels_sum)
        for (int v = 0; v < kVectors; ++v) store(total[v], waiting + kWaiting - 2 * kLanes, v);
      if (last) return;
      waiting += kWaiting;
      fill([&](int, int, int) HWY_ATTR { return hn::Zero(d); });
      if constexpr (kAlong == Along::panels_sum)
        for (int v = 0; v < kVectors; ++v) total[v] = hn::Zero(d);
    }
  }

#pragma GCC unroll 16
  for (int j = 0; j < kWidth; ++j)
#pragma GCC unroll 8
    for (int g = 0; g < kGroups; ++g)
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) store(sum[j][g][v], t.c + j * t.c_stride + g * t.c_group, v);
  if constexpr (kAlong == Along::panels_sum)
    for (int v = 0; v < kVectors; ++v) store(total[v], t.total, v);
}

using TileFunction = void (*)(const Tile&);

/// run_tile of the width `width`, 1 <= width <= kWidth.
template <Along kAlong, int kGroups, int kVectors, bool kMasked, int kWidth>
HWY_INLINE TileFunction tile_of_width(int width) {
  static constexpr auto kTable = []<int... kIndex>(std::integer_sequence<int, kIndex...>) {
    return std::array<TileFunction, kWidth>{&run_tile<kAlong, kIndex + 1, kGroups, kVectors, kMasked>...};
  }
  (std::make_integer_sequence<int, kWidth>());
  return kTable[static_cast<size_t>(width - 1)];
}

inline constexpr int kSpan = 2 * kLanes;  ///< lanes of the usual tile
static_assert(kPanel % kSpan == 0);

/// The width of tile number `tile` of the `tiles` equal ones that cover `size`, and where it starts.
struct Cut {
  int64_t begin, end;
  int width() const { return static_cast<int>(end - begin); }
};
HWY_INLINE Cut cut(int64_t size, int64_t tile, int64_t tiles) {
  return {size * tile / tiles, size * (tile + 1) / tiles};
}
HWY_INLINE int64_t tiles_of(int64_t size, int64_t widest = kMaxWidth) { return (size + widest - 1) / widest; }

}  // namespace retrograd::gemm::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
