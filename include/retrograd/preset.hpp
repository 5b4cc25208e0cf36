// Presets: complete sets of options under one name, and the choice between them by the data.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "retrograd/train.hpp"

namespace retrograd {

struct Preset {
  std::string name;  ///< never "auto" or "ensemble": the one that was chosen
  NetworkOptions network;
  TrainOptions training;
  std::vector<std::string> decisions;  ///< what was chosen and why, a line each
};

/// The preset of that name for such data with `rows` rows to train on:
///   plain     standardised inputs, ReLU, AdamW with a cosine: what textbooks mean
///   table     realmlp with bins beside its waves (for classes only of columns that are mostly one value), and fewer
///             epochs where there are many rows
///   tabm      eight members of table that share weights (Gorishniy, Kotelnikov & Babenko, "TabM", ICLR 2025)
///   ensemble  tabm
///   realmlp   RealMLP-TD (Holzmueller, Grinsztajn & Steinwart, "Better by Default", NeurIPS 2024, table A.1)
///   image     for images: wide layers, and images that are shifted, turned, stretched and displaced; many epochs
///   fast      a good network soon: for images the same with narrower layers, images that are only shifted, and a
///             quarter of the epochs; for others table with narrow layers and a fifth of the epochs
///   auto      fast for images, table for tables; plain for fewer than 32 rows, and for arrays of several axes that are
///             no images
/// Images are rows of two axes, or of three of which one is of at most 4 channels.
/// Throws Error for another name, and for image where the rows are no images.
Preset preset(std::string_view name, const DataSpec& spec, int64_t rows);

/// Every name that preset() takes.
std::vector<std::string> preset_names();

}  // namespace retrograd
