#include "train/loop/fits.hpp"

#include <cmath>

#include "base/fail.hpp"

namespace retrograd::training {
namespace {

void check_shape(const Block& block, std::string_view name, int cols, int64_t rows, std::string_view what) {
  if (block.cols != cols)
    fail("{} of the {} data has {} columns, the network expects {}", name, what, block.cols, cols);
  if (block.rows() != rows) fail("{} of the {} data has {} rows, the data have {}", name, what, block.rows(), rows);
}

void check_weights(const Block& weight, std::string_view what) {
  for (int64_t row = 0; row < weight.rows(); ++row)
    if (const float w = weight.at(row, 0); !(w >= 0) || std::isinf(w))
      fail("row {} of the {} data has the weight {}, expected a number of at least 0", row, what, w);
}

void check_some_weight(const Block& weight, std::string_view what) {
  for (int64_t row = 0; row < weight.rows(); ++row)
    if (weight.at(row, 0) > 0) return;
  if (!weight.empty()) fail("every row of the {} data has weight 0: they tell nothing; give some more", what);
}

void check_codes(const Block& target, int classes, std::string_view what) {
  for (int64_t row = 0; row < target.rows(); ++row) {
    const float y = target.at(row, 0);
    if (!(y >= 0 && y < static_cast<float>(classes) && y == std::floor(y)))
      fail("row {} of the {} data has the class {}, expected a class code 0 to {}", row, what, y, classes - 1);
  }
}

}  // namespace

void check_shapes_fit(const graph::ForwardProgram& program, const Dataset& data, std::string_view what) {
  if (data.rows < 1) fail("the {} data have no rows", what);
  for (const int id : program.inputs) {
    const graph::Value& input = program.values[static_cast<size_t>(id)];
    const Block* found = nullptr;
    for (const Block& b : data.inputs)
      if (b.name == input.name) found = &b;
    if (found == nullptr)
      fail("the {} data have no input '{}' ([N, {}]), which the network reads", what, input.name, input.features);
    check_shape(*found, fmt::format("input '{}'", input.name), input.features, data.rows, what);
  }
  if (program.loss < 0) fail("the network has no loss; give it one, so that there is something to train for");
  const graph::Value& target = program.values[static_cast<size_t>(program.target)];
  if (data.target.empty()) fail("the {} data have no target", what);
  check_shape(data.target, "the target", target.features, data.rows, what);
  if (!data.weight.empty()) {
    check_shape(data.weight, "the weight", 1, data.rows, what);
    check_weights(data.weight, what);
  }
}

void check_fits(const graph::ForwardProgram& program, const Dataset& data, std::string_view what) {
  check_shapes_fit(program, data, what);
  check_some_weight(data.weight, what);
  const graph::Value& target = program.values[static_cast<size_t>(program.target)];
  if (program.network.loss_type == "softmax_xent" && target.features == 1)
    check_codes(data.target, program.values[static_cast<size_t>(program.logits)].features, what);
}

}  // namespace retrograd::training
