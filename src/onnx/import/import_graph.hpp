// A stranger's ONNX graph, read node by node into layers.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "onnx/import/import_symbol.hpp"
#include "retrograd/network.hpp"

namespace retrograd::model_file {

class ImportGraph {
 public:
  /// Reads every node. Throws Error naming node, operator and attribute for what is not supported.
  ImportGraph(const onnx::ModelProto& file, std::string source);

  /// What a graph output is; -1 if there is none of that name.
  int find(const std::string& tensor) const;
  const Symbol& symbol(int id) const { return symbols_[static_cast<size_t>(id)]; }
  /// The layer that computes a symbol, added if it was only a pattern so far. Throws Error for a piece of a pattern
  /// that did not become whole.
  std::string layer_of(int id);
  /// Makes the two columns [0, z] of a product's one column z: softmax of them is [1 − σ(z), σ(z)]. The product must
  /// not be a layer yet. Returns its layer.
  std::string widen(int id);

  Network network;  ///< inputs and layers
  std::map<std::string, std::vector<double>> values;
  bool wide = false;                 ///< some weight is double
  std::vector<std::string> columns;  ///< names of inputs [N, 1] that are the columns of a table
  std::vector<int64_t> row_shape;    ///< of the only input, if it is no table

 private:
  friend class NodeReader;

  void account_for(const onnx::NodeProto& node);
  void read_inputs(const onnx::GraphProto& graph);
  bool read_table(const onnx::GraphProto& graph, const std::vector<const onnx::ValueInfoProto*>& inputs);
  int64_t features_by_reader(const onnx::GraphProto& graph, std::string tensor) const;
  std::string make_layer(int id);
  int add(Symbol symbol);
  void define(const std::string& tensor, int id);
  std::string free_name(const std::string& type);
  std::string add_layer(Layer layer, int input);

  std::string source_;
  uint64_t asked_ = 0, most_ = 0;  ///< numbers that the nodes so far asked for, and that the file may ask for
  std::map<std::string, int> names_;
  std::vector<Symbol> symbols_;
  std::map<std::string, int> counts_;
  std::set<std::string> taken_;              ///< names of inputs and layers
  int64_t batch_ = 0;                        ///< rows that the file fixes; 0: free
  const onnx::NodeProto* joined_ = nullptr;  ///< makes a table of its columns
};

}  // namespace retrograd::model_file
