#include "ranks/ranks.hpp"

#include <dlfcn.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <new>
#include <optional>
#include <thread>

#include "base/fail.hpp"

namespace retrograd::cli {

int started_ranks() {
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "SLURM_STEP_NUM_TASKS"})
    if (const char* text = std::getenv(name); text != nullptr)
      if (const int count = std::atoi(text); count > 0) return count;
  return 1;
}

namespace {

/// Of names in the environment the first number that is there; -1: none.
int number_in(std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (const char* text = std::getenv(name); text != nullptr) return std::atoi(text);
  return -1;
}

}  // namespace

bool speaks_for_ranks() {
  return started_ranks() == 1 || number_in({"OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK", "SLURM_PROCID"}) <= 0;
}

bool speaks_for_machine() {
  return started_ranks() == 1 || number_in({"OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID", "SLURM_LOCALID"}) <= 0;
}

int leave_the_word_to_another(int code) {
  std::this_thread::sleep_for(std::chrono::seconds(2));
  return code;
}

bool started_as_rank() { return std::getenv("OMPI_COMM_WORLD_SIZE") != nullptr || started_ranks() > 1; }

std::unique_ptr<Transport> load_transport(int ranks) {
  const std::filesystem::path own = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  std::string found;
  for (const std::filesystem::path& folder : {own, own / RETROGRAD_MODULES}) {
    const std::string file = (folder / "libretrograd_mpi.so").string();
    if (access(file.c_str(), R_OK) != 0) continue;
    found = file;
    break;
  }
  if (found.empty())
    fail(
        "{} ranks were started together, but this retrograd has no MPI module (libretrograd_mpi.so beside it or in "
        "{}); install the package retrograd-mpi, or Open MPI's development files (Debian: apt-get install "
        "libopenmpi-dev openmpi-bin) and build again; then start it anew",
        ranks, (own / RETROGRAD_MODULES).lexically_normal().string());
  void* const module = dlopen(found.c_str(), RTLD_NOW | RTLD_GLOBAL);  // Open MPI loads parts that look for its names
  if (module == nullptr)
    fail("{} cannot be loaded: {}; install Open MPI (Debian: apt-get install openmpi-bin)", found, dlerror());
  using Make = Transport*();
  auto* const make = reinterpret_cast<Make*>(dlsym(module, "retrograd_mpi_transport"));
  if (make == nullptr) fail("{} is no MPI module of this program", found);
  std::unique_ptr<Transport> transport(make());
  if (transport->size() != ranks)
    fail("{} tasks were started, but MPI knows of {}; with Slurm use srun --mpi=pmix", ranks, transport->size());
  return transport;
}

int with_ranks(const std::function<int(Peers*)>& job) {
  const int ranks = started_ranks();
  if (ranks == 1) return job(nullptr);
  std::unique_ptr<Transport> transport;
  try {
    transport = load_transport(ranks);
  } catch (const Error&) {  // a machine may lack what the others have
    if (speaks_for_machine()) throw;
    return leave_the_word_to_another(1);
  }
  const bool first = transport->rank() == 0;
  std::string error;
  std::optional<int> code;
  try {
    Peers peers(*transport);
    if (!first)  // the first one ends in order; the others follow it
      for (const int number : {SIGINT, SIGTERM}) std::signal(number, SIG_IGN);
    const int of_job = job(&peers);
    double all = 0;
    peers.sum({&all, 1});  // none leaves while another has work to do
    code = of_job;
  } catch (const std::bad_alloc&) {
    error = "out of memory; use fewer rows, a smaller batch, a smaller network or more hosts";
  } catch (const std::exception& e) {
    error = e.what();
  }
  if (code) {
    std::fflush(nullptr);
    transport.reset();
    std::_Exit(*code);  // at once: nobody watches any more
  }
  // An error that all have is told once: the first one ends the others while they wait.
  if (!first) leave_the_word_to_another(1);
  if (first) std::fprintf(stderr, "error: %s\n", error.c_str());
  transport->abandon(first ? "" : error);
  std::_Exit(1);
}

}  // namespace retrograd::cli
