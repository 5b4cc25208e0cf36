// How a kernel hands on what it has finished while that is still in cache, so that what follows costs no trip to memory.
#pragma once

#include <cstdint>

namespace retrograd {

/// Called for every run of features [begin, end) of a panel that is finished; each is given once.
struct PanelHook {
  void (*finished)(void* context, int64_t panel, int64_t begin, int64_t end) = nullptr;
  void* context = nullptr;
};

}  // namespace retrograd
