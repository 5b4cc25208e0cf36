// The contract of an operator: what one room must say of itself. One room (a struct with static members) per operator;
// `make_operator<Room>()` erases its type, and a missing obligation is a compile error.
//
// Life of an operator in a training step:
//   1 shape            the network is described: sizes are checked, parameters declared
//   2 forward_batch    (only if declared) sums over the samples that forward needs, split over items
//   3 forward          y from x, split over panels of 32 samples; may write `saved` for its own backward
//   4 backward         dx from dy, split over panels; may write `workspace`
//   5 backward_batch   (only if declared) sums over the samples: gradients of parameters, split over items.
//                      Runs before 4 when `batch_first`, else after it.
// Explaining reads `formula`, checking reads the reference, exporting reads `to_onnx`.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "retrograd/formula.hpp"
#include "retrograd/shards.hpp"

namespace retrograd::ops {

/// Half-open range [begin, end) of panels or items.
struct Span {
  int64_t begin = 0;
  int64_t end = 0;
};

enum class Kind { linear, activation, combine, normalise, dropout, preprocess, loss };

/// A number that configures an operator, e.g. the slope of leaky_relu.
struct AttributeSpec {
  std::string_view name;
  double initial;   ///< default
  double min, max;  ///< closed range of allowed values
  std::string_view doc;
};

/// What is fixed of an operator, before any shape is known.
struct OperatorInfo {
  std::string_view name;  ///< lower_snake, unique
  std::string_view doc;   ///< one sentence
  Kind kind;
  int min_inputs = 1, max_inputs = 1;
  std::span<const std::string_view>
      input_names;               ///< names in formulas; the last one repeats when there are more inputs
  std::string_view output_name;  ///< name in formulas
  std::span<const AttributeSpec> attributes = {};
  /// Declared error bounds in ulp of the result's largest term: float kernel against the double reference on ordinary
  /// data. 0: nothing but additions and fused multiply-adds in the contract's order.
  double forward_ulp = 0, backward_ulp = 0;
  std::span<const double> kinks = {};  ///< inputs at which the derivative jumps; `kink_gain` says what is taken there
  std::span<const double> kink_gains = {};
  /// Activations: the initialiser that suits the weights below them, where the network names none.
  std::string_view initializer = "glorot_uniform";
  bool batch_first = false;   ///< backward reads what backward_batch computed (batch norm)
  bool target_input = false;  ///< the second input is the target y: it asks for no gradient (losses)
  std::string_view source;    ///< paper and section, or "definition"
};

/// A parameter that an operator owns.
struct ParameterSpec {
  std::string name;        ///< name in formulas: "W", "b", "gamma", …
  int rows = 1, cols = 1;  ///< row-major [rows, cols]; W is [in, out]; vectors are [1, F]
  bool trained = true;     ///< false: a constant of the data (mean, scale) or a running statistic
  bool decays = false;     ///< weight decay, L1, L2 and max-norm apply (weights, not biases)
  /// Default initialiser: "fan" takes the network's (he for relu-like, glorot otherwise); "zeros", "ones".
  std::string initializer = "zeros";
  double initializer_argument = 0;  ///< of "normal", "uniform", "constant"; a gain for the others (0: 1)
};

/// The inputs of one use of an operator.
struct Signature {
  std::vector<int> features;       ///< features of each input
  std::vector<double> attributes;  ///< one a spec, in order
  int units = 0;                   ///< outputs asked for (linear); 0 otherwise
  /// Sizes that are neither features nor numbers, e.g. the number of categories of each column (one_hot).
  std::vector<int> sizes;
};

/// What the shape rule answers.
struct Shapes {
  int output = 0;                         ///< features of the output
  std::vector<ParameterSpec> parameters;  ///< in the order of the kernels' `parameters`
  int saved = 0;                          ///< features of the panel buffer that forward keeps for backward
  int workspace_row = 0;                  ///< floats of workspace per (padded) row
  int workspace_batch = 0;                ///< floats of workspace per batch (statistics)
  int64_t forward_items = 0;              ///< items that forward_batch is split over; 0: not called
  int64_t backward_items = 0;             ///< items that backward_batch is split over; 0: not called
  /// Batches in several processes: ranges of workspace_batch that hold sums over the samples of one process after each
  /// stage but the last of forward_batch and backward_batch, and over those of all when the next stage begins. Where
  /// backward_batch has such stages, its last one writes gradients of the whole batch.
  std::vector<Span> forward_sums = {}, backward_sums = {};
  double flops_forward = 0, flops_backward = 0;  ///< per row; backward without dx for a first layer is half for linear
};

/// Key of the random numbers of one equation in one step (dropout): never of threads.
struct RandomKey {
  uint64_t seed = 0;
  uint64_t step = 0;
  uint32_t equation = 0;
  double strength = 1;    ///< what multiplies dropout's rate in this step (a schedule), 0 to 1
  int64_t first_row = 0;  ///< place in the batch of the call's first row; a multiple of 32
};

/// One use of an operator on one batch, float32, panel layout [ceil(rows/32)][features][32]. Padding lanes of the last
/// panel hold zeros in inputs and in dy, and must hold finite numbers in y and zeros or finite numbers in dx.
struct Call {
  const Signature* signature = nullptr;
  const Shapes* shapes = nullptr;
  int64_t rows = 0;
  std::span<const Shard> shards;  ///< of the sums over samples: taken apart, then added by their tree; empty: one sum
  int64_t batch_rows = 0;         ///< where `rows` are a part of a batch: the rows of all of it; else 0
  int stage = -1;                 ///< of forward_batch and backward_batch (Shapes::forward_sums); −1: all of them
  bool training = false;
  RandomKey key;
  const float* const* x = nullptr;     ///< inputs
  float* const* parameters = nullptr;  ///< read only, except running statistics when training
  float* y = nullptr;                  ///< output
  float* saved = nullptr;
  float* workspace_rows = nullptr;  ///< [padded rows * workspace_row]
  float* workspace_batch = nullptr;
  const float* dy = nullptr;            ///< ∂L/∂y
  float* const* dx = nullptr;           ///< ∂L/∂x of each input, overwritten; null entries are not wanted
  float* const* dparameters = nullptr;  ///< gradients of trained parameters, overwritten; null for constants

  int64_t all_rows() const { return batch_rows > 0 ? batch_rows : rows; }
  int features(int input) const { return signature->features[static_cast<size_t>(input)]; }
  double attribute(int k) const { return signature->attributes[static_cast<size_t>(k)]; }
};

/// The same on plain row-major matrices [rows][features], for the reference (T = float or double).
template <class T>
struct Reference {
  const Signature* signature = nullptr;
  const Shapes* shapes = nullptr;
  int64_t rows = 0;
  std::span<const Shard> shards;
  bool training = false;
  RandomKey key;
  const T* const* x = nullptr;
  T* const* parameters = nullptr;
  T* y = nullptr;
  const T* dy = nullptr;
  T* const* dx = nullptr;
  T* const* dparameters = nullptr;

  int features(int input) const { return signature->features[static_cast<size_t>(input)]; }
  T attribute(int k) const { return static_cast<T>(signature->attributes[static_cast<size_t>(k)]); }
};

/// The mathematics of one output element. Symbols: inputs and parameters by their names; an input of a row-wise
/// operator is indexed by its feature, of an elementwise one by nothing, of a batch operator by (row "n", feature).
/// Ranges: "I0", "I1", … features of input 0, 1, …; "P0", "P1", … rows of parameter 0, 1, …; "O" output features; "N"
/// rows. Free index of the output: "j" (row-wise and batch), and "n" (batch).
struct Formula {
  enum class Scope { element, row, batch };
  Scope scope = Scope::element;
  formula::Expr forward = 0.0;
  /// The output in prediction where that is another function (batch norm: of the running statistics); row-wise.
  std::optional<formula::Expr> prediction = {};
  /// A loss that took in the activation below it: that activation's operator, and the loss as a function of its output
  /// p("k"). Nothing computes by it; it is the long way of the derivation, by which p − y is found.
  std::string_view activation = {};
  std::optional<formula::Expr> of_activation = {};
  /// Row-wise: the features of input and output fall into so many equal blocks, and `forward` is of each block alone:
  /// indices and ranges count within it. Columns of a parameter that has one for every output count likewise.
  int blocks = 1;
};

/// One attribute of an ONNX node.
struct OnnxAttribute {
  enum class Type { integer, real, integers, reals, string };
  std::string name;
  Type type = Type::integer;
  int64_t integer = 0;
  double real = 0;
  std::vector<int64_t> integers;
  std::vector<double> reals;
  std::string string;
};
OnnxAttribute onnx_attribute(std::string name, int64_t value);
OnnxAttribute onnx_attribute(std::string name, double value);
OnnxAttribute onnx_attribute(std::string name, std::vector<int64_t> value);
OnnxAttribute onnx_attribute(std::string name, std::string value);

/// Where rooms write their ONNX nodes. Tensors are [N, features]; parameters keep their [rows, cols], vectors are [F].
class OnnxWriter {
 public:
  virtual ~OnnxWriter() = default;
  /// Adds a node of the default domain and returns the name of its output.
  virtual std::string node(std::string_view op_type, std::vector<std::string> inputs,
                           std::vector<OnnxAttribute> attributes = {}) = 0;
  /// A constant tensor of the model's real type; `dims` empty for a scalar.
  virtual std::string constant(std::vector<double> values, std::vector<int64_t> dims = {}) = 0;
  virtual std::string constant_int64(std::vector<int64_t> values, std::vector<int64_t> dims) = 0;
};

/// One use of an operator, for export.
struct OnnxUse {
  const Signature* signature = nullptr;
  const Shapes* shapes = nullptr;
  std::vector<std::string> inputs;      ///< tensor names
  std::vector<std::string> parameters;  ///< initializer names
};

/// What a room must have. forward_batch and backward_batch are needed only if the shape rule asks for them;
/// to_onnx is not needed of losses (the exported program ends at the prediction).
template <class R>
concept Room = requires(const Signature& s, const Call& call, const Reference<float>& f, const Reference<double>& d) {
  { R::info } -> std::convertible_to<const OperatorInfo&>;
  { R::shape(s) } -> std::same_as<Shapes>;
  { R::formula(s) } -> std::same_as<Formula>;
  {R::forward(call, Span{})};
  {R::backward(call, Span{})};
  {R::reference_forward(f)};
  {R::reference_backward(f)};
  {R::reference_forward(d)};
  {R::reference_backward(d)};
}
&&(R::info.kind == Kind::loss || requires(OnnxWriter & w, const OnnxUse& use) {
  { R::to_onnx(w, use) } -> std::same_as<std::string>;
});

/// A room with its type erased: what graph, plan, explain and onnx read.
struct Operator {
  const OperatorInfo* info = nullptr;
  Shapes (*shape)(const Signature&) = nullptr;
  Formula (*formula)(const Signature&) = nullptr;
  void (*forward_batch)(const Call&, Span) = nullptr;
  void (*forward)(const Call&, Span) = nullptr;
  void (*backward)(const Call&, Span) = nullptr;
  void (*backward_batch)(const Call&, Span) = nullptr;
  void (*reference_forward_f32)(const Reference<float>&) = nullptr;
  void (*reference_backward_f32)(const Reference<float>&) = nullptr;
  void (*reference_forward_f64)(const Reference<double>&) = nullptr;
  void (*reference_backward_f64)(const Reference<double>&) = nullptr;
  std::string (*to_onnx)(OnnxWriter&, const OnnxUse&) = nullptr;
};

template <Room R>
constexpr Operator make_operator() {
  Operator op;
  op.info = &R::info;
  op.shape = &R::shape;
  op.formula = &R::formula;
  op.forward = &R::forward;
  op.backward = &R::backward;
  if constexpr (requires(const Call& c) { R::forward_batch(c, Span{}); }) op.forward_batch = &R::forward_batch;
  if constexpr (requires(const Call& c) { R::backward_batch(c, Span{}); }) op.backward_batch = &R::backward_batch;
  op.reference_forward_f32 = [](const Reference<float>& r) { R::reference_forward(r); };
  op.reference_backward_f32 = [](const Reference<float>& r) { R::reference_backward(r); };
  op.reference_forward_f64 = [](const Reference<double>& r) { R::reference_forward(r); };
  op.reference_backward_f64 = [](const Reference<double>& r) { R::reference_backward(r); };
  if constexpr (requires(OnnxWriter & w, const OnnxUse& u) { R::to_onnx(w, u); }) op.to_onnx = &R::to_onnx;
  return op;
}

/// The operator of that name, the project's own or one registered from outside. Throws Error listing the names.
const Operator& find_operator(std::string_view name);
/// Every operator, the project's own first.
std::vector<const Operator*> all_operators();
/// Makes an operator from outside known by its name. Throws Error if the name is taken.
void register_operator(const Operator& op);

}  // namespace retrograd::ops
