// What must be the same for a run to go on: program version, network, options, data. As JSON, so that a difference can
// be shown by its place.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "retrograd/train.hpp"

namespace retrograd::training {

/// `options` are complete. Of the data, their sizes and a hash of each block; threads and where files lie are no part
/// of it. `valid` may be null.
nlohmann::json identity_of(const Network& network, const TrainOptions& options, const DataSpec& spec,
                           const Dataset& data, const Dataset* valid);

/// How `now` differs from `then`, a line each, "learning rate: 0.001 in the checkpoint, 0.01 now"; at most `limit`
/// lines. Epochs may grow.
std::vector<std::string> differences(const nlohmann::json& then, const nlohmann::json& now, size_t limit = 8);

}  // namespace retrograd::training
