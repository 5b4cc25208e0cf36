#include "onnx/graph_writer.hpp"

#include <fmt/ranges.h>

#include <bit>
#include <cstring>

#include "base/fail.hpp"

namespace retrograd::model_file {
namespace {

using graph::ForwardProgram;

static_assert(std::endian::native == std::endian::little, "raw tensor data are little-endian");

/// One writer a graph; rooms see it as an OnnxWriter.
class GraphWriter final : public ops::OnnxWriter {
 public:
  GraphWriter(const Model& model, onnx::GraphProto& graph)
      : model_(model), program_(model.program()), graph_(graph), names_(program_) {
    real_ = model.precision() == Precision::float32 ? onnx::TensorProto::FLOAT : onnx::TensorProto::DOUBLE;
  }

  void run() {
    graph_.set_name("retrograd");
    graph_.set_doc_string(
        fmt::format("{} layers, {} trained parameters", program_.network.layers.size(), program_.trained_count()));
    inputs();
    parameters();
    tensors_.resize(program_.values.size());
    for (int id : program_.inputs) tensors_[static_cast<size_t>(id)] = names_.value(id);
    for (const graph::Equation& eq : program_.equations)
      if (eq.for_prediction) equation(eq);
    outputs();
  }

  std::string node(std::string_view op_type, std::vector<std::string> in,
                   std::vector<ops::OnnxAttribute> attributes) override {
    onnx::NodeProto& n = *graph_.add_node();
    n.set_op_type(std::string(op_type));
    n.set_name(names_.fresh(fmt::format("{}/{}", prefix_, op_type)));
    for (std::string& name : in) n.add_input(std::move(name));
    n.add_output(n.name());
    for (const ops::OnnxAttribute& a : attributes) write(a, *n.add_attribute());
    return n.name();
  }

  std::string constant(std::vector<double> values, std::vector<int64_t> dims) override {
    onnx::TensorProto& t = tensor(names_.fresh(prefix_ + "/constant"), real_, dims, values.size());
    if (real_ == onnx::TensorProto::DOUBLE)
      t.set_raw_data(values.data(), values.size() * sizeof(double));
    else
      t.set_raw_data(std::vector<float>(values.begin(), values.end()).data(), values.size() * sizeof(float));
    return t.name();
  }

  std::string constant_int64(std::vector<int64_t> values, std::vector<int64_t> dims) override {
    onnx::TensorProto& t = tensor(names_.fresh(prefix_ + "/constant"), onnx::TensorProto::INT64, dims, values.size());
    t.set_raw_data(values.data(), values.size() * sizeof(int64_t));
    return t.name();
  }

 private:
  static void write(const ops::OnnxAttribute& from, onnx::AttributeProto& to) {
    using Type = ops::OnnxAttribute::Type;
    to.set_name(from.name);
    switch (from.type) {
      case Type::integer:
        to.set_type(onnx::AttributeProto::INT);
        to.set_i(from.integer);
        break;
      case Type::real:
        to.set_type(onnx::AttributeProto::FLOAT);
        to.set_f(static_cast<float>(from.real));
        break;
      case Type::integers:
        to.set_type(onnx::AttributeProto::INTS);
        for (int64_t v : from.integers) to.add_ints(v);
        break;
      case Type::reals:
        to.set_type(onnx::AttributeProto::FLOATS);
        for (double v : from.reals) to.add_floats(static_cast<float>(v));
        break;
      case Type::string:
        to.set_type(onnx::AttributeProto::STRING);
        to.set_s(from.string);
        break;
    }
  }

  onnx::TensorProto& tensor(const std::string& name, int type, const std::vector<int64_t>& dims, size_t values) {
    size_t count = 1;
    for (int64_t d : dims) count *= static_cast<size_t>(d);
    if (count != values) fail("'{}': {} values do not fill a tensor [{}]", name, values, fmt::join(dims, ", "));
    onnx::TensorProto& t = *graph_.add_initializer();
    t.set_name(name);
    t.set_data_type(type);
    for (int64_t d : dims) t.add_dims(d);
    return t;
  }

  /// [N] when `features` is 0.
  static void describe(onnx::ValueInfoProto& info, const std::string& name, int type, int features) {
    info.set_name(name);
    onnx::TypeProto_Tensor& t = *info.mutable_type()->mutable_tensor_type();
    t.set_elem_type(type);
    t.mutable_shape()->add_dim()->set_dim_param("N");
    if (features > 0) t.mutable_shape()->add_dim()->set_dim_value(features);
  }

  int features(int id) const { return program_.values[static_cast<size_t>(id)].features; }

  void inputs() {
    const std::vector<int> columns = model_.spec().with_role(ColumnRole::feature);
    for (int id : program_.inputs) {
      onnx::ValueInfoProto& info = *graph_.add_input();
      describe(info, names_.value(id), real_, features(id));
      const std::string& name = program_.values[static_cast<size_t>(id)].name;
      std::vector<std::string> read;
      for (int c : columns) {
        const ColumnSpec& column = model_.spec().columns[static_cast<size_t>(c)];
        const bool categorical = column.type == ColumnType::categorical;
        if (name == (categorical ? "categorical" : "numeric")) read.push_back(column.name);
      }
      if (!read.empty()) info.set_doc_string(fmt::format("columns: {}", fmt::join(read, ", ")));
    }
  }

  void parameters() {
    for (size_t i = 0; i < program_.parameters.size(); ++i) {
      const graph::Parameter& p = program_.parameters[i];
      onnx::TensorProto& t = tensor(names_.parameter(static_cast<int>(i)), real_, parameter_dims(p), p.size());
      if (real_ == onnx::TensorProto::DOUBLE)
        t.set_raw_data(model_.parameters_f64().data() + p.offset, p.size() * sizeof(double));
      else
        t.set_raw_data(model_.parameters_f32().data() + p.offset, p.size() * sizeof(float));
    }
  }

  /// The nodes of one equation; the tensor that holds its value gets the value's name.
  void equation(const graph::Equation& eq) {
    prefix_ = names_.value(eq.output);
    if (eq.op->to_onnx == nullptr) fail("operator '{}' of '{}' cannot be written as ONNX", eq.op->info->name, prefix_);
    ops::OnnxUse use;
    use.signature = &eq.signature;
    use.shapes = &eq.shapes;
    for (int in : eq.inputs) use.inputs.push_back(tensors_[static_cast<size_t>(in)]);
    for (int p : eq.parameters) use.parameters.push_back(names_.parameter(p));
    const int first = graph_.node_size();
    const std::string result = eq.op->to_onnx(*this, use);
    name_value(result, first, eq.output);
  }

  void name_value(const std::string& tensor_name, int first_node, int id) {
    const std::string& name = names_.value(id);
    bool made_here = false;
    for (int k = first_node; k < graph_.node_size(); ++k) {
      onnx::NodeProto& n = *graph_.mutable_node(k);
      for (std::string& out : *n.mutable_output())
        if (out == tensor_name) {
          out = name;
          made_here = true;
        }
      for (std::string& in : *n.mutable_input())
        if (in == tensor_name && made_here) in = name;
    }
    if (!made_here) {  // the operator handed its input on
      onnx::NodeProto& n = *graph_.add_node();
      n.set_op_type("Identity");
      n.set_name(names_.fresh(name + "/Identity"));
      n.add_input(tensor_name);
      n.add_output(name);
    }
    tensors_[static_cast<size_t>(id)] = name;
    if (id != program_.prediction && !is_output(id)) describe(*graph_.add_value_info(), name, real_, features(id));
  }

  /// What the loss reads is an output of its own when the prediction is made from it.
  bool is_output(int id) const {
    return id == program_.logits && id != program_.prediction &&
           program_.values[static_cast<size_t>(id)].for_prediction &&
           (program_.network.loss_type == "softmax_xent" || program_.network.loss_type == "sigmoid_bce") &&
           program_.values[static_cast<size_t>(id)].role != graph::Role::input;
  }

  void outputs() {
    std::string p = tensors_[static_cast<size_t>(program_.prediction)];
    onnx::ValueInfoProto& info = *graph_.add_output();
    describe(info, p, real_, features(program_.prediction));
    const std::vector<std::string> classes = model_.spec().classes();
    if (static_cast<int>(classes.size()) == features(program_.prediction))
      info.set_doc_string(fmt::format("{}: {}", program_.network.loss_type == "softmax_xent" ? "classes" : "outputs",
                                      fmt::join(classes, ", ")));
    if (is_output(program_.logits)) {
      onnx::ValueInfoProto& logits = *graph_.add_output();
      describe(logits, names_.value(program_.logits), real_, features(program_.logits));
      logits.set_doc_string("what the loss reads: before softmax or sigmoid");
    }
    if (program_.network.loss_type != "softmax_xent") return;
    onnx::NodeProto& n = *graph_.add_node();
    n.set_op_type("ArgMax");
    n.set_name(names_.fresh(p + "/ArgMax"));
    n.add_input(p);
    n.add_output(names_.fresh("label"));
    write(ops::onnx_attribute("axis", int64_t{1}), *n.add_attribute());
    write(ops::onnx_attribute("keepdims", int64_t{0}), *n.add_attribute());
    onnx::ValueInfoProto& label = *graph_.add_output();
    describe(label, n.output(0), onnx::TensorProto::INT64, 0);
    label.set_doc_string("code of the most probable class, counted from 0");
  }

  const Model& model_;
  const ForwardProgram& program_;
  onnx::GraphProto& graph_;
  TensorNames names_;
  int real_;
  std::string prefix_;
  std::vector<std::string> tensors_;  ///< name of each value's tensor
};

}  // namespace

void write_graph(const Model& model, onnx::GraphProto& graph) { GraphWriter(model, graph).run(); }

}  // namespace retrograd::model_file
