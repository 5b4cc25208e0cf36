#include "run/folder.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/atomic_file.hpp"
#include "base/fail.hpp"

namespace retrograd::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kFiles[] = {RunFolder::kConfig, RunFolder::kHistory,   RunFolder::kHistoryLines,
                                       RunFolder::kFolds,  RunFolder::kOutOfFold, RunFolder::kTrials,
                                       RunFolder::kModel};

/// A folder inside `path` that goes away with what is left in it.
class Staging {
 public:
  explicit Staging(const std::string& path) : path_((fs::path(path) / fmt::format(".writing-{}", getpid())).string()) {
    std::error_code error;
    fs::remove_all(path_, error);
    if (!fs::create_directory(path_, error)) fail("--out {}: cannot write there: {}", path, error.message());
  }
  ~Staging() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace

RunFolder::RunFolder(std::string path) : path_(std::move(path)) {
  std::error_code error;
  std::vector<std::string> missing;
  for (fs::path p = fs::path(path_); !p.empty() && !fs::exists(p, error); p = p.parent_path())
    if (p.has_filename()) missing.push_back(p.string());
  if (fs::exists(path_, error) && !fs::is_directory(path_, error)) fail("--out {}: it is a file; name a folder", path_);
  fs::create_directories(path_, error);
  made_ = std::move(missing);
  try {
    if (error) fail("--out {}: cannot make the folder: {}", path_, error.message());
    for (const std::string_view name : kFiles)
      if (fs::is_directory(file(name), error))
        fail("--out {}: {} is a folder there; remove it or name another", path_, name);
    const Staging staging(path_);
    write_file_atomically((fs::path(staging.path()) / "probe").string(), "probe");
    holds_model_ = fs::exists(file(kModel), error);
  } catch (...) {
    remove_made();
    throw;
  }
}

RunFolder::~RunFolder() {
  if (!published_) remove_made();
}

void RunFolder::remove_made() {
  // Only empty folders: rmdir refuses others.
  for (const std::string& folder : made_) rmdir(folder.c_str());
}

std::string RunFolder::file(std::string_view name) const { return (fs::path(path_) / name).string(); }

void RunFolder::publish(const std::function<void(const std::string&)>& write) {
  const Staging staging(path_);
  write(staging.path());
  for (const std::string_view name : kFiles) {
    const std::string from = (fs::path(staging.path()) / name).string();
    if (std::error_code ignored; !fs::exists(from, ignored)) {  // an earlier run's would tell of another model
      fs::remove(file(name), ignored);
      continue;
    }
    if (rename(from.c_str(), file(name).c_str()) != 0)
      fail("--out {}: cannot put {} in place: {}", path_, name, std::strerror(errno));
  }
  published_ = true;
}

}  // namespace retrograd::cli
