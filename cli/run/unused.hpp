// Settings that were given and have no effect.
#pragma once

#include <string>
#include <vector>

#include "retrograd/train.hpp"
#include "settings/settings.hpp"

namespace retrograd::cli {

/// What was asked for: the flags, and what stands in a configuration that was not written by a run (that has a value
/// for every setting).
Settings asked_for(const Settings& flags, const Settings& settings);
/// How the setting was asked for: "--decay-schedule" of the flags, else "decay_schedule in [train]".
std::string place_of(std::string_view name, const Settings& flags);

/// A line for each setting of `given` that changes nothing in a run with the settings `all` (those of the preset
/// included): "--decay-schedule is not used: there is no weight decay".
std::vector<std::string> unused_settings(const Settings& flags, const Settings& given, const Settings& all,
                                         const DataSpec& spec, const Network& network, bool with_validation);

}  // namespace retrograd::cli
