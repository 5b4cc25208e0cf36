#include "files/files.hpp"

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
  if (std::filesystem::is_directory(path, ignored)) {
    if (!std::filesystem::exists(model_file(path), ignored)) {
      check_source(path);
      fail("{} is a folder without model.onnx; name a model, the folder that train wrote, or data", path);
    }
    return true;
  }
  return path.size() > 5 && path.ends_with(".onnx");
}

Model load_model(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored) && !std::filesystem::exists(model_file(path), ignored))
    fail("{} is a folder without model.onnx; name a model file or the folder that train wrote", path);
  return Model::load(model_file(path));
}

void write_output(const std::string& path, const std::string& text) {
  if (!path.empty() && path != "-") {
    write_file_atomically(path, text);
    return;
  }
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    fail("standard output: not everything could be written");
}

void check_source(const std::string& source) {
  std::error_code ignored;
  const auto ends = [&](std::string_view with) {
    return source.ends_with(with) || source.ends_with(std::string(with) + ".gz");
  };
  if (source.starts_with("idx:") || source.starts_with("npy:") || source.starts_with("npz:")) return;
  if (ends(".npy")) fail("{} is a NumPy array; write npy:FEATURES.npy,TARGETS.npy", source);
  if (ends(".npz")) fail("{} is a NumPy archive; write npz:{}", source, source);
  if (ends("-ubyte") || ends(".idx"))
    fail("{} is an IDX file; write idx:IMAGES,LABELS, or idx:DIR for a folder with the usual names", source);
  if (ends(".onnx")) fail("{} is a model, expected data", source);
  if (!std::filesystem::is_directory(source, ignored)) return;
  for (const auto& entry : std::filesystem::directory_iterator(source, ignored))
    if (entry.path().filename().string().find("-images-idx") != std::string::npos)
      fail("{} is a folder of IDX files; write idx:{}", source, source);
}

void tell_how_read(const Dataset& data) {
  for (const std::string& note : data.notes) std::fprintf(stderr, "%s\n", note.c_str());
  const std::vector<std::string> lines = data.skipped.lines();
  for (size_t i = 0; i < lines.size(); ++i)
    std::fprintf(stderr, "%s%s\n", i == 0 ? "retrograd: warning: " : "  ", lines[i].c_str());
}

std::string json_text(const nlohmann::json& json) {
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace retrograd::cli
