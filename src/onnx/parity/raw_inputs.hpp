// The rows of a data source as the tensors that a model's graph takes.
#pragma once

#include "onnx/export/interface.hpp"
#include "onnx/tensor.hpp"
#include "retrograd/model.hpp"

namespace retrograd::parity {

/// One tensor [N, 1] a column, by name: numbers as float, texts as they are in the file (numbers among them in
/// canonical form, missing ones empty); or the arrays' tensors [N, features]. `data` are the same rows, encoded. Throws
/// Error.
evaluation::Tensors raw_inputs(const Model& model, const std::string& source, const Dataset& data);

/// The same of encoded arrays alone.
evaluation::Tensors array_inputs(const Model& model, const Dataset& data);

/// Rows [begin, end) of every tensor.
evaluation::Tensors rows_of(const evaluation::Tensors& all, int64_t begin, int64_t end);
/// Appends the rows of `more`; an empty `all` becomes `more`.
void append_rows(evaluation::Tensors& all, const evaluation::Tensors& more);

}  // namespace retrograd::parity
