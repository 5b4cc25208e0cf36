// A model as the bytes of an ONNX file, and back.
//
// The graph predicts with standard operators alone. The metadata hold what is needed to read the model back exactly;
// their keys are below. Parameters and constants are initializers, whether the prediction reads them or not.
#pragma once

#include <string>
#include <string_view>

#include "graph/program.hpp"
#include "onnx/proto.hpp"
#include "retrograd/model.hpp"

namespace retrograd::model_file {

inline constexpr int kOpset = 17;
inline constexpr int kIrVersion = 8;  // the one that came with opset 15 and holds until 18
inline constexpr std::string_view kProducer = "retrograd";
/// Protobuf counts the bytes of a message in 31 bits.
inline constexpr uint64_t kMaxBytes = (uint64_t{1} << 31) - 1;

inline constexpr std::string_view kFormat = "1";  ///< raised when older programs could no longer read what is written
namespace key {
inline constexpr std::string_view kFormat = "retrograd.format";
inline constexpr std::string_view kVersion = "retrograd.version";
inline constexpr std::string_view kNetwork = "retrograd.network";    ///< JSON
inline constexpr std::string_view kDataspec = "retrograd.dataspec";  ///< JSON; empty: none
inline constexpr std::string_view kPrecision = "retrograd.precision";
inline constexpr std::string_view kFingerprint = "retrograd.fingerprint";
inline constexpr std::string_view kChecksum = "retrograd.checksum";
inline constexpr std::string_view kNote = "retrograd.note.";  ///< and the note's key
}  // namespace key

/// Guards what the fingerprint does not: a hash of fingerprint, dataspec and notes.
std::string checksum(const Model& model, std::string_view dataspec_json);

/// The model as an ONNX message that libonnx's checker and its strict shape inference accepted. Throws Error.
onnx::ModelProto to_onnx(const Model& model);

/// The same as bytes; equal models give equal bytes. Throws Error, also for more than kMaxBytes.
std::string to_bytes(const Model& model);

/// Reads bytes that to_bytes wrote. `source` names them in messages. Throws Error for everything else.
Model from_bytes(std::string_view bytes, const std::string& source);

}  // namespace retrograd::model_file
