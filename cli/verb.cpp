#include "verb.hpp"

#include <charconv>
#include <cstdio>
#include <filesystem>

#include "base/atomic_file.hpp"
#include "base/fail.hpp"

namespace retrograd::cli {

namespace {

std::string model_file(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return (std::filesystem::path(path) / "model.onnx").string();
  return path;
}

}  // namespace

bool is_model(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return std::filesystem::exists(model_file(path), ignored);
  return path.size() > 5 && path.ends_with(".onnx");
}

Model load_model(const std::string& path) { return Model::load(model_file(path)); }

void write_output(const std::string& path, const std::string& text) {
  if (!path.empty()) {
    write_file_atomically(path, text);
    return;
  }
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    fail("standard output: not everything could be written");
}

int threads_from(const std::string& text) {
  if (text == "auto") return 0;
  int threads = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), threads);
  if (error != std::errc{} || end != text.data() + text.size() || threads < 1 || threads > 1024)
    fail("--threads is '{}', expected auto or a number from 1 to 1024", text);
  return threads;
}

}  // namespace retrograd::cli
