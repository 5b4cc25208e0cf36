// The tensors of a checkpoint: what is written is read back to the bit, and what a stranger wrote is looked at first.
#include "train/checkpoint/safetensors.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "support/message.hpp"

namespace retrograd::training {
namespace {

using support::message_of;

std::string file(const std::string& header, size_t data) {
  const uint64_t length = header.size();
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header + std::string(data, '\1');
}

TEST(Safetensors, RoundTripToTheBit) {
  const std::vector<double> wide = {0.1, -0.0, std::numeric_limits<double>::denorm_min(), INFINITY, 1e300, -7};
  const std::vector<double> narrow = {static_cast<double>(0.1f), -0.0, -INFINITY};
  SafetensorsWriter writer;
  writer.add("wide", TensorType::f64, {2, 3}, [&](size_t i) { return wide[i]; });
  writer.add("narrow", TensorType::f32, {3}, [&](size_t i) { return narrow[i]; });
  writer.add("none", TensorType::f64, {0, 8}, [](size_t) { return 0.0; });
  writer.add("one", TensorType::f64, {}, [](size_t) { return 5.0; });
  const std::string bytes = writer.bytes({{"by", "a test"}});
  const Safetensors read(bytes, "t");
  EXPECT_EQ(read.names(), (std::vector<std::string>{"narrow", "none", "one", "wide"}));
  const std::vector<double> back = read.values("wide", TensorType::f64, {2, 3});
  EXPECT_EQ(std::memcmp(back.data(), wide.data(), sizeof(double) * wide.size()), 0);
  const std::vector<double> small = read.values("narrow", TensorType::f32, {3});
  EXPECT_EQ(std::memcmp(small.data(), narrow.data(), sizeof(double) * narrow.size()), 0);
  EXPECT_TRUE(read.values("none", TensorType::f64, {0, 8}).empty());
  EXPECT_EQ(read.values("one", TensorType::f64, {}), std::vector<double>{5.0});
  EXPECT_EQ(bytes.size() % 8, 4u);  // 3 floats at the end of a file whose tensors begin at a multiple of eight
}

TEST(Safetensors, TypeAndShapeMustBeTheExpectedOnes) {
  SafetensorsWriter writer;
  writer.add("t", TensorType::f32, {2, 3}, [](size_t) { return 1.0; });
  const Safetensors read(writer.bytes({}), "the file");
  EXPECT_EQ(message_of([&] {
              read.values("t", TensorType::f64, {2, 3});
            }),
            "the file: tensor 't' is F32 [2, 3], expected F64 [2, 3]");
  EXPECT_EQ(message_of([&] {
              read.values("t", TensorType::f32, {3, 2});
            }),
            "the file: tensor 't' is F32 [2, 3], expected F32 [3, 2]");
  EXPECT_EQ(message_of([&] { read.values("u", TensorType::f32, {1}); }), "the file: there is no tensor 'u'");
}

TEST(Safetensors, RefusesWhatIsNotSound) {
  struct Bad {
    std::string bytes, part;
  };
  const auto tensor = [](const std::string& shape, const std::string& offsets, const std::string& type = "F32") {
    return R"({"a":{"dtype":")" + type + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
  };
  std::string huge = file("{}", 0);
  std::memset(huge.data(), 0x7f, 8);
  const std::vector<Bad> cases = {
      {"", "too short"},
      {"1234567", "too short"},
      {huge, "claims"},
      {file("{}", 0).substr(0, 9), "claims"},
      {file("[]", 0), "not a JSON object"},
      {file("{\"a\":", 0), "not JSON"},
      {file(std::string(100000, '['), 0), "nest deeper"},
      {file(R"({"a":3})", 0), "expected dtype"},
      {file(R"({"a":{"dtype":"F32","shape":[1]}})", 0), "expected dtype"},
      {file(tensor("[1]", "[0,4]", "I8"), 4), "F32 or F64"},
      {file(tensor("3", "[0,4]"), 4), "expected a shape"},
      {file(tensor("[1,1,1,1,1,1,1,1,1]", "[0,4]"), 4), "expected a shape"},
      {file(tensor("[-1]", "[0,4]"), 4), "whole number"},
      {file(tensor("[1.5]", "[0,4]"), 4), "whole number"},
      {file(tensor("[99999999999]", "[0,4]"), 4), "a side of 99999999999"},
      {file(tensor("[4,4,4,4]", "[0,4]"), 4), "more than the file holds"},
      {file(tensor("[18446744073709551615]", "[0,4]"), 4), "a side of"},
      {file(tensor("[1]", "[0]"), 4), "two data_offsets"},
      {file(tensor("[1]", "[4,0]"), 4), "outside"},
      {file(tensor("[1]", "[0,8]"), 4), "outside"},
      {file(tensor("[2]", "[0,4]"), 4), "needs 8 bytes, 4 are given"},
      {file(tensor("[1]", "[0,4]"), 8), "4 bytes follow"},
      {file(tensor("[1]", "[4,8]"), 8), "overlap or leave a gap"},
      {file(
           R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
           4),
       "overlap or leave a gap"},
  };
  for (const Bad& bad : cases) {
    const std::string message = message_of([&] { Safetensors(bad.bytes, "the file"); });
    EXPECT_EQ(message.find("the file"), 0u) << message;
    EXPECT_NE(message.find(bad.part), std::string::npos) << message << "\nlacks: " << bad.part;
  }
  EXPECT_EQ(message_of([&] { Safetensors(file(tensor("[1]", "[0,4]"), 4), "t"); }), "(accepted)");
}

}  // namespace
}  // namespace retrograd::training
