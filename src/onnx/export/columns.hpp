// The front of a table's graph: raw columns in, the network's inputs "numeric" and "categorical" out.
#pragma once

#include <string>
#include <vector>

#include "onnx/export/graph_builder.hpp"
#include "onnx/export/interface.hpp"

namespace retrograd::model_file {

/// Adds one input [N, 1] a column, in the order of the training data; `names` holds their names.
void write_column_inputs(GraphBuilder& builder, const DataSpec& spec, const Interface& interface,
                         const TensorNames& names);

/// Adds the nodes that encode columns by the rules of retrograd/data.hpp, as far as a graph can, which raises no
/// errors: a word that is neither of a boolean's two is missing. They make `output` [N, columns.size()] of the model's
/// real type.
void write_columns(GraphBuilder& builder, const DataSpec& spec, const std::vector<ColumnInput>& columns,
                   const TensorNames& names, const std::string& output);

/// Which texts stand for which number, in the order of the graph's table; all others are -1 for a category and NaN for
/// a boolean.
std::vector<std::pair<std::string, float>> text_values(const ColumnSpec& column,
                                                       const std::vector<std::string>& missing_texts);

}  // namespace retrograd::model_file
