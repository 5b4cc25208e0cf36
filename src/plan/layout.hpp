// Where the buffers of an executor lie in its memory.
#pragma once

#include <cstdint>
#include <map>
#include <utility>

#include "graph/program.hpp"

namespace retrograd::plan {

/// The kinds of buffers, each with an index: of a value, an equation or a gradient.
enum class Buffer { value, weights, saved, workspace_rows, workspace_batch, gradient };

/// Where the buffers lie, in floats.
struct Layout {
  std::map<std::pair<Buffer, size_t>, size_t> places;
  size_t floats = 0;
};

/// For batches of up to `max_rows`; `reverse` null: inference only. A training step has every buffer for itself, as the
/// backward pass reads what the forward pass left. In inference values that no later equation reads make room for
/// others; the inputs, the target, the weights, the prediction and the loss stay.
Layout layout_of(const graph::ForwardProgram& program, const graph::ReverseProgram* reverse, int64_t max_rows);

/// Bytes of that, before anything is allocated: a number too large for any memory does not overflow.
double bytes_of(const graph::ForwardProgram& program, const graph::ReverseProgram* reverse, int64_t max_rows);

/// The same with every buffer for itself.
double bytes_without_reuse(const graph::ForwardProgram& program, const graph::ReverseProgram* reverse,
                           int64_t max_rows);

}  // namespace retrograd::plan
