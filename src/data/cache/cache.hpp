// When a table's cache is used, built, and built again.
#pragma once

#include <string>

#include "retrograd/data.hpp"

namespace retrograd {

/// Training data by way of `options.cache`: from it if it was built from this state of the source by these options,
/// else it is built first. `notes` gets a line that says which, and why. With OnBadRow::skip rows are left out as in
/// memory; a cache of which some were left out is for that alone, and either for training or for a model that is there;
/// any other serves all. Throws Error as load_training does, and if the file is something else than a cache.
Loaded load_training_cached(const std::string& csv, const DataOptions& options);

/// The same for a dataspec that is there; a cache built for training on it is one for this too.
Dataset load_with_cached(const std::string& csv, const DataSpec& spec, bool need_target, const ReadOptions& options);

}  // namespace retrograd
