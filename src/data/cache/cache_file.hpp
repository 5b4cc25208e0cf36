// The file format of a cache: a table's encoded numbers, to be mapped.
//
// Layout: "retrograd cache\n"; place, length and hash (32 hexadecimal digits) of the description; from byte 4096 on the
// blocks "numeric", "categorical", "target" and "weight", as far as the dataspec has them, row-major 32-bit floats,
// each at a multiple of 64; at the end the description (JSON: format, version, what it was made of, dataspec, rows, a
// hash a block, the rows that were left out). Where blocks begin follows from the dataspec and the rows.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "retrograd/data.hpp"

namespace retrograd {

/// What a cache says of itself.
struct CacheHead {
  std::string options = {};  ///< hash of how the source was read to find the dataspec; empty: the dataspec was given
  std::string spec = {};     ///< JSON
  bool target = true;        ///< whether it holds target and weight
  int64_t rows = 0;
  bool skips = false;    ///< rows that cannot be read were left out
  BadRows skipped = {};  ///< these; their path is empty
  /// The source's size, time of change and hash.
  struct Source {
    int64_t size = 0, seconds = 0, nanoseconds = 0;
    std::string hash;
    bool operator==(const Source&) const = default;
  } source = {};
};

/// Why a cache cannot be used although this program wrote one there: it is built again.
struct UnusableCache {
  std::string why;
};

/// A cache that is being written, under the name PATH.part until it is whole.
class CacheWriter {
 public:
  /// Throws Error if the file cannot be written, or another process is writing it.
  CacheWriter(std::string path, const CacheHead& head);
  ~CacheWriter();
  CacheWriter(const CacheWriter&) = delete;
  CacheWriter& operator=(const CacheWriter&) = delete;

  /// The next rows, encoded. False if they are more than the head says.
  bool append(const Dataset& rows);
  /// Syncs the file and renames it over PATH; all rows must be there.
  void publish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// A cache that is there. The file may come from anyone: sizes are checked before anything is allocated or mapped.
class CacheReader {
 public:
  /// Throws Error if `path` is missing, unreadable or no cache at all, and UnusableCache if it is damaged or of another
  /// format or version.
  explicit CacheReader(std::string path);
  ~CacheReader();
  CacheReader(const CacheReader&) = delete;
  CacheReader& operator=(const CacheReader&) = delete;

  const CacheHead& head() const;
  const DataSpec& spec() const;
  /// All rows, inputs mapped, target and weight in memory; without the latter unless `need_target`. `memory`: bytes of
  /// the inputs that may be in memory at a time. Reads everything once, and throws UnusableCache if a hash is wrong or
  /// a number cannot be: an infinite one, a code without a category, a negative weight.
  Dataset rows(bool need_target, size_t memory) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace retrograd
