// The rows of a run of several ranks: on every machine one rank reads, the others map what it has, and each keeps the
// rows of its own part of some batches in memory.
#pragma once

#include <optional>
#include <string>

#include "ranks/ranks.hpp"
#include "retrograd/data.hpp"
#include "retrograd/train.hpp"

namespace retrograd::cli {

/// Which ranks share a machine: those that see the same processes of the same running kernel.
class Machine {
 public:
  explicit Machine(Peers& peers);
  /// Whether this rank reads for its machine; the first rank does.
  bool reads() const { return reader_ == rank_; }
  int reader() const { return reader_; }
  /// How many ranks there are on it.
  int ranks() const { return ranks_; }

 private:
  int rank_, reader_ = -1, ranks_ = 0;
};

/// Training data, and other data of their dataspec, as a rank reads them for its machine: tables larger than some
/// megabytes piece by piece into files without a name (or the cache, if there is one), so that little is in memory.
Loaded read_training(const std::string& source, DataOptions options);
Dataset read_with(const std::string& source, const DataSpec& spec, Part part, ReadOptions options);

/// What is trained on.
struct RowsOfRun {
  Dataset train;
  std::optional<Dataset> valid;
};

/// The rows that the reader of this machine has, mapped: of them a rank has at most its share in memory.
RowsOfRun share(Peers& peers, const Machine& machine, RowsOfRun own);

/// The first one's network with its numbers, on every rank; `own` is that of the first.
Prepared share(Peers& peers, const Prepared& own);

/// The most that was resident, of each rank, as a line for the log.
std::string memory_of_ranks(Peers& peers);

}  // namespace retrograd::cli
