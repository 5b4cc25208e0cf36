// Parameters as safetensors and as a NumPy archive: read back by our own readers, by hand, and by NumPy.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "data/array/array.hpp"
#include "data/files/zip.hpp"
#include "onnx/networks.hpp"
#include "onnx/temporary_folder.hpp"
#include "retrograd/error.hpp"
#include "retrograd/export.hpp"

namespace retrograd {
namespace {

Model model_of(Precision precision) {
  Network net;
  net.input("x", 3).linear(4).activation("batch_norm").activation("tanh").linear(1).loss("squared");
  return networks::random_model(net, precision);
}

/// The expected shape: weights [in, out], vectors [F].
std::map<std::string, std::vector<int64_t>> shapes() {
  return {{"W1", {3, 4}},
          {"b1", {4}},
          {"batch_norm1.gamma", {4}},
          {"batch_norm1.beta", {4}},
          {"batch_norm1.running_mean", {4}},
          {"batch_norm1.running_var", {4}},
          {"W2", {4, 1}},
          {"b2", {1}}};
}

class Parameters : public testing::TestWithParam<Precision> {};
INSTANTIATE_TEST_SUITE_P(Export, Parameters, testing::Values(Precision::float32, Precision::float64),
                         [](const auto& p) { return std::string(to_string(p.param)); });

TEST_P(Parameters, safetensors_by_hand) {
  const Model model = model_of(GetParam());
  const std::string bytes = to_safetensors(model);
  const bool single = GetParam() == Precision::float32;
  uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  ASSERT_EQ(length % 8, 0U);
  const auto header = nlohmann::json::parse(bytes.substr(8, length));
  EXPECT_EQ(header["__metadata__"]["fingerprint"], model.fingerprint());
  EXPECT_EQ(header["__metadata__"]["format"], "retrograd");
  EXPECT_EQ(header.size(), shapes().size() + 1);
  for (const auto& [name, shape] : shapes()) {
    ASSERT_TRUE(header.contains(name)) << name;
    EXPECT_EQ(header[name]["dtype"], single ? "F32" : "F64");
    EXPECT_EQ(header[name]["shape"].get<std::vector<int64_t>>(), shape) << name;
    const size_t begin = header[name]["data_offsets"][0], end = header[name]["data_offsets"][1];
    const std::vector<double> expected = model.parameter(name);
    ASSERT_EQ(end - begin, expected.size() * (single ? 4 : 8));
    for (size_t i = 0; i < expected.size(); ++i) {
      float narrow = 0;
      double wide = 0;
      const char* at = bytes.data() + 8 + length + begin;
      if (single)
        std::memcpy(&narrow, at + 4 * i, 4);
      else
        std::memcpy(&wide, at + 8 * i, 8);
      EXPECT_EQ(single ? static_cast<double>(narrow) : wide, expected[i]) << name;
    }
  }
}

TEST_P(Parameters, npz_by_our_reader) {
  const Model model = model_of(GetParam());
  const TemporaryFolder folder;
  write_bytes(folder.file("p.npz"), to_npz(model));
  const FileBytes archive = read_file(folder.file("p.npz"));
  const auto members = zip_members(archive, "p.npz");
  EXPECT_EQ(members.size(), shapes().size());
  for (const ZipMember& member : members) {
    ASSERT_TRUE(member.name.ends_with(".npy"));
    const std::string name = member.name.substr(0, member.name.size() - 4);
    const Array array = parse_npy(zip_read(archive, member, "p.npz"), name);
    EXPECT_EQ(array.offset % 64, 0U) << name;
    EXPECT_EQ(array.shape, shapes().at(name)) << name;
    const std::vector<double> expected = model.parameter(name);
    for (size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(array.at(static_cast<int64_t>(i)), expected[i]) << name;
  }
}

TEST_P(Parameters, npz_and_safetensors_by_NumPy) {
  const Model model = model_of(GetParam());
  const TemporaryFolder folder;
  write_bytes(folder.file("p.npz"), to_npz(model));
  write_bytes(folder.file("p.safetensors"), to_safetensors(model));
  std::ofstream(folder.file("check.py")) << R"(
import json, sys
import numpy as np
path = sys.argv[1]
arrays = np.load(path + "/p.npz", allow_pickle=False)
raw = open(path + "/p.safetensors", "rb").read()
size = int.from_bytes(raw[:8], "little")
header = json.loads(raw[8:8 + size])
del header["__metadata__"]
assert sorted(header) == sorted(arrays.files), arrays.files
for name, entry in header.items():
    begin, end = entry["data_offsets"]
    dtype = {"F32": "<f4", "F64": "<f8"}[entry["dtype"]]
    tensor = np.frombuffer(raw[8 + size + begin:8 + size + end], dtype).reshape(entry["shape"])
    assert arrays[name].dtype == np.dtype(dtype) and arrays[name].shape == tensor.shape, name
    assert (arrays[name] == tensor).all(), name
print(len(header), "tensors agree")
)";
  EXPECT_EQ(std::system((RETROGRAD_PYTHON " '" + folder.file("check.py") + "' '" + folder.path() + "'").c_str()), 0);
}

TEST(ParameterNames, one_that_would_be_a_folder_is_refused) {
  Network net;
  net.input("x", 2).linear(1, "a/b").loss("squared");
  const Model model = networks::random_model(net, Precision::float32);
  try {
    to_npz(model);
    FAIL() << "nothing was thrown";
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), testing::HasSubstr("'a/b.W' cannot be the name of a member"));
  }
  EXPECT_THAT(to_safetensors(model), testing::HasSubstr("a/b.W"));
}

}  // namespace
}  // namespace retrograd
