#include "gemm/gemm.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gemm/gemm.cpp"
#include "math/targets.hpp"
// Highway re-includes this file per target from here.
#include <hwy/foreach_target.h>

#include <algorithm>

#include "gemm/copy-inl.hpp"
#include "gemm/tile-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace retrograd::gemm::HWY_NAMESPACE {

inline constexpr int kSpan = 2 * kLanes;  ///< lanes of the usual tile
static_assert(kPanel % kSpan == 0);

/// Longest stretch of k in one go: the stretch of a panel (32 KiB at 256) and the weights of a tile stay in cache.
inline constexpr int64_t kStretch = 256;
/// Panels that take turns at packed weights: their stretches stay in the second-level cache.
inline constexpr int64_t kTurns = 16;
/// Weight matrices up to this many numbers are read where they lie.
inline constexpr int64_t kUnpacked = 6 * 1024;

/// Rows of weights up to this length are foreseen by the hardware.
inline constexpr int64_t kNear = 1024;

/// The width of tile number `tile` of the `tiles` equal ones that cover `size`, and where it starts.
struct Cut {
  int64_t begin, end;
  int width() const { return static_cast<int>(end - begin); }
};
HWY_INLINE Cut cut(int64_t size, int64_t tile, int64_t tiles) {
  return {size * tile / tiles, size * (tile + 1) / tiles};
}
HWY_INLINE int64_t tiles_of(int64_t size, int64_t widest = kMaxWidth) { return (size + widest - 1) / widest; }

/// Panels in and out: c[p][column][n] from b[p][k][n]. Forward and backward_input alike.
struct Over {
  const float* b;
  int64_t b_panel;
  float* c;
  int64_t c_panel;
  Range panels;
};

/// One tile's columns over all panels. With a `first`, that function is used for the first half panel.
template <Along kAlong>
HWY_INLINE void over_panels(Tile t, int width, const Over& over, TileFunction first = nullptr,
                            const float* then = nullptr) {
  const TileFunction usual = tile_of_width<kAlong, 1, 2, false, kMaxWidth>(width);
  t.b_stride = t.c_stride = kPanel;
  t.b_group = over.b_panel;
  t.c_group = over.c_panel;
  for (int half = 0; half < kPanel; half += kSpan) {
    int64_t p = over.panels.begin;
    const auto at = [&] {
      t.b = over.b + p * over.b_panel + half;
      t.c = over.c + p * over.c_panel + half;
    };
    if (first) {
      at();
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
  // Rows of W a multiple of 4 KiB apart share one set of the first-level cache (8 to 12 lines), on a busy machine with
  // the other thread of the core: wider tiles then ran at half the speed.
  const int64_t tiles = tiles_of(inputs.size(), O % 1024 == 0 ? std::min(8, kMaxWidth) : kMaxWidth);
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
        over_panels<Along::k>(t, part.width(),
                              {delta + k * kPanel,
                               int64_t{O} * kPanel,
                               dx + i * kPanel,
                               int64_t{I} * kPanel,
                               {p, std::min(p + kTurns, panels.end)}});
      }
}

/// A tile of one strip of outputs.
template <Along kAlong>
HWY_INLINE void strip_tile(int width, const Tile& t) {
  constexpr int kWidest = kAlong == Along::panels_sum ? kMaxWidth - 1 : kMaxWidth;
  if (t.lanes == kSpan)
    tile_of_width<kAlong, 1, 2, false, kWidest>(width)(t);
  else if (t.lanes > kLanes)
    tile_of_width<kAlong, 1, 2, true, kWidest>(width)(t);
  else
    tile_of_width<kAlong, 1, 1, true, kWidest>(width)(t);
}

/// Rows of a strip of backward_weights: the numbers of all of them and two vectors of outputs, read for every tile.
inline constexpr int64_t kStripRows = 512;
/// Partial sums that wait, of all the tiles that take turns at the strips of one batch in shards: 96 KiB.
inline constexpr int64_t kWaitingFloats = 24 * 1024;

/// The pieces of the shards that lie in the strips of kStripRows rows, strip by strip.
class Pieces {
 public:
  Pieces(int64_t rows, std::span<const Shard> shards) : rows_(rows), shards_(shards) {}

  /// The strip from row n, where the strips before it have ended.
  HWY_INLINE void strip(int64_t n) {
    const int64_t end = std::min(n + kStripRows, rows_);
    go_on = n > shards_[at_].begin;
    waiting = waiting_;
    count = 0;
    if (go_on) --waiting_;
    for (; at_ < shards_.size() && shards_[at_].begin < end; ++at_) {
      const Shard& s = shards_[at_];
      const bool ends = s.end <= end;
      piece[count++] = {std::min(s.end, end) - std::max(s.begin, n), ends ? s.merges : 0};
      waiting_ += 1 - piece[count - 1].merges;
      if (!ends) break;
    }
    finished = end == rows_;
  }

  Piece piece[kStripRows / kPanel];
  int64_t count = 0;
  bool go_on = false;     ///< the first piece goes on with a shard of the strip before
  bool finished = false;  ///< the last strip
  int64_t waiting = 0;    ///< partial sums that wait when the strip begins

 private:
  int64_t rows_;
  std::span<const Shard> shards_;
  size_t at_ = 0;
  int64_t waiting_ = 0;
};

/// What the strips of one call have in common.
struct Weights {
  const float* x;
  const float* delta;
  float* dW;
  float* db;
  int64_t N;
  int I, O;
  Range inputs, outputs;
  // The first tile also sums the bias gradient; it is not of the full width then, to have registers for it.
  int64_t tiles = tiles_of(inputs.size() + (db ? 1 : 0));
  float* strip;

  /// A strip of the rows' numbers from row n and output o: read once for every tile of inputs.
  HWY_INLINE Tile turn(int64_t n, int64_t o) const {
    Tile t;
    t.lanes = static_cast<int>(std::min<int64_t>(kSpan, outputs.end - o));
    for (int64_t row = 0; row < std::min(kStripRows, N - n); row += kPanel)
      turn_panel(delta + ((n + row) / kPanel * O + o) * kPanel, t.lanes, strip + row * kSpan, kSpan);
    t.b = strip;
    t.b_stride = kSpan;
    t.a_stride = int64_t{I} * kPanel;
    t.c_stride = O;
    return t;
  }

  HWY_INLINE void run(Tile& t, int64_t tile, int64_t n, int64_t o) const {
    const Cut part = cut(inputs.size(), tile, tiles);
    const int64_t i = inputs.begin + part.begin;
    t.a = x + n / kPanel * t.a_stride + i * kPanel;
    t.c = dW + i * O + o;
    t.total = db ? db + o : nullptr;
    if (db && tile == 0)
      strip_tile<Along::panels_sum>(part.width(), t);
    else
      strip_tile<Along::panels>(part.width(), t);
  }
};

/// One chain over all rows: dW itself holds it between the strips.
void one_chain(const Weights& w) {
  for (int64_t n = 0; n < w.N || n == 0; n += kStripRows)
    for (int64_t o = w.outputs.begin; o < w.outputs.end; o += kSpan) {
      Tile t = w.turn(n, o);
      const Piece all{std::min(kStripRows, w.N - n), 0};
      t.pieces = &all;
      t.count = 1;
      t.start = n > 0 ? Start::continued : Start::zero;
      for (int64_t tile = 0; tile < w.tiles; ++tile) w.run(t, tile, n, o);
    }
}

/// Partial sums wait in the first-level cache: of one tile at a time if one strip has all rows; else of as many tiles
/// as there is room for, which take turns at each strip.
void tree_of_chains(const Weights& w, std::span<const Shard> shards) {
  alignas(64) float waiting[kWaitingFloats];
  const bool one_strip = w.N <= kStripRows;
  int64_t room = 1, waits = 0;  // most that wait, with one that goes on in the next strip
  for (const Shard& shard : shards) room = std::max(room, 1 + (waits += 1 - shard.merges));
  const int64_t together = one_strip ? w.tiles : kWaitingFloats / (room * kWaiting);
  for (int64_t o = w.outputs.begin; o < w.outputs.end; o += kSpan)
    for (int64_t first = 0; first < w.tiles; first += together) {
      Pieces pieces(w.N, shards);
      for (int64_t n = 0; n < w.N; n += kStripRows) {
        pieces.strip(n);
        Tile t = w.turn(n, o);
        t.pieces = pieces.piece;
        t.count = pieces.count;
        t.finished = pieces.finished;
        t.start = pieces.go_on ? Start::waiting : Start::zero;
        for (int64_t tile = first; tile < std::min(first + together, w.tiles); ++tile) {
          const int64_t own = one_strip ? 0 : (tile - first) * room;
          t.waiting = waiting + (own + pieces.waiting) * kWaiting;
          w.run(t, tile, n, o);
        }
      }
    }
}

void backward_weights(const float* x, const float* delta, float* dW, float* db, int64_t N, int I, int O, Range inputs,
                      Range outputs, std::span<const Shard> shards) {
  if (inputs.empty()) return;
  alignas(64) float strip[kStripRows * kSpan];
  const Weights w{.x = x,
                  .delta = delta,
                  .dW = dW,
                  .db = db,
                  .N = N,
                  .I = I,
                  .O = O,
                  .inputs = inputs,
                  .outputs = outputs,
                  .strip = strip};
  if (shards.size() > 1)
    tree_of_chains(w, shards);
  else
    one_chain(w);
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
                      Range outputs, std::span<const Shard> shards) {
  HWY_DYNAMIC_DISPATCH(backward_weights)(x, delta, dW, db, N, I, O, inputs, outputs, shards);
}

void forward_few(const float* x, const float* W, const float* b, float* z, int rows, int I, int O) {
  HWY_DYNAMIC_DISPATCH(forward_few)(x, W, b, z, rows, I, O);
}

}  // namespace retrograd::gemm
#endif
