// Programs as a whole: the start of our command, and reading CSV against pandas.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "retrograd/data.hpp"
#include "tables.hpp"

namespace retrograd::bench {
namespace {

/// Seconds from fork to the end of a command, its output thrown away. Throws if it fails.
double command_seconds(const std::vector<const char*>& words) {
  std::vector<char*> arguments;
  for (const char* word : words) arguments.push_back(const_cast<char*>(word));
  arguments.push_back(nullptr);
  std::fflush(stdout);  // or the child would write it once more
  const auto start = std::chrono::steady_clock::now();
  const pid_t child = fork();
  if (child == 0) {
    if (std::freopen("/dev/null", "w", stdout) != nullptr) execvp(arguments[0], arguments.data());
    _exit(127);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw std::runtime_error(fmt::format("{} failed", words[0]));
  return seconds_since(start);
}

}  // namespace

nlohmann::json start_up() {
  std::vector<double> version, help;
  for (int k = 0; k < 31; ++k) {
    version.push_back(1e3 * command_seconds({RETROGRAD_BENCH_COMMAND, "--version"}));
    help.push_back(1e3 * command_seconds({RETROGRAD_BENCH_COMMAND, "train", "--help"}));
  }
  fmt::print("retrograd --version {:.1f} ms, retrograd train --help {:.1f} ms (medians)\n", median(version),
             median(help));
  return {{"version_ms", median(version)}, {"help_ms", median(help)}};
}

nlohmann::json csv() {
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / fmt::format("retrograd-bench-{}.csv", getpid());
  constexpr int kRows = 400000;
  {
    std::ofstream file(path);
    file << "a,b,c,d,e,f,city,y\n";
    uint64_t state = 1;
    const char* const cities[] = {"Lisbon", "Oslo", "Quito", "Nairobi", "Hanoi"};
    for (int n = 0; n < kRows; ++n) {
      std::string line;
      for (int j = 0; j < 6; ++j) {
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        line += fmt::format("{:.6g},", static_cast<double>(state >> 40) / 1e4 - 600);
      }
      file << line << cities[(state >> 33) % 5] << ',' << ((state >> 50) % 2 != 0U ? "yes" : "no") << '\n';
    }
    if (!file) throw std::runtime_error(fmt::format("cannot write {}", path.string()));
  }
  const double megabytes = static_cast<double>(std::filesystem::file_size(path)) / 1e6;
  const std::string script = fmt::format(
      "import pandas, time\nbest = 9e9\nfor k in range(5):\n  s = time.perf_counter(); pandas.read_csv('{}')\n"
      "  best = min(best, time.perf_counter() - s)\nprint(best)",
      path.string());
  DataOptions options;
  options.targets = {"y"};
  double ours[2] = {1e9, 1e9}, pandas = 0;
  for (const int threads : {1, 2})
    for (int round = 0; round < 5; ++round) {
      options.threads = threads;
      const auto start = std::chrono::steady_clock::now();
      load_training(path.string(), options);
      ours[threads - 1] = std::min(ours[threads - 1], seconds_since(start));
    }
  if (FILE* pipe = popen(fmt::format("/usr/bin/python3 -c \"{}\" 2>/dev/null", script).c_str(), "r")) {
    if (std::fscanf(pipe, "%lf", &pandas) != 1) pandas = 0;
    pclose(pipe);
  }
  std::filesystem::remove(path);
  fmt::print("{:.0f} MB, {} rows of 8 columns: ours, with the dataspec inferred, {:.3f} s on 1 thread, {:.3f} s on 2",
             megabytes, kRows, ours[0], ours[1]);
  if (pandas > 0)
    fmt::print("; pandas.read_csv {:.3f} s, {:.1f} times as long as ours on 2\n", pandas, pandas / ours[1]);
  else
    fmt::print("; pandas is not installed\n");
  return {{"megabytes", megabytes}, {"ours_1_s", ours[0]}, {"ours_2_s", ours[1]}, {"pandas_s", pandas}};
}

}  // namespace retrograd::bench
