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

  // Texts are short: they are read in words that overlap, which needs no loop over the last bytes.
  template <class Word>
  static Word load(const char* p) {
    Word word;
    std::memcpy(&word, p, sizeof(Word));
    return word;
  }
  static uint32_t hash_of(std::string_view text) {
    const char* p = text.data();
    const size_t n = text.size();
    uint64_t hash = 0x9E3779B97F4A7C15u ^ n;
    if (n >= 8) {
      for (size_t i = 0; i + 8 < n; i += 8) hash = mix(hash ^ load<uint64_t>(p + i));
      hash = mix(hash ^ load<uint64_t>(p + n - 8));
    } else if (n >= 4) {
      hash = mix(hash ^ (uint64_t{load<uint32_t>(p)} << 32 | load<uint32_t>(p + n - 4)));
    } else if (n > 0) {
      const auto byte = [p](size_t i) { return uint64_t{static_cast<unsigned char>(p[i])}; };
      hash = mix(hash ^ (byte(0) << 16 | byte(n / 2) << 8 | byte(n - 1)));
    }
    return static_cast<uint32_t>(hash >> 32);
  }
  static bool same(std::string_view a, std::string_view b) {
    const size_t n = a.size();
    if (n != b.size()) return false;
    const char *p = a.data(), *q = b.data();
    if (n >= 8) {
      for (size_t i = 0; i + 8 < n; i += 8) {
        if (load<uint64_t>(p + i) != load<uint64_t>(q + i)) return false;
      }
      return load<uint64_t>(p + n - 8) == load<uint64_t>(q + n - 8);
    }
    if (n >= 4) return load<uint32_t>(p) == load<uint32_t>(q) && load<uint32_t>(p + n - 4) == load<uint32_t>(q + n - 4);
    return n == 0 || (p[0] == q[0] && p[n / 2] == q[n / 2] && p[n - 1] == q[n - 1]);
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
      if (slot.code < 0 || (slot.hash == hash && same(texts_[static_cast<size_t>(slot.code)], text))) return slot;
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
