#include "onnx/evaluate.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <stdexcept>

namespace retrograd::evaluation {
namespace {

[[noreturn]] void refuse(const std::string& what) { throw std::runtime_error("evaluate: " + what); }

int64_t count(const std::vector<int64_t>& dims) {
  int64_t n = 1;
  for (int64_t d : dims) n *= d;
  return n;
}

template <class T, class Stored>
void unpack(const std::string& raw, std::vector<T>& values) {
  std::vector<Stored> stored(raw.size() / sizeof(Stored));
  std::memcpy(stored.data(), raw.data(), raw.size());
  for (Stored v : stored) values.push_back(static_cast<T>(v));
}

template <class T>
Tensor<T> initializer(const onnx::TensorProto& t) {
  Tensor<T> result;
  result.dims.assign(t.dims().begin(), t.dims().end());
  if (t.data_type() == onnx::TensorProto::FLOAT)
    unpack<T, float>(t.raw_data(), result.values);
  else if (t.data_type() == onnx::TensorProto::DOUBLE)
    unpack<T, double>(t.raw_data(), result.values);
  else if (t.data_type() == onnx::TensorProto::INT64)
    unpack<T, int64_t>(t.raw_data(), result.values);
  else
    refuse("tensor type " + std::to_string(t.data_type()));
  if (count(result.dims) != static_cast<int64_t>(result.values.size())) refuse("size of tensor " + t.name());
  return result;
}

/// Attributes of a node; every one must be asked for.
class Attributes {
 public:
  explicit Attributes(const onnx::NodeProto& node) : node_(node), used_(static_cast<size_t>(node.attribute_size())) {}
  double real(const std::string& name, double otherwise) {
    return static_cast<double>(find(name) ? find(name)->f() : static_cast<float>(otherwise));
  }
  int64_t integer(const std::string& name, int64_t otherwise) { return find(name) ? find(name)->i() : otherwise; }
  void done() const {
    for (size_t k = 0; k < used_.size(); ++k)
      if (!used_[k]) refuse(node_.op_type() + " has attribute " + node_.attribute(static_cast<int>(k)).name());
  }

 private:
  const onnx::AttributeProto* find(const std::string& name) {
    for (size_t k = 0; k < used_.size(); ++k) {
      if (node_.attribute(static_cast<int>(k)).name() != name) continue;
      used_[k] = true;
      return &node_.attribute(static_cast<int>(k));
    }
    return nullptr;
  }
  const onnx::NodeProto& node_;
  std::vector<bool> used_;
};

/// Multidirectional (NumPy) broadcasting of any number of tensors.
template <class T>
Tensor<T> broadcast(const std::vector<const Tensor<T>*>& in, const std::function<T(const T*)>& f) {
  Tensor<T> out;
  for (const Tensor<T>* t : in) {
    out.dims.insert(out.dims.begin(), std::max(out.dims.size(), t->dims.size()) - out.dims.size(), 1);
    for (size_t k = 0; k < t->dims.size(); ++k) {
      int64_t& d = out.dims[out.dims.size() - 1 - k];
      const int64_t e = t->dims[t->dims.size() - 1 - k];
      if (d != e && d != 1 && e != 1) refuse("shapes do not broadcast");
      d = std::max(d, e);
    }
  }
  out.values.resize(static_cast<size_t>(count(out.dims)));
  std::vector<T> arguments(in.size());
  for (size_t i = 0; i < out.values.size(); ++i) {
    for (size_t a = 0; a < in.size(); ++a) {
      size_t rest = i, at = 0, stride = 1;
      for (size_t k = 0; k < in[a]->dims.size(); ++k) {
        const auto d = static_cast<size_t>(in[a]->dims[in[a]->dims.size() - 1 - k]);
        const auto o = static_cast<size_t>(out.dims[out.dims.size() - 1 - k]);
        at += (d == 1 ? 0 : rest % o) * stride;
        rest /= o;
        stride *= d;
      }
      arguments[a] = in[a]->values[at];
    }
    out.values[i] = f(arguments.data());
  }
  return out;
}

template <class T>
class Machine {
 public:
  Machine(const onnx::GraphProto& graph, std::map<std::string, Tensor<T>> inputs) : tensors_(std::move(inputs)) {
    for (const auto& in : graph.input())
      if (!tensors_.contains(in.name())) refuse("no value for input " + in.name());
    for (const auto& t : graph.initializer()) tensors_[t.name()] = initializer<T>(t);
    for (const auto& n : graph.node()) {
      if (n.output_size() != 1) refuse("node with several outputs");
      Attributes attributes(n);
      Tensor<T> result = run(n, attributes);
      attributes.done();
      tensors_[n.output(0)] = std::move(result);
    }
  }

  const Tensor<T>& at(const std::string& name) const {
    const auto found = tensors_.find(name);
    if (found == tensors_.end()) refuse("no tensor " + name);
    return found->second;
  }

 private:
  const Tensor<T>& in(const onnx::NodeProto& n, int k) const { return at(n.input(k)); }

  Tensor<T> each(const onnx::NodeProto& n, const std::function<T(const T*)>& f) const {
    std::vector<const Tensor<T>*> all;
    for (const std::string& name : n.input()) all.push_back(&at(name));
    return broadcast<T>(all, f);
  }

  Tensor<T> run(const onnx::NodeProto& n, Attributes& a) {
    const std::string& op = n.op_type();
    if (op == "Identity") return in(n, 0);
    if (op == "Add") return each(n, [](const T* x) { return x[0] + x[1]; });
    if (op == "Sub") return each(n, [](const T* x) { return x[0] - x[1]; });
    if (op == "Mul") return each(n, [](const T* x) { return x[0] * x[1]; });
    if (op == "Less") return each(n, [](const T* x) { return static_cast<T>(x[0] < x[1]); });
    if (op == "Where") return each(n, [](const T* x) { return x[0] != 0 ? x[1] : x[2]; });
    if (op == "IsNaN") return each(n, [](const T* x) { return static_cast<T>(std::isnan(x[0])); });
    if (op == "Abs") return each(n, [](const T* x) { return std::abs(x[0]); });
    if (op == "Erf") return each(n, [](const T* x) { return std::erf(x[0]); });
    if (op == "Tanh") return each(n, [](const T* x) { return std::tanh(x[0]); });
    if (op == "Relu") return each(n, [](const T* x) { return std::max(x[0], T(0)); });
    if (op == "Sigmoid") return each(n, [](const T* x) { return 1 / (1 + std::exp(-x[0])); });
    if (op == "Softplus")
      return each(n, [](const T* x) { return std::max(x[0], T(0)) + std::log1p(std::exp(-std::abs(x[0]))); });
    if (op == "LeakyRelu") {
      const T alpha = static_cast<T>(a.real("alpha", 0.01));
      return each(n, [=](const T* x) { return x[0] < 0 ? alpha * x[0] : x[0]; });
    }
    if (op == "Elu") {
      const T alpha = static_cast<T>(a.real("alpha", 1));
      return each(n, [=](const T* x) { return x[0] < 0 ? alpha * std::expm1(x[0]) : x[0]; });
    }
    if (op == "Selu") {
      const T alpha = static_cast<T>(a.real("alpha", 1.67326)), gamma = static_cast<T>(a.real("gamma", 1.0507));
      return each(n, [=](const T* x) { return gamma * (x[0] < 0 ? alpha * std::expm1(x[0]) : x[0]); });
    }
    if (op == "Gemm" || op == "MatMul") return product(n);
    if (op == "Gather") return gather(n, a);
    if (op == "Concat") return concat(n, a);
    if (op == "Softmax") return softmax(n, a);
    if (op == "ArgMax") return argmax(n, a);
    if (op == "LayerNormalization") return layer_normalization(n, a);
    if (op == "BatchNormalization") {
      const T epsilon = static_cast<T>(a.real("epsilon", 1e-5));
      return each(n, [=](const T* x) { return (x[0] - x[3]) / std::sqrt(x[4] + epsilon) * x[1] + x[2]; });
    }
    refuse("operator " + op);
  }

  Tensor<T> product(const onnx::NodeProto& n) const {
    const Tensor<T>&x = in(n, 0), &w = in(n, 1);
    if (x.dims.size() != 2 || w.dims.size() != 2 || x.dims[1] != w.dims[0]) refuse("shapes of a product");
    const int64_t rows = x.dims[0], inner = x.dims[1], cols = w.dims[1];
    Tensor<T> y{{rows, cols}, std::vector<T>(static_cast<size_t>(rows * cols))};
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < cols; ++j) {
        T sum = 0;
        for (int64_t k = 0; k < inner; ++k)
          sum += x.values[static_cast<size_t>(i * inner + k)] * w.values[static_cast<size_t>(k * cols + j)];
        y.values[static_cast<size_t>(i * cols + j)] = sum;
      }
    if (n.input_size() < 3) return y;
    return broadcast<T>({&y, &in(n, 2)}, [](const T* v) { return v[0] + v[1]; });
  }

  Tensor<T> gather(const onnx::NodeProto& n, Attributes& a) const {
    const Tensor<T>&x = in(n, 0), &index = in(n, 1);
    if (a.integer("axis", 0) != 1 || x.dims.size() != 2 || index.dims.size() != 1) refuse("Gather");
    Tensor<T> y{{x.dims[0], index.dims[0]}, {}};
    for (int64_t i = 0; i < x.dims[0]; ++i)
      for (T k : index.values) {
        if (k < 0 || static_cast<int64_t>(k) >= x.dims[1]) refuse("Gather beyond its columns");
        y.values.push_back(x.values[static_cast<size_t>(i * x.dims[1] + static_cast<int64_t>(k))]);
      }
    return y;
  }

  Tensor<T> concat(const onnx::NodeProto& n, Attributes& a) const {
    if (a.integer("axis", 0) != 1) refuse("Concat");
    Tensor<T> y{{in(n, 0).dims.at(0), 0}, {}};
    for (const std::string& name : n.input()) y.dims[1] += at(name).dims.at(1);
    for (int64_t i = 0; i < y.dims[0]; ++i)
      for (const std::string& name : n.input()) {
        const Tensor<T>& x = at(name);
        const auto row = x.values.begin() + i * x.dims[1];
        y.values.insert(y.values.end(), row, row + x.dims[1]);
      }
    return y;
  }

  Tensor<T> softmax(const onnx::NodeProto& n, Attributes& a) const {
    if (a.integer("axis", -1) != 1) refuse("Softmax");
    Tensor<T> y = in(n, 0);
    for_rows(y, [](T* row, int64_t size) {
      const T largest = *std::max_element(row, row + size);
      T sum = 0;
      for (int64_t j = 0; j < size; ++j) sum += row[j] = std::exp(row[j] - largest);
      for (int64_t j = 0; j < size; ++j) row[j] /= sum;
    });
    return y;
  }

  Tensor<T> argmax(const onnx::NodeProto& n, Attributes& a) const {
    if (a.integer("axis", 0) != 1 || a.integer("keepdims", 1) != 0) refuse("ArgMax");
    Tensor<T> x = in(n, 0), y{{x.dims.at(0)}, {}};
    for_rows(
        x, [&](T* row, int64_t size) { y.values.push_back(static_cast<T>(std::max_element(row, row + size) - row)); });
    return y;
  }

  Tensor<T> layer_normalization(const onnx::NodeProto& n, Attributes& a) const {
    const T epsilon = static_cast<T>(a.real("epsilon", 1e-5));
    if (a.integer("axis", -1) != -1) refuse("LayerNormalization");
    Tensor<T> y = in(n, 0);
    for_rows(y, [&](T* row, int64_t size) {
      T mean = 0, variance = 0;
      for (int64_t j = 0; j < size; ++j) mean += row[j] / static_cast<T>(size);
      for (int64_t j = 0; j < size; ++j) variance += (row[j] - mean) * (row[j] - mean) / static_cast<T>(size);
      for (int64_t j = 0; j < size; ++j) row[j] = (row[j] - mean) / std::sqrt(variance + epsilon);
    });
    return broadcast<T>({&y, &in(n, 1), &in(n, 2)}, [](const T* v) { return v[0] * v[1] + v[2]; });
  }

  static void for_rows(Tensor<T>& x, const std::function<void(T*, int64_t)>& f) {
    if (x.dims.size() != 2) refuse("rows of a tensor that is no matrix");
    for (int64_t i = 0; i < x.dims[0]; ++i) f(x.values.data() + i * x.dims[1], x.dims[1]);
  }

  std::map<std::string, Tensor<T>> tensors_;
};

}  // namespace

template <class T>
std::map<std::string, Tensor<T>> evaluate(const onnx::GraphProto& graph, std::map<std::string, Tensor<T>> inputs) {
  const Machine<T> machine(graph, std::move(inputs));
  std::map<std::string, Tensor<T>> outputs;
  for (const auto& out : graph.output()) outputs[out.name()] = machine.at(out.name());
  return outputs;
}

template std::map<std::string, Tensor<float>> evaluate(const onnx::GraphProto&, std::map<std::string, Tensor<float>>);
template std::map<std::string, Tensor<double>> evaluate(const onnx::GraphProto&, std::map<std::string, Tensor<double>>);

}  // namespace retrograd::evaluation
