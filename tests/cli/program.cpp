#include "program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

namespace retrograd::cli_test {
namespace fs = std::filesystem;
namespace {

// For a program that hangs. Long, because a machine may be stopped for minutes or have much else to do; below the
// limit of ctest, which would say nothing.
constexpr auto kPatience = std::chrono::minutes(9);

[[noreturn]] void become(const std::string& folder, const std::vector<std::string>& arguments,
                         const ChildOptions& options, int out, int err) {
  // A test run in the background may ignore Ctrl-C; the program under test must not inherit that.
  for (int s : {SIGINT, SIGTERM, SIGPIPE}) std::signal(s, SIG_DFL);
  unsetenv("RETROGRAD_SIMD");
  for (const auto& [name, value] : options.environment) setenv(name.c_str(), value.c_str(), 1);
  const auto limit = [](auto resource, long long bytes) {
    const rlimit to{static_cast<rlim_t>(bytes), static_cast<rlim_t>(bytes)};
    if (bytes >= 0) setrlimit(resource, &to);
  };
  limit(RLIMIT_FSIZE, options.file_size_limit);
  limit(RLIMIT_DATA, options.data_limit);
  const int in = open(options.stdin_from.empty() ? "/dev/null" : options.stdin_from.c_str(), O_RDONLY);
  if (!options.stdout_to.empty()) out = open(options.stdout_to.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (in < 0 || out < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0) _exit(99);
  if (chdir(folder.c_str()) != 0) _exit(98);
  std::vector<std::string> words = {RETROGRAD_BINARY};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& w : words) argv.push_back(w.data());
  argv.push_back(nullptr);
  execv(argv[0], argv.data());
  _exit(97);
}

}  // namespace

Child::Child(const std::string& folder, const std::vector<std::string>& arguments, const ChildOptions& options) {
  int out[2], err[2];
  if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error("no process");
  if (pid_ == 0) become(folder, arguments, options, out[1], err[1]);
  close(out[1]);
  close(err[1]);
  out_ = out[0];
  err_ = err[0];
}

Child::~Child() {
  if (out_ >= 0) close(out_);
  if (err_ >= 0) close(err_);
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
}

/// Reads what is there; false when both pipes have ended.
bool Child::pump(int timeout_ms) {
  pollfd files[2] = {{out_, POLLIN, 0}, {err_, POLLIN, 0}};
  if (poll(files, 2, timeout_ms) <= 0) return out_ >= 0 || err_ >= 0;
  for (int k : {0, 1}) {
    if ((files[k].revents & (POLLIN | POLLHUP | POLLERR)) == 0) continue;
    char buffer[65536];
    int& fd = k == 0 ? out_ : err_;
    const ssize_t size = ::read(fd, buffer, sizeof buffer);
    if (size > 0) {
      (k == 0 ? result_.out : result_.err).append(buffer, static_cast<size_t>(size));
    } else {
      close(fd);
      fd = -1;
    }
  }
  return out_ >= 0 || err_ >= 0;
}

bool Child::wait_for(const std::string& text) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (result_.out.find(text) == std::string::npos)
    if (!pump(100) || std::chrono::steady_clock::now() > end) return false;
  return true;
}

void Child::signal(int number) const { kill(pid_, number); }

Finished Child::finish() {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (pump(100)) {
    if (std::chrono::steady_clock::now() < end) continue;
    kill(pid_, SIGKILL);
    result_.err += "\n(killed by the test: it ran for more than nine minutes)";
    break;
  }
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  result_.code = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  return result_;
}

Cli::Cli() {
  std::string pattern = (fs::temp_directory_path() / "retrograd-cli-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  folder_ = pattern;
}

Cli::~Cli() {
  if (testing::Test::HasFailure() && std::getenv("RETROGRAD_KEEP_FOLDERS") != nullptr) {
    std::printf("the folder of this test is kept: %s\n", folder_.c_str());
    return;
  }
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void Cli::write(const std::string& name, const std::string& bytes) const {
  fs::create_directories(fs::path(path(name)).parent_path());
  std::ofstream(path(name), std::ios::binary) << bytes;
}

std::string Cli::read(const std::string& name) const {
  std::ifstream file(path(name), std::ios::binary);
  EXPECT_TRUE(file) << name;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

bool Cli::exists(const std::string& name) const { return fs::exists(path(name)); }

std::vector<std::string> Cli::list(const std::string& name) const {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(path(name))) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

Finished Cli::run(const std::vector<std::string>& arguments, const ChildOptions& options) const {
  return Child(folder_, arguments, options).finish();
}

Finished Cli::must(const std::vector<std::string>& arguments, const ChildOptions& options) const {
  Finished f = run(arguments, options);
  EXPECT_EQ(f.code, 0) << testing::PrintToString(arguments) << "\n" << f.err;
  return f;
}

void Cli::refuses(const std::vector<std::string>& arguments, const std::vector<std::string>& parts,
                  const ChildOptions& options) const {
  SCOPED_TRACE(testing::PrintToString(arguments));
  const std::vector<std::string> before = list();
  std::vector<std::string> words = arguments;
  // With --json nothing but the object may go to standard output, and there is none.
  if (words[0] == "train") words.emplace_back("--json");
  const Finished f = run(words, options);
  EXPECT_EQ(f.code, 1) << f.err;
  EXPECT_EQ(f.out, "");
  const size_t at = f.err.rfind("error: ");
  ASSERT_NE(at, std::string::npos) << f.err;
  const std::string message = f.err.substr(at);
  for (const std::string& part : parts)
    EXPECT_NE(message.find(part), std::string::npos) << message << "\nlacks: " << part;
  EXPECT_EQ(f.err.find("terminate"), std::string::npos) << f.err;
  EXPECT_EQ(list(), before) << "something was left behind";
}

std::string Cli::fingerprint(std::vector<std::string> arguments, const std::string& out,
                             const ChildOptions& options) const {
  arguments.insert(arguments.begin(), "train");
  for (const char* word : {"--quiet", "--json", "--out"}) arguments.emplace_back(word);
  arguments.push_back(out);
  const Finished f = must(arguments, options);
  EXPECT_EQ(f.err, "");
  return f.code == 0 ? nlohmann::json::parse(f.out).at("fingerprint").get<std::string>() : "failed";
}

}  // namespace retrograd::cli_test
