#include "ops/dropout/dropout.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/dropout/dropout.kernel.cpp"
#include "math/targets.hpp"
// Highway re-includes this file per target from here.
#include <hwy/foreach_target.h>

#include "ops/dropout/philox-inl.hpp"
#include "ops/lanes-inl.hpp"

#ifndef RETROGRAD_DROPOUT_RATE
#define RETROGRAD_DROPOUT_RATE
namespace retrograd::ops {
/// In the step at hand.
inline double rate_of(const Call& c) { return c.attribute(0) * c.key.strength; }
}  // namespace retrograd::ops
#endif

HWY_BEFORE_NAMESPACE();
namespace retrograd::ops::HWY_NAMESPACE {

constexpr size_t kBytes = kPanel / 8;  // of a feature's mask in a panel

/// Keeps one feature of a panel where the word of the sample allows it, and writes the mask's 32 bits.
HWY_INLINE void KeepFeature(const hn::Vec<hn::ScalableTag<uint32_t>> (&words)[kVectors], uint32_t threshold,
                            float scale, const float* x, float* y, float* saved) {
  const FloatTag d;
  const hn::RebindToSigned<FloatTag> whole;
  const size_t lanes = hn::Lanes(d);
  uint8_t bits[kBytes + 8];  // a store of mask bits may touch 8 bytes
  for (size_t v = 0; v < kVectors; ++v) {
    const auto top = hn::BitCast(whole, hn::ShiftRight<8>(words[v]));  // below 2^24, so signed is as good
    const auto keep = hn::RebindMask(d, hn::Gt(top, hn::Set(whole, static_cast<int32_t>(threshold) - 1)));
    const auto value = hn::Mul(hn::LoadU(d, x + v * lanes), hn::Set(d, scale));
    hn::StoreU(hn::IfThenElseZero(keep, value), d, y + v * lanes);
    hn::StoreMaskBits(d, keep, bits + v * lanes / 8);
  }
  if (saved != nullptr) hwy::CopyBytes<kBytes>(bits, saved);
}

void DropoutForward(const Call& c, Span panels) {
  const hn::ScalableTag<uint32_t> d;
  const size_t lanes = hn::Lanes(d);
  const int features = c.features(0);
  const double rate = rate_of(c);
  const uint32_t threshold = Dropout::threshold(rate);
  const auto scale = static_cast<float>(1 / (1 - rate));
  const uint64_t counter = c.key.step * 65536 + c.key.equation;
  for (int64_t p = panels.begin; p < panels.end; ++p) {
    float* mask = c.saved == nullptr ? nullptr : c.saved + panel_at(p * kPanel, 0, c.shapes->saved);
    for (int j = 0; j < features; j += 4) {
      hn::Vec<hn::ScalableTag<uint32_t>> words[4][kVectors];
      for (size_t v = 0; v < kVectors; ++v) {
        const auto sample = static_cast<uint32_t>(c.key.first_row + p * kPanel + static_cast<int64_t>(v * lanes));
        hn::Vec<hn::ScalableTag<uint32_t>> block[4];
        PhiloxLanes(d, c.key.seed, Purpose::dropout, counter, sample, static_cast<uint32_t>(j) / 4, block);
        for (size_t w = 0; w < 4; ++w) words[w][v] = block[w];
      }
      for (int w = 0; w < std::min(4, features - j); ++w) {
        const size_t at = panel_at(p * kPanel, j + w, features);
        KeepFeature(words[w], threshold, scale, c.x[0] + at, c.y + at, mask == nullptr ? nullptr : mask + j + w);
      }
    }
  }
}

void DropoutBackward(const Call& c, Span panels) {
  const FloatTag d;
  const size_t lanes = hn::Lanes(d);
  const int features = c.features(0);
  const auto scale = static_cast<float>(1 / (1 - rate_of(c)));
  for (int64_t p = panels.begin; p < panels.end; ++p) {
    const float* mask = c.saved + panel_at(p * kPanel, 0, c.shapes->saved);
    for (int j = 0; j < features; ++j) {
      uint8_t bits[kBytes + 8] = {};  // a load of mask bits may read 8 bytes
      hwy::CopyBytes<kBytes>(mask + j, bits);
      for (size_t v = 0; v < kVectors; ++v) {
        const size_t at = panel_at(p * kPanel, j, features) + v * lanes;
        const auto keep = hn::LoadMaskBits(d, bits + v * lanes / 8);
        hn::StoreU(hn::IfThenElseZero(keep, hn::Mul(hn::LoadU(d, c.dy + at), hn::Set(d, scale))), d, c.dx[0] + at);
      }
    }
  }
}

/// out [8][4]: the words of the first 8 samples, for the test against base/random.hpp.
void PhiloxWords(uint64_t seed, Purpose purpose, uint64_t a, uint32_t b, uint32_t c, uint32_t* out) {
  const hn::CappedTag<uint32_t, 8> d;
  hn::Vec<hn::CappedTag<uint32_t, 8>> words[4];
  PhiloxLanes(d, seed, purpose, a, b, c, words);
  HWY_ALIGN uint32_t lane[8];
  for (size_t w = 0; w < 4; ++w) {
    hn::Store(words[w], d, lane);
    for (size_t i = 0; i < 8; ++i) out[4 * i + w] = lane[i];
  }
}

}  // namespace retrograd::ops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace retrograd::ops {

HWY_EXPORT(DropoutForward);
HWY_EXPORT(DropoutBackward);
HWY_EXPORT(PhiloxWords);

namespace {
/// Prediction, and a rate of 0.
void copy(const Call& c, Span panels, const float* from, float* to) {
  const size_t size = static_cast<size_t>(c.features(0)) * kPanel;
  std::copy(from + static_cast<size_t>(panels.begin) * size, from + static_cast<size_t>(panels.end) * size,
            to + static_cast<size_t>(panels.begin) * size);
}
}  // namespace

void Dropout::forward(const Call& c, Span panels) {
  if (!c.training || rate_of(c) == 0) return copy(c, panels, c.x[0], c.y);
  HWY_DYNAMIC_DISPATCH(DropoutForward)(c, panels);
}

void Dropout::backward(const Call& c, Span panels) {
  if (c.dx[0] == nullptr) return;
  if (!c.training || rate_of(c) == 0) return copy(c, panels, c.dy, c.dx[0]);
  HWY_DYNAMIC_DISPATCH(DropoutBackward)(c, panels);
}

void Dropout::philox_words(uint64_t seed, Purpose purpose, uint64_t a, uint32_t b, uint32_t c, uint32_t* out) {
  HWY_DYNAMIC_DISPATCH(PhiloxWords)(seed, purpose, a, b, c, out);
}

}  // namespace retrograd::ops
#endif
