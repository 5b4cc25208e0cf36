// The two programs: a network description compiled to a list of typed equations, and that list reversed.
// Everything else reads these two lists: the plan executes them, explain derives from them, onnx writes them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "retrograd/network.hpp"
#include "retrograd/operator.hpp"

namespace retrograd::graph {

enum class Role { input, target, hidden, loss, prediction };

/// A value of the forward program: one matrix of `features` columns, one row a sample.
struct Value {
  std::string name;
  int features = 0;
  Role role = Role::hidden;
  int equation = -1;            ///< the equation that defines it; -1 for inputs and the target
  bool needs_gradient = false;  ///< a trained parameter lies above it and the loss below it
  bool for_loss = false;        ///< the loss depends on it
  bool for_prediction = false;  ///< the prediction depends on it
};

/// A parameter or constant in the flat buffer: elements [offset, offset + rows*cols), row-major.
struct Parameter {
  std::string name;
  int rows = 1, cols = 1;
  size_t offset = 0;
  bool trained = true;
  bool decays = false;
  double rate = 1, decay = 0;  ///< what multiplies the learning rate, and the weight decay, for it
  std::string initializer;
  double argument = 0;  ///< of the initialiser
  int equation = -1;
  size_t size() const { return static_cast<size_t>(rows) * static_cast<size_t>(cols); }
};

/// output = op(inputs…; parameters…)
struct Equation {
  const ops::Operator* op = nullptr;
  ops::Signature signature;
  ops::Shapes shapes;
  std::vector<int> inputs;      ///< values
  std::vector<int> parameters;  ///< in the operator's order
  int output = -1;              ///< value
  bool for_loss = false;
  bool for_prediction = false;
};

struct ForwardProgram {
  Network network;
  std::vector<Value> values;
  std::vector<Parameter> parameters;  ///< trained ones first in the buffer
  std::vector<Equation> equations;    ///< in an order in which each reads only what is defined
  std::vector<int> inputs;            ///< values, in the order of network.inputs
  int target = -1;                    ///< value "y"
  int loss = -1;                      ///< value "l" [N, 1]
  int logits = -1;                    ///< what the loss reads (z of the last layer)
  int prediction = -1;                ///< p, or the predicted number
  size_t trained_size = 0;            ///< elements of trained parameters, padding included
  size_t total_size = 0;              ///< with constants

  int value(std::string_view name) const;                   ///< id, or -1
  const Parameter* parameter(std::string_view name) const;  ///< nullptr when there is none
  int64_t trained_count() const;                            ///< trained numbers without padding
  /// Floating-point operations of one row: forward, and of a whole training step (6·I·O a linear layer, 4 the first).
  double flops_forward() const;
  double flops_step() const;
};

/// ∂L/∂(a value), or the sum of several such along different paths.
struct Gradient {
  std::string name;
  int value = -1;
};

/// One equation of the reverse program, linked to the forward equation that it came from.
struct ReverseEquation {
  enum class Kind {
    seed,  ///< output = ∂L/∂l_n: the row's weight times the scale
    vjp,   ///< dx…, dparameters… = reverse of the forward equation applied to dy
    add    ///< output = sum of the gradients that reach one value along several paths
  };
  Kind kind = Kind::vjp;
  int forward = -1;               ///< forward equation (vjp)
  int dy = -1;                    ///< gradient read (vjp)
  std::vector<int> dx;            ///< gradient written for each input (vjp); -1: not wanted
  bool wants_parameters = false;  ///< has trained parameters (vjp)
  std::vector<int> terms;         ///< gradients summed (add)
  int output = -1;                ///< gradient written (seed, add)
};

struct ReverseProgram {
  std::vector<Gradient> gradients;
  std::vector<ReverseEquation> equations;  ///< in the order in which the backward pass runs
};

/// Checks and compiles a description. Throws Error naming the layer, both shapes and the fix.
ForwardProgram compile(const Network& network);

/// Reverses a forward program that has a loss.
ReverseProgram reverse(const ForwardProgram& program);

/// One equation a line, with the shapes of what it defines.
std::string print(const ForwardProgram& program);
std::string print(const ForwardProgram& program, const ReverseProgram& reverse);
/// A table of layers: name, operator, shape, parameters, flops a row.
std::string summary(const ForwardProgram& program);

/// The description as JSON and back. `from_json` checks everything and throws Error: it may come from a stranger's
/// file.
std::string to_json(const Network& network);
Network network_from_json(std::string_view json);

/// Initial values of all parameters ([total_size]); constants get 0 (mean, fill) or 1 (scale, variance) by their rule.
template <class T>
void initialize(const ForwardProgram& program, uint64_t seed, T* parameters);

}  // namespace retrograd::graph
