#include "base/random.hpp"

#include <Random123/philox.h>

namespace retrograd {

std::array<uint32_t, 4> philox(uint64_t seed, Purpose purpose, uint64_t a, uint32_t b, uint32_t c) {
  // Key: the seed's two halves, the high one mixed with the purpose. Counter: a (64 bits), b, c.
  const uint32_t low = static_cast<uint32_t>(seed);
  const uint32_t high = static_cast<uint32_t>(seed >> 32) ^ (static_cast<uint32_t>(purpose) * 0x9E3779B9u);
  const r123::Philox4x32_R<10>::key_type key{{low, high}};
  const r123::Philox4x32_R<10>::ctr_type counter{{static_cast<uint32_t>(a), static_cast<uint32_t>(a >> 32), b, c}};
  const auto out = r123::Philox4x32_R<10>{}(counter, key);
  return {out[0], out[1], out[2], out[3]};
}

uint64_t Stream::below(uint64_t n) {
  while (true) {
    const uint64_t x = (static_cast<uint64_t>(next()) << 32) | next();
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(x) * n;
    if (static_cast<uint64_t>(product) >= (0 - n) % n) return static_cast<uint64_t>(product >> 64);
  }
}

}  // namespace retrograd
