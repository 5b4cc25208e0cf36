// Writing a file so that a reader sees the old content or the new, never a part.
#pragma once

#include <string>
#include <string_view>

namespace retrograd {

/// Writes `bytes` to `path`: a temporary file beside it is written and synced, then renamed over it, and the folder is
/// synced. A symbolic link is followed; a device or pipe is written directly. On any error (disk full, unwritable
/// folder, input/output error) the temporary is removed, what stood at `path` before is untouched, and Error is
/// thrown with the path and the system's reason.
void write_file_atomically(const std::string& path, std::string_view bytes);

}  // namespace retrograd
