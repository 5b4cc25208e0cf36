// Parameters and constants as files of plain arrays.
#include <zlib.h>

#include <bit>
#include <cstring>

#include "base/fail.hpp"
#include "data/text.hpp"
#include "graph/program.hpp"
#include "onnx/tensor_names.hpp"
#include "retrograd/export.hpp"
#include "train/checkpoint/safetensors.hpp"

namespace retrograd {
namespace {

static_assert(std::endian::native == std::endian::little, "arrays are written as they lie in memory");

/// The bytes of one parameter in the model's type.
std::string_view bytes_of(const Model& model, const graph::Parameter& p) {
  const bool single = model.precision() == Precision::float32;
  const char* at = single ? reinterpret_cast<const char*>(model.parameters_f32().data() + p.offset)
                          : reinterpret_cast<const char*>(model.parameters_f64().data() + p.offset);
  return {at, p.size() * (single ? sizeof(float) : sizeof(double))};
}

/// Version 1.0 of the NPY format (NumPy enhancement proposal 1): magic, header length, a Python dictionary padded with
/// blanks so that the data begin at a multiple of 64, the data.
std::string npy_header(const Model& model, const graph::Parameter& p) {
  std::string shape;
  for (const int64_t side : model_file::parameter_dims(p)) shape += fmt::format("{}, ", side);
  if (model_file::parameter_dims(p).size() > 1) shape.resize(shape.size() - 2);
  std::string text = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}",
                                 model.precision() == Precision::float32 ? "<f4" : "<f8",
                                 shape.ends_with(' ') ? shape.substr(0, shape.size() - 1) : shape);
  constexpr size_t kBefore = 10;
  text.append(64 - (kBefore + text.size() + 1) % 64, ' ');
  text += '\n';
  std::string out("\x93NUMPY\x01\x00", 8);
  out += static_cast<char>(text.size() & 0xFF);
  out += static_cast<char>(text.size() >> 8);
  return out + text;
}

/// A zip archive of stored members (PKWARE's APPNOTE.TXT 6.3, sections 4.3.7, 4.3.12 and 4.3.16), without zip64.
class ZipWriter {
 public:
  void add(const std::string& name, std::string_view head, std::string_view body) {
    const uint64_t size = head.size() + body.size();
    if (size > kMost || out_.size() + size > kMost || name.size() > 0xFFFF || count_ == 0xFFFF)
      fail("{} does not fit into an archive of at most 4 GiB; write safetensors instead", in_quotes(name));
    uLong crc = crc32_z(0, reinterpret_cast<const Bytef*>(head.data()), head.size());
    crc = crc32_z(crc, reinterpret_cast<const Bytef*>(body.data()), body.size());
    const auto offset = static_cast<uint32_t>(out_.size());
    std::string common;  // of the local header and the central one
    put(common, 20, 2);
    put(common, kUtf8, 2);
    put(common, 0, 2);  // stored
    put(common, 0, 2);  // time and date: the earliest, so that equal models give equal bytes
    put(common, 0x21, 2);
    put(common, crc, 4);
    put(common, size, 4);
    put(common, size, 4);
    put(common, name.size(), 2);
    put(common, 0, 2);
    put(out_, 0x04034B50, 4);
    out_ += common + name;
    out_ += head;
    out_ += body;
    put(directory_, 0x02014B50, 4);
    put(directory_, 20, 2);
    directory_ += common;
    put(directory_, 0, 2);  // comment, disk, attributes
    put(directory_, 0, 2);
    put(directory_, 0, 2);
    put(directory_, 0, 4);
    put(directory_, offset, 4);
    directory_ += name;
    ++count_;
  }

  std::string bytes() && {
    const size_t at = out_.size();
    if (at + directory_.size() > kMost) fail("the archive takes more than 4 GiB; write safetensors instead");
    out_ += directory_;
    put(out_, 0x06054B50, 4);
    put(out_, 0, 4);
    put(out_, count_, 2);
    put(out_, count_, 2);
    put(out_, directory_.size(), 4);
    put(out_, at, 4);
    put(out_, 0, 2);
    return std::move(out_);
  }

 private:
  static constexpr uint64_t kMost = 0xFFFFFFFE;
  static constexpr uint64_t kUtf8 = 0x800;  // names are UTF-8
  static void put(std::string& to, uint64_t value, int width) {
    for (int k = 0; k < width; ++k) to += static_cast<char>(value >> (8 * k) & 0xFF);
  }

  std::string out_, directory_;
  uint32_t count_ = 0;
};

}  // namespace

std::string to_safetensors(const Model& model) {
  const bool single = model.precision() == Precision::float32;
  training::SafetensorsWriter writer;
  for (const graph::Parameter& p : model.program().parameters)
    writer.add(p.name, single ? training::TensorType::f32 : training::TensorType::f64, model_file::parameter_dims(p),
               [&model, &p, single](size_t i) {
                 return single ? static_cast<double>(model.parameters_f32()[p.offset + i])
                               : model.parameters_f64()[p.offset + i];
               });
  return writer.bytes(
      {{"format", "retrograd"}, {"fingerprint", model.fingerprint()}, {"network", graph::to_json(model.network())}});
}

std::string to_npz(const Model& model) {
  ZipWriter zip;
  for (const graph::Parameter& p : model.program().parameters) {
    if (p.name.find('\0') != std::string::npos || p.name.find('/') != std::string::npos ||
        p.name.find('\\') != std::string::npos)
      fail("parameter {} cannot be the name of a member of an archive; rename its layer", in_quotes(p.name));
    zip.add(p.name + ".npy", npy_header(model, p), bytes_of(model, p));
  }
  return std::move(zip).bytes();
}

}  // namespace retrograd
