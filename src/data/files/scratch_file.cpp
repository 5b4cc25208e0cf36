#include "data/files/scratch_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/fail.hpp"

namespace retrograd {

ScratchFile::ScratchFile(const std::string& beside) {
  const std::filesystem::path folder = std::filesystem::path(beside).parent_path();
  folder_ = folder.empty() ? "." : folder.string();
  std::string name = folder_ + "/.retrograd-XXXXXX";
  file_ = Descriptor(mkostemp(name.data(), O_CLOEXEC));
  if (!file_.is_open()) fail("cannot write in {}: {}", folder_, std::strerror(errno));
  unlink(name.c_str());
}

int64_t ScratchFile::append(const void* data, size_t bytes) {
  const int64_t at = size_;
  if (!write_all(file_, at, data, bytes))
    fail("cannot write in {}: {} after {} MiB; building a cache needs about twice the size of the table there", folder_,
         std::strerror(errno), size_ >> 20);
  size_ += static_cast<int64_t>(bytes);
  return at;
}

void ScratchFile::read(int64_t at, void* to, size_t bytes) const {
  if (read_some(file_, at, to, bytes) != static_cast<int64_t>(bytes))
    fail("cannot read back what was written in {}: {}", folder_, std::strerror(errno));
}

}  // namespace retrograd
