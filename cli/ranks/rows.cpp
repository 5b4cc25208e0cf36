#include "ranks/rows.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/fail.hpp"
#include "base/memory.hpp"
#include "data/files/mapped_file.hpp"
#include "data/rows/shared_rows.hpp"
#include "data/rows/streamed_rows.hpp"
#include "data/table/table_memory.hpp"
#include "graph/program.hpp"

namespace retrograd::cli {
namespace {

/// Of mapped rows so much is in memory while they are read, and at least so much while they are trained on.
constexpr size_t kLeast = size_t{16} << 20;
/// A table that takes less to read is read at once.
constexpr double kReadAtOnce = 64e6;
/// Of the memory that is left, what the rows of a machine's ranks may take.
constexpr size_t kShare = 4;

std::string name_of_machine() {
  std::string boot;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> boot;
  std::error_code none;
  return boot + " " + std::filesystem::read_symlink("/proc/self/ns/pid", none).string();
}

bool is_table(const std::string& source) {
  return !source.starts_with("idx:") && !source.starts_with("npy:") && !source.starts_with("npz:");
}

/// Whether a table goes into files piece by piece. Rows can be left out only where the whole table is seen.
template <class Options>
bool streams(const std::string& source, const CsvOptions& csv, const Options& options) {
  return is_table(source) && options.cache.file.empty() && options.on_bad_row == OnBadRow::fail &&
         memory_of_table(source, csv).bytes > kReadAtOnce;
}

/// How many bytes of rows may be in memory: as many as this rank's part of them takes, twice, as one half is for rows
/// that are on their way.
size_t memory_for(const Dataset& train, const Peers& peers, const Machine& machine) {
  const size_t part = 2 * input_bytes(train) / static_cast<size_t>(peers.size());
  const size_t most = available_memory().bytes / kShare / static_cast<size_t>(machine.ranks());
  return std::max(kLeast, std::min(part, most));
}

}  // namespace

Machine::Machine(Peers& peers) : rank_(peers.rank()) {
  const std::vector<std::string> names = texts_of_all(peers, name_of_machine());
  const std::string& own = names[static_cast<size_t>(rank_)];
  reader_ = static_cast<int>(std::find(names.begin(), names.end(), own) - names.begin());
  ranks_ = static_cast<int>(std::count(names.begin(), names.end(), own));
}

Loaded read_training(const std::string& source, DataOptions options) {
  options.cache.memory = kLeast;
  if (!options.targets.empty() && streams(source, csv_options(options), options))
    return stream_training(source, options, scratch_folder(), kLeast);
  return load_training(source, options);
}

Dataset read_with(const std::string& source, const DataSpec& spec, Part part, ReadOptions options) {
  options.cache.memory = kLeast;
  if (spec.source == "csv" && streams(source, csv_options(spec, options), options))
    return stream_with(source, spec, options.threads, scratch_folder(), kLeast);
  return load_with(source, spec, part, true, options);
}

RowsOfRun share(Peers& peers, const Machine& machine, RowsOfRun own) {
  nlohmann::json addresses;
  std::shared_ptr<const MappedFile> keep[2];
  if (machine.reads()) {
    const std::string folder = scratch_folder();
    own.train = put_into_files(std::move(own.train), folder);
    addresses["train"] = address_of(own.train, folder, keep[0]);
    if (own.valid) {
      own.valid = put_into_files(*std::move(own.valid), folder);
      addresses["valid"] = address_of(*own.valid, folder, keep[1]);
    }
  }
  const std::vector<std::string> all = texts_of_all(peers, machine.reads() ? addresses.dump() : std::string());
  addresses = nlohmann::json::parse(all[static_cast<size_t>(machine.reader())]);
  RowsOfRun rows;
  rows.train = rows_at(addresses.at("train").get<std::string>(), MappedFile::kNoLimit);
  const size_t memory = memory_for(rows.train, peers, machine);
  rows.train = rows_at(addresses.at("train").get<std::string>(), memory);
  if (addresses.contains("valid")) rows.valid = rows_at(addresses.at("valid").get<std::string>(), memory);
  double here = 1;
  peers.sum({&here, 1});  // all have opened what the readers now let go of
  for (const auto& [to, from] :
       {std::pair(&rows.train, &own.train), {rows.valid ? &*rows.valid : nullptr, own.valid ? &*own.valid : nullptr}}) {
    if (to == nullptr || from == nullptr) continue;
    to->skipped = std::move(from->skipped);
    to->lines = std::move(from->lines);
    to->notes = std::move(from->notes);
  }
  return rows;
}

Prepared share(Peers& peers, const Prepared& own) {
  nlohmann::json json;
  if (peers.rank() == 0) json = {{"network", graph::to_json(own.network)}, {"constants", own.constants}};
  const std::vector<uint8_t> bytes = nlohmann::json::to_cbor(json);  // numbers to the bit, also those that are none
  const std::string all = text_of_first(peers, {bytes.begin(), bytes.end()});
  if (peers.rank() == 0) return own;
  json = nlohmann::json::from_cbor(all);
  Prepared prepared;
  prepared.network = graph::network_from_json(json.at("network").get<std::string>());
  prepared.constants = json.at("constants").get<std::map<std::string, std::vector<double>>>();
  return prepared;
}

std::string memory_of_ranks(Peers& peers) {
  std::vector<std::string> texts;
  for (const std::string& peak : texts_of_all(peers, std::to_string(peak_resident())))
    texts.push_back(bytes_text(std::stod(peak)));
  return fmt::format("memory: at most {} were resident, rank by rank", fmt::join(texts, ", "));
}

}  // namespace retrograd::cli
