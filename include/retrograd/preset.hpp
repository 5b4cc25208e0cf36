// Presets: complete sets of options under one name, and the choice between them by the data.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "retrograd/train.hpp"

namespace retrograd {

struct Preset {
  std::string name;  ///< never "auto": the one that was chosen
  NetworkOptions network;
  TrainOptions training;
  std::vector<std::string> decisions;  ///< what was chosen and why, a line each
};

/// The preset of that name for such data with `rows` rows to train on:
///   plain     standardised inputs, ReLU, AdamW with a cosine: what textbooks mean
///   realmlp   RealMLP-TD (Holzmueller, Grinsztajn & Steinwart, "Better by Default", NeurIPS 2024, table A.1)
///   ensemble  several networks of realmlp side by side
///   auto      one of these, by task and shape of the data
/// Throws Error for another name.
Preset preset(std::string_view name, const DataSpec& spec, int64_t rows);

/// Every name that preset() takes.
std::vector<std::string> preset_names();

}  // namespace retrograd
