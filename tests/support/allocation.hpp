// Counts what operator new hands out, to show that a step allocates nothing.
#pragma once

#include <cstdint>

namespace retrograd::support {

/// Calls of operator new since the program began, on every thread: those of a team count too.
int64_t allocations();

}  // namespace retrograd::support
