// Writes the seeds of every target to FOLDER/TARGET/seed-N, for libFuzzer to start from.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "fuzz/target.hpp"

int main(int count, char** words) {
  namespace fs = std::filesystem;
  if (count != 2) {
    std::fprintf(stderr, "usage: %s FOLDER\n", words[0]);
    return 1;
  }
  for (const auto& target : retrograd::fuzz::targets()) {
    const fs::path folder = fs::path(words[1]) / target.name;
    fs::create_directories(folder);
    int number = 0;
    for (const std::string& seed : target.seeds()) {
      std::ofstream file(folder / ("seed-" + std::to_string(++number)), std::ios::binary);
      if (!(file << seed).flush()) {
        std::fprintf(stderr, "%s cannot be written\n", folder.c_str());
        return 1;
      }
    }
  }
}
