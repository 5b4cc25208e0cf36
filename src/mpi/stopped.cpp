#include "mpi/stopped.hpp"

#include <dirent.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

namespace retrograd::mpi {
namespace {

/// State and parent of a process; false if there is none.
bool read_status(const std::string& process, char& state, int& parent) {
  std::ifstream status("/proc/" + process + "/stat");
  std::string line;
  std::getline(status, line);
  const size_t name_ends = line.rfind(')');  // the name may hold anything
  return name_ends != std::string::npos && std::sscanf(line.c_str() + name_ends + 1, " %c %d", &state, &parent) == 2;
}

}  // namespace

std::vector<Sibling> siblings() {
  std::vector<Sibling> found;
  DIR* const all = opendir("/proc");
  if (all == nullptr) return found;
  while (const dirent* const entry = readdir(all)) {
    Sibling one;
    int parent = 0;
    if (entry->d_name[0] < '0' || entry->d_name[0] > '9' || !read_status(entry->d_name, one.state, parent) ||
        parent != getppid())
      continue;
    std::ifstream environment("/proc/" + std::string(entry->d_name) + "/environ");
    for (std::string text; std::getline(environment, text, '\0');)
      for (const char* const rank : {"OMPI_COMM_WORLD_RANK=", "SLURM_PROCID="})
        if (text.starts_with(rank)) one.rank = std::atoi(text.c_str() + std::strlen(rank));
    one.process = std::atoi(entry->d_name);
    if (one.rank >= 0) found.push_back(one);
  }
  closedir(all);
  return found;
}

char state_of(int process) {
  char state = 0;
  int parent = 0;
  return read_status(std::to_string(process), state, parent) ? state : 'Z';
}

Sibling stopped_sibling() {
  for (const Sibling& one : siblings())
    if (one.state == 'T') return one;
  return {};
}

}  // namespace retrograd::mpi
