// Model::save and Model::load. They are here and not in src/train, because only this layer knows protobuf.
#include <filesystem>

#include "base/atomic_file.hpp"
#include "base/fail.hpp"
#include "data/files/file_bytes.hpp"
#include "onnx/model_file.hpp"

namespace retrograd {

void Model::save(const std::string& path) const { write_file_atomically(path, model_file::to_bytes(*this)); }

Model Model::load(const std::string& path) {
  std::error_code none;
  const auto size = std::filesystem::file_size(path, none);
  if (!none && size > model_file::kMaxBytes)
    fail("{}: {} bytes; an ONNX model holds at most {}", path, size, model_file::kMaxBytes);
  const FileBytes bytes = read_raw_file(path);
  return model_file::from_bytes(bytes.view(), path);
}

}  // namespace retrograd
