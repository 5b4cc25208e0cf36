// How much memory this process may still take, how much it has taken, and saying at once that something will not fit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace retrograd {

struct Memory {
  uint64_t bytes = 0;      ///< that may still be allocated
  std::string limit = {};  ///< what sets it: "free memory", "the control group", "ulimit -v" or "ulimit -d"
};

/// Where the system tells of memory; a test may give others.
struct MemoryPlaces {
  std::string process = "/proc/self", system = "/proc/meminfo", groups = "/sys/fs/cgroup";
};

/// The least of: free memory and swap (MemAvailable and SwapFree of /proc/meminfo); for the control groups that this
/// process is in, and those above, of either version, the limit less what is used, file pages that can be dropped
/// counted as free; the limit of the address space less what of it is used; the limit of private memory less what is
/// used. What cannot be read sets no limit.
Memory available_memory(const MemoryPlaces& places = {});

/// The most that was resident at a time, VmHWM of /proc/self/status (0 if it cannot be read).
uint64_t peak_resident();

/// "1.5 GB", "38 MB": three digits at most, in powers of ten.
std::string bytes_text(double bytes);

/// Throws Error if `bytes` more do not fit: "{what} takes about 12 GB of memory, but 3 GB are left (free memory);
/// {remedy}". Nothing is looked at for less than 64 MB, which costs more to find out than to take. Any number of bytes
/// may be asked for, also one that no size_t holds.
void require_memory(double bytes, const std::string& what, const std::string& remedy);

}  // namespace retrograd
