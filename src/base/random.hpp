// Counter-based random numbers: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
// A number is a function of (seed, purpose, a, b, c): never of threads or of the order in which numbers are drawn.
#pragma once

#include <array>
#include <cstdint>

namespace retrograd {

/// What a random number is for; part of the key, so purposes never share a stream.
enum class Purpose : uint32_t {
  init = 1,
  shuffle = 2,
  dropout = 3,
  split = 4,
  check = 5,
  augment = 6,
  report = 0x5EB0
};

/// Four independent uniform 32-bit words for the counter (a, b, c) of one purpose. `b` must be below 2^32 in the
/// dropout stream (the unit block); `a` is the 64-bit major counter (step, epoch or parameter).
std::array<uint32_t, 4> philox(uint64_t seed, Purpose purpose, uint64_t a, uint32_t b, uint32_t c);

/// Uniform in [0, 1) from one word: 24 bits, exact in float.
inline double uniform01(uint32_t word) { return static_cast<double>(word >> 8) * (1.0 / 16777216.0); }

/// A sequential reader of one stream: word k of (seed, purpose, a, b).
class Stream {
 public:
  Stream(uint64_t seed, Purpose purpose, uint64_t a, uint32_t b = 0) : seed_(seed), purpose_(purpose), a_(a), b_(b) {}
  uint32_t next() {
    if (used_ == 4) {
      block_ = philox(seed_, purpose_, a_, b_, c_++);
      used_ = 0;
    }
    return block_[used_++];
  }
  /// Uniform in [0, 1).
  double uniform() { return uniform01(next()); }
  /// Uniform integer in [0, n), n >= 1; unbiased (Lemire's rejection on 64-bit words).
  uint64_t below(uint64_t n);

 private:
  uint64_t seed_;
  Purpose purpose_;
  uint64_t a_;
  uint32_t b_;
  uint32_t c_ = 0;
  std::array<uint32_t, 4> block_{};
  int used_ = 4;
};

}  // namespace retrograd
