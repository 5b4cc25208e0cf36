// The random numbers of reports: of a fixed seed, and apart from those of training.
#pragma once

#include "base/random.hpp"
#include "retrograd/data.hpp"

namespace retrograd::report {

inline constexpr uint64_t kSeed = 1;

/// What a random number of a report is for; the major counter of its stream.
enum class Draw : uint64_t {
  bootstrap = 1 << 20,  ///< the part is added
  importance = 2 << 20,
  sample = 3 << 20,
};

inline Stream stream(Draw draw, uint32_t index) { return {kSeed, Purpose::report, static_cast<uint64_t>(draw), index}; }

/// `count` different rows of [0, rows), ascending; all of them if there are no more.
std::vector<int64_t> sample_rows(int64_t rows, int64_t count);

/// The rows of `data` that weigh something, ascending.
std::vector<int64_t> weighing_rows(const Dataset& data);

}  // namespace retrograd::report
