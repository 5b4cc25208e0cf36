// How many cores this thread may run on.
#pragma once

#include <sched.h>

#include <algorithm>
#include <thread>

namespace retrograd {

/// Those that taskset, a container or mpirun's binding leaves to it: fewer than the machine may have. At least 1.
inline int available_cores() {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0) return std::max(1, CPU_COUNT(&allowed));
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));  // of more than a set has room for
}

}  // namespace retrograd
