// Files that load() must refuse: never a crash, never a wrong model.
#include <gtest/gtest.h>

#include <optional>

#include "base/random.hpp"
#include "onnx/model_file.hpp"
#include "onnx/networks.hpp"
#include "onnx/temporary_folder.hpp"
#include "retrograd/error.hpp"
#include "support/message.hpp"

namespace retrograd {
namespace {

const Model& model() {
  static const Model made =
      networks::random_model(networks::arrangements()[0].network, Precision::float32, 3, {{"config", "epochs = 3"}});
  return made;
}

const std::string& good() {
  static const std::string bytes = model_file::to_bytes(model());
  return bytes;
}

onnx::ModelProto parsed() {
  onnx::ModelProto file;
  EXPECT_TRUE(file.ParseFromString(good()));
  return file;
}

std::string refusal(const std::string& bytes) {
  return support::message_of([&] { model_file::from_bytes(bytes, "m.onnx"); });
}

void expect_refused(const std::string& bytes, const std::vector<std::string>& mentions) {
  const std::string message = refusal(bytes);
  EXPECT_TRUE(message.starts_with("m.onnx: ")) << message;
  for (const std::string& text : mentions) EXPECT_NE(message.find(text), std::string::npos) << message;
}

TEST(Refusal, TruncatedAtEveryLength) {
  for (size_t size = 0; size < good().size(); ++size) {
    const std::string message = refusal(good().substr(0, size));
    ASSERT_TRUE(message.starts_with("m.onnx: ")) << size << " of " << good().size() << " bytes: " << message;
  }
}

void expect_refused(const std::string& bytes) {
  const std::string message = refusal(bytes);
  ASSERT_TRUE(message.starts_with("m.onnx: ")) << message;
}

TEST(Refusal, EveryThirdBitFlipped) {
  std::string bytes = good();
  for (size_t bit = 0; bit<8 * bytes.size(); bit += bytes.size()> 40000 ? 3 : 1) {
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    expect_refused(bytes);
    if (HasFatalFailure()) FAIL() << "bit " << bit;
    bytes[bit / 8] = good()[bit / 8];
  }
}

TEST(Refusal, RandomDamage) {
  Stream random(1, Purpose::check, 9);
  for (int trial = 0; trial < 20000; ++trial) {
    std::string bytes = good();
    for (uint64_t change = 1 + random.below(6); change > 0; --change) {
      const size_t at = random.below(bytes.size()), size = random.below(30);
      switch (random.below(3)) {
        case 0:
          bytes[at] = static_cast<char>(random.next());
          break;
        case 1:
          bytes.erase(at, size);
          break;
        default:
          bytes.insert(at, bytes.substr(random.below(bytes.size()), size));
          break;
      }
      if (bytes.empty()) bytes = "x";
    }
    if (bytes != good()) expect_refused(bytes);
    if (HasFatalFailure()) FAIL() << "trial " << trial;
  }
}

TEST(Refusal, WhatIsNotAModel) {
  expect_refused("", {"empty", "0 bytes"});
  expect_refused("a,b,c\n1,2,3\n", {"not an ONNX model or truncated"});
  expect_refused(std::string(1000, '\0'), {"not an ONNX model or truncated"});
  expect_refused("\x89PNG\r\n\x1a\n", {"not an ONNX model or truncated"});
}

TEST(Refusal, AnotherProgramsModel) {
  onnx::ModelProto file = parsed();
  file.clear_metadata_props();
  file.set_producer_name("pytorch");
  expect_refused(file.SerializeAsString(), {"(IsNaN)", "not supported"});
  file.clear_producer_name();
  expect_refused(file.SerializeAsString(), {"(IsNaN)", "not supported"});
  file.set_producer_name("retrograd");
  expect_refused(file.SerializeAsString(), {"metadata are missing", "truncated"});
}

onnx::StringStringEntryProto& entry(onnx::ModelProto& file, std::string_view name) {
  for (auto& e : *file.mutable_metadata_props())
    if (e.key() == name) return e;
  throw std::runtime_error("no such metadata");
}

TEST(Refusal, EveryMetadataEntryIsNeeded) {
  const onnx::ModelProto file = parsed();
  for (int k = 0; k < file.metadata_props_size(); ++k) {
    onnx::ModelProto changed = file;
    changed.mutable_metadata_props()->DeleteSubrange(k, 1);
    EXPECT_NE(refusal(changed.SerializeAsString()), "(accepted)") << file.metadata_props(k).key();
    changed = file;
    *changed.add_metadata_props() = file.metadata_props(k);
    expect_refused(changed.SerializeAsString(), {file.metadata_props(k).key(), "twice"});
  }
}

TEST(Refusal, ChangedContents) {
  const auto with = [](std::string_view name, const std::string& value) {
    onnx::ModelProto file = parsed();
    entry(file, name).set_value(value);
    return file.SerializeAsString();
  };
  expect_refused(with("retrograd.format", "1"), {"format '1'", "reads format 2"});
  expect_refused(with("retrograd.precision", "float16"), {"float16", "float32 or float64"});
  expect_refused(with("retrograd.precision", "float64"), {"parameter", "float64"});
  expect_refused(with("retrograd.network", "{"), {"network description: this is not JSON"});
  expect_refused(with("retrograd.network", std::string(100000, '[')), {"nest deeper than 64"});
  expect_refused(with("retrograd.dataspec", "[]"), {});
  expect_refused(with("retrograd.fingerprint", std::string(32, '0')), {"changed or damaged", "fingerprint"});
  expect_refused(with("retrograd.checksum", std::string(32, '0')), {"changed or damaged", "checksum"});
  expect_refused(with("retrograd.note.config", "epochs = 4"), {"changed or damaged", "checksum"});
}

TEST(Refusal, UnknownOperatorAndImpossibleSizes) {
  const auto replaced = [](const std::string& from, const std::string& to) {
    onnx::ModelProto file = parsed();
    std::string text = entry(file, "retrograd.network").value();
    const size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << text;
    entry(file, "retrograd.network").set_value(text.replace(at, from.size(), to));
    return file.SerializeAsString();
  };
  expect_refused(replaced("\"gelu\"", "\"gleu\""), {"gleu"});
  // 2^24 units a layer would take a thousand terabytes; the file has no parameters of that size.
  expect_refused(replaced("\"units\":16", "\"units\":16777216"), {"parameter 'W1'"});
  expect_refused(replaced("\"units\":16", "\"units\":-1"), {"units"});
}

TEST(Refusal, ParametersThatDoNotFit) {
  const auto changed = [](const auto& change) {
    onnx::ModelProto file = parsed();
    for (auto& t : *file.mutable_graph()->mutable_initializer())
      if (t.name() == "W1") change(*file.mutable_graph(), t);
    return file.SerializeAsString();
  };
  expect_refused(changed([](auto&, auto& t) { t.mutable_raw_data()->pop_back(); }), {"'W1'", "bytes"});
  expect_refused(changed([](auto&, auto& t) { t.mutable_raw_data()->append(4, '\0'); }), {"'W1'", "bytes"});
  expect_refused(changed([](auto&, auto& t) { t.set_dims(0, -1); }), {"'W1'", "-1"});
  expect_refused(changed([](auto&, auto& t) { t.set_data_type(onnx::TensorProto::DOUBLE); }), {"'W1'"});
  expect_refused(changed([](auto&, auto& t) { t.set_name("W9"); }), {"'W1'", "missing"});
  expect_refused(changed([](auto& g, auto& t) { g.add_initializer()->CopyFrom(t); }), {"'W1'", "twice"});
  expect_refused(changed([](auto&, auto& t) { (*t.mutable_raw_data())[0] ^= 1; }), {"changed or damaged"});
}

TEST(Refusal, NothingIsPrinted) {
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  refusal(good().substr(0, good().size() / 2));
  refusal("a,b\n");
  std::string bytes = good();
  bytes[bytes.size() / 3] = '\xff';
  refusal(bytes);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
}

/// The graph is what other programs run: no change in it passes as our model.
TEST(Refusal, AGraphThatAnotherProgramChanged) {
  onnx::ModelProto file = parsed();
  const std::string again = file.SerializeAsString();
  EXPECT_EQ(again, good()) << "written again as it was, the file is the same";
  file.mutable_graph()->mutable_node(0)->set_doc_string("");
  expect_refused(file.SerializeAsString(), {"changed or damaged", "checksum"});
  file = parsed();
  file.mutable_graph()->mutable_node(file.graph().node_size() - 1)->set_op_type("ArgMin");
  expect_refused(file.SerializeAsString(), {"changed or damaged", "checksum"});
}

TEST(Refusal, PathsThatAreNoModel) {
  const TemporaryFolder folder;
  const auto message = [](const std::string& path) { return support::message_of([&] { Model::load(path); }); };
  EXPECT_NE(message(folder.path()).find(folder.path()), std::string::npos);
  EXPECT_NE(message(folder.file("none.onnx")).find("none.onnx"), std::string::npos);
  write_bytes(folder.file("empty.onnx"), "");
  EXPECT_NE(message(folder.file("empty.onnx")).find("empty, 0 bytes"), std::string::npos);
  std::filesystem::resize_file(folder.file("empty.onnx"), uint64_t{3} << 30);  // a hole: refused before it is read
  EXPECT_NE(message(folder.file("empty.onnx")).find("holds at most"), std::string::npos);
}

}  // namespace
}  // namespace retrograd
