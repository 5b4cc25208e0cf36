#include "data/table/table_memory.hpp"

#include <sys/stat.h>

#include <cmath>

#include "base/fail.hpp"
#include "base/memory.hpp"
#include "data/table/csv_stream.hpp"

namespace retrograd {
namespace {

/// Files below this fit wherever the program runs.
constexpr off_t kSmall = off_t{4} << 20;

}  // namespace

TableMemory memory_of_table(const std::string& path, const CsvOptions& options, size_t sample) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  CsvOptions reading = options;
  reading.threads = 1;
  try {
    CsvStream stream(path, reading, sample);
    const std::optional<Table> head = stream.next();
    if (!head || stream.bytes_read() == 0) return {};
    const double packed = static_cast<double>(status.st_size), text = packed * stream.unpacked_per_byte();
    TableMemory out;
    out.columns = static_cast<int>(head->columns().size());
    out.rows = text / static_cast<double>(stream.bytes_read()) * static_cast<double>(head->rows());
    double row = sizeof(uint64_t);  // where it begins
    for (const TableColumn& column : head->columns())
      row += static_cast<double>((column.numeric ? sizeof(double) : sizeof(int32_t)) + sizeof(float));
    out.bytes = text + out.rows * row;
    return out;
  } catch (const Error&) {
    return {};
  }
}

void require_memory_of_table(const std::string& path, const CsvOptions& options) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0 || status.st_size < kSmall) return;
  const TableMemory memory = memory_of_table(path, options);
  if (memory.bytes == 0) return;
  require_memory(memory.bytes,
                 fmt::format("reading {} (about {:.3g} rows of {} columns)", path, memory.rows, memory.columns),
                 "let it stay on disk: --cache FILE");
}

}  // namespace retrograd
