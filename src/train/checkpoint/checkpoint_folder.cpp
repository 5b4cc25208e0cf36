#include "train/checkpoint/checkpoint_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>

#include "base/atomic_file.hpp"
#include "base/fail.hpp"
#include "base/fingerprint.hpp"
#include "base/parse_json.hpp"
#include "data/files/file_bytes.hpp"

namespace retrograd::training {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

constexpr std::string_view kFormat = "retrograd checkpoint 1";
constexpr std::string_view kManifest = ".json", kTensors = ".safetensors";
constexpr size_t kDigits = 8;
constexpr size_t kKept = 2;
constexpr size_t kLargestManifest = 256u << 20;

std::string hash(std::string_view bytes) { return Fingerprint().add(bytes.data(), bytes.size()).hex(); }

std::string file_name(uint64_t number, std::string_view extension) {
  return fmt::format("{:0{}}{}", number, kDigits, extension);
}

/// The number of "00000012.json" or "00000012.safetensors", and of the temporaries of these; 0 for other names.
uint64_t number_of(const std::string& name, bool& manifest, bool& temporary) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc{} || static_cast<size_t>(end - name.data()) < kDigits) return 0;
  std::string_view rest(end, static_cast<size_t>(name.data() + name.size() - end));
  const size_t mark = rest.find(".tmp-");
  temporary = mark != std::string_view::npos;
  rest = rest.substr(0, mark);
  manifest = rest == kManifest;
  return manifest || rest == kTensors ? number : 0;
}

/// Calls f(path, number, is manifest, is temporary) for every file that belongs to a checkpoint.
template <class F>
void for_each_file(const std::string& folder, F&& f) {
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    bool manifest = false, temporary = false;
    const uint64_t number = number_of(at->path().filename().string(), manifest, temporary);
    if (number > 0) f(at->path(), number, manifest, temporary);
  }
}

/// Newest first.
std::vector<uint64_t> manifests(const std::string& folder) {
  std::vector<uint64_t> numbers;
  for_each_file(folder, [&](const fs::path&, uint64_t number, bool manifest, bool temporary) {
    if (manifest && !temporary) numbers.push_back(number);
  });
  std::sort(numbers.rbegin(), numbers.rend());
  return numbers;
}

std::string text_of(const std::string& path) {
  const FileBytes file = read_raw_file(path);
  return std::string(file.view());
}

StoredCheckpoint load(const std::string& folder, uint64_t number) {
  StoredCheckpoint stored;
  stored.number = number;
  stored.file = (fs::path(folder) / file_name(number, kManifest)).string();
  std::error_code error;
  if (const auto size = fs::file_size(stored.file, error); !error && size > kLargestManifest)
    fail("{}: {} bytes are too many for a manifest", stored.file, size);
  stored.body = manifest_body(text_of(stored.file), stored.file);
  const std::string path = (fs::path(folder) / file_name(number, kTensors)).string();
  const Json tensors = stored.body.value("tensors", Json::object());
  if (!tensors.is_object() || !tensors.contains("bytes") || !tensors.contains("xxh3"))
    fail("{}: it does not say what its tensors are", stored.file);
  if (const auto size = fs::file_size(path, error); !error && tensors["bytes"] != size)
    fail("{}: {} bytes, {} were written", path, size, tensors["bytes"].dump());
  stored.tensors = text_of(path);
  if (tensors["xxh3"] != hash(stored.tensors)) fail("{}: its content is not what was written (checksum)", path);
  return stored;
}

}  // namespace

Json manifest_body(std::string_view text, const std::string& name) {
  const Json json = parse_json(text, name + ": it is not the manifest of a checkpoint");
  if (!json.is_object() || !json.contains("format") || !json.contains("body") || !json.contains("xxh3"))
    fail("{}: it is not the manifest of a checkpoint", name);
  if (json["format"] != kFormat)
    fail("{}: format {}, this program reads \"{}\"", name, json["format"].dump(-1, ' ', true), kFormat);
  const Json& body = json["body"];
  if (!body.is_object() || json["xxh3"] != hash(body.dump()))
    fail("{}: its content is not what was written (checksum)", name);
  return body;
}

std::optional<StoredCheckpoint> newest_checkpoint(const std::string& folder, std::vector<std::string>& warnings) {
  const std::vector<uint64_t> numbers = manifests(folder);
  std::string reasons;
  for (const uint64_t number : numbers) {
    try {
      StoredCheckpoint stored = load(folder, number);
      return stored;
    } catch (const Error& e) {
      warnings.push_back(fmt::format("a checkpoint is damaged and passed over: {}", e.what()));
      reasons += fmt::format("\n  {}", e.what());
    }
  }
  if (!numbers.empty()) fail("{}: no checkpoint is whole; remove the folder and start again{}", folder, reasons);
  return std::nullopt;
}

CheckpointFolder::CheckpointFolder(std::string path) : path_(std::move(path)) {
  take_hold();
  // What a killed run was writing is of no use to anyone.
  for_each_file(path_, [&](const fs::path& file, uint64_t number, bool, bool temporary) {
    std::error_code ignored;
    if (temporary) fs::remove(file, ignored);
    next_ = std::max(next_, number + 1);
  });
}

CheckpointFolder::~CheckpointFolder() {
  if (lock_ < 0) return;
  rmdir(path_.c_str());  // only if it is empty: nothing could be written
  close(lock_);
}

void CheckpointFolder::take_hold() {
  std::error_code error;
  fs::create_directories(path_, error);
  lock_ = open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock_ < 0) fail("cannot write checkpoints to {}: {}", path_, error ? error.message() : std::strerror(errno));
  // File systems without locks say so otherwise; they go without.
  if (flock(lock_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    close(lock_);
    lock_ = -1;
    throw FolderInUse(fmt::format(
        "{} is in use: another run writes its checkpoints there; wait for it, or name another folder", path_));
  }
}

std::string CheckpointFolder::begin_anew() {
  std::string told;
  bool finished = true;
  try {
    std::vector<std::string> ignored;
    if (const auto stored = newest_checkpoint(path_, ignored)) finished = stored->body.value("finished", false);
  } catch (const Error&) {  // damaged ones are kept too
    finished = false;
  }
  if (!finished) {
    const std::string before = path_ + ".before";
    std::error_code error;
    fs::remove_all(before, error);
    fs::rename(path_, before, error);
    if (error) fail("{} holds the checkpoints of an unfinished run and cannot be moved: {}", path_, error.message());
    told = fmt::format("the checkpoints of an unfinished run were moved to {}", before);
    close(lock_);
    take_hold();
  }
  first_ = next_;
  return told;
}

void CheckpointFolder::remove_newer(uint64_t number) {
  for_each_file(path_, [&](const fs::path& file, uint64_t other, bool, bool) {
    std::error_code ignored;
    if (other > number) fs::remove(file, ignored);
  });
}

void CheckpointFolder::write(Json body, const std::string& tensors) {
  const fs::path folder(path_);
  // A number is not used twice, whatever becomes of this attempt: no manifest can meet the tensors of another.
  const uint64_t number = next_++;
  const std::string data = (folder / file_name(number, kTensors)).string();
  body["tensors"] = {{"bytes", tensors.size()}, {"xxh3", hash(tensors)}};
  std::string text;
  try {
    const std::string sum = hash(body.dump());
    text = Json{{"format", kFormat}, {"xxh3", sum}, {"body", std::move(body)}}.dump(1) + "\n";
  } catch (const Json::exception& e) {
    fail("cannot write {}: its notes are not UTF-8 ({})", data, e.what());
  }
  try {
    write_file_atomically(data, tensors);
    write_file_atomically((folder / file_name(number, kManifest)).string(), text);
  } catch (...) {
    std::error_code ignored;
    fs::remove(data, ignored);
    fs::remove(folder / file_name(number, kManifest), ignored);
    throw;
  }
  remove_old(number);
}

void CheckpointFolder::remove_old(uint64_t newest) const {
  std::vector<uint64_t> kept = manifests(path_);
  std::erase_if(kept, [this](uint64_t number) { return number < first_; });
  if (kept.size() > kKept) kept.resize(kKept);
  const uint64_t oldest = kept.empty() ? newest : kept.back();
  // The manifest goes first: tensors without one are nobody's.
  for (const bool manifests_now : {true, false})
    for_each_file(path_, [&](const fs::path& file, uint64_t number, bool manifest, bool) {
      std::error_code ignored;
      if (number < oldest && manifest == manifests_now) fs::remove(file, ignored);
    });
}

}  // namespace retrograd::training
