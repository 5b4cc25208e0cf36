#include "train/checkpoint/safetensors.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/fail.hpp"
#include "base/parse_json.hpp"

namespace retrograd::training {
namespace {

using Json = nlohmann::json;

constexpr size_t kLength = 8;                     // bytes of the header's length
constexpr uint64_t kLargestHeader = 100'000'000;  // the format's own limit
constexpr size_t kLargestRank = 8;
static_assert(std::endian::native == std::endian::little, "tensors are written as they lie in memory");

size_t width(TensorType type) { return type == TensorType::f32 ? 4 : 8; }
std::string_view to_string(TensorType type) { return type == TensorType::f32 ? "F32" : "F64"; }

/// Elements of a shape; throws if they are more than `limit`.
size_t elements(const std::vector<int64_t>& shape, size_t limit, const std::string& where) {
  size_t count = 1;
  for (const int64_t side : shape) {
    if (side < 0) fail("{}: a side of {} in its shape", where, side);
    if (side > 0 && count > limit / static_cast<size_t>(side))
      fail("{}: its shape [{}] asks for more than the file holds", where, fmt::join(shape, ", "));
    count *= static_cast<size_t>(side);
  }
  return count;
}

uint64_t whole(const Json& json, const std::string& where) {
  if (!json.is_number_unsigned()) fail("{}: expected a whole number of at least 0", where);
  return json.get<uint64_t>();
}

}  // namespace

void SafetensorsWriter::add(std::string name, TensorType type, std::vector<int64_t> shape,
                            std::function<double(size_t)> values) {
  const size_t count = elements(shape, std::numeric_limits<size_t>::max() / 8, name);
  entries_.push_back({std::move(name), type, std::move(shape), count, std::move(values)});
}

std::string SafetensorsWriter::bytes(const std::map<std::string, std::string>& metadata) const {
  Json header = Json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  size_t size = 0;
  for (const Entry& e : entries_) {
    const size_t end = size + e.count * width(e.type);
    header[e.name] = {{"dtype", to_string(e.type)}, {"shape", e.shape}, {"data_offsets", {size, end}}};
    size = end;
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');  // the tensors begin at a multiple of eight
  std::string out(kLength + text.size() + size, '\0');
  const uint64_t length = text.size();
  std::memcpy(out.data(), &length, kLength);
  std::memcpy(out.data() + kLength, text.data(), text.size());
  char* at = out.data() + kLength + text.size();
  for (const Entry& e : entries_)
    for (size_t i = 0; i < e.count; ++i, at += width(e.type)) {
      const double wide = e.values(i);
      const auto narrow = static_cast<float>(wide);
      std::memcpy(at, e.type == TensorType::f32 ? static_cast<const void*>(&narrow) : &wide, width(e.type));
    }
  return out;
}

Safetensors::Safetensors(std::string bytes, std::string name) : bytes_(std::move(bytes)), name_(std::move(name)) {
  if (bytes_.size() < kLength) fail("{}: {} bytes, too short for a safetensors file", name_, bytes_.size());
  uint64_t length = 0;
  std::memcpy(&length, bytes_.data(), kLength);
  if (length > kLargestHeader || length > bytes_.size() - kLength)
    fail("{}: its header claims {} bytes, but the file has {}", name_, length, bytes_.size());
  const std::string_view text = std::string_view(bytes_).substr(kLength, length);
  const size_t data = kLength + length, room = bytes_.size() - data;
  const Json header = parse_json(text, name_ + ", header");
  if (!header.is_object()) fail("{}: its header is not a JSON object", name_);
  std::vector<std::pair<size_t, size_t>> parts;
  for (const auto& [key, json] : header.items()) {
    if (key == "__metadata__") continue;
    const std::string where = fmt::format("{}: tensor '{}'", name_, key);
    if (!json.is_object() || !json.contains("dtype") || !json.contains("shape") || !json.contains("data_offsets"))
      fail("{}: expected dtype, shape and data_offsets", where);
    Entry e{};
    if (json["dtype"] == "F32")
      e.type = TensorType::f32;
    else if (json["dtype"] == "F64")
      e.type = TensorType::f64;
    else
      fail("{}: expected the type F32 or F64", where);
    const Json& shape = json["shape"];
    const Json& offsets = json["data_offsets"];
    if (!shape.is_array() || shape.size() > kLargestRank)
      fail("{}: expected a shape of up to {} sides", where, kLargestRank);
    if (!offsets.is_array() || offsets.size() != 2) fail("{}: expected two data_offsets", where);
    for (const Json& side : shape) {
      const uint64_t s = whole(side, where + ", shape");
      if (s > room) fail("{}: a side of {} in a file of {} bytes", where, s, bytes_.size());
      e.shape.push_back(static_cast<int64_t>(s));
    }
    const uint64_t begin = whole(offsets[0], where + ", data_offsets"),
                   end = whole(offsets[1], where + ", data_offsets");
    if (begin > end || end > room) fail("{}: its bytes {} to {} are outside the file's {}", where, begin, end, room);
    e.count = elements(e.shape, room, where);
    if (e.count * width(e.type) != end - begin)
      fail("{}: shape [{}] of {} needs {} bytes, {} are given", where, fmt::join(e.shape, ", "), to_string(e.type),
           e.count * width(e.type), end - begin);
    e.begin = data + begin;
    parts.emplace_back(begin, end);
    entries_.emplace(key, std::move(e));
  }
  std::sort(parts.begin(), parts.end());
  size_t at = 0;
  for (const auto& [begin, end] : parts) {
    if (begin != at) fail("{}: its tensors overlap or leave a gap at byte {}", name_, data + at);
    at = end;
  }
  if (at != room) fail("{}: {} bytes follow its last tensor", name_, room - at);
}

std::vector<std::string> Safetensors::names() const {
  std::vector<std::string> all;
  for (const auto& [name, entry] : entries_) all.push_back(name);
  return all;
}

const Safetensors::Entry& Safetensors::entry(const std::string& tensor) const {
  const auto found = entries_.find(tensor);
  if (found == entries_.end()) fail("{}: there is no tensor '{}'", name_, tensor);
  return found->second;
}

std::vector<double> Safetensors::values(const std::string& tensor, TensorType type,
                                        const std::vector<int64_t>& shape) const {
  const Entry& e = entry(tensor);
  if (e.type != type || e.shape != shape)
    fail("{}: tensor '{}' is {} [{}], expected {} [{}]", name_, tensor, to_string(e.type), fmt::join(e.shape, ", "),
         to_string(type), fmt::join(shape, ", "));
  std::vector<double> out(e.count);
  const char* at = bytes_.data() + e.begin;
  for (size_t i = 0; i < e.count; ++i, at += width(type)) {
    float narrow = 0;
    if (type == TensorType::f32) {
      std::memcpy(&narrow, at, 4);
      out[i] = static_cast<double>(narrow);
    } else {
      std::memcpy(&out[i], at, 8);
    }
  }
  return out;
}

}  // namespace retrograd::training
