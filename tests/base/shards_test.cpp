// Batches are cut into shards so that every equal part of them holds whole subtrees of the same tree.
#include "base/shards.hpp"

#include <gtest/gtest.h>

#include <string>

#include "retrograd/panel.hpp"

namespace retrograd {
namespace {

/// A tree written out, "((0+32)+64)": each leaf is the first row of its shard in the whole batch.
std::string tree(int64_t rows, int shards, int part, int parts) {
  std::vector<Shard> cut;
  cut_into_shards(rows, shards, part, parts, cut);
  const int64_t first = rows_of_part(rows, shards, part, parts).begin;
  std::vector<std::string> waiting;
  for (const Shard& shard : cut) {
    std::string sum = std::to_string(first + shard.begin);
    for (int m = 0; m < shard.merges; ++m) {
      sum = "(" + waiting.back() + "+" + sum + ")";
      waiting.pop_back();
    }
    waiting.push_back(sum);
  }
  EXPECT_LE(waiting.size(), 1u) << "partial sums are left over";
  return waiting.empty() ? "" : waiting[0];
}

TEST(Shards, TreesOfABatch) {
  EXPECT_EQ(tree(256, 8, 0, 1), "(((0+32)+(64+96))+((128+160)+(192+224)))");
  EXPECT_EQ(tree(256, 4, 0, 1), "((0+64)+(128+192))");
  EXPECT_EQ(tree(1000, 1, 0, 1), "0");
  EXPECT_EQ(tree(70, 4, 0, 1), "(0+(32+64))") << "three panels: the first shard is empty";
  EXPECT_EQ(tree(5, 8, 0, 1), "0");
  EXPECT_EQ(tree(0, 8, 0, 1), "");
}

TEST(Shards, PartsAreSubtreesOfTheWhole) {
  for (const int64_t rows : {1, 31, 32, 33, 100, 255, 256, 300, 1000, 4097})
    for (const int shards : {1, 2, 4, 8, 16, 64, 1024}) {
      const std::string whole = tree(rows, shards, 0, 1);
      for (int parts = 1; parts <= shards; parts *= 2) {
        int64_t next = 0;
        std::vector<std::string> level;
        for (int part = 0; part < parts; ++part) {
          const Range own = rows_of_part(rows, shards, part, parts);
          EXPECT_EQ(own.begin, next);
          EXPECT_TRUE(own.begin % kPanel == 0 || own.empty());
          next = own.end;
          level.push_back(tree(rows, shards, part, parts));
        }
        EXPECT_EQ(next, rows);
        for (; level.size() > 1; level.resize(level.size() / 2))
          for (size_t k = 0; k < level.size() / 2; ++k) {
            const std::string &left = level[2 * k], &right = level[2 * k + 1];
            level[k] = left.empty() || right.empty() ? left + right : "(" + left + "+" + right + ")";
          }
        EXPECT_EQ(level[0], whole) << rows << " rows, " << shards << " shards, " << parts << " parts";
      }
    }
}

TEST(Shards, CoverTheRowsOfTheirPart) {
  for (const int64_t rows : {1, 100, 256, 1000})
    for (const int shards : {1, 8, 1024}) {
      int64_t next = 0;
      for (const Shard& shard : cut_into_shards(rows, shards)) {
        EXPECT_EQ(shard.begin, next);
        EXPECT_LT(shard.begin, shard.end);
        next = shard.end;
      }
      EXPECT_EQ(next, rows);
    }
}

TEST(Shards, NumbersThatAreNoPowerOfTwoAreRefused) {
  for (const int64_t shards : {-8, 0, 3, 12, 2048}) {
    try {
      check_shards(shards);
      ADD_FAILURE() << shards << " was accepted";
    } catch (const std::exception& e) {
      EXPECT_NE(std::string(e.what()).find("expected a power of two, 1 to 1024"), std::string::npos) << e.what();
    }
  }
  for (const int64_t shards : {1, 2, 8, 1024}) EXPECT_NO_THROW(check_shards(shards));
}

}  // namespace
}  // namespace retrograd
