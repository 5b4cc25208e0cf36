// Processes of this machine that are stopped.
#pragma once

namespace retrograd::mpi {

/// The rank of a process that mpirun or srun has started beside this one and that is stopped (by SIGSTOP), or -1;
/// `process` becomes its number.
int stopped_sibling(int& process);

}  // namespace retrograd::mpi
