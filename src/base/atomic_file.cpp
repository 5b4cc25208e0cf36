#include "base/atomic_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "base/fail.hpp"

namespace retrograd {
namespace {

/// Closes the descriptor and removes the temporary unless `keep` was called.
class Temporary {
 public:
  explicit Temporary(const std::string& target) {
    static std::atomic<unsigned> counter{0};
    // Mode 0666 lets the kernel apply the user's umask, as for any new file.
    do {
      path_ = fmt::format("{}.tmp-{}-{}", target, getpid(), counter++);
      fd_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    } while (fd_ < 0 && errno == EEXIST);
  }
  ~Temporary() {
    if (fd_ >= 0) close(fd_);
    if (opened_ok() && !renamed_) unlink(path_.c_str());
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;

  bool opened_ok() const { return fd_ >= 0 || closed_; }
  int fd() const { return fd_; }
  int close_now() {
    const int result = close(fd_);
    fd_ = -1;
    closed_ = true;
    return result;
  }
  int rename_to(const std::string& target) {
    const int result = rename(path_.c_str(), target.c_str());
    renamed_ = result == 0;
    return result;
  }

 private:
  std::string path_;
  int fd_ = -1;
  bool closed_ = false;
  bool renamed_ = false;
};

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return false;
    }
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

/// Some file systems and devices do not support fsync and say EINVAL or ENOTSUP; the data are then as safe as they get.
bool sync(int fd) { return fsync(fd) == 0 || errno == EINVAL || errno == ENOTSUP || errno == EROFS; }

[[noreturn]] void refuse(const std::string& path, int error, bool existed) {
  fail("cannot write {}: {}; {}", path, std::strerror(error),
       existed ? "the file that was there is unchanged" : "nothing was left behind");
}

void write_directly(const std::string& path, std::string_view bytes) {
  const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) fail("cannot write {}: {}", path, std::strerror(errno));
  const bool ok = write_all(fd, bytes);
  const int error = errno;
  if (close(fd) != 0 && ok) fail("cannot write {}: {}", path, std::strerror(errno));
  if (!ok) fail("cannot write {}: {}", path, std::strerror(error));
}

std::string follow_link(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(realpath(path.c_str(), nullptr), &std::free);
  return real ? std::string(real.get()) : path;
}

}  // namespace

void write_file_atomically(const std::string& path, std::string_view bytes) {
  struct stat status {};
  const bool existed = stat(path.c_str(), &status) == 0;
  if (existed && S_ISDIR(status.st_mode)) fail("cannot write {}: it is a directory; name a file", path);
  if (existed && !S_ISREG(status.st_mode)) return write_directly(path, bytes);
  const std::string target = existed ? follow_link(path) : path;

  Temporary temporary(target);
  if (!temporary.opened_ok()) refuse(path, errno, existed);
  if (existed && fchmod(temporary.fd(), status.st_mode & 07777) != 0) refuse(path, errno, existed);
  if (!write_all(temporary.fd(), bytes)) refuse(path, errno, existed);
  if (!sync(temporary.fd())) refuse(path, errno, existed);
  if (temporary.close_now() != 0) refuse(path, errno, existed);
  if (temporary.rename_to(target) != 0) refuse(path, errno, existed);

  const size_t slash = target.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : target.substr(0, slash + 1);
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;  // a folder that may be written but not read: the rename stands, only its sync is impossible
  const bool synced = sync(fd);
  const int error = errno;
  close(fd);
  if (!synced) fail("{} was written, but syncing its folder failed: {}", path, std::strerror(error));
}

}  // namespace retrograd
