// The rows of a step into what computes it: inputs, target and weights, images augmented on the way.
#pragma once

#include "plan/executor.hpp"
#include "plan/reference_executor.hpp"
#include "train/engine/augment.hpp"
#include "train/engine/engine.hpp"
#include "train/engine/gather.hpp"

namespace retrograd::training {

/// Panels [panels.begin, panels.end) of the batch `index`. `scratch`: the thread's; needed where `rows` has an
/// augmenter. Without one `when` means nothing.
void gather_rows(const graph::ForwardProgram& program, const Rows& rows, std::span<const int64_t> index,
                 const Augmenter::When& when, Range panels, plan::Executor& executor, Augmenter::Scratch* scratch);

/// The whole batch; the floats are those of gather_rows().
template <class T>
void fill_rows(const graph::ForwardProgram& program, const Rows& rows, std::span<const int64_t> index,
               const Augmenter::When& when, plan::ReferenceExecutor<T>& executor);

}  // namespace retrograd::training
