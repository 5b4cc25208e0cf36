// The epochs of a run as records.
#pragma once

#include "report/json.hpp"
#include "retrograd/train.hpp"

namespace retrograd::report {

/// One epoch; what it does not have (validation, statistics of layers) is left out.
Json history_record(const EpochReport& report);

}  // namespace retrograd::report
