// backward_weights: the gradient of the weights, strip by strip of outputs.
#if defined(RETROGRAD_WEIGHTS_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef RETROGRAD_WEIGHTS_INL_HPP
#undef RETROGRAD_WEIGHTS_INL_HPP
#else
#define RETROGRAD_WEIGHTS_INL_HPP
#endif

#include <algorithm>
#include <cstdint>
#include <span>

#include "gemm/copy-inl.hpp"
#include "gemm/gemm.hpp"
#include "gemm/tile-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace retrograd::gemm::HWY_NAMESPACE {

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
/// Numbers of the strips that are read in turn for one tile's inputs, 128 KiB, and how many these are at most: the
/// inputs stay in the first-level cache, and a taker gets rows of several cache lines.
inline constexpr int64_t kStripFloats = 32 * 1024;
inline constexpr int64_t kMostStrips = 8;
/// Up to this many outputs, strips of few rows stay in the first-level cache too, with what is updated: 16 KiB.
inline constexpr int kNarrow = 256;
inline constexpr int64_t kNearFloats = 4 * 1024;
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
  const Taker* taker;
  float* strips;
  // The first tile also sums the bias gradient; it is not of the full width then, to have registers for it.
  int64_t tiles = tiles_of(inputs.size() + (db ? 1 : 0));
  int64_t rows = std::min(kStripRows, (N + kPanel - 1) / kPanel * kPanel);  ///< of a strip
  int64_t together = strips_together();                                     ///< strips
  /// Sums for a taker lie side by side, in the part of dW that is this call's own.
  float* room = dW + inputs.begin * O + outputs.begin * I;
  int64_t room_stride = std::min(together * kSpan, outputs.size());

  HWY_INLINE int64_t strips_together() const {
    if (rows == 0) return 1;
    const int64_t near = O <= kNarrow ? kNearFloats / (rows * kSpan) : 0;
    return near >= 2 ? near : std::min(kMostStrips, kStripFloats / (rows * kSpan));
  }

  HWY_INLINE void use_one_strip() {
    together = 1;
    room_stride = std::min<int64_t>(kSpan, outputs.size());
  }

  HWY_INLINE int lanes(int64_t o) const { return static_cast<int>(std::min<int64_t>(kSpan, outputs.end - o)); }
  HWY_INLINE Range strips_from(int64_t o) const { return {o, std::min(o + together * kSpan, outputs.end)}; }

  /// Strips of the rows' numbers from row n: read once for every tile of inputs.
  HWY_INLINE void turn(int64_t n, Range columns) const {
    float* to = strips;
    for (int64_t o = columns.begin; o < columns.end; o += kSpan, to += rows * kSpan)
      for (int64_t row = 0; row < std::min(rows, N - n); row += kPanel)
        turn_panel(delta + ((n + row) / kPanel * O + o) * kPanel, lanes(o), to + row * kSpan, kSpan);
  }

  /// What the tiles of some rows have in common. `last`: they complete the sums.
  HWY_INLINE Tile rows_of(bool last) const {
    Tile t;
    t.a_stride = int64_t{I} * kPanel;
    t.b_stride = kSpan;
    t.c_stride = taker == nullptr ? O : room_stride;
    if (taker != nullptr && last) {
      t.reads = taker->reads.data();
      t.reads_stride = O;
    }
    return t;
  }

  /// One tile over the strips of rows from n on.
  HWY_INLINE void run(Tile& t, int64_t tile, int64_t n, Range columns) const {
    const Cut part = cut(inputs.size(), tile, tiles);
    const int64_t i = inputs.begin + part.begin;
    float* const sums =
        taker == nullptr ? dW + i * O + columns.begin : room + (N > kStripRows ? part.begin * room_stride : 0);
    t.a = x + n / kPanel * t.a_stride + i * kPanel;
    if (t.reads != nullptr) {  // all but the last panel fetch them
      const int64_t panels = std::max<int64_t>(1, (std::min(rows, N - n) + kPanel - 1) / kPanel - 1);
      t.reads_at_once = static_cast<int>((part.width() + panels - 1) / panels);
    }
    const float* strip = strips;
    for (int64_t o = columns.begin; o < columns.end; o += kSpan, strip += rows * kSpan) {
      t.b = strip;
      t.lanes = lanes(o);
      t.c = sums + (o - columns.begin);
      t.reads_offset = i * O + o;
      t.total = db ? db + o : nullptr;
      t.next = o + kSpan < columns.end ? t.a
               : tile + 1 < tiles      ? t.a + part.width() * kPanel
                                       : x + n / kPanel * t.a_stride;
      if (db && tile == 0)
        strip_tile<Along::panels_sum>(part.width(), t);
      else
        strip_tile<Along::panels>(part.width(), t);
    }
    if (t.reads != nullptr)
      taker->take(taker->self, i * O + columns.begin, part.width(), static_cast<int>(columns.size()), sums, t.c_stride);
  }
};

/// One chain over all rows: the sums themselves hold it between the strips.
inline void one_chain(const Weights& w) {
  for (int64_t o = w.outputs.begin; o < w.outputs.end; o += w.together * kSpan)
    for (int64_t n = 0; n < w.N || n == 0; n += kStripRows) {
      const Range columns = w.strips_from(o);
      w.turn(n, columns);
      const Piece all{std::min(kStripRows, w.N - n), 0};
      Tile t = w.rows_of(n + kStripRows >= w.N);
      t.pieces = &all;
      t.count = 1;
      t.start = n > 0 ? Start::continued : Start::zero;
      for (int64_t tile = 0; tile < w.tiles; ++tile) w.run(t, tile, n, columns);
    }
}

/// Partial sums wait in the first-level cache: of one tile at a time if one strip has all rows; else of as many tiles
/// as there is room for, which take turns at each strip.
inline void tree_of_chains(Weights w, std::span<const Shard> shards) {
  alignas(64) float waiting[kWaitingFloats];
  const bool one_strip = w.N <= kStripRows;
  int64_t room = 1, waits = 0;  // most that wait, with one that goes on in the next strip
  for (const Shard& shard : shards) room = std::max(room, 1 + (waits += 1 - shard.merges));
  const int64_t together = one_strip ? w.tiles : kWaitingFloats / (room * kWaiting);
  if (!one_strip) w.use_one_strip();
  for (int64_t o = w.outputs.begin; o < w.outputs.end; o += w.together * kSpan)
    for (int64_t first = 0; first < w.tiles; first += together) {
      Pieces pieces(w.N, shards);
      for (int64_t n = 0; n < w.N; n += kStripRows) {
        const Range columns = w.strips_from(o);
        pieces.strip(n);
        w.turn(n, columns);
        Tile t = w.rows_of(pieces.finished);
        t.pieces = pieces.piece;
        t.count = pieces.count;
        t.finished = pieces.finished;
        t.start = pieces.go_on ? Start::waiting : Start::zero;
        for (int64_t tile = first; tile < std::min(first + together, w.tiles); ++tile) {
          const int64_t own = one_strip ? 0 : (tile - first) * room;
          t.waiting = waiting + (own + pieces.waiting) * kWaiting;
          w.run(t, tile, n, columns);
        }
      }
    }
}

inline void backward_weights(const float* x, const float* delta, float* dW, float* db, int64_t N, int I, int O,
                             Range inputs, Range outputs, std::span<const Shard> shards, const Taker* taker) {
  if (inputs.empty()) return;
  alignas(64) float strips[kStripFloats];
  const Weights w{.x = x,
                  .delta = delta,
                  .dW = dW,
                  .db = db,
                  .N = N,
                  .I = I,
                  .O = O,
                  .inputs = inputs,
                  .outputs = outputs,
                  .taker = taker,
                  .strips = strips};
  if (shards.size() > 1)
    tree_of_chains(w, shards);
  else
    one_chain(w);
}

}  // namespace retrograd::gemm::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
