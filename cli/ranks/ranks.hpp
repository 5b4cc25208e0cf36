// Several processes that mpirun or srun has started to train one model.
#pragma once

#include <functional>
#include <memory>

#include "parallel/texts.hpp"

namespace retrograd::cli {

/// Shards of a batch where several ranks train and nothing is said.
inline constexpr int kShardsOfRanks = 8;

/// As many processes as the environment says that this one was started with.
int started_ranks();

/// The way to the others, by the MPI module. Throws Error if there is none, saying what to install.
std::unique_ptr<Transport> load_transport(int ranks);

/// Whether mpirun or srun has started this process, with others or, by mpirun, alone.
bool started_as_rank();

/// Before MPI has started: whether this process is the first of those started together, which says what all know; or
/// the first of its machine, which says what is so on this machine.
bool speaks_for_ranks();
bool speaks_for_machine();

/// Returns `code` after a while: a rank that ends at once makes mpirun end the others before they have said why.
int leave_the_word_to_another(int code);

/// Runs `job` with the others, or with null where this process was started alone; returns its exit code. What a rank
/// throws ends all of them. Throws Error if there are others but no MPI module, saying what to install.
int with_ranks(const std::function<int(Peers*)>& job);

}  // namespace retrograd::cli
