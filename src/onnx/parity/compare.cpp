#include "onnx/parity/compare.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "base/fail.hpp"
#include "onnx/tensor_names.hpp"

namespace retrograd::parity {
namespace {

using evaluation::Tensor;
using evaluation::Tensors;
using model_file::Head;

constexpr double kAllowed = 1e-5;

/// What the model computes for one of its values.
std::vector<float> predict_value(const Model& model, int value, const Dataset& data, int threads) {
  const graph::ForwardProgram& program = model.program();
  Network network = model.network();
  network.prediction(program.values[static_cast<size_t>(value)].name);
  std::map<std::string, std::vector<double>> values;
  for (const graph::Parameter& p : program.parameters) values[p.name] = model.parameter(p.name);
  return Model(network, model.precision(), values, {}).predict(data, threads);
}

/// The logits of mean probabilities (docs/onnx.md): ln p of classes, ln p − ln(1 − p) of labels.
std::vector<float> ensemble_logits(const Model& model, const std::vector<int>& members, model_file::Head head,
                                   const std::vector<float>& mean, const Dataset& data, int threads) {
  const auto log = [](double p) { return std::log(std::max(p, model_file::kLeastProbability)); };
  std::vector<double> others(head == Head::labels ? mean.size() : 0);
  for (size_t m = 0; !others.empty() && m < members.size(); ++m) {
    const std::vector<float> z = predict_value(model, members[m], data, threads);
    for (size_t i = 0; i < z.size(); ++i)
      others[i] += 1 / (1 + std::exp(static_cast<double>(z[i]))) / static_cast<double>(members.size());
  }
  std::vector<float> logits;
  for (size_t i = 0; i < mean.size(); ++i)
    logits.push_back(static_cast<float>(log(static_cast<double>(mean[i])) - (others.empty() ? 0 : log(others[i]))));
  return logits;
}

/// Floats in their order as integers: neighbours differ by 1, −0 and 0 by nothing.
int64_t place(float v) {
  const auto bits = std::bit_cast<int32_t>(v);
  return bits >= 0 ? int64_t{bits} : -int64_t{bits & 0x7fffffff};
}

const Tensor& output(const Tensors& found, const std::string& name, const std::vector<int64_t>& dims) {
  const auto t = found.find(name);
  if (t == found.end()) fail("the graph gave no output '{}'", name);
  if (t->second.dims != dims)
    fail("output '{}' is [{}], expected [{}]", name, fmt::join(t->second.dims, ", "), fmt::join(dims, ", "));
  return t->second;
}

std::vector<double> reals(const Tensor& t, const std::string& name) {
  if (const auto* f32 = std::get_if<std::vector<float>>(&t.values)) return {f32->begin(), f32->end()};
  if (const auto* f64 = std::get_if<std::vector<double>>(&t.values)) return *f64;
  fail("output '{}' holds no real numbers", name);
}

OutputDifference difference(const Expected& e, const std::vector<float>& ours, const Tensors& found,
                            const std::string& name, bool judged) {
  const std::vector<double> theirs = reals(output(found, name, {e.rows, e.outputs}), name);
  OutputDifference d;
  d.output = name;
  for (size_t i = 0; i < ours.size(); ++i) {
    const auto a = static_cast<double>(ours[i]), b = theirs[i];
    if (a == b || (std::isnan(a) && std::isnan(b))) continue;
    const bool comparable = std::isfinite(a) && std::isfinite(b);
    const double distance = comparable ? std::abs(a - b) : std::numeric_limits<double>::infinity();
    const double allowed =
        e.scale.empty() ? kAllowed : kAllowed * std::max(std::abs(a), e.scale[i % static_cast<size_t>(e.outputs)]);
    if (distance > d.absolute) {
      d.absolute = distance;
      d.row = static_cast<int64_t>(i) / e.outputs;
    }
    d.relative = std::max(d.relative, comparable ? distance / std::max(std::abs(a), std::abs(b)) : distance);
    if (judged) d.of_allowed = std::max(d.of_allowed, distance / allowed);
    if (comparable) d.ulp = std::max(d.ulp, std::abs(place(ours[i]) - place(static_cast<float>(b))));
  }
  return d;
}

/// The class that a label names: its place in the list of classes, or -1.
class Classes {
 public:
  explicit Classes(const model_file::Interface& interface) : names_(interface.classes) {
    for (size_t k = 0; k < names_.size(); ++k) codes_.emplace(names_[k], static_cast<int>(k));
  }
  int code(const Tensor& label, size_t row) const {
    if (const auto* texts = std::get_if<std::vector<std::string>>(&label.values)) return find((*texts)[row]);
    const auto* integers = std::get_if<std::vector<int64_t>>(&label.values);
    if (integers == nullptr) fail("the label is neither text nor integer");
    return names_.empty() ? static_cast<int>((*integers)[row]) : find(std::to_string((*integers)[row]));
  }

 private:
  int find(const std::string& name) const {
    const auto found = codes_.find(name);
    return found == codes_.end() ? -1 : found->second;
  }
  std::vector<std::string> names_;
  std::map<std::string, int> codes_;
};

void compare_classes(const Expected& e, const Tensor& label, GraphReading& reading) {
  const Classes classes(e.interface);
  for (int64_t n = 0; n < e.rows; ++n) {
    const float* p = e.predictions.data() + n * e.outputs;
    const auto best = static_cast<int>(std::max_element(p, p + e.outputs) - p);
    const int code = classes.code(label, static_cast<size_t>(n));
    if (code == best) continue;
    const bool tie = code >= 0 && code < e.outputs && static_cast<double>(p[best] - p[code]) <= kAllowed;
    ++(tie ? reading.ties : reading.labels_differ);
  }
  reading.labels = e.rows;
}

void compare_labels(const Expected& e, const Tensor& label, GraphReading& reading) {
  const auto* given = std::get_if<std::vector<int64_t>>(&label.values);
  if (given == nullptr) fail("the labels are no integers");
  for (size_t i = 0; i < given->size(); ++i) {
    const float p = e.predictions[i];
    if ((*given)[i] == static_cast<int64_t>(p > 0.5f)) continue;
    const bool tie = std::abs(static_cast<double>(p) - 0.5) <= kAllowed && ((*given)[i] == 0 || (*given)[i] == 1);
    ++(tie ? reading.ties : reading.labels_differ);
  }
  reading.labels = static_cast<int64_t>(given->size());
}

}  // namespace

Expected::Expected(const Model& model, const Dataset& data, int threads)
    : rows(data.rows),
      interface(model_file::interface_of(model.program(), model.spec())),
      outputs(model.outputs()),
      predictions(model.predict(data, threads)) {
  const graph::ForwardProgram& program = model.program();
  const model_file::TensorNames names(program, model.spec(), interface);
  prediction_name = names.value(program.prediction);
  label_name = names.label();
  logits_name = names.logits();
  if (const std::vector<int> members = model_file::logits_of_members(program, interface); members.size() == 1)
    logits = predict_value(model, members[0], data, threads);
  else if (!members.empty())
    logits = ensemble_logits(model, members, interface.head, predictions, data, threads);
  if (interface.head != Head::value) return;
  for (const int c : model.spec().with_role(ColumnRole::target))
    scale.push_back(model.spec().columns[static_cast<size_t>(c)].sd);
  if (static_cast<int>(scale.size()) != outputs) scale.assign(static_cast<size_t>(outputs), 1.0);
}

GraphReading compare(const Expected& e, const Tensors& found, std::string by) {
  GraphReading reading;
  reading.by = std::move(by);
  reading.outputs.push_back(difference(e, e.predictions, found, e.prediction_name, true));
  if (!e.logits_name.empty()) reading.outputs.push_back(difference(e, e.logits, found, e.logits_name, false));
  if (e.interface.head == Head::classes) compare_classes(e, output(found, e.label_name, {e.rows}), reading);
  if (e.interface.head == Head::labels) compare_labels(e, output(found, e.label_name, {e.rows, e.outputs}), reading);
  return reading;
}

}  // namespace retrograd::parity

namespace retrograd {

bool GraphReading::ok() const {
  if (!missing.empty()) return true;
  for (const OutputDifference& d : outputs)
    if (!(d.of_allowed <= 1)) return false;
  return labels_differ == 0;
}

bool Parity::ok() const {
  for (const GraphReading& r : readings)
    if (!r.ok()) return false;
  return true;
}

}  // namespace retrograd
