// Rows that other processes map: what they find is what was put there, and tables go there without being in memory.
#include "data/rows/shared_rows.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <bit>
#include <cmath>
#include <filesystem>

#include "data/files/mapped_file.hpp"
#include "data/rows/streamed_rows.hpp"
#include "scratch.hpp"

namespace retrograd {
namespace {

/// Every number of a block, by its bits.
std::vector<uint32_t> bits(const Block& block) {
  std::vector<uint32_t> all;
  for (int64_t row = 0; row < block.rows(); ++row)
    for (int c = 0; c < block.cols; ++c) all.push_back(std::bit_cast<uint32_t>(block.at(row, c)));
  return all;
}

void expect_same(const Dataset& found, const Dataset& expected) {
  EXPECT_EQ(found.rows, expected.rows);
  ASSERT_EQ(found.inputs.size(), expected.inputs.size());
  for (size_t b = 0; b < expected.inputs.size(); ++b) {
    EXPECT_EQ(found.inputs[b].name, expected.inputs[b].name);
    EXPECT_EQ(found.inputs[b].cols, expected.inputs[b].cols);
    EXPECT_EQ(bits(found.inputs[b]), bits(expected.inputs[b]));
  }
  EXPECT_EQ(bits(found.target), bits(expected.target));
  EXPECT_EQ(bits(found.weight), bits(expected.weight));
}

using SharedRows = Scratch;

Dataset some_rows() {
  Dataset data;
  data.rows = 3;
  data.inputs.push_back({"numeric", 2, std::vector<float>{1, 2, 3, 4, std::nanf(""), 6}});
  data.inputs.push_back({"pixels", 3, std::vector<uint8_t>{0, 1, 2, 3, 4, 255, 6, 7, 8}});
  data.target = {"target", 1, std::vector<float>{0, 1, 0}};
  data.weight = {"weight", 1, std::vector<float>{1, 0.5f, 2}};
  return data;
}

TEST_F(SharedRows, AreWhatWasPutThere) {
  const Dataset expected = some_rows();
  const Dataset here = put_into_files(some_rows(), path(""));
  expect_same(here, expected);
  for (const Block& block : here.inputs) EXPECT_NE(block.file, nullptr);
  std::shared_ptr<const MappedFile> keep;
  const std::string address = address_of(here, path(""), keep);
  EXPECT_TRUE(std::filesystem::is_empty(path(""))) << "the files have no names";
  expect_same(rows_at(address, 1 << 20), expected);
  // Another process finds them too.
  const pid_t child = fork();
  if (child == 0) {  // no thread is started there, which sanitizers do not bear after fork
    const Dataset there = rows_at(address, MappedFile::kNoLimit);
    _exit(there.rows == 3 && bits(there.inputs[1]) == bits(expected.inputs[1]) &&
                  bits(there.target) == bits(expected.target)
              ? 0
              : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST_F(SharedRows, AddressesThatLeadNowhereAreRefused) {
  const auto refusal = [&](const std::string& address) { return message([&] { rows_at(address, 1 << 20); }); };
  const Dataset here = put_into_files(some_rows(), path(""));
  std::shared_ptr<const MappedFile> keep;
  std::string address = address_of(here, path(""), keep);
  EXPECT_NE(refusal(address.substr(0, 20)).find("the address of rows"), std::string::npos);
  EXPECT_NE(refusal("{}").find("lacks something"), std::string::npos);
  const std::string bytes = "\"bytes\":9";
  std::string longer = address;
  longer.replace(longer.find(bytes), bytes.size(), "\"bytes\":9000000");
  EXPECT_NE(refusal(longer).find("are not all there"), std::string::npos) << refusal(longer);
  const std::string process = "\"process\":\"" + std::to_string(getpid()) + "\"";
  address.replace(address.find(process), process.size(), "\"process\":\"0\"");
  EXPECT_NE(refusal(address).find("cannot open the rows of process 0"), std::string::npos) << refusal(address);
}

TEST_F(SharedRows, TablesGoThereInPieces) {
  // More text than a piece.
  std::string text = "a,colour,w,y\n";
  while (text.size() < (size_t{3} << 20)) {
    const size_t i = text.size();
    text += i % 7 == 0 ? "," : std::to_string(i % 1013) + ".25,";
    text += i % 3 == 0 ? "red," : i % 3 == 1 ? "green," : ",";
    text += (i % 2 == 0 ? "1," : "2,") + std::string(i % 5 == 0 ? "yes\n" : "no\n");
  }
  write("t.csv", text);
  DataOptions options;
  options.targets = {"y"};
  options.weight = "w";
  const std::string csv = path("t.csv");
  const Loaded expected = load_training(csv, options);
  const Loaded found = stream_training(csv, options, path(""), 1 << 20);
  EXPECT_EQ(to_json(found.spec), to_json(expected.spec));
  expect_same(found.data, expected.data);
  for (const Block& block : found.data.inputs) EXPECT_NE(block.file, nullptr);
  expect_same(stream_with(csv, expected.spec, 2, path(""), 1 << 20), expected.data);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(path("")), {}), 1);
  write("bad.csv", "a,colour,w,y\n1,red,1,yes\n1,red,1\n");
  EXPECT_NE(message([&] { stream_with(path("bad.csv"), expected.spec, 1, path(""), 1 << 20); }).find("line 3"),
            std::string::npos);
}

}  // namespace
}  // namespace retrograd
