#include "fuzz/input_file.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <stdexcept>

namespace retrograd::fuzz {

InputFile::InputFile(std::string_view bytes) : file_(memfd_create("input", MFD_CLOEXEC)) {
  if (file_ < 0) throw std::runtime_error("no file in memory");
  path_ = "/proc/self/fd/" + std::to_string(file_);
  if (write(file_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
    close(file_);
    throw std::runtime_error("a file in memory cannot be written");
  }
}

InputFile::~InputFile() { close(file_); }

}  // namespace retrograd::fuzz
