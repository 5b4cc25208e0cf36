#include "base/fingerprint.hpp"

#define XXH_INLINE_ALL
#include <fmt/format.h>
#include <xxhash.h>

namespace retrograd {

struct Fingerprint::State {
  XXH3_state_t hash;
};

Fingerprint::Fingerprint() : state_(std::make_unique<State>()) { XXH3_128bits_reset(&state_->hash); }
Fingerprint::~Fingerprint() = default;

Fingerprint& Fingerprint::add(const void* data, size_t bytes) {
  if (bytes > 0) XXH3_128bits_update(&state_->hash, data, bytes);
  return *this;
}

Fingerprint& Fingerprint::add(std::string_view text) {
  const uint64_t size = text.size();
  add(&size, sizeof size);
  return add(text.data(), text.size());
}

std::string Fingerprint::hex() const {
  const XXH128_hash_t h = XXH3_128bits_digest(&state_->hash);
  return fmt::format("{:016x}{:016x}", h.high64, h.low64);
}

}  // namespace retrograd
