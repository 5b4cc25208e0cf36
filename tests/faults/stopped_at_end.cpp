// A rank that is stopped at the last possible moment: loaded with LD_PRELOAD, it stands before the C library's _Exit,
// and stops the process whose rank among those of mpirun is STOPPED_AT_END.
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>

extern "C" void _Exit(int code) noexcept {
  const char* const rank = std::getenv("OMPI_COMM_WORLD_RANK");
  const char* const meant = std::getenv("STOPPED_AT_END");
  if (rank != nullptr && meant != nullptr && std::strcmp(rank, meant) == 0) std::raise(SIGSTOP);
  _exit(code);
}
