#include "data/cache/cache.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <functional>

#include "base/fail.hpp"
#include "base/fingerprint.hpp"
#include "base/memory.hpp"
#include "data/cache/cache_file.hpp"
#include "data/files/byte_stream.hpp"
#include "data/rows/encode.hpp"
#include "data/rows/screen.hpp"
#include "data/spec/infer.hpp"
#include "data/table/csv_stream.hpp"
#include "data/table/streamed_table.hpp"

namespace retrograd {
namespace {

constexpr size_t kShareOfMemory = 4, kLeastMemory = size_t{1} << 20;

CacheHead::Source source_now(const std::string& path, const std::string& hash) {
  struct stat s {};
  if (stat(path.c_str(), &s) != 0) fail("cannot read {}: {}", path, std::strerror(errno));
  return {s.st_size, s.st_mtim.tv_sec, s.st_mtim.tv_nsec, hash};
}

/// Whether the table is the one that the cache was made of: by size and time of change, else by its hash.
bool is_unchanged(const std::string& path, const CacheHead::Source& then) {
  const CacheHead::Source now = source_now(path, then.hash);
  return now == then || (now.size == then.size && file_hash(path) == then.hash);
}

/// All that the dataspec and the rows depend on besides the source.
std::string hash_of(const DataOptions& o) {
  Fingerprint print;
  const auto add_all = [&](const std::vector<std::string>& texts) {
    print.add(std::to_string(texts.size()));
    for (const std::string& text : texts) print.add(text);
  };
  add_all(o.targets);
  add_all(o.ignore);
  add_all(o.missing);
  print.add(o.weight).add(o.task ? to_string(*o.task) : "").add(std::string(1, o.separator));
  print.add(std::to_string(o.max_categories)).add(std::to_string(o.types.size()));
  for (const auto& [name, type] : o.types) print.add(name).add(to_string(type));
  if (o.decimal != '.') print.add("decimal").add(std::string(1, o.decimal));
  return print.hex();
}

/// What is asked for, and what is found or made of it.
class CachedTable {
 public:
  CachedTable(std::string csv, const CacheOptions& cache, OnBadRow on_bad_row)
      : csv_(std::move(csv)), path_(cache.file), skips_(on_bad_row == OnBadRow::skip), memory_(cache.memory) {
    if (memory_ == 0) memory_ = std::max<size_t>(kLeastMemory, available_memory().bytes / kShareOfMemory);
    std::error_code ignored;
    if (std::filesystem::equivalent(csv_, path_, ignored))
      fail("the cache {} is the table itself; name another file", path_);
  }

  /// The rows of the cache that is there if it `fits`, or of one that `build` writes.
  Dataset rows(bool need_target, const std::function<bool(const CacheHead&)>& fits,
               const std::function<void()>& build) {
    std::string again;
    if (std::filesystem::exists(path_)) {
      try {
        reader_.emplace(path_);
        if (!fits(reader_->head())) throw UnusableCache{"columns, types or missing values are to be read otherwise"};
        if (reader_->head().skips != skips_ && !reader_->head().skipped.rows.empty())
          throw UnusableCache{"rows that cannot be read were left out"};
        if (!is_unchanged(csv_, reader_->head().source)) throw UnusableCache{csv_ + " has changed"};
        Dataset data = rows_of_reader(need_target);
        data.notes.push_back(fmt::format("{}: {} rows of {}, as read before", path_, data.rows, csv_));
        return data;
      } catch (const UnusableCache& e) {
        again = " again: " + e.why;
      }
    }
    reader_.reset();
    build();
    try {
      reader_.emplace(path_);
      Dataset data = rows_of_reader(need_target);
      data.notes.push_back(fmt::format("{}: {} rows of {}, built{}", path_, data.rows, csv_, again));
      return data;
    } catch (const UnusableCache& e) {
      fail("{}: what was written cannot be read back: {}", path_, e.why);
    }
  }

  /// Encodes the source piece by piece, but for the rows of head.skipped.
  void build(CacheHead head, const DataSpec& spec, const CsvOptions& options, const std::string& hash) {
    head.spec = to_json(spec);
    head.skips = skips_;
    head.source = source_now(csv_, hash);
    CacheWriter writer(path_, head);
    CsvStream stream(csv_, options);
    bool fits = true;
    int64_t begin = 0;
    while (std::optional<Table> piece = stream.next()) {
      const int64_t end = begin + piece->rows() + std::ssize(piece->skipped().rows);
      leave_out(*piece, part_of(head.skipped, begin, end));
      begin = end;
      if (piece->rows() > 0) fits = fits && writer.append(encode(*piece, spec, {head.target}));
    }
    if (!fits || stream.hash() != hash) fail("{} changed while it was read; start again", csv_);
    writer.publish();
  }

  const DataSpec& spec() const { return reader_->spec(); }
  size_t memory() const { return memory_; }

 private:
  Dataset rows_of_reader(bool need_target) const {
    Dataset data = reader_->rows(need_target, memory_);
    data.skipped = reader_->head().skipped;
    if (!data.skipped.rows.empty()) data.skipped.path = csv_;
    return data;
  }

  /// The bad rows [begin, end) of the file, counted from there.
  static BadRows part_of(const BadRows& all, int64_t begin, int64_t end) {
    BadRows part;
    for (auto row = std::lower_bound(all.rows.begin(), all.rows.end(), begin); row != all.rows.end() && *row < end;
         ++row)
      part.rows.push_back(*row - begin);
    return part;
  }

  std::string csv_, path_;
  bool skips_;
  size_t memory_;
  std::optional<CacheReader> reader_;
};

}  // namespace

Loaded load_training_cached(const std::string& csv, const DataOptions& options) {
  CachedTable table(csv, options.cache, options.on_bad_row);
  const std::string key = hash_of(options);
  Loaded out;
  out.data = table.rows(
      true, [&](const CacheHead& head) { return head.options == key; },
      [&] {
        StreamOptions streaming;
        streaming.csv = csv_options(options);
        // A text among numbers makes all of them texts until its row is left out.
        if (options.on_bad_row == OnBadRow::skip) streaming.most_text = std::max(streaming.most_text, table.memory());
        streaming.ignore = options.ignore;
        std::string hash;
        BadRows skipped;
        const DataSpec spec = [&] {
          StreamedTable streamed = stream_table(csv, streaming, options.cache.file);
          hash = streamed.hash;
          if (options.on_bad_row == OnBadRow::skip) skip_bad_rows(streamed.table, options);
          check_most_are_good(streamed.table.skipped());
          skipped = streamed.table.skipped();
          return infer(streamed.table, options);
        }();
        table.build({.options = key, .rows = spec.rows, .skipped = std::move(skipped)}, spec, streaming.csv, hash);
      });
  out.spec = table.spec();
  return out;
}

Dataset load_with_cached(const std::string& csv, const DataSpec& spec, bool need_target, const ReadOptions& options) {
  CachedTable table(csv, options.cache, options.on_bad_row);
  const std::string key = to_json(spec);
  return table.rows(
      need_target,
      [&](const CacheHead& head) {
        // Which rows are bad depends on what they are read for.
        const bool same = head.options.empty() && head.target == need_target;
        return head.spec == key && (head.target || !need_target) && (same || head.skipped.rows.empty());
      },
      [&] {
        const CsvOptions reading = csv_options(spec, options);
        CsvStream count(csv, reading);
        CacheHead head{.target = need_target};
        head.skipped.path = csv;
        while (std::optional<Table> piece = count.next()) {
          if (options.on_bad_row == OnBadRow::skip) skip_bad_rows(*piece, spec, need_target);
          BadRows bad = piece->skipped();
          bad.of = piece->rows() + std::ssize(bad.rows);
          append(head.skipped, bad);
          head.rows += piece->rows();
        }
        check_most_are_good(head.skipped);
        table.build(head, spec, reading, count.hash());
      });
}

}  // namespace retrograd
