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

inline constexpr int kOpset = 17;     ///< the highest that Debian's libonnx 1.12 knows
inline constexpr int kMlOpset = 3;    ///< of ai.onnx.ml; the same
inline constexpr int kIrVersion = 8;  // the one that came with opset 15 and holds until 18
inline constexpr std::string_view kProducer = "retrograd";
/// Protobuf counts the bytes of a message in 31 bits.
inline constexpr uint64_t kMaxBytes = (uint64_t{1} << 31) - 1;

inline constexpr std::string_view kFormat = "2";  ///< raised when older programs could no longer read what is written
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

/// The checksum is the last entry of the metadata, so its 32 digits are the last bytes of the file; it is the hash of
/// every byte before them. Throws Error unless `bytes` end so.
void require_checksum(std::string_view bytes, const std::string& source);

/// The model as an ONNX message that libonnx's checker and its strict shape inference accepted; the checksum is still
/// empty digits. Throws Error.
onnx::ModelProto to_onnx(const Model& model);

/// The same as bytes; equal models give equal bytes. Throws Error, also for more than kMaxBytes.
std::string to_bytes(const Model& model);

/// Reads bytes that to_bytes wrote. `source` names them in messages. Throws Error for everything else.
Model from_bytes(std::string_view bytes, const std::string& source);

}  // namespace retrograd::model_file
