// A disk that fails on demand: loaded with LD_PRELOAD, it stands before the C library's calls that change files.
// FAULTY_DISK is "CALL,WHAT,FIRST,COUNT": of the calls CALL (write, fsync, rename, create, mkdir, unlink) to regular
// files, counted from 1, those from FIRST on, COUNT of them (0: all), do WHAT: an errno, "short" (a write of half the
// bytes), or "kill" (the process dies as of SIGKILL just before the call). FAULTY_DISK_COUNT names a file in which the
// number of calls is left at the end of the process.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

enum class What { nothing, fail, half };

struct Plan {
  char call[16] = "";
  char what[16] = "";
  long first = 0, count = 0;
  Plan() {
    const char* text = std::getenv("FAULTY_DISK");
    if (text != nullptr && std::sscanf(text, "%15[^,],%15[^,],%ld,%ld", call, what, &first, &count) != 4) std::abort();
  }
};

const Plan& plan() {
  static const Plan the_plan;
  return the_plan;
}

std::atomic<long> calls{0};

/// What this call is to do; sets errno.
What meets(const char* call) {
  const Plan& p = plan();
  if (std::strcmp(p.call, call) != 0) return What::nothing;
  const long now = ++calls;
  if (now < p.first || (p.count > 0 && now >= p.first + p.count)) return What::nothing;
  if (std::strcmp(p.what, "kill") == 0) raise(SIGKILL);
  if (std::strcmp(p.what, "short") == 0) return What::half;
  errno = std::atoi(p.what);
  return What::fail;
}

bool regular(int fd) {
  struct stat status {};
  return fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

template <class F>
F* next(const char* name) {
  return reinterpret_cast<F*>(dlsym(RTLD_NEXT, name));
}

/// How many calls of the kind there were: where a test may put its faults.
struct Counter {
  ~Counter() {
    const char* path = std::getenv("FAULTY_DISK_COUNT");
    if (path == nullptr) return;
    if (std::FILE* file = std::fopen(path, "w")) {
      std::fprintf(file, "%ld\n", calls.load());
      std::fclose(file);
    }
  }
} counter;

}  // namespace

extern "C" {

ssize_t write(int fd, const void* bytes, size_t size) {
  static const auto real = next<ssize_t(int, const void*, size_t)>("write");
  if (regular(fd)) {
    const What what = meets("write");
    if (what == What::fail) return -1;
    if (what == What::half && size > 1) size /= 2;
  }
  return real(fd, bytes, size);
}

int fsync(int fd) {
  static const auto real = next<int(int)>("fsync");
  return regular(fd) && meets("fsync") == What::fail ? -1 : real(fd);
}

int rename(const char* from, const char* to) noexcept {
  static const auto real = next<int(const char*, const char*)>("rename");
  return meets("rename") == What::fail ? -1 : real(from, to);
}

int mkdir(const char* path, mode_t mode) noexcept {
  static const auto real = next<int(const char*, mode_t)>("mkdir");
  return meets("mkdir") == What::fail ? -1 : real(path, mode);
}

int unlink(const char* path) noexcept {
  static const auto real = next<int(const char*)>("unlink");
  return meets("unlink") == What::fail ? -1 : real(path);
}

int remove(const char* path) noexcept {
  static const auto real = next<int(const char*)>("remove");
  return meets("unlink") == What::fail ? -1 : real(path);
}

int open(const char* path, int flags, ...) {
  static const auto real = next<int(const char*, int, ...)>("open");
  mode_t mode = 0;
  if ((flags & O_CREAT) != 0) {
    va_list list;
    va_start(list, flags);
    mode = static_cast<mode_t>(va_arg(list, int));
    va_end(list);
    if (meets("create") == What::fail) return -1;
  }
  return real(path, flags, mode);
}

}  // extern "C"
