#include "base/memory.hpp"

#include <fstream>
#include <limits>
#include <sstream>

#include "base/fail.hpp"

namespace retrograd {
namespace {

constexpr uint64_t kNone = std::numeric_limits<uint64_t>::max(), kKilo = 1024;
constexpr double kWorthLooking = 64e6;

/// The number behind `key` at the beginning of a line.
uint64_t number_after(const std::string& path, const std::string& key, uint64_t otherwise) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(key)) {
      std::istringstream rest(line.substr(key.size()));
      uint64_t value = 0;
      return rest >> value ? value : otherwise;
    }
  return otherwise;
}

/// The first word of a file as a number; "max", or no such file, is `otherwise`.
uint64_t only_number(const std::string& path, uint64_t otherwise) { return number_after(path, "", otherwise); }

uint64_t difference(uint64_t limit, uint64_t used) { return limit > used ? limit - used : 0; }

void lower(Memory& memory, uint64_t bytes, const char* limit) {
  if (bytes < memory.bytes) memory = {bytes, limit};
}

/// What the files of a control group are called in each version.
struct GroupFiles {
  const char *limit, *used, *inactive, *active;
};
constexpr GroupFiles kFirst{"memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file ",
                            "total_active_file "};
constexpr GroupFiles kSecond{"memory.max", "memory.current", "inactive_file ", "active_file "};

/// The group and those above it.
void look_at_groups(const std::string& root, std::string group, const GroupFiles& files, Memory& memory) {
  while (true) {
    const std::string folder = root + group + "/";
    if (const uint64_t limit = only_number(folder + files.limit, kNone); limit != kNone) {
      const std::string statistics = folder + "memory.stat";
      const uint64_t droppable =
          number_after(statistics, files.inactive, 0) + number_after(statistics, files.active, 0);
      lower(memory, difference(limit, difference(only_number(folder + files.used, 0), droppable)), "the control group");
    }
    const size_t slash = group.rfind('/');
    if (slash == std::string::npos) return;
    group.resize(slash);
  }
}

void look_at_groups(const MemoryPlaces& places, Memory& memory) {
  std::ifstream groups(places.process + "/cgroup");
  for (std::string line; std::getline(groups, line);) {  // "0::/path" of version 2, "4:memory:/path" of version 1
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",",
                      path = line.substr(second + 1);
    const std::string group = path == "/" ? "" : path;
    if (controllers == ",,") {
      look_at_groups(places.groups, group, kSecond, memory);
      look_at_groups(places.groups + "/unified", group, kSecond, memory);
    } else if (controllers.find(",memory,") != std::string::npos) {
      look_at_groups(places.groups + "/memory", group, kFirst, memory);
    }
  }
}

/// A line of /proc/self/limits, its soft limit less what /proc/self/status says is used.
void look_at_limit(const MemoryPlaces& places, const char* limit, const char* used, const char* name, Memory& memory) {
  const uint64_t bytes = number_after(places.process + "/limits", limit, kNone);  // "unlimited" is no number
  if (bytes != kNone) lower(memory, difference(bytes, number_after(places.process + "/status", used, 0) * kKilo), name);
}

}  // namespace

Memory available_memory(const MemoryPlaces& places) {
  Memory memory{kNone, ""};
  if (const uint64_t kilo = number_after(places.system, "MemAvailable:", kNone); kilo != kNone)
    lower(memory, (kilo + number_after(places.system, "SwapFree:", 0)) * kKilo, "free memory");
  look_at_groups(places, memory);
  look_at_limit(places, "Max address space", "VmSize:", "ulimit -v", memory);
  look_at_limit(places, "Max data size", "VmData:", "ulimit -d", memory);
  return memory;
}

uint64_t peak_resident() { return number_after("/proc/self/status", "VmHWM:", 0) * kKilo; }

std::string bytes_text(double bytes) {
  const char* unit = "bytes";
  for (const char* larger : {"kB", "MB", "GB", "TB", "PB", "EB"}) {
    if (bytes < 999.5) break;
    bytes /= 1000;
    unit = larger;
  }
  return fmt::format("{:.3g} {}", bytes, unit);
}

void require_memory(double bytes, const std::string& what, const std::string& remedy) {
  if (bytes < kWorthLooking) return;
  const Memory memory = available_memory();
  if (bytes > static_cast<double>(memory.bytes))
    fail("{} takes about {} of memory, but {} are left ({}); {}", what, bytes_text(bytes),
         bytes_text(static_cast<double>(memory.bytes)), memory.limit, remedy);
}

}  // namespace retrograd
