#include "data/cache/cache_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <filesystem>
#include <limits>

#include "base/fail.hpp"
#include "base/fingerprint.hpp"
#include "base/parse_json.hpp"
#include "data/cache/cache_layout.hpp"
#include "data/files/descriptor.hpp"
#include "data/files/mapped_file.hpp"
#include "retrograd/version.hpp"

namespace retrograd {
namespace {

using Json = nlohmann::json;

constexpr char kMagic[] = "retrograd cache\n";
constexpr int kFormat = 2;
constexpr size_t kHash = 32;
constexpr int64_t kMostRows = std::numeric_limits<int32_t>::max();

struct Start {
  char magic[sizeof kMagic - 1];
  int64_t at, length;  ///< of the description
  char hash[kHash];
};
static_assert(sizeof(Start) == 64);

std::string hash_of(std::string_view text) { return Fingerprint().add(text).hex(); }

Json to_json(const BadRows& bad) {
  Json first = Json::array();
  for (const BadRow& row : bad.first)
    first.push_back({{"row", row.row}, {"line", row.line}, {"column", row.column}, {"why", row.why}});
  return {{"of", bad.of}, {"rows", bad.rows}, {"first", first}};
}

/// Of a cache with `good` rows. The list may come from anyone.
BadRows bad_rows_from(const Json& json, int64_t good) {
  BadRows bad;
  bad.of = json.at("of").get<int64_t>();
  bad.rows = json.at("rows").get<std::vector<int64_t>>();
  int64_t before = -1;
  bool right = bad.rows.empty() || (good >= 0 && bad.of - good == std::ssize(bad.rows));
  for (const int64_t row : bad.rows) {
    right = right && row > before && row < bad.of;
    before = row;
  }
  for (const Json& row : json.at("first")) {
    bad.first.push_back({row.at("row").get<int64_t>(), row.at("line").get<int64_t>(),
                         row.at("column").get<std::string>(), row.at("why").get<std::string>()});
    right = right && bad.first.size() <= std::min(BadRows::kShown, bad.rows.size()) &&
            bad.first.back().row == bad.rows[bad.first.size() - 1];
  }
  if (!right) throw UnusableCache{"it is damaged: the rows that it says were left out cannot be"};
  return bad;
}

Json to_json(const CacheHead& head, const std::vector<std::string>& hashes) {
  return {{"format", kFormat},
          {"version", kVersion},
          {"options", head.options},
          {"spec", head.spec},
          {"target", head.target},
          {"rows", head.rows},
          {"skips", head.skips},
          {"skipped", to_json(head.skipped)},
          {"hashes", hashes},
          {"source",
           {{"size", head.source.size},
            {"seconds", head.source.seconds},
            {"nanoseconds", head.source.nanoseconds},
            {"hash", head.source.hash}}}};
}

}  // namespace

struct CacheWriter::Impl {
  std::string path, part;
  CacheHead head;
  std::vector<CacheBlock> blocks;
  std::deque<Fingerprint> hashes;
  Descriptor file;
  int64_t done = 0;
  bool published = false;

  [[noreturn]] void failed() const { fail("cannot write the cache {}: {}", path, std::strerror(errno)); }
  void write(int64_t at, const void* data, size_t bytes) const {
    if (!write_all(file, at, data, bytes)) failed();
  }
};

CacheWriter::CacheWriter(std::string path, const CacheHead& head) : impl_(std::make_unique<Impl>()) {
  Impl& m = *impl_;
  m.path = std::move(path);
  m.part = m.path + ".part";
  m.head = head;
  m.blocks = cache_blocks(spec_from_json(head.spec), head.rows, head.target, std::numeric_limits<int64_t>::max());
  m.hashes.resize(m.blocks.size());
  Descriptor file(open(m.part.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (!file.is_open()) m.failed();
  if (flock(file.get(), LOCK_EX | LOCK_NB) != 0)
    fail("{}: another process is building this cache; wait for it, or name another file", m.path);
  m.file = std::move(file);
  if (ftruncate(m.file.get(), 0) != 0) m.failed();
}

CacheWriter::~CacheWriter() {
  if (impl_->file.is_open() && !impl_->published) unlink(impl_->part.c_str());
}

bool CacheWriter::append(const Dataset& rows) {
  Impl& m = *impl_;
  if (rows.rows > m.head.rows - m.done) return false;
  std::vector<const Block*> given;
  for (const Block& block : rows.inputs) given.push_back(&block);
  for (const Block* block : {&rows.target, &rows.weight})
    if (!block->empty()) given.push_back(block);
  if (given.size() != m.blocks.size())
    fail("{}: {} blocks of numbers, expected {}", m.path, given.size(), m.blocks.size());
  for (size_t b = 0; b < given.size(); ++b) {
    const std::span<const float> values = given[b]->floats();
    const int64_t row = m.blocks[b].bytes / m.head.rows;
    m.write(m.blocks[b].at + m.done * row, values.data(), values.size_bytes());
    m.hashes[b].add(values.data(), values.size_bytes());
  }
  m.done += rows.rows;
  return true;
}

void CacheWriter::publish() {
  Impl& m = *impl_;
  if (m.done != m.head.rows) fail("{}: {} rows written, expected {}", m.path, m.done, m.head.rows);
  std::vector<std::string> hashes;
  for (const Fingerprint& hash : m.hashes) hashes.push_back(hash.hex());
  const std::string text = to_json(m.head, hashes).dump(-1, ' ', false, Json::error_handler_t::replace);
  Start start{{}, cache_end(m.blocks), static_cast<int64_t>(text.size()), {}};
  std::memcpy(start.magic, kMagic, sizeof start.magic);
  std::memcpy(start.hash, hash_of(text).data(), kHash);
  m.write(start.at, text.data(), text.size());
  m.write(0, &start, sizeof start);
  if (fsync(m.file.get()) != 0 || rename(m.part.c_str(), m.path.c_str()) != 0) m.failed();
  m.published = true;
  const std::string folder = std::filesystem::path(m.path).parent_path().string();
  const Descriptor directory(open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.is_open()) fsync(directory.get());
}

struct CacheReader::Impl {
  std::string path;
  Descriptor file;
  CacheHead head;
  DataSpec spec;
  std::vector<CacheBlock> blocks;
  std::vector<std::string> hashes;

  int64_t open_file();
  std::string description(int64_t size) const;
  void parse(const std::string& text);
};

/// Returns its size.
int64_t CacheReader::Impl::open_file() {
  file = Descriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!file.is_open() || fstat(file.get(), &status) != 0)
    fail("cannot read the cache {}: {}", path, std::strerror(errno));
  return S_ISREG(status.st_mode) ? status.st_size : 0;
}

std::string CacheReader::Impl::description(int64_t size) const {
  Start start{};
  const int64_t got = size > 0 ? read_some(file, 0, &start, sizeof start) : 0;
  if (got < static_cast<int64_t>(sizeof start.magic) || std::memcmp(start.magic, kMagic, sizeof start.magic) != 0)
    fail("{} is not a cache that this program wrote; it is left as it is: name another file with --cache", path);
  if (got < static_cast<int64_t>(sizeof start) || start.at < kCacheBegin || start.at > size || start.length < 0 ||
      start.length != size - start.at)
    throw UnusableCache{"it is damaged: it is shorter or longer than it says"};
  std::string text(static_cast<size_t>(start.length), '\0');
  if (read_some(file, start.at, text.data(), text.size()) != start.length ||
      hash_of(text) != std::string_view(start.hash, kHash))
    throw UnusableCache{"it is damaged: the hash of its description is wrong"};
  return text;
}

void CacheReader::Impl::parse(const std::string& text) {
  const Json json = parse_json(text, path);
  if (json.value("format", 0) != kFormat || json.value("version", "") != kVersion)
    throw UnusableCache{"it was written by another version"};
  head.options = json.at("options").get<std::string>();
  head.spec = json.at("spec").get<std::string>();
  head.target = json.at("target").get<bool>();
  head.rows = json.at("rows").get<int64_t>();
  head.skips = json.at("skips").get<bool>();
  head.skipped = bad_rows_from(json.at("skipped"), head.rows);
  const Json& from = json.at("source");
  head.source = {from.at("size").get<int64_t>(), from.at("seconds").get<int64_t>(),
                 from.at("nanoseconds").get<int64_t>(), from.at("hash").get<std::string>()};
  hashes = json.at("hashes").get<std::vector<std::string>>();
  spec = spec_from_json(head.spec);
  if (spec.source != "csv" || (!head.options.empty() && head.rows != spec.rows))
    throw UnusableCache{"it is damaged: its dataspec is not of its rows"};
}

CacheReader::CacheReader(std::string path) : impl_(std::make_unique<Impl>()) {
  Impl& m = *impl_;
  m.path = std::move(path);
  const int64_t size = m.open_file();
  const std::string text = m.description(size);
  try {
    m.parse(text);
  } catch (const Json::exception&) {
    throw UnusableCache{"it is damaged: its description lacks something"};
  } catch (const Error&) {
    throw UnusableCache{"it is damaged: its description cannot be read"};
  }
  if (m.head.rows > kMostRows) throw UnusableCache{"it is damaged: its rows are more than its bytes"};
  const int64_t end = size - static_cast<int64_t>(text.size());
  m.blocks = cache_blocks(m.spec, m.head.rows, m.head.target, end);
  if (cache_end(m.blocks) != end || m.hashes.size() != m.blocks.size())
    throw UnusableCache{"it is damaged: its rows do not fill it"};
}

CacheReader::~CacheReader() = default;

const CacheHead& CacheReader::head() const { return impl_->head; }
const DataSpec& CacheReader::spec() const { return impl_->spec; }

namespace {

/// Reads a block from the front to the back.
void check(const MappedFile& file, std::span<const float> values, const CacheBlock& block, const std::string& hash) {
  constexpr size_t kChunk = size_t{1} << 20;
  Fingerprint print;
  const size_t cols = block.columns.size(), rows = std::max<size_t>(1, kChunk / sizeof(float) / cols);
  for (size_t at = 0; at < values.size(); at += rows * cols) {
    const std::span<const float> some = values.subspan(at, std::min(rows * cols, values.size() - at));
    print.add(some.data(), some.size_bytes());
    for (size_t r = 0; r < some.size(); r += cols)
      for (size_t c = 0; c < cols; ++c)
        if (!block.columns[c].holds(some[r + c]))
          throw UnusableCache{
              fmt::format("it is damaged: {} in '{}', row {}", some[r + c], block.name, (at + r) / cols)};
    file.forget();
  }
  if (print.hex() != hash) throw UnusableCache{fmt::format("it is damaged: the hash of '{}' is wrong", block.name)};
}

}  // namespace

Dataset CacheReader::rows(bool need_target, size_t memory) const {
  const Impl& m = *impl_;
  const auto file = std::make_shared<const MappedFile>(
      m.file, kCacheBegin, static_cast<size_t>(cache_end(m.blocks) - kCacheBegin), m.path, memory);
  Dataset data;
  data.rows = m.head.rows;
  for (size_t b = 0; b < m.blocks.size(); ++b) {
    const CacheBlock& from = m.blocks[b];
    const auto values = file->floats().subspan(static_cast<size_t>(from.at - kCacheBegin) / sizeof(float),
                                               static_cast<size_t>(from.bytes) / sizeof(float));
    check(*file, values, from, m.hashes[b]);
    Block block{from.name, static_cast<int>(from.columns.size()), {}};
    const bool input = from.name == "numeric" || from.name == "categorical";
    if (input) {
      block.values = values;
      block.file = file;
      data.inputs.push_back(std::move(block));
    } else if (need_target) {
      block.values = std::vector<float>(values.begin(), values.end());
      (from.name == "target" ? data.target : data.weight) = std::move(block);
    }
  }
  file->forget();
  return data;
}

}  // namespace retrograd
