#include "onnx/parity/runtime.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/fail.hpp"
#include "embedded/onnx_node.hpp"

extern char** environ;

namespace retrograd::runtime {
namespace {

using evaluation::Tensor;
using nlohmann::json;
namespace fs = std::filesystem;

constexpr int64_t kBlock = 4096;  // rows at a time: activations stay small

/// A folder of its own, removed with everything in it.
class Folder {
 public:
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "retrograd-onnx-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) fail("{}: no temporary folder could be made", pattern);
    path_ = pattern;
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string file(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

void write(const std::string& path, std::string_view bytes) {
  std::ofstream out(path, std::ios::binary);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!out.flush()) fail("{}: cannot be written", path);
}

std::string read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) fail("{}: cannot be read", path);
  return {std::istreambuf_iterator<char>(in), {}};
}

template <class T>
std::string raw(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

/// Writes the values; returns their description.
json send(const Folder& folder, const std::string& name, const Tensor& t, const std::string& file) {
  std::string type, bytes;
  if (const auto* f32 = std::get_if<std::vector<float>>(&t.values)) {
    type = "float32", bytes = raw(*f32);
  } else if (const auto* f64 = std::get_if<std::vector<double>>(&t.values)) {
    type = "float64", bytes = raw(*f64);
  } else if (const auto* integers = std::get_if<std::vector<int64_t>>(&t.values)) {
    type = "int64", bytes = raw(*integers);
  } else if (const auto* texts = std::get_if<std::vector<std::string>>(&t.values)) {
    type = "string", bytes = json(*texts).dump(-1, ' ', false, json::error_handler_t::replace);
  } else {
    fail("input '{}': truth values cannot be sent to ONNX Runtime", name);
  }
  write(folder.file(file), bytes);
  return {{"name", name}, {"type", type}, {"dims", t.dims}, {"file", file}};
}

template <class T>
std::vector<T> numbers(const std::string& bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));  // no bytes: null
  return values;
}

Tensor receive(const Folder& folder, const json& described) {
  Tensor t;
  t.dims = described.at("dims").get<std::vector<int64_t>>();
  const std::string type = described.at("type"), bytes = read(folder.file(described.at("file")));
  if (type == "float32")
    t.values = numbers<float>(bytes);
  else if (type == "float64")
    t.values = numbers<double>(bytes);
  else if (type == "int64")
    t.values = numbers<int64_t>(bytes);
  else if (type == "string")
    t.values = json::parse(bytes).get<std::vector<std::string>>();
  else
    fail("ONNX Runtime gave '{}' of type {}, which is not expected", described.at("name").get<std::string>(), type);
  return t;
}

/// Runs `node script folder`, its output in files. False if there is no node.
bool run_node(const Folder& folder) {
  const std::string script = folder.file("run_graph.js");
  write(script, embedded::onnx_node::run_graph_js);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  const std::string log = folder.file("log");
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  const char* arguments[] = {"node", script.c_str(), folder.path().c_str(), nullptr};
  pid_t child = 0;
  const int error = posix_spawnp(&child, "node", &actions, nullptr, const_cast<char**>(arguments), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error == ENOENT) return false;
  if (error != 0) fail("node could not be started: {}", std::strerror(error));
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) fail("node was lost: {}", std::strerror(errno));
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || !fs::exists(folder.file("response.json"))) {
    const std::string said = read(log);
    fail("node ended without an answer{}{}", said.empty() ? "" : ": ", said.substr(0, 2000));
  }
  return true;
}

}  // namespace

Answer run(const std::vector<Job>& jobs, const std::string& where) {
  const Folder folder;
  json request = {{"folder", fs::absolute(where).string()}, {"jobs", json::array()}};
  for (size_t k = 0; k < jobs.size(); ++k) {
    json inputs = json::array();
    for (const auto& [name, tensor] : jobs[k].inputs)
      inputs.push_back(send(folder, name, tensor, fmt::format("in-{}-{}", k, inputs.size())));
    const std::string model = fmt::format("model-{}.onnx", k);
    write(folder.file(model), jobs[k].model);
    request["jobs"].push_back({{"model", model}, {"rows", jobs[k].rows}, {"block", kBlock}, {"inputs", inputs}});
  }
  write(folder.file("request.json"), request.dump());
  Answer answer;
  if (!run_node(folder)) {
    answer.missing = "Node is not installed (no program 'node' in PATH)";
    return answer;
  }
  try {
    const json response = json::parse(read(folder.file("response.json")));
    if (response.contains("missing")) {
      answer.missing = response.at("missing");
      return answer;
    }
    answer.version = response.at("version");
    for (const json& r : response.at("results")) {
      Result& result = answer.results.emplace_back();
      if (r.contains("error")) result.error = r.at("error");
      if (r.contains("outputs"))
        for (const json& out : r.at("outputs")) result.outputs[out.at("name")] = receive(folder, out);
    }
    if (answer.results.size() != jobs.size()) fail("{} answers to {} jobs", answer.results.size(), jobs.size());
  } catch (const json::exception& e) {
    fail("node's answer cannot be read: {}", e.what());
  }
  return answer;
}

}  // namespace retrograd::runtime
