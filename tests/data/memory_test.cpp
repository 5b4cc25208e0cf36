// Data that a program holds: the same as from a file, and refusals.
#include <gtest/gtest.h>

#include <limits>

#include "retrograd/data.hpp"
#include "retrograd/error.hpp"
#include "support/message.hpp"

namespace retrograd {
namespace {

using support::message_of;

TEST(Memory, BytesStayBytesAndIntegersAreClasses) {
  std::vector<uint8_t> pixels;
  std::vector<double> target;
  for (int row = 0; row < 40; ++row) {
    for (int k = 0; k < 6; ++k) pixels.push_back(static_cast<uint8_t>(6 * row + k));
    target.push_back(5 * (row % 3));
  }
  const Loaded loaded = from_memory(pixels, {2, 3}, target);
  EXPECT_EQ(loaded.spec.task, Task::classification);
  EXPECT_EQ(loaded.spec.classes(), (std::vector<std::string>{"0", "5", "10"}));
  EXPECT_EQ(loaded.spec.row_shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(loaded.data.rows, 40);
  ASSERT_EQ(loaded.data.inputs.size(), 1u);
  EXPECT_EQ(loaded.data.inputs[0].name, "x");
  EXPECT_EQ(std::get<std::vector<uint8_t>>(loaded.data.inputs[0].values), pixels);
  EXPECT_EQ(loaded.data.target.at(5, 0), 2.0f);  // a code, not the number
  EXPECT_EQ(to_json(spec_from_json(to_json(loaded.spec))), to_json(loaded.spec));
}

TEST(Memory, SeveralTargetsAreColumns) {
  DataOptions options;
  options.task = Task::regression;
  const Loaded loaded = from_memory(std::vector<float>{1, 2, 3}, {1}, {0.5, 10, 1.5, 20, 2.5, 35}, options);
  EXPECT_EQ(loaded.spec.classes(), (std::vector<std::string>{"y0", "y1"}));
  EXPECT_EQ(loaded.data.target.cols, 2);
  EXPECT_EQ(loaded.data.target.at(2, 1), 35.0f);
}

TEST(Memory, RefusesWhatDoesNotFit) {
  const std::vector<float> six = {1, 2, 3, 4, 5, 6};
  EXPECT_EQ(message_of([&] {
              from_memory(six, {4}, {0, 1});
            }),
            "data in memory: 6 values are not whole rows of the shape 4 (4 values each)");
  EXPECT_EQ(message_of([&] {
              from_memory(six, {2}, {0, 1, 0, 1});
            }),
            "data in memory: 4 target values for 3 rows; expected the same number for each row");
  EXPECT_EQ(message_of([&] { from_memory(std::vector<float>{}, {2}, {}); }),
            "data in memory: 0 values are not whole rows of the shape 2 (2 values each)");
  EXPECT_EQ(message_of([&] {
              from_memory(six, {}, {0, 1});
            }),
            "data in memory: a row has the shape (); expected at least one axis and one value");
  EXPECT_NE(message_of([&] {
              from_memory(six, {int64_t{1} << 40, int64_t{1} << 40}, {0, 1});
            }).find("impossible"),
            std::string::npos);
  std::vector<float> infinite = six;
  infinite[3] = std::numeric_limits<float>::infinity();
  EXPECT_EQ(message_of([&] {
              from_memory(infinite, {2}, {0, 1, 0});
            }),
            "data in memory, row 1, value 1: inf is infinite");
  EXPECT_NE(message_of([&] { from_memory(six, {2}, {1, 1, 1}); }).find("nothing to learn"), std::string::npos);
}

}  // namespace
}  // namespace retrograd
