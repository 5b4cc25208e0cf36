#include <charconv>
#include <cstring>

#include "base/fail.hpp"
#include "data/array/array.hpp"
#include "data/files/zip.hpp"
#include "data/text.hpp"

namespace retrograd {
namespace {

/// A reader of the header, a Python dictionary such as {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }.
class Header {
 public:
  Header(std::string_view text, const std::string& place) : text_(text), place_(place) {}

  void read(Array& array) {
    bool descr = false, order = false, shape = false;
    expect('{');
    while (!accept('}')) {
      const std::string_view key = string();
      expect(':');
      if (key == "descr") {
        read_type(array);
        descr = true;
      } else if (key == "fortran_order") {
        array.fortran = word("True");
        if (!array.fortran && !word("False")) bad();
        order = true;
      } else if (key == "shape") {
        read_shape(array);
        shape = true;
      } else {
        bad();
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    if (!descr || !order || !shape) bad();
  }

 private:
  [[noreturn]] void bad() const { fail("{}: the NPY header is not one: {}", place_, in_quotes(text_)); }
  void blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  bool accept(char c) {
    blanks();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) bad();
  }
  bool word(std::string_view expected) {
    blanks();
    if (!text_.substr(at_).starts_with(expected)) return false;
    at_ += expected.size();
    return true;
  }
  std::string_view string() {
    blanks();
    if (at_ >= text_.size() || (text_[at_] != '\'' && text_[at_] != '"')) bad();
    const size_t end = text_.find(text_[at_], at_ + 1);
    if (end == std::string_view::npos) bad();
    const std::string_view out = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return out;
  }
  void read_type(Array& array) {
    blanks();
    constexpr std::string_view kExpected = "b1, i1, i2, i4, i8, u1, u2, u4, u8, f4 or f8";
    if (at_ < text_.size() && text_[at_] == '[') fail("{}: found a structured dtype, expected {}", place_, kExpected);
    const std::string_view type = string();
    static constexpr std::pair<std::string_view, Element> kTypes[] = {
        {"b1", Element::u8},  {"u1", Element::u8},  {"u2", Element::u16}, {"u4", Element::u32},
        {"u8", Element::u64}, {"i1", Element::i8},  {"i2", Element::i16}, {"i4", Element::i32},
        {"i8", Element::i64}, {"f4", Element::f32}, {"f8", Element::f64}};
    for (const auto& [name, element] : kTypes) {
      if (type.size() != 3 || type.substr(1) != name || std::strchr("<>|=", type[0]) == nullptr) continue;
      array.element = element;
      array.boolean = name == "b1";
      array.big_endian = type[0] == '>';
      return;
    }
    fail("{}: found the dtype {}, expected {}", place_, in_quotes(type), kExpected);
  }
  void read_shape(Array& array) {
    expect('(');
    while (!accept(')')) {
      blanks();
      int64_t size = 0;
      const char* begin = text_.data() + at_;
      const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), size);
      if (error != std::errc() || size < 0) bad();
      at_ += static_cast<size_t>(end - begin);
      array.shape.push_back(size);
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
  }

  std::string_view text_;
  const std::string& place_;
  size_t at_ = 0;
};

}  // namespace

Array parse_npy(FileBytes bytes, const std::string& place) {
  Array array;
  array.place = place;
  array.bytes = std::move(bytes);
  const std::string_view view = array.bytes.view();
  if (!view.starts_with("\x93NUMPY")) fail("{} is not an NPY file: it does not begin with \\x93NUMPY", place);
  if (view.size() < 12) fail("{} is truncated within its NPY header", place);
  const unsigned version = static_cast<unsigned char>(view[6]);
  if (version < 1 || version > 3) fail("{}: NPY version {} is not known, expected 1 to 3", place, version);
  const size_t width = version == 1 ? 2 : 4;
  size_t length = 0;
  for (size_t i = width; i-- > 0;) length = length << 8 | static_cast<unsigned char>(view[8 + i]);
  array.offset = 8 + width + length;
  if (array.offset > view.size()) fail("{} is truncated within its NPY header", place);
  Header(view.substr(8 + width, length), place).read(array);

  if (array.shape.empty() || array.shape.size() > 4) {
    fail("{}: found an array of shape {}, expected 1 to 4 axes", place, shape_text(array.shape));
  }
  const int64_t count = checked_product(array.shape, size_of(array.element), place);
  const uint64_t expected = static_cast<uint64_t>(count) * size_of(array.element);
  const uint64_t found = view.size() - array.offset;
  if (found != expected) {
    fail("{}: its header says {} ({} bytes), but {} bytes follow; the file is {}", place, shape_text(array.shape),
         expected, found, found < expected ? "truncated" : "too long");
  }
  if (count == 0) fail("{} has no data: its shape is {}", place, shape_text(array.shape));
  return array;
}

Array read_npy(const std::string& path) { return parse_npy(read_file(path), path); }

NamedArrays read_npz(const std::string& path, bool need_y) {
  const FileBytes archive = read_file(path);
  const std::vector<ZipMember> members = zip_members(archive, path);
  const auto read = [&](std::string_view low, std::string_view high, bool needed) {
    for (const ZipMember& member : members) {
      const std::string_view name = member.name;
      if (name != std::string(low) + ".npy" && name != std::string(high) + ".npy") continue;
      return parse_npy(zip_read(archive, member, path),
                       fmt::format("{}, array {}", path, in_quotes(name.substr(0, name.size() - 4))));
    }
    if (!needed) return Array{};
    std::vector<std::string> names;
    for (const ZipMember& member : members) names.push_back(member.name);
    fail("{}: there is no array {} or {}; it has {}", path, in_quotes(high), in_quotes(low),
         names.empty() ? "none" : listed(names));
  };
  NamedArrays out;
  out.x = read("x", "X", true);
  out.y = read("y", "Y", need_y);
  return out;
}

}  // namespace retrograd
