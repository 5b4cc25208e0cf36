#include "onnx/export/graph_writer.hpp"

#include <fmt/ranges.h>

#include "base/fail.hpp"
#include "data/text.hpp"
#include "onnx/export/columns.hpp"
#include "onnx/export/graph_builder.hpp"

namespace retrograd::model_file {
namespace {

using graph::ForwardProgram;

int real_type(const Model& model) {
  return model.precision() == Precision::float32 ? onnx::TensorProto::FLOAT : onnx::TensorProto::DOUBLE;
}

class GraphWriter {
 public:
  GraphWriter(const Model& model, onnx::GraphProto& graph)
      : model_(model),
        program_(model.program()),
        graph_(graph),
        interface_(interface_of(program_, model.spec())),
        names_(program_, model.spec(), interface_),
        builder_(graph, names_, real_type(model)) {}

  void run() {
    graph_.set_name("retrograd");
    graph_.set_doc_string(
        fmt::format("{} layers, {} trained parameters", program_.network.layers.size(), program_.trained_count()));
    tensors_.resize(program_.values.size());
    if (interface_.table()) write_column_inputs(builder_, model_.spec(), interface_, names_);
    for (const int id : program_.inputs) input(id);
    parameters();
    for (const graph::Equation& eq : program_.equations)
      if (eq.for_prediction) equation(eq);
    outputs();
  }

 private:
  const graph::Value& value(int id) const { return program_.values[static_cast<size_t>(id)]; }
  int features(int id) const { return value(id).features; }

  void input(int id) {
    const std::string& name = names_.value(id);
    tensors_[static_cast<size_t>(id)] = name;
    if (interface_.table()) {
      const auto& columns = value(id).name == "numeric" ? interface_.numeric : interface_.categorical;
      write_columns(builder_, model_.spec(), columns, names_, name);
      return;
    }
    const std::vector<int64_t>& shape = model_.spec().row_shape;
    describe(*graph_.add_input(), name, builder_.real(), features(id),
             shape.size() > 1 ? fmt::format("rows [{}] as one, last index fastest", fmt::join(shape, ", "))
                              : fmt::format("{} numbers a row", features(id)));
  }

  void parameters() {
    for (size_t i = 0; i < program_.parameters.size(); ++i) {
      const graph::Parameter& p = program_.parameters[i];
      onnx::TensorProto& t =
          builder_.add_tensor(names_.parameter(static_cast<int>(i)), builder_.real(), parameter_dims(p), p.size());
      t.set_doc_string(p.trained ? "trained" : "from the training data");
      if (builder_.real() == onnx::TensorProto::DOUBLE)
        t.set_raw_data(model_.parameters_f64().data() + p.offset, p.size() * sizeof(double));
      else
        t.set_raw_data(model_.parameters_f32().data() + p.offset, p.size() * sizeof(float));
    }
  }

  /// The nodes of one equation; the tensor that holds its value gets the value's name.
  void equation(const graph::Equation& eq) {
    const std::string& name = names_.value(eq.output);
    if (eq.op->to_onnx == nullptr) fail("operator '{}' of '{}' cannot be written as ONNX", eq.op->info->name, name);
    ops::OnnxUse use;
    use.signature = &eq.signature;
    use.shapes = &eq.shapes;
    for (int in : eq.inputs) use.inputs.push_back(tensors_[static_cast<size_t>(in)]);
    for (int p : eq.parameters) use.parameters.push_back(names_.parameter(p));
    std::vector<std::string> reads = use.inputs;
    reads.insert(reads.end(), use.parameters.begin(), use.parameters.end());
    builder_.section(name, fmt::format("{} = {}({})", name, eq.op->info->name, fmt::join(reads, ", ")));
    const int first = graph_.node_size();
    const std::string result = eq.op->to_onnx(builder_, use);
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
    if (!made_here) builder_.add_node("Identity", {tensor_name}, name);  // the operator handed its input on
    tensors_[static_cast<size_t>(id)] = name;
    const bool output = id == program_.prediction || name == names_.logits();
    if (!output) describe(*graph_.add_value_info(), name, builder_.real(), features(id));
  }

  void outputs() {
    const int id = program_.prediction;
    const std::string& p = tensors_[static_cast<size_t>(id)];
    const std::vector<std::string> targets = model_.spec().classes();
    const bool named = static_cast<int>(targets.size()) == features(id);
    const std::string listing = named ? ": " + listed(targets, 100) : std::string();
    if (interface_.head == Head::value) {
      describe(*graph_.add_output(), p, builder_.real(), features(id), "the prediction in the target's unit" + listing);
      return;
    }
    if (interface_.head == Head::classes)
      class_label(p);
    else
      label_of_each(p, features(id), listing);
    describe(*graph_.add_output(), p, builder_.real(), features(id),
             (interface_.head == Head::classes ? "probability of each class" : "probability of each label") + listing);
    if (names_.logits().empty()) return;
    const std::vector<int> members = logits_of_members(program_, interface_);
    if (members.size() > 1) ensemble_logits(p, members);
    describe(*graph_.add_output(), names_.logits(), builder_.real(), features(members[0]),
             std::string(members.size() > 1 ? "of the mean probabilities, " : "") +
                 (interface_.head == Head::classes ? "before softmax" : "before the sigmoid"));
  }

  /// What softmax or sigmoid makes the means of the members' probabilities of: ln p, or ln p − ln(1 − p).
  void ensemble_logits(const std::string& p, const std::vector<int>& members) {
    builder_.section(names_.logits(), "numbers whose probabilities are the means of the members'");
    const auto log = [&](const std::string& of, const std::string& name) {
      const std::string positive = builder_.node("Max", {of, builder_.constant({kLeastProbability})});
      return builder_.add_node("Log", {positive}, name).output(0);
    };
    if (interface_.head == Head::classes) {
      log(p, names_.logits());
      return;
    }
    std::vector<std::string> others;  // 1 − p, with its digits where p is near 1
    for (const int member : members)
      others.push_back(builder_.node("Sigmoid", {builder_.node("Neg", {tensors_[static_cast<size_t>(member)]})}));
    const std::string other =
        builder_.node("Div", {builder_.node("Sum", others), builder_.constant({static_cast<double>(members.size())})});
    builder_.add_node("Sub", {log(p, {}), log(other, {})}, names_.logits());
  }

  void class_label(const std::string& p) {
    const std::vector<std::string>& classes = interface_.classes;
    builder_.section(names_.label(), "the most probable class; of equals the first");
    bool codes = classes.empty();  // or class k is called k
    for (size_t k = 0; k < classes.size() && (k == 0 || codes); ++k) codes = classes[k] == std::to_string(k);
    const std::vector<ops::OnnxAttribute> attributes = {ops::onnx_attribute("axis", int64_t{1}),
                                                        ops::onnx_attribute("keepdims", int64_t{0})};
    const std::string code =
        builder_.add_node("ArgMax", {p}, codes ? names_.label() : std::string(), attributes).output(0);
    if (!codes) {
      std::vector<int64_t> integers;
      if (interface_.integer_classes)
        for (const std::string& c : classes) integers.push_back(std::stoll(c));
      const auto count = static_cast<int64_t>(classes.size());
      const std::string table =
          interface_.integer_classes ? builder_.constant_int64(integers, {count}) : builder_.constant_text(classes);
      builder_.add_node("Gather", {table, code}, names_.label(), {ops::onnx_attribute("axis", int64_t{0})});
    }
    const bool text = !classes.empty() && !interface_.integer_classes;
    describe(*graph_.add_output(), names_.label(), text ? onnx::TensorProto::STRING : onnx::TensorProto::INT64, 0,
             classes.empty() ? "code of the most probable class, counted from 0" : "the most probable class");
  }

  void label_of_each(const std::string& p, int count, const std::string& listing) {
    builder_.section(names_.label(), "1 where the probability is above 1/2");
    const std::string above = builder_.node("Greater", {p, builder_.constant({0.5})});
    builder_.add_node("Cast", {above}, names_.label(), {ops::onnx_attribute("to", int64_t{onnx::TensorProto::INT64})});
    describe(*graph_.add_output(), names_.label(), onnx::TensorProto::INT64, count,
             "1 where the probability is above 1/2, else 0" + listing);
  }

  const Model& model_;
  const ForwardProgram& program_;
  onnx::GraphProto& graph_;
  const Interface interface_;
  TensorNames names_;
  GraphBuilder builder_;
  std::vector<std::string> tensors_;  ///< name of each value's tensor
};

}  // namespace

void write_graph(const Model& model, onnx::GraphProto& graph) { GraphWriter(model, graph).run(); }

}  // namespace retrograd::model_file
