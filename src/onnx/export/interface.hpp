// What a model's graph looks like from outside: its inputs and outputs, and what they mean.
#pragma once

#include <string>
#include <vector>

#include "graph/program.hpp"
#include "retrograd/data.hpp"

namespace retrograd::model_file {

/// One column of a table as an input [N, 1] of the graph.
struct ColumnInput {
  int column = 0;     ///< index in the dataspec
  bool text = false;  ///< a string tensor; else float32
};

/// What the prediction is, and with it which outputs there are.
enum class Head {
  classes,  ///< label [N], probabilities [N, K], logits [N, K]: softmax
  labels,   ///< label [N, K] of 0 and 1, probabilities [N, K], logits [N, K]: a sigmoid each
  value,    ///< value [N, K] in the target's unit
};

struct Interface {
  /// The columns that the network's inputs "numeric" and "categorical" are made of, in order; both empty when the graph
  /// takes the network's inputs as tensors.
  std::vector<ColumnInput> numeric, categorical;
  Head head = Head::value;
  std::vector<std::string> classes;  ///< names by code; empty: label is the code itself
  bool integer_classes = false;      ///< the names are integers, so label is int64

  bool table() const { return !numeric.empty() || !categorical.empty(); }
};

/// A function of its arguments alone, so that reading finds what writing named.
Interface interface_of(const graph::ForwardProgram& program, const DataSpec& spec);

/// Whether a boolean column is the numbers 0 and 1, which are given as numbers and not as words.
bool is_zero_one(const ColumnSpec& column);

}  // namespace retrograd::model_file
