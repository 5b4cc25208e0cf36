// The cache of a table, which may have been written by anyone.
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/fingerprint.hpp"
#include "data/cache/cache_file.hpp"
#include "fuzz/input_file.hpp"
#include "fuzz/target.hpp"

namespace retrograd::fuzz {
namespace {

constexpr size_t kAt = 16, kLength = 24, kHash = 32, kStart = 64, kMemory = size_t{1} << 20;

/// Hashes keep out damage, not malice: the description's is made right.
std::string with_right_hash(std::string_view bytes) {
  std::string file(bytes);
  if (file.size() < kStart) return file;
  uint64_t at = 0;
  std::memcpy(&at, file.data() + kAt, sizeof at);
  if (at > file.size()) return file;
  const uint64_t length = file.size() - at;
  std::memcpy(file.data() + kLength, &length, sizeof length);
  const std::string hash = Fingerprint().add(std::string_view(file).substr(at)).hex();
  std::memcpy(file.data() + kHash, hash.data(), kStart - kHash);
  return file;
}

void use(const CacheReader& cache, const Dataset& data) {
  expect(data.rows == cache.head().rows && data.rows > 0, "a cache of {} rows", data.rows);
  for (const Block& block : data.inputs) {
    expect(block.rows() == data.rows, "{} rows of {}", block.rows(), data.rows);
    for (const float value : block.floats()) expect(!std::isinf(value), "an infinite value");
  }
  const std::vector<std::string> classes = cache.spec().classes();
  if (cache.spec().task == Task::classification && !data.target.empty())
    for (const float code : data.target.floats())
      expect(code >= 0 && code < static_cast<float>(classes.size()), "the class {} of {}", code, classes.size());
}

bool read(const std::string& bytes) {
  const InputFile file(bytes);
  bool read = false;
  const bool accepted = accepts([&] {
    try {
      const CacheReader cache(file.path());
      for (const bool target : {true, false}) use(cache, cache.rows(target, kMemory));
      read = true;
    } catch (const UnusableCache& e) {
      expect(!e.why.empty(), "a refusal without a reason");
    }
  });
  return accepted && read;
}

}  // namespace

bool run_cache(std::string_view bytes) {
  const bool as_it_is = read(std::string(bytes));
  return read(with_right_hash(bytes)) || as_it_is;
}

std::vector<std::string> seeds_cache() {
  namespace fs = std::filesystem;
  std::string folder = (fs::temp_directory_path() / "retrograd-fuzz-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) throw std::runtime_error("no temporary folder");
  std::vector<std::string> all;
  const auto add = [&](const std::string& table, const std::vector<std::string>& targets, const std::string& weight) {
    std::ofstream(folder + "/t.csv") << table;
    DataOptions options;
    options.targets = targets;
    options.weight = weight;
    options.cache.file = folder + "/cache";
    load_training(folder + "/t.csv", options);
    std::ifstream in(options.cache.file, std::ios::binary);
    all.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  };
  add("a,b,c\n1,x,p\n2,y,q\n,x,q\n3,y,p\n", {"c"}, "");
  add("a,b,c,w\n1,x,0.5,1\n2,y,1,2\n,x,1.25,0\n3,,0,1\n", {"c"}, "w");
  add("a,b,c\n1,yes,no\n2,no,yes\n5,yes,yes\n3,no,no\n", {"b", "c"}, "");
  fs::remove_all(folder);
  return all;
}

}  // namespace retrograd::fuzz
