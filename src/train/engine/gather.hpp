// Rows of a dataset into the panel layout.
#pragma once

#include <cstdint>

#include "base/thread_team.hpp"
#include "retrograd/data.hpp"

namespace retrograd::training {

/// Fills panels [panels.begin, panels.end) of a batch of `count` rows: lane n % 32 of panel n / 32 gets row rows[n] of
/// the block, or row begin + n when `rows` is null. `panel_buffer` is the whole batch's, [ceil(count/32)][cols][32];
/// lanes at and beyond `count` get zeros. Bytes become floats on the way; floats keep their bits. Rows must be within
/// the block: nothing is checked.
void gather(const Block& block, const int64_t* rows, int64_t begin, Range panels, int64_t count, float* panel_buffer);

}  // namespace retrograd::training
