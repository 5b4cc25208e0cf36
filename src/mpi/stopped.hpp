// The processes that mpirun or srun has started beside this one on its machine.
#pragma once

#include <vector>

namespace retrograd::mpi {

struct Sibling {
  int rank = -1, process = 0;
  char state = 0;  ///< as in /proc/PID/stat: T is stopped, Z has ended
};

/// All that are there now, this process too.
std::vector<Sibling> siblings();

/// What has become of one's state; Z where it is gone.
char state_of(int process);

/// A sibling that is stopped (by SIGSTOP); of rank -1 if none is.
Sibling stopped_sibling();

}  // namespace retrograd::mpi
