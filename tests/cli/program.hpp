// Runs the real retrograd as a child process, in a temporary folder of its own.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

namespace retrograd::cli_test {

struct Finished {
  int code = -1;  ///< exit code; 1000 + n for a death by signal n
  std::string out, err;
};

struct ChildOptions {
  std::map<std::string, std::string> environment = {};  ///< added to the tests' own
  long long file_size_limit = -1;                       ///< RLIMIT_FSIZE in bytes; -1: none
  long long data_limit = -1;                            ///< RLIMIT_DATA in bytes; -1: none
  std::string stdout_to = {};                           ///< a file or device instead of the pipe
  std::string stdin_from = {};                          ///< a file instead of /dev/null
};

/// A retrograd that was started and may be sent signals. Killed if it is still there at the end.
class Child {
 public:
  Child(const std::string& folder, const std::vector<std::string>& arguments, const ChildOptions& options = {});
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// Reads until standard output holds `text` or the program ends; false if it ended, or after nine minutes.
  bool wait_for(const std::string& text);
  void signal(int number) const;
  /// Reads everything and waits for the end; kills the program after nine minutes.
  Finished finish();

 private:
  bool pump(int timeout_ms);

  pid_t pid_ = -1;
  int out_ = -1, err_ = -1;
  Finished result_;
};

/// Fixture: an empty folder in which the program runs. It is removed at the end, unless the test failed and
/// RETROGRAD_KEEP_FOLDERS is set.
class Cli : public testing::Test {
 protected:
  Cli();
  ~Cli() override;

  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  void write(const std::string& name, const std::string& bytes) const;
  std::string read(const std::string& name) const;
  bool exists(const std::string& name) const;
  /// Names in a folder, sorted, hidden ones included.
  std::vector<std::string> list(const std::string& name = ".") const;

  Finished run(const std::vector<std::string>& arguments, const ChildOptions& options = {}) const;
  /// Runs and expects success.
  Finished must(const std::vector<std::string>& arguments, const ChildOptions& options = {}) const;
  /// Expects exit code 1, nothing on standard output, one line of error that contains all of `parts`, and no file or
  /// folder that was not there before.
  void refuses(const std::vector<std::string>& arguments, const std::vector<std::string>& parts,
               const ChildOptions& options = {}) const;
  /// Trains quietly into `out` and returns the model's fingerprint.
  std::string fingerprint(std::vector<std::string> arguments, const std::string& out,
                          const ChildOptions& options = {}) const;

  const std::string& folder() const { return folder_; }

 private:
  std::string folder_;
};

}  // namespace retrograd::cli_test
