// What a run leaves open is decided here, once, with reasons.
#pragma once

#include <string>
#include <vector>

#include "graph/program.hpp"
#include "retrograd/train.hpp"

namespace retrograd::training {

/// The options with every open choice filled in (batch, learning rate, weight decay, metric, threads, schedule in
/// full). Appends a line for each decision but threads: these are an estimate, see choose_threads(). Throws Error for
/// impossible values, naming the option and what is allowed.
TrainOptions complete(const TrainOptions& options, const DataSpec& spec, int64_t rows, bool has_valid,
                      const graph::ForwardProgram& program, std::vector<std::string>& decisions);

}  // namespace retrograd::training
