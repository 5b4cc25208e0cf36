#include "onnx/import/import_constant.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/fail.hpp"

namespace retrograd::model_file {
namespace {

using Tensor = onnx::TensorProto;

constexpr uint64_t kMost = uint64_t{1} << 31;  // bytes of the largest file

size_t element_count(const Tensor& t, const std::string& where) {
  uint64_t count = 1;
  for (const int64_t d : t.dims()) {
    if (d < 0 || (d > 0 && count > kMost / static_cast<uint64_t>(d)))
      fail("{}: its shape is impossible (dimension {})", where, d);
    count *= static_cast<uint64_t>(d);
  }
  return count;
}

/// IEEE 754 binary16.
double half(uint16_t bits) {
  const int exponent = bits >> 10 & 31;
  const double fraction = bits & 1023;
  const double magnitude = exponent == 0    ? std::ldexp(fraction, -24)
                           : exponent == 31 ? (fraction == 0 ? INFINITY : NAN)
                                            : std::ldexp(1024 + fraction, exponent - 25);
  return bits >> 15 ? -magnitude : magnitude;
}

template <class T, class Typed>
std::vector<double> take(const Tensor& t, const Typed& typed, size_t count, const std::string& where) {
  const size_t found = t.has_raw_data() ? t.raw_data().size() / sizeof(T) : static_cast<size_t>(typed.size());
  if (found != count || (t.has_raw_data() && t.raw_data().size() % sizeof(T) != 0))
    fail("{}: its shape asks for {} values, but it holds {}", where, count, found);
  std::vector<double> values(count);
  for (size_t i = 0; i < count; ++i) {
    T v{};
    if (t.has_raw_data())
      std::memcpy(&v, t.raw_data().data() + i * sizeof(T), sizeof(T));
    else
      v = static_cast<T>(typed[static_cast<int>(i)]);
    values[i] = static_cast<double>(v);
  }
  return values;
}

int64_t integer_attribute(const onnx::NodeProto& node, std::string_view name, int64_t otherwise) {
  for (const onnx::AttributeProto& a : node.attribute())
    if (a.name() == name) return a.i();
  return otherwise;
}

/// Texts and numbers move alike.
template <class F>
void rearrange(Constant& to, const Constant& from, size_t count, const F& source) {
  if (from.texts.empty()) {
    for (size_t i = 0; i < count; ++i) to.values.push_back(from.values[source(i)]);
  } else {
    for (size_t i = 0; i < count; ++i) to.texts.push_back(from.texts[source(i)]);
  }
}

std::optional<Constant> transpose(const onnx::NodeProto& node, const Constant& c) {
  if (c.dims.size() != 2) return std::nullopt;
  for (const onnx::AttributeProto& a : node.attribute())
    if (a.name() == "perm" && !(a.ints_size() == 2 && a.ints(0) == 1 && a.ints(1) == 0)) return std::nullopt;
  Constant out = c;
  out.values.clear();
  out.texts.clear();
  const auto rows = static_cast<size_t>(c.dims[0]), cols = static_cast<size_t>(c.dims[1]);
  rearrange(out, c, rows * cols, [&](size_t i) { return i % rows * cols + i / rows; });
  out.dims = {c.dims[1], c.dims[0]};
  return out;
}

/// The shape that Reshape asks for: 0 is the dimension of before, -1 what is left. Whether it has as many values is
/// checked by all alike.
std::optional<std::vector<int64_t>> reshaped(const Constant& c, const std::vector<double>& to) {
  std::vector<int64_t> dims;
  uint64_t known = 1;
  for (size_t k = 0; k < to.size(); ++k) {
    if (!(to[k] >= -1 && to[k] <= static_cast<double>(kMost))) return std::nullopt;
    auto d = static_cast<int64_t>(to[k]);
    if (d == 0 && k < c.dims.size()) d = c.dims[k];
    if (d > 0 && known > kMost / static_cast<uint64_t>(d)) return std::nullopt;
    if (d > 0) known *= static_cast<uint64_t>(d);
    dims.push_back(d);
  }
  for (int64_t& d : dims)
    if (d == -1) d = static_cast<int64_t>(c.size() / known);
  return dims;
}

std::optional<Constant> concatenate(const std::vector<const Constant*>& inputs) {
  Constant out = *inputs[0];
  for (size_t k = 0; k < inputs.size(); ++k) {
    if (inputs[k]->dims.size() > 1 || !inputs[k]->texts.empty()) return std::nullopt;
    if (k == 0) continue;
    out.values.insert(out.values.end(), inputs[k]->values.begin(), inputs[k]->values.end());
  }
  out.dims = {static_cast<int64_t>(out.values.size())};
  return out;
}

std::optional<Constant> gather(const Constant& from, const Constant& indices) {
  if (from.dims.size() != 1 || !indices.texts.empty()) return std::nullopt;
  Constant out = from;
  out.values.clear();
  out.texts.clear();
  const auto size = static_cast<double>(from.dims[0]);
  for (const double i : indices.values)
    if (!(i >= -size && i < size)) return std::nullopt;
  rearrange(out, from, indices.values.size(),
            [&](size_t i) { return static_cast<size_t>(indices.values[i] + (indices.values[i] < 0 ? size : 0)); });
  out.dims = indices.dims;
  return out;
}

std::optional<Constant> arithmetic(const std::string& op, const Constant& a, const Constant& b) {
  const bool one = b.values.size() == 1;
  if (!a.texts.empty() || !b.texts.empty() || b.values.empty() || (!one && a.dims != b.dims)) return std::nullopt;
  Constant out = a;
  for (size_t i = 0; i < a.values.size(); ++i) {
    const double x = a.values[i], y = b.values[one ? 0 : i];
    out.values[i] = op == "Add" ? x + y : op == "Sub" ? x - y : op == "Mul" ? x * y : x / y;
    if (a.integers) out.values[i] = std::trunc(out.values[i]);
  }
  return out;
}

std::optional<Constant> computed(const onnx::NodeProto& node, const std::vector<const Constant*>& inputs) {
  const std::string& op = node.op_type();
  if (inputs.empty()) return std::nullopt;
  const Constant& c = *inputs[0];
  if (op == "Identity") return c;
  if (op == "Cast") {
    const int64_t to = integer_attribute(node, "to", 0);
    Constant out = c;
    out.wide = to == Tensor::DOUBLE;
    out.integers = to != Tensor::FLOAT && to != Tensor::DOUBLE && to != Tensor::FLOAT16 && to != Tensor::BFLOAT16;
    if (out.integers)
      for (double& v : out.values) v = to == Tensor::BOOL ? v != 0 : std::trunc(v);
    return out;
  }
  if (op == "Reshape" || op == "Squeeze" || op == "Unsqueeze" || op == "Flatten") {
    Constant out = c;  // only the number of values counts for what follows, but for matrices
    if (op == "Reshape" && inputs.size() > 1) {
      const auto dims = reshaped(c, inputs[1]->values);
      if (!dims) return std::nullopt;
      out.dims = *dims;
    } else if (c.dims.size() != 2) {
      out.dims = {static_cast<int64_t>(c.size())};
    }
    return out;
  }
  if (op == "Transpose") return transpose(node, c);
  if (op == "Concat") return concatenate(inputs);
  if (op == "Gather" && inputs.size() == 2) return gather(c, *inputs[1]);
  if ((op == "Neg" || op == "Sqrt") && c.texts.empty()) {
    Constant out = c;
    for (double& v : out.values) v = op == "Neg" ? -v : std::sqrt(v);
    return out;
  }
  if ((op == "Add" || op == "Sub" || op == "Mul" || op == "Div") && inputs.size() == 2)
    return arithmetic(op, c, *inputs[1]);
  return std::nullopt;
}

}  // namespace

bool Constant::whole() const {
  uint64_t count = 1;
  for (const int64_t d : dims) {
    if (d < 0 || (d > 0 && count > kMost / static_cast<uint64_t>(d))) return false;
    count *= static_cast<uint64_t>(d);
  }
  return count == size() && (values.empty() || texts.empty());
}

std::optional<double> Constant::uniform() const {
  if (values.empty() || std::any_of(values.begin(), values.end(), [&](double v) { return v != values[0]; }))
    return std::nullopt;
  return values[0];
}

Constant read_constant(const Tensor& t, const std::string& where) {
  if (t.data_location() == Tensor::EXTERNAL)
    fail("{}: its data lie in another file; save the model as one file", where);
  const size_t count = element_count(t, where);
  Constant c;
  c.dims.assign(t.dims().begin(), t.dims().end());
  c.integers = true;
  switch (t.data_type()) {
    case Tensor::FLOAT:
      c.values = take<float>(t, t.float_data(), count, where);
      c.integers = false;
      break;
    case Tensor::DOUBLE:
      c.values = take<double>(t, t.double_data(), count, where);
      c.integers = false;
      c.wide = true;
      break;
    case Tensor::FLOAT16: {
      c.values = take<uint16_t>(t, t.int32_data(), count, where);
      for (double& v : c.values) v = half(static_cast<uint16_t>(v));
      c.integers = false;
      break;
    }
    case Tensor::INT64:
      c.values = take<int64_t>(t, t.int64_data(), count, where);
      break;
    case Tensor::INT32:
      c.values = take<int32_t>(t, t.int32_data(), count, where);
      break;
    case Tensor::INT16:
      c.values = take<int16_t>(t, t.int32_data(), count, where);
      break;
    case Tensor::INT8:
      c.values = take<int8_t>(t, t.int32_data(), count, where);
      break;
    case Tensor::UINT8:
    case Tensor::BOOL:
      c.values = take<uint8_t>(t, t.int32_data(), count, where);
      break;
    case Tensor::STRING:
      if (static_cast<size_t>(t.string_data_size()) != count)
        fail("{}: its shape asks for {} texts, but it holds {}", where, count, t.string_data_size());
      c.texts.assign(t.string_data().begin(), t.string_data().end());
      c.integers = false;
      break;
    default:
      fail("{}: its element type {} is not supported; expected float, double, float16, an integer, bool or string",
           where, t.data_type());
  }
  return c;
}

std::optional<Constant> fold(const onnx::NodeProto& node, const std::vector<const Constant*>& inputs) {
  std::optional<Constant> out = computed(node, inputs);
  if (out && !out->whole()) return std::nullopt;
  return out;
}

}  // namespace retrograd::model_file
