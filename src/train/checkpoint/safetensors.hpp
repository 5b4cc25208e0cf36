// The safetensors layout (github.com/huggingface/safetensors, "Format"): eight bytes, the length of a JSON header in
// little-endian order; the header, which gives each tensor's type, shape and place; the tensors, one after the other
// without gaps. Any language reads it, and nothing in it is executed.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace retrograd::training {

enum class TensorType { f32, f64 };

/// Collects tensors, then writes them in one allocation.
class SafetensorsWriter {
 public:
  /// `values` [product of shape]; rounded to float for f32, which is exact for numbers that were floats.
  void add(std::string name, TensorType type, std::vector<int64_t> shape, std::function<double(size_t)> values);
  /// The file. `metadata` goes into the header's "__metadata__".
  std::string bytes(const std::map<std::string, std::string>& metadata) const;

 private:
  struct Entry {
    std::string name;
    TensorType type;
    std::vector<int64_t> shape;
    size_t count;
    std::function<double(size_t)> values;
  };
  std::vector<Entry> entries_;
};

/// A file that may come from anyone: every size is checked against the bytes that are there before anything is
/// allocated by it.
class Safetensors {
 public:
  /// Takes the file's content; `name` is for messages. Throws Error saying what is wrong and where.
  Safetensors(std::string bytes, std::string name);

  bool has(const std::string& tensor) const { return entries_.count(tensor) > 0; }
  std::vector<std::string> names() const;
  const std::vector<int64_t>& shape(const std::string& tensor) const { return entry(tensor).shape; }
  /// The numbers of a tensor that must be there with this type and shape. Throws Error otherwise, naming both.
  std::vector<double> values(const std::string& tensor, TensorType type, const std::vector<int64_t>& shape) const;

 private:
  struct Entry {
    TensorType type;
    std::vector<int64_t> shape;
    size_t begin, count;
  };
  const Entry& entry(const std::string& tensor) const;

  std::string bytes_, name_;
  std::map<std::string, Entry> entries_;
};

}  // namespace retrograd::training
