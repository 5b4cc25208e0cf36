// Model -> ONNX message -> bytes.
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>

#include <algorithm>

#include "base/fail.hpp"
#include "base/fingerprint.hpp"
#include "onnx/check.hpp"
#include "onnx/export/graph_builder.hpp"
#include "onnx/export/graph_writer.hpp"
#include "onnx/model_file.hpp"
#include "retrograd/version.hpp"

namespace retrograd::model_file {
namespace {

void set(onnx::ModelProto& file, std::string_view name, std::string_view value) {
  onnx::StringStringEntryProto& entry = *file.add_metadata_props();
  entry.set_key(std::string(name));
  entry.set_value(std::string(value));
}

uint64_t parameter_bytes(const Model& model) {
  uint64_t count = 0;
  for (const graph::Parameter& p : model.program().parameters) count += p.size();
  return count * (model.precision() == Precision::float32 ? sizeof(float) : sizeof(double));
}

constexpr size_t kDigits = 32;

std::string checksum(std::string_view bytes) { return Fingerprint().add(bytes).hex(); }

}  // namespace

void require_checksum(std::string_view bytes, const std::string& source) {
  const size_t covered = bytes.size() - std::min(bytes.size(), kDigits);
  const std::string found = checksum(bytes.substr(0, covered));
  if (const std::string_view expected = bytes.substr(covered); found != expected)
    fail("{}: changed or damaged, or written again by another program: its checksum is not {}, that of its bytes",
         source, found);
}

onnx::ModelProto to_onnx(const Model& model) {
  if (parameter_bytes(model) > kMaxBytes)
    fail("the parameters take {} bytes; an ONNX file holds at most {}. Make the network smaller or use float32",
         parameter_bytes(model), kMaxBytes);
  const google::protobuf::LogSilencer silence;
  onnx::ModelProto file;
  file.set_ir_version(kIrVersion);
  file.set_producer_name(std::string(kProducer));
  file.set_producer_version(kVersion);
  file.set_doc_string("Written by retrograd; preprocessing is part of the graph.");
  onnx::OperatorSetIdProto& opset = *file.add_opset_import();
  opset.set_domain("");
  opset.set_version(kOpset);
  if (interface_of(model.program(), model.spec()).table()) {
    onnx::OperatorSetIdProto& ml = *file.add_opset_import();
    ml.set_domain(std::string(kMlDomain));
    ml.set_version(kMlOpset);
  }
  write_graph(model, *file.mutable_graph());
  std::string dataspec = to_json(model.spec());
  if (dataspec == to_json(DataSpec{})) dataspec.clear();  // made by hand, from no data
  set(file, key::kFormat, kFormat);
  set(file, key::kVersion, kVersion);
  set(file, key::kPrecision, to_string(model.precision()));
  set(file, key::kNetwork, graph::to_json(model.network()));
  set(file, key::kDataspec, dataspec);
  for (const auto& [name, text] : model.notes()) set(file, std::string(key::kNote) + name, text);
  set(file, key::kFingerprint, model.fingerprint());
  set(file, key::kChecksum, std::string(kDigits, '0'));  // the last bytes of the file
  check(file);  // a mistake of an operator's room is found here, not by another program's user
  return file;
}

std::string to_bytes(const Model& model) {
  const onnx::ModelProto file = to_onnx(model);
  const google::protobuf::LogSilencer silence;
  const size_t size = file.ByteSizeLong();
  if (size > kMaxBytes) fail("the model takes {} bytes; an ONNX file holds at most {}", size, kMaxBytes);
  std::string bytes;
  bytes.reserve(size);
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream out(&stream);
    out.SetSerializationDeterministic(true);
    if (!file.SerializeToCodedStream(&out)) fail("the model could not be written as protobuf");
  }
  const std::string digits = checksum(std::string_view(bytes).substr(0, size - kDigits));
  bytes.replace(size - kDigits, kDigits, digits);
  // A model is worth hours: that it can be read back is known before the file replaces another.
  if (from_bytes(bytes, "the model just written").fingerprint() != model.fingerprint())
    fail("the model does not read back as it was; this is a fault of the program, please report it");
  return bytes;
}

}  // namespace retrograd::model_file
