// One node of a stranger's graph: what its outputs are.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "onnx/import/import_graph.hpp"

namespace retrograd::model_file {

class NodeReader {
 public:
  NodeReader(ImportGraph& graph, const onnx::NodeProto& node) : graph_(graph), node_(node) {}
  /// Defines the node's outputs. Throws Error naming the node, its operator and the attribute that is not supported.
  void read();

 private:
  using Handler = void (NodeReader::*)();
  static Handler handler(const std::string& domain, const std::string& op_type);

  // Inputs.
  int id(int input) const;
  bool given(int input) const { return input < node_.input_size() && !node_.input(input).empty(); }
  const Symbol& in(int input) const { return graph_.symbol(id(input)); }
  bool is_constant(int input) const { return in(input).form == Form::constant; }
  const Constant& constant(int input) const;
  /// A constant as one number a feature; `features` 0: any number of them.
  std::vector<double> per_feature(int input, int64_t features) const;
  /// [N, F] with F features. Throws Error for more dimensions.
  const Symbol& rows(int input) const;
  /// The constant and the other one of two inputs; -1 if not exactly one is constant.
  int constant_of_two() const;

  // Attributes; each that is there must be asked for.
  double number(const char* name, double otherwise);
  int64_t whole(const char* name, int64_t otherwise);
  std::vector<double> numbers(const char* name);
  std::vector<std::string> texts(const char* name);
  const onnx::AttributeProto* attribute(const char* name);
  void check_attributes() const;

  // Outputs.
  void result(Symbol symbol);
  void same_as(int input);
  Symbol made(Form form, int base, std::vector<int64_t> shape) const;

  [[noreturn]] void refuse(const std::string& why) const;
  std::string named() const;

  // Operators.
  void read_constant_node();
  void read_shape();
  void read_alias();
  void read_reshape();
  void read_gemm();
  void read_matmul();
  void read_activation();
  void read_softmax();
  void read_prelu();
  void read_clip();
  void read_dropout();
  void read_batch_norm();
  void read_layer_norm();
  void read_add();
  void read_sub();
  void read_mul();
  void read_div();
  void read_neg();
  void read_pow();
  void read_sqrt();
  void read_erf();
  void read_reduce_mean();
  void read_concat();
  void read_argmax();
  void read_class_of_label();
  void read_scaler();
  void read_imputer();
  void read_zipmap();
  void read_binarizer();

  bool multiply(int a, int b);
  void affine(int base, std::vector<double> mean, std::vector<double> scale);
  void activate(int base, const std::string& type, std::map<std::string, double> attributes = {});

  ImportGraph& graph_;
  const onnx::NodeProto& node_;
  std::set<std::string> asked_;
};

}  // namespace retrograd::model_file
