// Networks with random parameters and data for them, for the tests of explanations.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "retrograd/data.hpp"
#include "retrograd/model.hpp"
#include "retrograd/network.hpp"

namespace retrograd::explain_test {

Layer layer(std::string type, std::string name, std::vector<std::string> inputs, int units = 0,
            std::map<std::string, double> attributes = {});
/// Random parameters; scales and variances positive, as a trained model has.
Model random_model(const Network& network, Precision precision = Precision::float32, uint64_t seed = 17);
/// Random rows that fit; the input "codes" holds category codes, "gaps" has missing numbers.
Dataset random_data(const Network& network, int64_t rows = 9, uint64_t seed = 23);
/// 5 → 7 → `between` → 6 → `between` → 3 with that loss.
Network chain(const std::string& between, const std::string& loss = "softmax_xent",
              const std::map<std::string, double>& attributes = {});
/// Preprocessing, normalisations, skip connections, dropout and concatenation in one network.
Network tangle();
/// What better defaults are made of: embeddings, clipping, trained scales and activations, and an ensemble of two.
Network two_members();
/// Two members that share the weights of a layer, each with factors, biases and outputs of its own.
Network shared_members();
/// The network of docs/receipt.md: 2-2-2-2, sigmoid, softmax cross-entropy, in float64, and its one row.
Model lecture_model(Precision precision = Precision::float64);
Dataset lecture_data();

}  // namespace retrograd::explain_test
