#include "train/engine/gather.hpp"

#include <immintrin.h>

#include <algorithm>
#include <type_traits>

#include "retrograd/panel.hpp"

namespace retrograd::training {
namespace {

constexpr int kTile = 8;  // rows and columns of one register transpose

/// out[c][lane] = rows[lane][c] for an 8 x 8 tile; `out` points at the tile's first lane, columns are kPanel apart.
void transpose(const float* const* rows, int col, float* out) {
  const auto pair = [&](int lane) {  // rows lane and lane + 4: their first and last four columns, side by side
    const float* low = rows[lane] + col;
    const float* high = rows[lane + 4] + col;
    const __m256 left = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(low)), _mm_loadu_ps(high), 1);
    const __m256 right = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(low + 4)), _mm_loadu_ps(high + 4), 1);
    return std::pair{left, right};
  };
  const auto store = [&](__m256 a, __m256 b, __m256 c, __m256 d, float* to) {
    const __m256 ab_low = _mm256_unpacklo_ps(a, b), ab_high = _mm256_unpackhi_ps(a, b);
    const __m256 cd_low = _mm256_unpacklo_ps(c, d), cd_high = _mm256_unpackhi_ps(c, d);
    _mm256_storeu_ps(to, _mm256_shuffle_ps(ab_low, cd_low, _MM_SHUFFLE(1, 0, 1, 0)));
    _mm256_storeu_ps(to + kPanel, _mm256_shuffle_ps(ab_low, cd_low, _MM_SHUFFLE(3, 2, 3, 2)));
    _mm256_storeu_ps(to + 2 * kPanel, _mm256_shuffle_ps(ab_high, cd_high, _MM_SHUFFLE(1, 0, 1, 0)));
    _mm256_storeu_ps(to + 3 * kPanel, _mm256_shuffle_ps(ab_high, cd_high, _MM_SHUFFLE(3, 2, 3, 2)));
  };
  const auto [a0, a1] = pair(0);
  const auto [b0, b1] = pair(1);
  const auto [c0, c1] = pair(2);
  const auto [d0, d1] = pair(3);
  store(a0, b0, c0, d0, out);
  store(a1, b1, c1, d1, out + 4 * kPanel);
}

void transpose(const uint8_t* const* rows, int col, float* out) {
  const auto load = [&](int lane) { return _mm_loadl_epi64(reinterpret_cast<const __m128i*>(rows[lane] + col)); };
  const __m128i r01 = _mm_unpacklo_epi8(load(0), load(1)), r23 = _mm_unpacklo_epi8(load(2), load(3));
  const __m128i r45 = _mm_unpacklo_epi8(load(4), load(5)), r67 = _mm_unpacklo_epi8(load(6), load(7));
  const __m128i low[2] = {_mm_unpacklo_epi16(r01, r23), _mm_unpackhi_epi16(r01, r23)};   // rows 0 to 3 of four columns
  const __m128i high[2] = {_mm_unpacklo_epi16(r45, r67), _mm_unpackhi_epi16(r45, r67)};  // rows 4 to 7
  for (int half = 0; half < 2; ++half) {
    const auto store = [&](__m128i bytes, float* to) {
      _mm256_storeu_ps(to, _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes)));
    };
    const __m128i first = _mm_unpacklo_epi32(low[half], high[half]), second = _mm_unpackhi_epi32(low[half], high[half]);
    float* to = out + half * 4 * kPanel;
    store(first, to);
    store(_mm_unpackhi_epi64(first, first), to + kPanel);
    store(second, to + 2 * kPanel);
    store(_mm_unpackhi_epi64(second, second), to + 3 * kPanel);
  }
}

/// Asks for the cache lines of columns [col, col + 64 bytes) of some rows.
template <class T>
void prefetch(const T* const* rows, int count, int col) {
  for (int lane = 0; lane < count; ++lane) _mm_prefetch(reinterpret_cast<const char*>(rows[lane] + col), _MM_HINT_T0);
}

constexpr int kLinesAhead = 4 * kTile;  // columns whose lines of the panel are asked for ahead

/// Takes the lines of a tile's columns from the other cores, which have read the last batch there.
void take_lines(const float* columns) {
  for (int at = 0; at < kTile * kPanel; at += 16) asm volatile("prefetchw %0" : : "m"(columns[at]));
}

/// Rows to one panel. The lines of `next` rows, the panel after it, are asked for on the way: shuffled rows are spread
/// over the memory, and no hardware prefetcher guesses where the next one lies.
template <class T>
void gather_panel(const T* const* rows, int valid, const T* const* next, int next_valid, int cols, float* out) {
  constexpr int line = 64 / sizeof(T);
  const int whole = cols < kTile ? 0 : valid / kTile * kTile;
  if (cols > line && next_valid > 0) prefetch(next, next_valid, cols - 1);  // rows start anywhere in a line
  // Tiles of all lanes before the next columns: the cache lines that a tile touches are read once.
  for (int col = 0; whole > 0 && col < cols; col += kTile) {
    if (col % line == 0) prefetch(next, next_valid, col);
    if (col + kLinesAhead < cols) take_lines(out + (col + kLinesAhead) * kPanel);
    const int c = std::min(col, cols - kTile);  // the last tile overlaps the one before it
    for (int lane = 0; lane < whole; lane += kTile) transpose(rows + lane, c, out + c * kPanel + lane);
  }
  for (int c = 0; whole < kPanel && c < cols; ++c) {
    float* to = out + c * kPanel;
    for (int lane = whole; lane < valid; ++lane) to[lane] = static_cast<float>(rows[lane][c]);
    std::fill(to + std::max(whole, valid), to + kPanel, 0.0f);
  }
}

}  // namespace

void gather(const Block& block, const int64_t* rows, int64_t begin, Range panels, int64_t count, float* panel_buffer) {
  std::visit(
      [&](const auto& values) {
        using T = typename std::decay_t<decltype(values)>::value_type;
        const T* sources[2][kPanel];
        const auto look_up = [&](int64_t panel) {
          const int64_t first = panel * kPanel;
          const int valid = static_cast<int>(std::clamp<int64_t>(count - first, 0, kPanel));
          for (int lane = 0; lane < valid; ++lane) {
            const int64_t row = rows != nullptr ? rows[first + lane] : begin + first + lane;
            sources[panel % 2][lane] = values.data() + row * block.cols;
          }
          return valid;
        };
        if (panels.empty()) return;
        int valid = look_up(panels.begin);
        for (int col = 0; col < block.cols; col += 64 / static_cast<int>(sizeof(T)))
          prefetch(sources[panels.begin % 2], valid, col);
        for (int64_t panel = panels.begin; panel < panels.end; ++panel) {
          const int next_valid = panel + 1 < panels.end ? look_up(panel + 1) : 0;
          gather_panel(sources[panel % 2], valid, sources[(panel + 1) % 2], next_valid, block.cols,
                       panel_buffer + panel * block.cols * kPanel);
          valid = next_valid;
        }
      },
      block.values);
}

}  // namespace retrograd::training
