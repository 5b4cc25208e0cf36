#include "train/choose/trial_board.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <thread>
#include <utility>

#include "base/atomic_file.hpp"
#include "base/fail.hpp"
#include "data/files/descriptor.hpp"
#include "train/choose/trial_file.hpp"

namespace retrograd::training {
namespace {

constexpr std::chrono::milliseconds kLook(20);  // between looks for what another rank is to write

Descriptor make_file(const std::string& path, int flags) {
  return Descriptor(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0666));
}

}  // namespace

void BoardInMemory::put(int task, Outcome outcome, std::optional<Trained> trained) {
  outcomes_.insert_or_assign(task, std::move(outcome));
  if (trained) trained_.insert_or_assign(task, *std::move(trained));
}

const Outcome* BoardInMemory::find(int task) {
  const auto found = outcomes_.find(task);
  return found == outcomes_.end() ? nullptr : &found->second;
}

std::optional<Trained> BoardInMemory::trained(int task, const DataSpec&) {
  auto node = trained_.extract(task);
  if (node.empty()) return std::nullopt;
  return std::move(node.mapped());
}

BoardInFolder::BoardInFolder(std::string folder, Peers& peers) : folder_(std::move(folder)), peers_(peers) {
  if (folder_.empty()) fail("trials of several ranks need a folder that all can write");
  if (first()) {
    std::error_code error;
    std::filesystem::remove_all(folder_, error);
    std::filesystem::create_directories(folder_, error);
    if (error) fail("cannot make {}: {}", folder_, error.message());
  }
  meet();
}

BoardInFolder::~BoardInFolder() {
  std::error_code ignored;
  if (first()) std::filesystem::remove_all(folder_, ignored);
}

std::string BoardInFolder::file(int task, const char* kind) const {
  return fmt::format("{}/{}.{}", folder_, task, kind);
}

bool BoardInFolder::take(int task) {
  const std::string path = file(task, "taken");
  const Descriptor file = make_file(path, O_EXCL);
  if (!file.is_open() && errno != EEXIST)
    fail("cannot write {}: {}; trials of several ranks need a folder that all can write", path, std::strerror(errno));
  return file.is_open();
}

void BoardInFolder::put(int task, Outcome outcome, std::optional<Trained> trained) {
  if (trained) write_file_atomically(file(task, "trained"), trained_bytes(*trained));
  write_file_atomically(file(task, "outcome"), outcome_bytes(outcome));
  outcomes_.insert_or_assign(task, std::move(outcome));
}

const Outcome* BoardInFolder::find(int task) {
  auto found = outcomes_.find(task);
  if (found == outcomes_.end()) {
    const std::string path = file(task, "outcome");
    if (!std::filesystem::exists(path)) return nullptr;
    found = outcomes_.emplace(task, read_outcome(path)).first;
  }
  return &found->second;
}

const Outcome& BoardInFolder::wait_for(int task) {
  for (;; std::this_thread::sleep_for(kLook))
    if (const Outcome* found = find(task)) return *found;
}

std::optional<Trained> BoardInFolder::trained(int task, const DataSpec& spec) {
  const std::string path = file(task, "trained");
  if (!std::filesystem::exists(path)) return std::nullopt;
  return read_trained(path, spec);
}

void BoardInFolder::stop() { make_file(folder_ + "/stop", 0); }

bool BoardInFolder::stopped() { return std::filesystem::exists(folder_ + "/stop"); }

void BoardInFolder::meet() {
  double one = 1;
  peers_.sum({&one, 1});
}

}  // namespace retrograd::training
