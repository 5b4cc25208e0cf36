// bench_whole [TABLE…]: what a run costs besides its step. Writes build/bench/whole.json.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/atomic_file.hpp"
#include "tables.hpp"

namespace retrograd::bench {

double quantile(std::vector<double> values, double part) {
  std::sort(values.begin(), values.end());
  const auto last = static_cast<double>(values.size() - 1);
  return values[static_cast<size_t>(part * last + 0.5)];
}

namespace {

int run(int argc, char** argv) {
  const std::pair<const char*, nlohmann::json (*)()> tables[] = {{"threads", thread_choice},
                                                                 {"full-batch", full_batch},
                                                                 {"prediction", prediction},
                                                                 {"epochs", epochs},
                                                                 {"watching", watching},
                                                                 {"start", start_up},
                                                                 {"csv", csv}};
  nlohmann::json all = nlohmann::json::object();
  for (const auto& [name, table] : tables)
    if (argc < 2 || std::find(argv + 1, argv + argc, std::string(name)) != argv + argc) {
      fmt::print("\n{}\n", name);
      all[name] = table();
      std::fflush(stdout);
    }
  if (!all.empty()) write_file_atomically("build/bench/whole.json", all.dump(2) + "\n");
  return 0;
}

}  // namespace
}  // namespace retrograd::bench

int main(int argc, char** argv) {
  try {
    return retrograd::bench::run(argc, argv);
  } catch (const std::exception& e) {
    fmt::print(stderr, "error: {}\n", e.what());
    return 1;
  }
}
