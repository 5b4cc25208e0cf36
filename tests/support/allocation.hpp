// Counts what operator new hands out, to show that a step allocates nothing.
#pragma once

#include <cstdint>

namespace retrograd::support {

/// Calls of operator new on this thread since the program began.
int64_t allocations();

}  // namespace retrograd::support
