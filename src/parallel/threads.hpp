// Ranks that are threads of one process: what the reducer is tested with on every machine, without MPI.
#pragma once

#include <functional>

#include "parallel/transport.hpp"

namespace retrograd {

/// Runs `job` on `count` threads, each with its own end. When a job throws, the others' exchanges fail; returns when
/// all have ended and rethrows what was thrown first.
void run_as_threads(int count, const std::function<void(Transport&)>& job);

}  // namespace retrograd
