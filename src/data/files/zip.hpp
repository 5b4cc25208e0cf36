// Reading the members of a zip archive (PKWARE's APPNOTE.TXT 6.3): stored and deflated, with zip64 sizes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/files/file_bytes.hpp"

namespace retrograd {

struct ZipMember {
  std::string name;
  uint16_t method = 0;
  uint32_t crc = 0;
  uint64_t packed = 0;    ///< bytes in the archive
  uint64_t unpacked = 0;  ///< bytes of the member
  uint64_t header = 0;    ///< offset of its local header
};

/// The central directory. Throws Error if the bytes are not an archive or are cut.
std::vector<ZipMember> zip_members(const FileBytes& archive, const std::string& path);

/// The content of a member, its size and checksum verified.
FileBytes zip_read(const FileBytes& archive, const ZipMember& member, const std::string& path);

}  // namespace retrograd
