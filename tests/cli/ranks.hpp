// retrograd started by mpirun, where Open MPI is installed.
#pragma once

#include <sys/wait.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "program.hpp"

namespace retrograd::cli_test {

using Words = std::vector<std::string>;

class RanksCli : public Cli {
 protected:
  static std::string words(const Words& all) {
    std::string text;
    for (const std::string& word : all) text += " " + word;
    return text;
  }

#ifdef RETROGRAD_MPIRUN
  /// Exit code; what the ranks say is in the files out and err, their process numbers in rank.RANK.
  int mpirun(int ranks, const Words& arguments, const Words& environment = {}) const {
    const std::string command =
        // Open MPI keeps memory to the end, and its modules are unloaded before a sanitizer could say whose it is.
        "cd " + folder() +
        " && ASAN_OPTIONS=detect_leaks=0 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 timeout -k 5 "
        "300 " RETROGRAD_MPIRUN " --oversubscribe --bind-to none -n " +
        std::to_string(ranks) +
        " sh -c 'echo $$ > pid.$OMPI_COMM_WORLD_RANK; mv pid.$OMPI_COMM_WORLD_RANK rank.$OMPI_COMM_WORLD_RANK; exec "
        "env" +
        words(environment) + " " RETROGRAD_BINARY + words(arguments) + "' > out 2> err < /dev/null";
    return WEXITSTATUS(std::system(command.c_str()));
  }
#endif
};

}  // namespace retrograd::cli_test
