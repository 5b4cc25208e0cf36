// Training that starts from a trained network: one of ours, or one read from another program's ONNX file.
#pragma once

#include <optional>

#include "retrograd/model.hpp"
#include "retrograd/train.hpp"

namespace retrograd {

struct Start {
  Prepared prepared;  ///< the model's network, all its parameters and constants as the start
  DataSpec spec;      ///< by which the new data are read: the model's own
};

/// Fine-tuning: the same network, started from the model's parameters. The data must be read with `spec` (load_with),
/// so that categories and classes keep their codes. `task` may turn a network that predicts K >= 2 numbers into a
/// classifier of K classes "0" … "K−1" (softmax_xent), as networks of other programs end in logits; every other change
/// of the task is refused. Throws Error.
Start start_from(const Model& model, std::optional<Task> task = {});

}  // namespace retrograd
