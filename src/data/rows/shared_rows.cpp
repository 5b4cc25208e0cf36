#include "data/rows/shared_rows.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/fail.hpp"
#include "base/parse_json.hpp"
#include "data/files/mapped_file.hpp"
#include "data/files/scratch_file.hpp"

namespace retrograd {
namespace {

using Json = nlohmann::json;

/// The memory of a block's numbers.
std::span<const std::byte> bytes_of(const Block& block) {
  return std::visit([](const auto& values) { return std::as_bytes(std::span(values.data(), values.size())); },
                    block.values);
}

bool holds_bytes(const Block& block) {
  return std::holds_alternative<std::vector<uint8_t>>(block.values) ||
         std::holds_alternative<std::span<const uint8_t>>(block.values);
}

void point_to(Block& block, std::shared_ptr<const MappedFile> file, size_t from, size_t bytes, bool of_bytes) {
  const std::span<const uint8_t> all = file->bytes().subspan(from, bytes);
  if (of_bytes)
    block.values = all;
  else
    block.values = std::span(reinterpret_cast<const float*>(all.data()), bytes / sizeof(float));
  block.file = std::move(file);
}

/// Name, shape and place of a block whose numbers begin at `from` of a mapping.
Json json_of(const Block& block, const MappedFile& file, size_t from) {
  return {{"name", block.name},
          {"cols", block.cols},
          {"of_bytes", holds_bytes(block)},
          {"descriptor", file.descriptor()},
          {"at", file.place() + static_cast<int64_t>(from)},
          {"bytes", bytes_of(block).size()},
          {"file", file.name()}};
}

Block open_block(const Json& json, const std::string& process, size_t memory) {
  const std::string path = fmt::format("/proc/{}/fd/{}", process, json.at("descriptor").get<int>());
  const auto name = json.at("file").get<std::string>();
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open())
    fail("cannot open the rows of process {} ({}): {}; ranks of one machine must belong to one user", process, path,
         std::strerror(errno));
  Block block;
  block.name = json.at("name").get<std::string>();
  block.cols = json.at("cols").get<int>();
  const auto bytes = json.at("bytes").get<size_t>();
  const auto at = json.at("at").get<int64_t>();
  struct stat status {};
  if (fstat(file.get(), &status) != 0 || at < 0 || status.st_size < at ||
      static_cast<size_t>(status.st_size - at) < bytes)
    fail("the rows of process {} are not all there: {} bytes from byte {} on of {}", process, bytes, at, name);
  point_to(block, std::make_shared<const MappedFile>(file, at, bytes, name, memory), 0, bytes,
           json.at("of_bytes").get<bool>());
  return block;
}

/// Its numbers in memory.
Block in_memory(const Block& block) {
  const std::span<const float> values = block.floats();
  return {block.name, block.cols, std::vector<float>(values.begin(), values.end())};
}

}  // namespace

Dataset put_into_files(Dataset data, const std::string& folder) {
  for (Block& block : data.inputs) {
    if (block.file != nullptr || block.empty()) continue;
    ScratchFile scratch(folder + "/");
    const std::span<const std::byte> bytes = bytes_of(block);
    scratch.append(bytes.data(), bytes.size());
    point_to(block,
             std::make_shared<const MappedFile>(scratch.file(), 0, bytes.size(), folder + "/", MappedFile::kNoLimit), 0,
             bytes.size(), holds_bytes(block));
  }
  return data;
}

std::string address_of(const Dataset& data, const std::string& folder, std::shared_ptr<const MappedFile>& keep) {
  Json json = {{"process", std::to_string(getpid())}, {"rows", data.rows}, {"inputs", Json::array()}};
  for (const Block& block : data.inputs) {
    if (block.file == nullptr) fail("input '{}' lies in no file", block.name);
    const auto* const begin = reinterpret_cast<const std::byte*>(block.file->bytes().data());
    json["inputs"].push_back(json_of(block, *block.file, static_cast<size_t>(bytes_of(block).data() - begin)));
  }
  ScratchFile scratch(folder + "/");
  std::vector<std::pair<const Block*, int64_t>> small;
  for (const Block* block : {&data.target, &data.weight}) {
    if (block->empty()) continue;
    if (holds_bytes(*block)) fail("'{}' holds bytes, expected floats", block->name);
    small.emplace_back(block, scratch.append(bytes_of(*block).data(), bytes_of(*block).size()));
  }
  if (!small.empty()) {
    keep = std::make_shared<const MappedFile>(scratch.file(), 0, static_cast<size_t>(scratch.size()), folder + "/",
                                              MappedFile::kNoLimit);
    for (const auto& [block, at] : small)
      json[block == &data.target ? "target" : "weight"] = json_of(*block, *keep, static_cast<size_t>(at));
  }
  return json.dump();
}

Dataset rows_at(std::string_view address, size_t memory) {
  const Json json = parse_json(address, "the address of rows");
  try {
    const auto process = json.at("process").get<std::string>();
    Dataset data;
    data.rows = json.at("rows").get<int64_t>();
    for (const Json& block : json.at("inputs")) data.inputs.push_back(open_block(block, process, memory));
    if (json.contains("target")) data.target = in_memory(open_block(json.at("target"), process, MappedFile::kNoLimit));
    if (json.contains("weight")) data.weight = in_memory(open_block(json.at("weight"), process, MappedFile::kNoLimit));
    return data;
  } catch (const Json::exception& e) {
    fail("the address of rows lacks something: {}", e.what());
  }
}

size_t input_bytes(const Dataset& data) {
  size_t bytes = 0;
  for (const Block& block : data.inputs) bytes += bytes_of(block).size();
  return bytes;
}

std::string scratch_folder() {
  const char* const given = std::getenv("TMPDIR");
  return given != nullptr && given[0] != 0 ? given : "/var/tmp";
}

}  // namespace retrograd
