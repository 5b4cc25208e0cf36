// Sums over ranks have the bits of one process that adds its shards by their tree, for any number of ranks.
#include "parallel/peers.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <mutex>
#include <numeric>

#include "base/random.hpp"
#include "base/shards.hpp"
#include "parallel/threads.hpp"

namespace retrograd {
namespace {

/// value(row, i): numbers whose sums round.
float value(int64_t row, size_t i) {
  const auto words = philox(3, Purpose::check, static_cast<uint64_t>(row), static_cast<uint32_t>(i), 0);
  return static_cast<float>(2 * uniform01(words[0]) - 1);
}

/// Element i of the sum over the rows of a part, shard by shard.
float sum_of_part(int64_t rows, int shards, int part, int parts, size_t i) {
  std::vector<Shard> cut;
  cut_into_shards(rows, shards, part, parts, cut);
  const Range own = rows_of_part(rows, shards, part, parts);
  return sum_over_shards<float>(own.size(), cut, [&](int64_t begin, int64_t end) {
    float sum = 0;
    for (int64_t n = begin; n < end; ++n) sum += value(own.begin + n, i);
    return sum;
  });
}

class Ranks : public testing::TestWithParam<int> {};

TEST_P(Ranks, SumsFollowTheTree) {
  constexpr int kShards = 8;
  constexpr size_t kDifferent = 64;
  /// `count` numbers of a part, the first few again and again.
  const auto sums = [](int64_t rows, int part, int parts, size_t count) {
    std::vector<float> all(count);
    for (size_t i = 0; i < count; ++i)
      all[i] = i < kDifferent ? sum_of_part(rows, kShards, part, parts, i) : all[i - kDifferent];
    return all;
  };
  for (const int64_t rows : {256, 250, 70, 5, 1000})
    // A short range, a long one, one that does not divide; two that wait together.
    for (const size_t count : {1, 100, 20000, 5003}) {
      const std::vector<float> expected = sums(rows, 0, 1, count);
      run_as_threads(GetParam(), [&](Transport& transport) {
        Peers peers(transport);
        peers.begin_step(rows, kShards);
        std::vector<float> a = sums(rows, peers.rank(), peers.size(), count), b = a;
        peers.ready(a);
        peers.ready(b);
        peers.finish();
        for (const std::vector<float>* found : {&a, &b})
          EXPECT_EQ(std::memcmp(found->data(), expected.data(), count * sizeof(float)), 0)
              << "rank " << peers.rank() << " of " << peers.size() << ", " << rows << " rows, " << count << " elements";
      });
    }
}

TEST_P(Ranks, SumsOfAllAndGatheredParts) {
  run_as_threads(GetParam(), [&](Transport& transport) {
    Peers peers(transport);
    peers.begin_step(5, 8);  // one rank has rows; the others count all the same
    double values[2] = {1, static_cast<double>(peers.rank())};
    peers.sum(values);
    const int size = peers.size();
    EXPECT_EQ(values[0], size);
    EXPECT_EQ(values[1], size * (size - 1) / 2);

    std::vector<int> data(100, -1);
    std::vector<size_t> bounds;
    for (int r = 0; r <= size; ++r)
      bounds.push_back(100 * static_cast<size_t>(r) * static_cast<size_t>(r) / size / size);
    for (size_t i = bounds[static_cast<size_t>(peers.rank())]; i < bounds[static_cast<size_t>(peers.rank()) + 1]; ++i)
      data[i] = static_cast<int>(i);
    peers.gather(std::span(data), bounds);
    std::vector<int> all(100);
    std::iota(all.begin(), all.end(), 0);
    EXPECT_EQ(data, all);
  });
}

TEST_P(Ranks, AgreeOnTheSizeOfBuckets) {
  std::mutex mutex;
  std::vector<size_t> sizes;
  run_as_threads(GetParam(), [&](Transport& transport) {
    const Peers peers(transport);
    const std::lock_guard lock(mutex);
    sizes.push_back(peers.bucket_bytes());
  });
  for (const size_t size : sizes) EXPECT_EQ(size, sizes[0]);
}

TEST_P(Ranks, AFailureEndsAllAndIsNamed) {
  const int last = GetParam() - 1;
  if (last == 0) return;
  std::mutex mutex;
  std::vector<std::string> heard;
  const auto run = [&] {
    run_as_threads(GetParam(), [&](Transport& transport) {
      if (transport.rank() == last) {
        const Peers peers(transport);
        throw std::runtime_error("its disk is full");
      }
      try {
        Peers peers(transport);
        double value = 1;
        peers.sum({&value, 1});
        ADD_FAILURE() << "rank " << peers.rank() << " has a sum over ranks of which one failed";
      } catch (const std::exception& e) {
        const std::lock_guard lock(mutex);
        heard.emplace_back(e.what());
        throw;
      }
    });
  };
  EXPECT_THROW(run(), std::exception);
  ASSERT_EQ(heard.size(), static_cast<size_t>(last));
  for (const std::string& message : heard)
    EXPECT_EQ(message, "rank " + std::to_string(last) + " has failed: its disk is full");
}

INSTANTIATE_TEST_SUITE_P(Threads, Ranks, testing::Values(1, 2, 4, 8));

TEST(Peers, RangesThatDoNotFitAreNamed) {
  try {
    run_as_threads(2, [](Transport& transport) {
      Peers peers(transport);
      std::vector<float> values(transport.rank() == 0 ? 10 : 11);
      peers.ready(values);
      peers.finish();
    });
    ADD_FAILURE() << "10 and 11 numbers were added";
  } catch (const std::exception& e) {
    EXPECT_NE(std::string(e.what()).find("expects"), std::string::npos) << e.what();
  }
}

TEST(Peers, NumbersOfRanksThatAreNoPowerOfTwoAreRefused) {
  EXPECT_THROW(run_as_threads(3, [](Transport& transport) { const Peers peers(transport); }), std::exception);
}

}  // namespace
}  // namespace retrograd
