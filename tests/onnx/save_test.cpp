// Writing that fails leaves what was there.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>

#include "onnx/networks.hpp"
#include "onnx/temporary_folder.hpp"
#include "retrograd/error.hpp"

namespace retrograd {
namespace {

Model some_model(int units) {
  Network net;
  net.input("x", 40).linear(units).activation("relu").linear(2).loss("softmax_xent");
  return networks::random_model(net, Precision::float32);
}

TEST(Save, Replaces) {
  const TemporaryFolder folder;
  const std::string path = folder.file("m.onnx");
  write_bytes(path, "something else");
  const Model model = some_model(8);
  model.save(path);
  EXPECT_EQ(Model::load(path).fingerprint(), model.fingerprint());
  EXPECT_EQ(folder.entries().size(), 1u);
}

TEST(Save, FoldersAreRefused) {
  const TemporaryFolder folder;
  EXPECT_THROW(some_model(8).save(folder.path()), Error);
  EXPECT_THROW(some_model(8).save(folder.file("no/such/folder.onnx")), Error);
  EXPECT_TRUE(folder.entries().empty());
}

TEST(Save, UnwritableFolder) {
  EXPECT_THROW(some_model(8).save("/proc/m.onnx"), Error);  // not even for root
  if (geteuid() == 0) return;                               // who may write everywhere else
  const TemporaryFolder folder;
  std::filesystem::permissions(folder.path(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  EXPECT_THROW(some_model(8).save(folder.file("m.onnx")), Error);
  EXPECT_TRUE(folder.entries().empty());
}

/// A limit on file sizes fails a write midway, as a full disk does.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    old_signal_ = std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limit{bytes, old_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, old_signal_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit old_{};
  void (*old_signal_)(int) = nullptr;
};

TEST(Save, DiskFull) {
  const TemporaryFolder folder;
  const std::string path = folder.file("m.onnx");
  const Model first = some_model(8), larger = some_model(400);
  first.save(path);
  std::string message;
  {
    const FileSizeLimit limit(16384);
    try {
      larger.save(path);
    } catch (const Error& e) {
      message = e.what();
    }
  }
  EXPECT_NE(message.find(path), std::string::npos) << message;
  EXPECT_EQ(folder.entries(), std::vector<std::string>{"m.onnx"});
  EXPECT_EQ(Model::load(path).fingerprint(), first.fingerprint());
}

}  // namespace
}  // namespace retrograd
