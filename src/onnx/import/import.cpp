// Bytes -> ONNX message -> Model. The bytes may come from anyone: nothing is believed before it is checked.
#include <fmt/ranges.h>
#include <google/protobuf/stubs/logging.h>

#include <cstring>
#include <map>

#include "base/fail.hpp"
#include "onnx/import/import_network.hpp"
#include "onnx/model_file.hpp"
#include "onnx/tensor_names.hpp"

namespace retrograd::model_file {
namespace {

using Metadata = std::map<std::string, std::string, std::less<>>;

onnx::ModelProto parse(std::string_view bytes, const std::string& source) {
  if (bytes.empty()) fail("{}: empty, 0 bytes; expected an ONNX model", source);
  if (bytes.size() > kMaxBytes) fail("{}: {} bytes; an ONNX model holds at most {}", source, bytes.size(), kMaxBytes);
  onnx::ModelProto file;
  if (!file.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || !file.has_ir_version())
    fail("{}: not an ONNX model or truncated ({} bytes)", source, bytes.size());
  return file;
}

Metadata metadata(const onnx::ModelProto& file, const std::string& source) {
  Metadata result;
  for (const onnx::StringStringEntryProto& entry : file.metadata_props())
    if (!result.emplace(entry.key(), entry.value()).second)
      fail("{}: metadata '{}' is there twice; the file was changed or damaged", source, entry.key());
  if (result.contains(key::kFormat)) return result;
  fail(
      "{}: written by retrograd, but its metadata are missing; the file is truncated or was rewritten by another "
      "program",
      source);
}

bool is_ours(const onnx::ModelProto& file) {
  if (file.producer_name() == kProducer) return true;
  for (const onnx::StringStringEntryProto& entry : file.metadata_props())
    if (entry.key() == key::kFormat) return true;
  return false;
}

const std::string& entry(const Metadata& all, std::string_view name, const std::string& source) {
  const auto found = all.find(name);
  if (found == all.end()) fail("{}: metadata '{}' is missing; the file was changed or damaged", source, name);
  return found->second;
}

Precision precision_of(const std::string& text, const std::string& source) {
  for (const Precision p : {Precision::float32, Precision::float64})
    if (text == to_string(p)) return p;
  fail("{}: precision '{}'; expected float32 or float64", source, text);
}

template <class T>
std::vector<double> numbers(const std::string& raw) {
  std::vector<T> values(raw.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), raw.data(), values.size() * sizeof(T));  // no bytes: null
  return {values.begin(), values.end()};
}

/// The parameters that the program asks for, each of the size it says: so no buffer is larger than the file.
std::map<std::string, std::vector<double>> parameters(const onnx::GraphProto& graph,
                                                      const graph::ForwardProgram& program, const DataSpec& spec,
                                                      Precision precision, const std::string& source) {
  std::map<std::string_view, const onnx::TensorProto*> tensors;
  for (const onnx::TensorProto& t : graph.initializer())
    if (!tensors.emplace(t.name(), &t).second)
      fail("{}: tensor '{}' is there twice; the file was changed or damaged", source, t.name());
  const bool single = precision == Precision::float32;
  const int type = single ? onnx::TensorProto::FLOAT : onnx::TensorProto::DOUBLE;
  const size_t width = single ? sizeof(float) : sizeof(double);
  const TensorNames names(program, spec, interface_of(program, spec));
  std::map<std::string, std::vector<double>> values;
  for (size_t i = 0; i < program.parameters.size(); ++i) {
    const graph::Parameter& p = program.parameters[i];
    const auto found = tensors.find(names.parameter(static_cast<int>(i)));
    if (found == tensors.end()) fail("{}: parameter '{}' [{}, {}] is missing", source, p.name, p.rows, p.cols);
    const onnx::TensorProto& t = *found->second;
    const std::vector<int64_t> dims(t.dims().begin(), t.dims().end());
    if (t.data_type() != type || dims != parameter_dims(p) || t.raw_data().size() != p.size() * width)
      fail("{}: parameter '{}' is type {} [{}] of {} bytes; the network needs {} [{}] of {} bytes", source, p.name,
           t.data_type(), fmt::join(dims, ", "), t.raw_data().size(), to_string(precision),
           fmt::join(parameter_dims(p), ", "), p.size() * width);
    values[p.name] = single ? numbers<float>(t.raw_data()) : numbers<double>(t.raw_data());
  }
  return values;
}

Model read(const onnx::ModelProto& file, const std::string& source) {
  const Metadata all = metadata(file, source);
  const std::string& version = entry(all, key::kVersion, source);
  if (entry(all, key::kFormat, source) != kFormat)
    fail("{}: format '{}', written by retrograd {}; this program reads format {}. Use the version that wrote it",
         source, entry(all, key::kFormat, source), version, kFormat);
  const Precision precision = precision_of(entry(all, key::kPrecision, source), source);
  const Network network = graph::network_from_json(entry(all, key::kNetwork, source));
  const graph::ForwardProgram program = graph::compile(network);
  const std::string& dataspec = entry(all, key::kDataspec, source);
  DataSpec spec = dataspec.empty() ? DataSpec{} : spec_from_json(dataspec);
  auto values = parameters(file.graph(), program, spec, precision, source);
  std::map<std::string, std::string> notes;
  for (const auto& [name, text] : all)
    if (name.starts_with(key::kNote)) notes[name.substr(key::kNote.size())] = text;
  Model model(network, precision, values, std::move(spec), std::move(notes));
  const std::string& fingerprint = entry(all, key::kFingerprint, source);
  if (model.fingerprint() != fingerprint)
    fail("{}: changed or damaged: its fingerprint is {}, but its contents have {}", source, fingerprint,
         model.fingerprint());
  return model;
}

}  // namespace

Model from_bytes(std::string_view bytes, const std::string& source) {
  const google::protobuf::LogSilencer silence;
  const onnx::ModelProto file = parse(bytes, source);
  if (!is_ours(file)) return import_network(file, source);
  try {
    Model model = read(file, source);
    require_checksum(bytes, source);  // last: what was found before says more than "changed"
    return model;
  } catch (const Error& e) {
    const std::string_view message = e.what();
    if (message.starts_with(source)) throw;
    fail("{}: {}", source, message);  // from the description or the dataspec, which do not know the file
  }
}

}  // namespace retrograd::model_file
