// Rows of a table that go straight into files without a name: memory is bounded by a piece of the table (and, while its
// dataspec is found, by a column), as where a cache is built, but nothing is left behind.
#pragma once

#include "retrograd/data.hpp"

namespace retrograd {

/// Training data; inputs are mapped from files in `folder`, `memory` bytes of them at a time. Throws Error as
/// load_training does.
Loaded stream_training(const std::string& csv, const DataOptions& options, const std::string& folder, size_t memory);

/// The same for a dataspec that is there, with the target.
Dataset stream_with(const std::string& csv, const DataSpec& spec, int threads, const std::string& folder,
                    size_t memory);

}  // namespace retrograd
