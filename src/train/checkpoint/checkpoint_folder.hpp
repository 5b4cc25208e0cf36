// The files of a run's checkpoints: numbered pairs of a manifest (JSON) and its tensors (safetensors).
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "retrograd/error.hpp"

namespace retrograd::training {

/// One checkpoint as read: both files whole, by their checksums.
struct StoredCheckpoint {
  std::string file;     ///< the manifest
  nlohmann::json body;  ///< of the manifest
  std::string tensors;  ///< content of the tensors' file
  uint64_t number = 0;
};

/// The newest whole checkpoint of a folder; none if the folder or any checkpoint is missing. Appends a line to
/// `warnings` for each newer one that is damaged. Throws Error if there are checkpoints, but none is whole.
std::optional<StoredCheckpoint> newest_checkpoint(const std::string& folder, std::vector<std::string>& warnings);

/// Manifest text to its body. Throws Error if it is not a manifest or its checksum is wrong.
nlohmann::json manifest_body(std::string_view text, const std::string& name);

/// Another run writes to the folder.
class FolderInUse : public Error {
 public:
  using Error::Error;
};

/// A folder that one run writes to. While it lives no other process can hold it.
class CheckpointFolder {
 public:
  /// Makes the folder if it is missing and takes hold of it. Throws FolderInUse if another run has it, Error if it
  /// cannot be made.
  explicit CheckpointFolder(std::string path);
  ~CheckpointFolder();
  CheckpointFolder(const CheckpointFolder&) = delete;
  CheckpointFolder& operator=(const CheckpointFolder&) = delete;

  /// Sets the checkpoints of an earlier run aside: an unfinished one's are moved to PATH.before (in place of what was
  /// there), a finished one's stay until the first of this run is written. Returns a line to tell if some were moved.
  std::string begin_anew();

  /// Removes checkpoints with a larger number: damaged ones, after their predecessor was taken.
  void remove_newer(uint64_t number);

  /// Writes a checkpoint: tensors, then the manifest that makes them count, each synced and renamed into place; then
  /// removes all but the last two. Throws Error if it cannot be written; those before are untouched.
  void write(nlohmann::json body, const std::string& tensors);

 private:
  void take_hold();
  void remove_old(uint64_t newest) const;

  std::string path_;
  int lock_ = -1;
  uint64_t next_ = 1;
  uint64_t first_ = 1;  // of this run
};

}  // namespace retrograd::training
