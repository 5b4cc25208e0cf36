// A libFuzzer program of one target, which RETROGRAD_FUZZ_MAIN names.
#include <cstddef>
#include <cstdint>

#include "fuzz/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  retrograd::fuzz::RETROGRAD_FUZZ_MAIN({reinterpret_cast<const char*>(bytes), size});
  return 0;
}
