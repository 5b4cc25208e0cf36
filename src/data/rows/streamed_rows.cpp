#include "data/rows/streamed_rows.hpp"

#include <deque>

#include "base/fail.hpp"
#include "data/files/mapped_file.hpp"
#include "data/files/scratch_file.hpp"
#include "data/rows/encode.hpp"
#include "data/spec/infer.hpp"
#include "data/table/csv_stream.hpp"
#include "data/table/streamed_table.hpp"

namespace retrograd {
namespace {

/// Bytes of text that are read at a time; as numbers, and encoded, they take some ten times as much.
constexpr size_t kPiece = size_t{2} << 20;

void append(Block& to, const Block& rows) {
  to.name = rows.name;
  to.cols = rows.cols;
  auto& values = std::get<std::vector<float>>(to.values);
  values.insert(values.end(), rows.floats().begin(), rows.floats().end());
}

/// `hash`: of the file when its dataspec was found; empty: not known.
Dataset stream_rows(const std::string& csv, const DataSpec& spec, const CsvOptions& options, const std::string& hash,
                    const std::string& folder, size_t memory) {
  Dataset data;
  std::deque<ScratchFile> files;
  CsvStream stream(csv, options, kPiece);
  while (const std::optional<Table> piece = stream.next()) {
    const Dataset rows = encode(*piece, spec);
    data.rows += rows.rows;
    data.inputs.resize(rows.inputs.size());
    for (size_t b = 0; b < rows.inputs.size(); ++b) {
      if (files.size() == b) files.emplace_back(folder + "/");
      data.inputs[b].name = rows.inputs[b].name;
      data.inputs[b].cols = rows.inputs[b].cols;
      const std::span<const float> values = rows.inputs[b].floats();
      files[b].append(values.data(), values.size_bytes());
    }
    append(data.target, rows.target);
    if (!rows.weight.empty()) append(data.weight, rows.weight);
  }
  if (!hash.empty() && stream.hash() != hash) fail("{} changed while it was read; start again", csv);
  for (size_t b = 0; b < files.size(); ++b) {
    auto file = std::make_shared<const MappedFile>(files[b].file(), 0, static_cast<size_t>(files[b].size()),
                                                   folder + "/", memory);
    data.inputs[b].values = file->floats();
    data.inputs[b].file = std::move(file);
  }
  return data;
}

}  // namespace

Loaded stream_training(const std::string& csv, const DataOptions& options, const std::string& folder, size_t memory) {
  StreamOptions streaming;
  streaming.csv = csv_options(options);
  streaming.ignore = options.ignore;
  streaming.piece = kPiece;
  std::string hash;
  Loaded out;
  out.spec = [&] {
    const StreamedTable streamed = stream_table(csv, streaming, folder + "/");
    hash = streamed.hash;
    return infer(streamed.table, options);
  }();
  out.data = stream_rows(csv, out.spec, streaming.csv, hash, folder, memory);
  return out;
}

Dataset stream_with(const std::string& csv, const DataSpec& spec, int threads, const std::string& folder,
                    size_t memory) {
  return stream_rows(csv, spec, csv_options(spec, {.threads = threads}), {}, folder, memory);
}

}  // namespace retrograd
