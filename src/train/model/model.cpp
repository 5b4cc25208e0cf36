// Model: construction, lookup and fingerprint. Prediction is in predict.cpp; saving and loading in src/onnx.
#include "retrograd/model.hpp"

#include <cmath>
#include <limits>
#include <utility>

#include "base/fail.hpp"
#include "base/fingerprint.hpp"
#include "train/model/model_state.hpp"

namespace retrograd {
namespace {

using graph::ForwardProgram;
using graph::Parameter;

/// The bits that predictions depend on, in an order that the program fixes; the gaps between parameters are left out.
template <class T>
void add_parameters(Fingerprint& hash, const ForwardProgram& program, const std::vector<T>& buffer) {
  for (const Parameter& p : program.parameters) {
    hash.add(p.name);
    hash.add(buffer.data() + p.offset, p.size() * sizeof(T));
  }
}

/// Copies the named values to their places in the flat buffer.
template <class T>
std::vector<T> place(const ForwardProgram& program, const std::map<std::string, std::vector<double>>& values) {
  // All of them before the buffer is allocated: a stranger's network may be any size.
  for (const Parameter& p : program.parameters) {
    const auto found = values.find(p.name);
    if (found == values.end())
      fail("parameter '{}' [{}, {}] of the network has no values; give {} numbers", p.name, p.rows, p.cols, p.size());
    if (found->second.size() != p.size())
      fail("parameter '{}' is [{}, {}], {} numbers; {} were given", p.name, p.rows, p.cols, p.size(),
           found->second.size());
  }
  std::vector<T> buffer(program.total_size);
  for (const Parameter& p : program.parameters) {
    const std::vector<double>& given = values.at(p.name);
    for (size_t i = 0; i < p.size(); ++i) {
      const double v = given[i];
      if (std::is_same_v<T, float> && std::isfinite(v) && std::abs(v) > std::numeric_limits<float>::max())
        fail("parameter '{}': element {} is {}, beyond the range of a 32-bit float", p.name, i, v);
      buffer[p.offset + i] = static_cast<T>(v);
    }
  }
  for (const auto& [name, numbers] : values)
    if (program.parameter(name) == nullptr)
      fail("'{}' ({} numbers) is not a parameter of the network; its names are those of summary", name, numbers.size());
  return buffer;
}

}  // namespace

std::string_view to_string(Precision precision) { return precision == Precision::float32 ? "float32" : "float64"; }

Model::Model(const Network& network, Precision precision, const std::map<std::string, std::vector<double>>& values,
             DataSpec spec, std::map<std::string, std::string> notes) {
  auto contents = std::make_shared<Contents>(graph::compile(network));
  contents->precision = precision;
  Fingerprint hash;
  try {
    hash.add(graph::to_json(contents->program.network));
  } catch (const std::exception& e) {
    fail("the network description cannot be written as text; are all names UTF-8? ({})", e.what());
  }
  hash.add(to_string(precision));
  if (precision == Precision::float32) {
    contents->f32 = place<float>(contents->program, values);
    add_parameters(hash, contents->program, contents->f32);
  } else {
    contents->f64 = place<double>(contents->program, values);
    add_parameters(hash, contents->program, contents->f64);
  }
  contents->fingerprint = hash.hex();
  contents->spec = std::move(spec);
  state_ = std::make_shared<const State>(State{std::move(contents), std::move(notes)});
}

Model::Model(std::shared_ptr<const State> state) : state_(std::move(state)) {}

const Network& Model::network() const { return state_->contents->program.network; }
const ForwardProgram& Model::program() const { return state_->contents->program; }
const DataSpec& Model::spec() const { return state_->contents->spec; }
Precision Model::precision() const { return state_->contents->precision; }
const std::map<std::string, std::string>& Model::notes() const { return state_->notes; }
const std::vector<float>& Model::parameters_f32() const { return state_->contents->f32; }
const std::vector<double>& Model::parameters_f64() const { return state_->contents->f64; }
const std::string& Model::fingerprint() const { return state_->contents->fingerprint; }

Model Model::with_notes(std::map<std::string, std::string> notes) const {
  return Model(std::make_shared<const State>(State{state_->contents, std::move(notes)}));
}

std::vector<double> Model::parameter(const std::string& name) const {
  const Parameter* p = program().parameter(name);
  if (p == nullptr) {
    std::string names;
    for (const Parameter& known : program().parameters) names += (names.empty() ? "" : ", ") + known.name;
    fail("the model has no parameter '{}'; it has: {}", name, names.empty() ? "none" : names);
  }
  const auto copy = [&](const auto& buffer) {
    const auto first = buffer.begin() + static_cast<std::ptrdiff_t>(p->offset);
    return std::vector<double>(first, first + static_cast<std::ptrdiff_t>(p->size()));
  };
  return precision() == Precision::float32 ? copy(parameters_f32()) : copy(parameters_f64());
}

int Model::outputs() const { return program().values[static_cast<size_t>(program().prediction)].features; }

int64_t Model::parameter_count() const { return program().trained_count(); }

}  // namespace retrograd
