// The fingerprint: a 128-bit hash (XXH3) of bytes fed in order.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace retrograd {

class Fingerprint {
 public:
  Fingerprint();
  ~Fingerprint();
  Fingerprint& add(const void* data, size_t bytes);
  /// The length goes in too, so that ("ab", "c") and ("a", "bc") differ.
  Fingerprint& add(std::string_view text);
  /// 32 hexadecimal digits of everything added so far.
  std::string hex() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace retrograd
