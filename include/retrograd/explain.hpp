// Explaining: any gradient of a trained network opened into its derivation, with the numbers of the fast code and the
// same numbers recomputed in double. Text, HTML, LaTeX and the receipt (retrograd/receipt.hpp) are all written from one
// `Explanation`.
//
// Two numbers stand side by side everywhere:
//   computed     what the network's own code computed (float32 kernels; the plain references for float64 models)
//   recomputed   the same in double from the operands that this code had, so that the two differ by the rounding of one
//                operator and by nothing that was rounded before it
// Rows, layers and units are counted from 0 in these structures, and from 1 where people read or write them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "retrograd/data.hpp"
#include "retrograd/model.hpp"
#include "retrograd/train.hpp"

namespace retrograd {

/// A piece of mathematics in three notations: Unicode on one line, LaTeX (math mode), presentation MathML.
struct MathText {
  std::string text, latex, mathml;
};

/// A formula: `left` = `right`, with the definitions that it uses ("where p_k = …"), users first.
struct MathFormula {
  MathText left, right;
  struct Where {
    MathText left, right;
  };
  std::vector<Where> where;
};

/// One number by the fast code, and in double from the same operands.
struct Audited {
  double computed = 0, recomputed = 0;
  double unit = 1;   ///< one ulp of the scale that the bound refers to
  double ulp = 0;    ///< (computed − recomputed) / unit
  double bound = 0;  ///< the operator's declared bound, in ulp
  bool ok = true;    ///< |ulp| <= bound; false if either is not a number
};

/// All numbers of one value or gradient of the focus row: [features].
struct ValueNumbers {
  std::string name;   ///< as in the programs: "x", "z1", "a1", "delta_z2", "d_a1", …
  std::string about;  ///< gradients: the value that it belongs to; values: empty
  int features = 0;
  std::vector<double> computed;
  std::vector<double> recomputed;  ///< empty for what is given (inputs, the target, the seed)
  double worst_ulp = 0;            ///< largest |ulp| over the row (over the batch in batch mode)
  double bound = 0;                ///< in the same unit
  bool ok = true;
  std::vector<std::string> units;  ///< names of columns or classes, [features], or empty
};

/// Where a parameter lies and what it holds.
struct ParameterNumbers {
  std::string name;
  int rows = 1, cols = 1;
  bool trained = true;
  std::vector<double> values;    ///< row-major [rows*cols]; W is [in, out]
  std::vector<double> gradient;  ///< ∂L/∂θ as computed, of the row or of the batch; empty for constants
  double worst_ulp = 0, bound = 0;
  bool ok = true;
};

/// One equation of the forward program: output = operator(inputs; parameters).
struct ForwardEquation {
  std::string output, op, kind;  ///< kind: linear, activation, combine, normalise, dropout, preprocess, loss
  std::string label;             ///< of the layer, for people: "layer 2 (linear, 128 units)"
  int layer = -1;                ///< linear layers, from 0; other equations carry that of the linear layer below, or -1
  std::vector<std::string> inputs, parameters;
  std::vector<double> attributes;
  std::vector<std::string> attribute_names;
  int units = 0;           ///< as the operator's signature asks for it; 0 where it does not
  std::vector<int> sizes;  ///< as the operator's signature gives them
  std::string scope;       ///< element, row or batch
  MathFormula formula;
  bool for_loss = false, for_prediction = false;
  /// Element-wise operators: σ'(z) of every unit of the focus row and its formula.
  std::vector<double> gains;
  std::optional<MathFormula> gain;
  /// Symbols of the formula that are neither inputs nor parameters, e.g. dropout's mask "m": [features].
  std::string extra_symbol;
  std::vector<double> extra;
};

/// One equation of the reverse program, in the order in which the backward pass runs.
struct BackwardEquation {
  std::string kind;                      ///< seed, backward or add
  std::string output;                    ///< gradient written (seed, add); backward: empty
  std::string forward;                   ///< output of the forward equation that is reversed (backward)
  std::string dy;                        ///< gradient read (backward)
  std::vector<std::string> dx;           ///< gradient written for each input; empty text: not wanted
  std::vector<std::string> dparameters;  ///< parameters whose gradients it writes
  std::vector<std::string> terms;        ///< of add
};

/// One term of a sum of the derivation: local derivative × upstream gradient.
struct Term {
  int row = 0;       ///< index into Explanation::rows
  int unit = 0;      ///< of the output of the equation
  double local = 0;  ///< ∂y/∂x (a weight w_jk, a gain σ'(z_j), a factor of the forward pass), in double by the formula
  double upstream = 0;  ///< ∂L/∂y as computed
  double product = 0;   ///< local · upstream in double
  int node = -1;        ///< index of the node that opens `upstream`, or -1
};

/// What flows back through one use of a value: Σ over the outputs of one equation.
struct DerivationPath {
  std::string equation;  ///< output of the forward equation
  std::string op, kind;
  std::string upstream;  ///< gradient read, "delta_z3"
  MathFormula local;     ///< ∂y/∂x of the operator, symbolic
  /// Terms that are not zero, largest |product| first; at most the number asked for.
  std::vector<Term> terms;
  int64_t folded = 0;           ///< terms that are not zero and not listed
  double folded_sum = 0;        ///< their sum
  double folded_magnitude = 0;  ///< their Σ|product|
  int64_t zeros = 0;            ///< terms whose local derivative or upstream gradient is 0
  Audited sum;                  ///< all terms added in double, beside what the fast code has
  /// Every local derivative along `upstream` of the focus row, [features of the equation's output], so that the folded
  /// terms can be added again; empty for batch-wide operators.
  std::vector<double> locals;
};

/// One number of the derivation: a parameter's gradient, or the gradient of one unit.
struct DerivationNode {
  std::string name;      ///< "dW2", "delta_z2", …
  std::string quantity;  ///< parameter or value that it belongs to
  bool parameter = false;
  int row = 0;         ///< index into Explanation::rows (gradients of units)
  int from = -1;       ///< row of the parameter (input unit), -1 for units
  int unit = 0;        ///< column of the parameter (output unit), or the unit
  std::string symbol;  ///< "∂L/∂W2[3,5]" for people, counted from 1
  Audited value;
  std::vector<DerivationPath> paths;  ///< more than one: the value is used several times (skip connections)
  bool leaf = false;                  ///< the seed ∂L/∂l: the row's weight
};

/// The gradient at the scores by the long way, where the loss swallowed the activation below it: Σ_k ∂l/∂p_k·∂p_k/∂z_m.
struct LongWay {
  std::string value;                      ///< scores read by the loss, "z3"
  std::string activation, probabilities;  ///< "softmax"; "p"
  MathFormula loss_of_p, dl_dp, dp_dz;    ///< symbolic
  MathFormula collapsed;                  ///< ∂l/∂z by the loss's own formula
  std::vector<double> target, p;          ///< of the focus row
  std::vector<double> dl_dp_numbers;      ///< [K]
  /// Units whose sum is written out (those on the derivation, the target's first), and for each ∂p_k/∂z_m and the
  /// products, [K].
  struct Column {
    int unit = 0;
    std::vector<double> dp_dz, products;
    double sum = 0, collapsed = 0;
  };
  std::vector<Column> columns;
};

/// One operand that a forward number was computed from.
struct Operand {
  std::string name;  ///< "x[3]", "W1[3,5]", counted from 1
  double value = 0;
};

/// How one number of the forward pass came about, down to the data.
struct ForwardTrace {
  std::string value;  ///< "a1"
  int unit = 0;
  std::string equation_op;
  MathFormula formula;
  std::vector<Operand> operands;  ///< each symbol that the formula read; sums show their largest terms only
  int64_t folded = 0;             ///< operands that are not listed
  Audited result;
};

/// A batch: what every row adds to the chosen gradient.
struct RowShare {
  int64_t row = 0;  ///< of the data
  double loss = 0, weight = 1;
  double share = 0;         ///< w·l over Σ w·l
  double forward = 0;       ///< factor of the forward pass (one nonzero term), else NaN
  double backward = 0;      ///< factor of the backward pass, else NaN
  double contribution = 0;  ///< what this row adds to ∂L/∂θ, in double
};
/// Rows of a batch that a derivation lists one by one; the rest are one counted sum.
inline constexpr int kRowShares = 512;

/// The step that an optimiser makes from one gradient.
struct UpdateLine {
  std::string formula;  ///< "m ← β1·m + (1−β1)·g"
  std::string left;     ///< "m"
  double value = 0;     ///< in double
};
struct Update {
  bool known = false;     ///< the model's configuration is known; else only θ ← θ − η·g is stated
  std::string optimizer;  ///< "adamw:beta1=0.9,…"
  std::string source;     ///< paper
  bool fresh = true;      ///< from a fresh state (slots 0, step 1); else from the saved one
  std::string state;      ///< where that state is from, a clause
  int64_t step = 1;       ///< t
  double eta = 0;
  std::string eta_from;  ///< what η is: "learning rate of the configuration; its schedule (…) is left out"
  double scale = 1;      ///< the gradient is multiplied by this first: 1/Σw for a mean
  double clip = 1;       ///< and by this (norm clipping)
  double weight_decay = 0, l1 = 0, l2 = 0, clip_value = 0, clip_norm = 0, max_norm = 0;
  std::vector<std::pair<std::string, double>> symbols;  ///< every symbol of the lines with its number before the step
  std::vector<UpdateLine> lines;                        ///< in the order of execution, with numbers
  double before = 0, after = 0;                         ///< θ; `after` by the optimiser's own code
  double after_lines = 0;                               ///< θ as the lines give it, in double
  double max_norm_factor = 1;                           ///< applied last
};

/// One parameter opened.
struct Derivation {
  std::string parameter;           ///< "W2"
  int layer_equation = -1;         ///< index into Explanation::forward
  int from = -1, to = 0;           ///< element [from, to]; from is -1 for vectors
  std::string symbol;              ///< "W2[3,5]", counted from 1
  std::string from_name, to_name;  ///< names of the units where they have one
  double theta = 0;
  std::vector<DerivationNode> nodes;  ///< [0] is the parameter's; terms link to the others
  int64_t unopened = 0;               ///< terms listed but not opened further, to keep the tree small
  std::vector<ForwardTrace> forward;  ///< of the factor of the forward pass, down to the data
  /// Batch mode: largest |contribution| first, at most kRowShares; one entry in row mode.
  std::vector<RowShare> rows;
  int64_t folded_rows = 0;          ///< rows that are not listed
  double folded_contribution = 0;   ///< the sum of what they add
  double folded_row_magnitude = 0;  ///< Σ|contribution| of them
  Update update;
  double central_difference = 0;  ///< of the loss in double by this parameter
  double central_step = 0;        ///< h; 0: every step crosses a kink, so that there is none
  double central_error = 0;       ///< relative, as gradcheck counts it
  bool central_ok = true;
  /// The same gradient by the training step's own executor (whole plan, fused kernels), where it runs in this mode.
  std::optional<double> executor;
  bool executor_ok = true;  ///< equal to the bit
};

/// What one step of the backward pass did to the size of the gradient.
struct GainStep {
  std::string equation, op, kind;
  std::string from, to;  ///< gradients: ‖to‖/‖from‖
  double ratio = 0;
};
/// The same from one linear layer to the one below it.
struct GainLayer {
  std::string layer;  ///< "z2"
  std::string above;  ///< "z3"; several, joined by " + ", where the value is used more than once; "l" at the top
  double norm = 0;    ///< ‖δ_l‖ over the row or batch
  double ratio = 0;   ///< ‖δ_l‖/‖δ_above‖ = wires · gains
  double wires = 0;   ///< what the weights and anything linear did
  double gains = 0;   ///< what activations and normalisations did
  std::string activation;
  int64_t units = 0;
  double saturated = 0;  ///< share of z with |z| > 3 (of units and rows)
  double dead = 0;       ///< share of units whose gain is 0 in every row
  double mean_gain = 0, smallest_gain = 0, largest_gain = 0;
};

/// A unit of a linear layer that is shown with every wire.
struct NeuronFocus {
  std::string value;  ///< "z2"
  int unit = 0;
};

/// Everything that is said of one row, or of a batch with one row in focus.
struct Explanation {
  // What was explained.
  std::string fingerprint, precision;  ///< of the model
  std::string source;                  ///< of the data, as the user named it; may be empty
  std::string task;
  std::vector<std::string> classes;
  bool batch = false;     ///< a training step on `rows` (dropout on, batch statistics); else one row in prediction mode
  std::string mode_note;  ///< says so in a sentence
  std::vector<int64_t> rows;  ///< of the data's source, bad rows counted; one in row mode
  int focus = 0;              ///< index into rows: the row whose numbers are listed
  uint64_t seed = 1;          ///< of dropout's masks
  uint64_t step = 1;
  int terms = 6, open = 3, max_nodes = 64;  ///< how much was asked for (ExplainOptions)

  // The statement.
  double loss = 0;              ///< L: Σ w·l over the rows (row mode: l itself)
  std::vector<double> losses;   ///< l_n, [rows]
  std::vector<double> weights;  ///< w_n, [rows]; row mode: 1
  double row_weight = 1;        ///< row mode: the weight that training would give it
  std::string loss_name, target_text, prediction_text;
  MathFormula loss_formula;
  std::string reduction;  ///< mean or sum

  // The two programs with their numbers.
  std::vector<ForwardEquation> forward;
  std::vector<BackwardEquation> backward;
  std::vector<ValueNumbers> values, gradients;
  std::vector<ParameterNumbers> parameters;
  std::optional<LongWay> long_way;

  std::optional<NeuronFocus> neuron;
  std::vector<Derivation> derivations;
  std::vector<GainStep> gain_steps;
  std::vector<GainLayer> gain_layers;  ///< from the output downwards

  // The audit.
  int64_t audited = 0, disagreements = 0;
  std::vector<std::string> complaints;  ///< one line a number out of bound, at most 20
  std::string audit_note;
  bool ok() const { return disagreements == 0; }

  const ValueNumbers* value(std::string_view name) const;
  const ValueNumbers* gradient(std::string_view name) const;
  const ParameterNumbers* parameter(std::string_view name) const;
  const ForwardEquation* equation(std::string_view output) const;
};

/// Which parameter is opened. Text as people write it; the numbers in it count from 1.
struct ExplainTarget {
  std::string weight = {};  ///< "LAYER:FROM:TO": layer by number or name, units by number, class or column name
  std::string bias = {};    ///< "LAYER:TO"
  std::string neuron = {};  ///< "LAYER:UNIT": its bias (the strongest weight into it if it has none) and every wire
  int top = 5;              ///< none of these: the weights with the largest |gradient|
};

struct ExplainOptions {
  std::vector<int64_t> rows = {0};  ///< of the data's source, from 0, bad rows counted; several with `batch`
  bool batch = false;
  int64_t focus = -1;  ///< row in focus (of the data); -1: the first
  int terms = 6;       ///< listed a sum
  int open = 3;        ///< of the listed terms, opened further at each level
  int max_nodes = 64;  ///< of one derivation
  uint64_t seed = 1, step = 1;
  std::string source;                    ///< of the data, for the record
  std::optional<TrainOptions> training;  ///< how the model was trained; none: not known
  /// The optimiser's state to step from: one array of the trained buffer's size a slot, and the steps done when it was
  /// saved. No steps: a fresh one. take_state() sets these.
  std::vector<std::vector<double>> slots;
  int64_t slots_step = 0;
  double slots_eta = 0;    ///< learning rate of the last of those steps
  std::string state = {};  ///< where it is from, or why there is none, a clause
};

/// Lets the update start from the optimiser's state in the newest checkpoint of `folder`, if that is a checkpoint of
/// the run that made `model`: if it holds the model's parameters, as its last or its best ones. options.training must
/// be set. options.state says what was found; it never throws for a folder that is missing, damaged, or of another run.
void take_state(ExplainOptions& options, const Model& model, const std::string& folder);

namespace explaining {
struct State;
}

/// One forward and one backward pass over the chosen rows, from which any parameter is explained.
class Explainer {
 public:
  /// Throws Error if the model has no loss, the data do not fit or lack the target, or a row does not exist.
  Explainer(const Model& model, const Dataset& data, const ExplainOptions& options);
  ~Explainer();
  Explainer(Explainer&&) noexcept;
  Explainer& operator=(Explainer&&) noexcept;

  /// Everything, with the derivations of `target`. Throws Error naming what was found and what would be right.
  Explanation explain(const ExplainTarget& target) const;
  /// The derivation of one element of a trained parameter (row-major [from, to]); `name` as in the program.
  Derivation derive(const std::string& parameter, int from, int to) const;

 private:
  std::unique_ptr<explaining::State> state_;
};

/// Explainer(model, data, options).explain(target).
Explanation explain(const Model& model, const Dataset& data, const ExplainTarget& target,
                    const ExplainOptions& options);

/// 80 columns of plain text (src/explain/text).
std::string to_text(const Explanation& explanation);
/// A LaTeX document that compiles (src/explain/text).
std::string to_latex(const Explanation& explanation);
/// One self-contained page (src/explain/page).
std::string to_html(const Explanation& explanation);

}  // namespace retrograd
