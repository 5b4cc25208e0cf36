// Independent pieces of work, each on a thread of its own.
#pragma once

#include <cstdint>
#include <functional>

namespace retrograd {

/// Runs work(0) … work(count − 1), the first on the calling thread and each other on its own, and returns when all are
/// done. What the system starts no thread for, the calling thread does too. Of several exceptions the one of the lowest
/// number is thrown. The threads have the floating-point state of the caller: see ThreadTeam for kernels.
void run_threads(int64_t count, const std::function<void(int64_t)>& work);

}  // namespace retrograd
