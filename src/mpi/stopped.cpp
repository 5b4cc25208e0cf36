#include "mpi/stopped.hpp"

#include <dirent.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

namespace retrograd::mpi {

int stopped_sibling(int& process) {
  DIR* const all = opendir("/proc");
  if (all == nullptr) return -1;
  int found = -1;
  while (const dirent* const entry = readdir(all)) {
    const std::string folder = std::string("/proc/") + entry->d_name;
    int parent = 0;
    char state = 0;
    std::ifstream status(folder + "/stat");
    std::string line;
    std::getline(status, line);
    const size_t name_ends = line.rfind(')');  // the name may hold anything
    if (entry->d_name[0] < '0' || entry->d_name[0] > '9' || name_ends == std::string::npos ||
        std::sscanf(line.c_str() + name_ends + 1, " %c %d", &state, &parent) != 2 || parent != getppid() ||
        state != 'T')
      continue;
    std::ifstream environment(folder + "/environ");
    for (std::string text; std::getline(environment, text, '\0');)
      for (const char* const rank : {"OMPI_COMM_WORLD_RANK=", "SLURM_PROCID="})
        if (text.starts_with(rank)) found = std::atoi(text.c_str() + std::strlen(rank));
    process = std::atoi(entry->d_name);
  }
  closedir(all);
  return found;
}

}  // namespace retrograd::mpi
