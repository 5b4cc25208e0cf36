// Settings -> the library's options. Values are in range already; what depends on several settings or on the data is
// checked by the library.
#pragma once

#include <optional>
#include <utility>

#include "retrograd/train.hpp"
#include "settings/settings.hpp"

namespace retrograd::cli {

DataOptions data_options(const Settings& settings);
/// How data for a model are read. `suffix` is put behind the name of the cache: a cache is of one table.
ReadOptions read_options(const Settings& settings, const std::string& suffix = {});
NetworkOptions network_options(const Settings& settings);
TrainOptions train_options(const Settings& settings);

/// A group of parameters and its factor from "GROUP=F". Throws Error saying what is expected.
std::pair<std::string, double> add_factor(const std::string& text);

/// The settings with those of their preset where they say nothing; adds what was chosen and why to `decisions`.
Settings with_preset(Settings settings, const DataSpec& spec, int64_t rows, std::vector<std::string>& decisions);

/// The network that the settings describe: [[layer]], none, or built from widths.
Prepared prepare(const Settings& settings, const DataSpec& spec, const Dataset& train);
/// The same with other options of the network; [[layer]] stay as they are.
Prepared prepare(const Settings& settings, const NetworkOptions& options, const DataSpec& spec, const Dataset& train);

/// The settings with everything that was inferred written out, so that they repeat the run.
Settings effective(Settings settings, const Prepared& prepared, const TrainOptions& trained, double valid_fraction);

/// How a model was trained, if it says so.
std::optional<TrainOptions> training_of(const Model& model);

/// Uses the vector instructions of `simd`. Throws Error if the machine lacks them, or RETROGRAD_SIMD is wrong.
void choose_simd(const Settings& settings);

}  // namespace retrograd::cli
