// Settings that were given and have no effect.
#pragma once

#include <string>
#include <vector>

#include "retrograd/train.hpp"
#include "settings/settings.hpp"

namespace retrograd::cli {

/// A line for each setting of `given` (flags) that changes nothing in a run with the settings `all` (those of the
/// preset included): "--decay-schedule is not used: there is no weight decay".
std::vector<std::string> unused_settings(const Settings& given, const Settings& all, const DataSpec& spec,
                                         const Network& network, bool with_validation);

}  // namespace retrograd::cli
