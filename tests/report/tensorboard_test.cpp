// TensorBoard event files, byte by byte. Reading them back independently is read_events.py's part.
#include "report/tensorboard.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "retrograd/error.hpp"

namespace retrograd::report {
namespace {

TEST(Crc32c, KnownValues) {
  // RFC 3720, appendix B.4, and the check value of the polynomial.
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62A8AB43U);
  std::string ascending;
  for (int i = 0; i < 32; ++i) ascending += static_cast<char>(i);
  EXPECT_EQ(crc32c(ascending), 0x46DD794EU);
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
  EXPECT_EQ(crc32c(""), 0U);
}

TEST(TfRecord, Framing) {
  const std::string record = tf_record("abc");
  ASSERT_EQ(record.size(), 8U + 4 + 3 + 4);
  EXPECT_EQ(record.substr(0, 8), std::string("\3\0\0\0\0\0\0\0", 8));
  EXPECT_EQ(record.substr(12, 3), "abc");
}

TEST(Events, Bytes) {
  const std::string event = scalar_event(1.0, 300, {{"a", 0.5}});
  // wall_time 1.0; step 300 = 0xAC 0x02; summary { value { tag "a", simple_value 0.5 } }.
  const char expected[] =
      "\x09\x00\x00\x00\x00\x00\x00\xf0\x3f"
      "\x10\xac\x02"
      "\x2a\x0a\x0a\x08\x0a\x01"
      "a\x15\x00\x00\x00\x3f";
  EXPECT_EQ(event, std::string(expected, sizeof(expected) - 1));
}

TEST(EventFile, SaysWhereItCannotWrite) {
  EXPECT_THROW(EventFile("/proc/nowhere", 1), Error);
  const std::string folder = testing::TempDir() + "/retrograd_events";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  std::filesystem::create_symlink("/dev/full", folder + "/events.out.tfevents.5.retrograd");
  EXPECT_THROW(EventFile(folder, 5), Error);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace retrograd::report
