// The weight of each row: sample weight times class weight.
#pragma once

#include <vector>

#include "retrograd/data.hpp"
#include "retrograd/train.hpp"

namespace retrograd::training {

/// Sample weights of `data` times the class weights that `options` ask for; empty: every row weighs 1. With
/// balanced_classes every class that weighs something weighs the same in total and the sum of all weights stays as it
/// is; class_weights multiply on top. Throws Error for class weights of another task, an unknown class, or a weight
/// that is not a finite number of at least 0.
std::vector<float> row_weights(const Dataset& data, const DataSpec& spec, const TrainOptions& options);

}  // namespace retrograd::training
