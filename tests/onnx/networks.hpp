// Networks that use every operator, with parameters and data drawn at random.
#pragma once

#include <string>
#include <vector>

#include "retrograd/model.hpp"

namespace retrograd::networks {

struct Named {
  std::string name;
  Network network;
};

/// One network for each operator that is registered, named after it. Throws std::runtime_error for an operator with
/// more inputs or sizes than it knows how to give.
std::vector<Named> each_operator();
/// Networks with several inputs, skip connections, one feature, one output, names that clash in ONNX, no bias.
std::vector<Named> arrangements();
/// Both lists.
std::vector<Named> all();

/// Parameters uniform in [-1, 1] (variances in [0.5, 1.5]), rounded to float for float32.
Model random_model(const Network& network, Precision precision, uint64_t seed = 1,
                   std::map<std::string, std::string> notes = {});

/// Numbers in [-2, 2]; one in eight is missing where the network's first layers can take it; codes from -1 (unseen) on
/// for inputs read by one_hot. Class targets are codes.
Dataset random_data(const Network& network, int64_t rows, uint64_t seed = 1);

}  // namespace retrograd::networks
