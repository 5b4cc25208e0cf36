// What a table will take, told before it is read.
#include "data/table/table_memory.hpp"

#include "scratch.hpp"

namespace retrograd {
namespace {

class TableMemoryTest : public Scratch {
 protected:
  /// Rows of two numbers and a text, 14 bytes each.
  static std::string table(int rows) {
    std::string text = "x,y,s\n";
    for (int r = 0; r < rows; ++r)
      text += std::to_string(1000 + r * 7919 % 9000) + "," + std::to_string(100 + r % 900) + ",blue\n";
    return text;
  }
};

TEST_F(TableMemoryTest, IsThatOfTextColumnsAndNumbers) {
  constexpr int kRows = 200000;
  const std::string text = table(kRows);
  const double expected = static_cast<double>(text.size()) + kRows * (8.0 + 2 * 12 + 8);
  for (const bool packed : {false, true}) {
    const TableMemory memory = memory_of_table(write("t.csv", packed ? gzip(text) : text), {});
    EXPECT_EQ(memory.columns, 3);
    EXPECT_NEAR(memory.rows, kRows, packed ? kRows / 10 : kRows / 100);
    EXPECT_NEAR(memory.bytes, expected, packed ? expected / 10 : expected / 100);
  }
}

TEST_F(TableMemoryTest, WhatCannotBeReadIsLeftToTheReader) {
  for (const char* text : {"", "a,b\n1\n", "\x1f\x8bnot packed"})
    EXPECT_EQ(memory_of_table(write("t.csv", text), {}).bytes, 0) << text;
  EXPECT_EQ(memory_of_table(path("missing.csv"), {}).bytes, 0);
  EXPECT_EQ(memory_of_table(folder_, {}).bytes, 0);
}

}  // namespace
}  // namespace retrograd
