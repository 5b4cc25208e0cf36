// A file in memory, for readers that take a path.
#pragma once

#include <string>
#include <string_view>

namespace retrograd::fuzz {

class InputFile {
 public:
  explicit InputFile(std::string_view bytes);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  int file_ = -1;
  std::string path_;
};

}  // namespace retrograd::fuzz
