// Every file that fuzzing found worth keeping, through the same entries: none may throw anything but Error, hang, or
// ask for much memory.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "fuzz/target.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define RETROGRAD_SHADOW_MEMORY 1
#endif

namespace retrograd::fuzz {
namespace {

namespace fs = std::filesystem;

/// The addresses that one process may take while this lives: what is asked for beyond them throws std::bad_alloc.
class AddressLimit {
 public:
  AddressLimit() {
#ifndef RETROGRAD_SHADOW_MEMORY
    getrlimit(RLIMIT_AS, &before_);
    std::ifstream statm("/proc/self/statm");
    rlim_t pages = 0;
    statm >> pages;
    constexpr rlim_t kRoom = rlim_t{256} << 20;
    const rlimit now{pages * static_cast<rlim_t>(getpagesize()) + kRoom, before_.rlim_max};
    setrlimit(RLIMIT_AS, &now);
#endif
  }
  ~AddressLimit() {
#ifndef RETROGRAD_SHADOW_MEMORY
    setrlimit(RLIMIT_AS, &before_);
#endif
  }
  AddressLimit(const AddressLimit&) = delete;
  AddressLimit& operator=(const AddressLimit&) = delete;

 private:
  rlimit before_{};
};

std::vector<fs::path> files(std::string_view kind, std::string_view target) {
  std::vector<fs::path> all;
  const fs::path folder = fs::path(RETROGRAD_FUZZ_FILES) / kind / target;
  if (fs::exists(folder))
    for (const auto& entry : fs::directory_iterator(folder)) all.push_back(entry.path());
  std::sort(all.begin(), all.end());
  return all;
}

std::string content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

class Reader : public testing::TestWithParam<size_t> {
 protected:
  const Target& target() const { return targets()[GetParam()]; }

  bool run(std::string_view bytes) const {
    const AddressLimit limit;
    try {
      return target().run(bytes);
    } catch (const std::exception& e) {
      ADD_FAILURE() << e.what();
      return false;
    }
  }
};

TEST_P(Reader, AcceptsItsSeeds) {
  const std::vector<std::string> seeds = target().seeds();
  EXPECT_FALSE(seeds.empty());
  for (size_t i = 0; i < seeds.size(); ++i) EXPECT_TRUE(run(seeds[i])) << target().name << ", seed " << i + 1;
}

/// Every beginning of a seed, and every seed with a byte changed here and there.
TEST_P(Reader, AnswersDamagedSeeds) {
  for (const std::string& seed : target().seeds()) {
    const size_t step = 1 + seed.size() / 100;
    for (size_t at = 0; at < seed.size(); at += step) {
      SCOPED_TRACE(at);
      run(std::string_view(seed).substr(0, at));
      std::string damaged = seed;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << at % 8));
      run(damaged);
    }
  }
}

/// Brackets without end, in the place of any of the first values: recursion over them would exhaust the stack.
TEST_P(Reader, AnswersBottomlessNesting) {
  constexpr size_t kDepth = 300'000;
  const std::string bottomless = std::string(kDepth, '[') + std::string(kDepth, ']');
  run(bottomless);
  for (const std::string& seed : target().seeds())
    for (size_t at = 0, count = 0; at < seed.size() && count < 20; ++at)
      if (seed[at] == ':' || seed[at] == '=') {
        SCOPED_TRACE(at);
        ++count;
        run(seed.substr(0, at + 1) + bottomless + seed.substr(at + 1));
      }
}

TEST_P(Reader, AnswersWhatFuzzingFound) {
  for (const char* kind : {"corpus", "regressions"})
    for (const fs::path& path : files(kind, target().name)) {
      SCOPED_TRACE(path);
      run(content(path));
    }
}

/// 100 rows as wide as the header, then very many of one field: 4.8 GB of cells were they believed.
TEST(HostileTable, ClaimsManyCells) {
  std::string header = "c0", row = "1";
  for (int c = 1; c < 2000; ++c) {
    header += ",c" + std::to_string(c);
    row += ",1";
  }
  std::string table = header + "\n";
  for (int r = 0; r < 100; ++r) table += row + "\n";
  for (int r = 0; r < 300'000; ++r) table += "1\n";
  const AddressLimit limit;
  EXPECT_FALSE(run_csv(table));
}

/// A folder of a target that no longer is would be read by nobody.
TEST(FuzzFiles, BelongToTargets) {
  for (const char* kind : {"corpus", "regressions"}) {
    const fs::path folder = fs::path(RETROGRAD_FUZZ_FILES) / kind;
    if (!fs::exists(folder)) continue;
    for (const auto& entry : fs::directory_iterator(folder))
      EXPECT_TRUE(std::any_of(targets().begin(), targets().end(), [&](const Target& t) {
        return t.name == entry.path().filename().string();
      })) << entry.path();
  }
}

INSTANTIATE_TEST_SUITE_P(Fuzz, Reader, testing::Range<size_t>(0, targets().size()),
                         [](const auto& each) { return std::string(targets()[each.param].name); });

}  // namespace
}  // namespace retrograd::fuzz
