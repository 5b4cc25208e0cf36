// Texts to codes 0, 1, 2, … in order of first appearance: a hash table with open addressing.
#pragma once

#include <immintrin.h>

#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace retrograd {

/// Does not own the texts: they must outlive it. At most 2^31 - 1 of them.
class Dictionary {
 public:
  Dictionary() : slots_(64) {}

  /// The code of `text`, new if it was not there.
  int32_t add(std::string_view text) {
    const uint32_t hash = hash_of(text);
    Slot& slot = slot_of(text, hash);
    if (slot.code >= 0) return slot.code;
    slot = {hash, static_cast<int32_t>(texts_.size())};
    const int32_t code = slot.code;
    texts_.push_back(text);
    if (texts_.size() * 2 > slots_.size()) grow();
    return code;
  }
  /// The code of `text`, or -1.
  int32_t find(std::string_view text) const { return const_cast<Dictionary*>(this)->slot_of(text, hash_of(text)).code; }
  const std::vector<std::string_view>& texts() const { return texts_; }

 private:
  struct Slot {
    uint32_t hash = 0;
    int32_t code = -1;
  };

  static uint32_t hash_of(std::string_view text) {
    uint64_t hash = 0x9E3779B97F4A7C15u ^ text.size();
    const char* p = text.data();
    size_t left = text.size();
    for (; left >= 8; left -= 8, p += 8) {
      uint64_t word;
      std::memcpy(&word, p, 8);
      hash = mix(hash ^ word);
    }
    uint64_t word = 0;
    std::memcpy(&word, p, left);
    hash = mix(hash ^ word);
    return static_cast<uint32_t>(hash >> 32);
  }
  static uint64_t mix(uint64_t x) {
    unsigned long long high;
    const unsigned long long low = _mulx_u64(x, 0xD6E8FEB86659FD93u, &high);
    return low ^ high;
  }
  Slot& slot_of(std::string_view text, uint32_t hash) {
    const size_t mask = slots_.size() - 1;
    for (size_t i = hash & mask;; i = (i + 1) & mask) {
      Slot& slot = slots_[i];
      if (slot.code < 0 || (slot.hash == hash && texts_[static_cast<size_t>(slot.code)] == text)) return slot;
    }
  }
  void grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    const size_t mask = slots_.size() - 1;
    for (const Slot& slot : old) {
      if (slot.code < 0) continue;
      size_t i = slot.hash & mask;
      while (slots_[i].code >= 0) i = (i + 1) & mask;
      slots_[i] = slot;
    }
  }

  std::vector<Slot> slots_;
  std::vector<std::string_view> texts_;
};

}  // namespace retrograd
