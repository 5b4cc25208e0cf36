#include "train/engine/gather.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "base/random.hpp"
#include "retrograd/panel.hpp"

namespace retrograd {
namespace {

Block floats(int64_t rows, int cols) {
  Stream random(5, Purpose::check, 1);
  std::vector<float> values;
  for (int64_t i = 0; i < rows * cols; ++i) {
    const uint32_t word = random.next();  // any bits: infinities, NaNs and denormals too
    float v;
    std::memcpy(&v, &word, sizeof v);
    values.push_back(v);
  }
  return {"x", cols, std::move(values)};
}

Block bytes(int64_t rows, int cols) {
  Stream random(6, Purpose::check, 1);
  std::vector<uint8_t> values;
  for (int64_t i = 0; i < rows * cols; ++i) values.push_back(static_cast<uint8_t>(random.next()));
  return {"x", cols, std::move(values)};
}

void expect_gathered(const Block& block, const std::vector<int64_t>& rows, const std::vector<float>& panels) {
  for (int64_t n = 0; n < panels_of(static_cast<int64_t>(rows.size())) * kPanel; ++n) {
    for (int j = 0; j < block.cols; ++j) {
      const bool padding = n >= static_cast<int64_t>(rows.size());
      const float expected = padding ? 0.0f : block.at(rows[static_cast<size_t>(n)], j);
      const float found = panels[panel_at(n, j, block.cols)];
      ASSERT_EQ(std::memcmp(&found, &expected, sizeof found), 0) << "row " << n << ", column " << j;
    }
  }
}

class Gather : public testing::TestWithParam<bool> {};

TEST_P(Gather, ShuffledRowsOfEveryWidthAndCount) {
  Stream random(7, Purpose::check, 2);
  for (const int cols : {1, 2, 7, 8, 9, 15, 16, 17, 30, 64, 100}) {
    const Block block = GetParam() ? bytes(301, cols) : floats(301, cols);
    for (const int64_t count : {1, 7, 8, 31, 32, 33, 63, 64, 130}) {
      SCOPED_TRACE(testing::Message() << cols << " columns, " << count << " rows");
      std::vector<int64_t> rows;
      for (int64_t n = 0; n < count; ++n) rows.push_back(static_cast<int64_t>(random.below(301)));
      rows[0] = 300;  // the last row: nothing beyond it may be read
      std::vector<float> panels(panel_size(count, cols), std::numeric_limits<float>::quiet_NaN());
      training::gather(block, rows.data(), 0, {0, panels_of(count)}, count, panels.data());
      expect_gathered(block, rows, panels);
    }
  }
}

TEST_P(Gather, ConsecutiveRowsFromBegin) {
  const Block block = GetParam() ? bytes(100, 13) : floats(100, 13);
  std::vector<int64_t> rows;
  for (int64_t n = 0; n < 47; ++n) rows.push_back(53 + n);
  std::vector<float> panels(panel_size(47, 13), std::numeric_limits<float>::quiet_NaN());
  training::gather(block, nullptr, 53, {0, 2}, 47, panels.data());
  expect_gathered(block, rows, panels);
}

TEST_P(Gather, WritesOnlyItsPanels) {
  const Block block = GetParam() ? bytes(100, 9) : floats(100, 9);
  std::vector<float> panels(panel_size(96, 9), 7.0f);
  training::gather(block, nullptr, 0, {1, 2}, 96, panels.data());
  for (size_t i = 0; i < panels.size(); ++i) {
    if (i / (9 * kPanel) == 1) continue;
    ASSERT_EQ(panels[i], 7.0f) << i;
  }
  EXPECT_EQ(panels[panel_at(40, 3, 9)] == block.at(40, 3) || block.at(40, 3) != block.at(40, 3), true);
}

INSTANTIATE_TEST_SUITE_P(Types, Gather, testing::Bool(),
                         [](const auto& tested) { return tested.param ? "bytes" : "floats"; });

}  // namespace
}  // namespace retrograd
