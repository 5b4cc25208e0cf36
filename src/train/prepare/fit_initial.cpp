#include "train/prepare/fit_initial.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/aligned.hpp"
#include "base/random.hpp"
#include "base/thread_team.hpp"
#include "math/scalar.hpp"
#include "plan/executor.hpp"
#include "retrograd/panel.hpp"
#include "train/engine/gather.hpp"

namespace retrograd::training {
namespace {

constexpr int64_t kRows = 2048;
constexpr int kDrawn = 5;

/// Whether the equation is a layer of sums whose weights the data determine.
bool is_fitted(const graph::ForwardProgram& program, const Prepared& prepared, size_t index) {
  const graph::Equation& eq = program.equations[index];
  if (eq.parameters.empty()) return false;
  const graph::Parameter& W = program.parameters[static_cast<size_t>(eq.parameters[0])];
  return W.initializer == "data" && !prepared.constants.contains(W.name);
}

/// Whether it holds the biases of such a layer that has none itself.
bool is_bias_of_fitted(const graph::ForwardProgram& program, const Prepared& prepared, size_t index) {
  const graph::Equation& eq = program.equations[index];
  if (eq.op->info->name != "affine") return false;
  const int below = program.values[static_cast<size_t>(eq.inputs[0])].equation;
  return below >= 0 && program.equations[static_cast<size_t>(below)].op->info->name == "shared_linear" &&
         is_fitted(program, prepared, static_cast<size_t>(below)) &&
         !prepared.constants.contains(program.parameters[static_cast<size_t>(eq.parameters[1])].name);
}

/// One feature of the first rows of a value.
class Column {
 public:
  Column(const float* panels, int feature, int features) : panels_(panels), feature_(feature), features_(features) {}
  double operator[](int64_t n) const { return static_cast<double>(panels_[panel_at(n, feature_, features_)]); }

 private:
  const float* panels_;
  int feature_, features_;
};

/// Brings the deviation of every unit to 1, over all members that share it: `z` [panels][features][32] is W·x of the
/// rows. Returns what each unit was multiplied by.
std::vector<double> fit_weights(const graph::Parameter& W, const float* z, int features, int64_t rows, float* values) {
  std::vector<double> scales;
  const int members = features / W.cols;
  const double count = static_cast<double>(rows) * members;
  for (int j = 0; j < W.cols; ++j) {
    double mean = 0, variance = 0;
    for (int unit = j; unit < features; unit += W.cols)
      for (int64_t n = 0; n < rows; ++n) mean += Column(z, unit, features)[n] / count;
    for (int unit = j; unit < features; unit += W.cols)
      for (int64_t n = 0; n < rows; ++n) {
        const double d = Column(z, unit, features)[n] - mean;
        variance += d * d / count;
      }
    const double scale = variance > 1e-12 ? 1 / std::sqrt(variance) : 1;
    for (int i = 0; i < W.rows; ++i) {
      float& w = values[W.offset + static_cast<size_t>(i) * static_cast<size_t>(W.cols) + static_cast<size_t>(j)];
      w = static_cast<float>(static_cast<double>(w) * scale);
    }
    scales.push_back(scale);
  }
  return scales;
}

/// Draws the biases of units whose sums without them are scale·z.
void fit_biases(const graph::ForwardProgram& program, int bias, const float* z, const std::vector<double>& scales,
                int64_t rows, uint64_t seed, float* values) {
  const graph::Parameter& b = program.parameters[static_cast<size_t>(bias)];
  for (int j = 0; j < b.cols; ++j) {
    Stream random(seed, Purpose::init, static_cast<uint64_t>(bias), static_cast<uint32_t>(j));
    double sum = 0, shares = 0;
    for (int k = 0; k < kDrawn; ++k) {
      const auto n = static_cast<int64_t>(random.below(static_cast<uint64_t>(rows)));
      const double share = -math::log((static_cast<double>(random.next()) + 0.5) * 0x1p-32);
      sum += share * Column(z, j, b.cols)[n];
      shares += share;
    }
    values[b.offset + static_cast<size_t>(j)] =
        static_cast<float>(-scales[static_cast<size_t>(j) % scales.size()] * sum / shares);
  }
}

}  // namespace

void fit_initial(const graph::ForwardProgram& program, const Prepared& prepared, const Dataset& data, uint64_t seed,
                 std::vector<double>& values) {
  bool any = false;
  for (size_t i = 0; i < program.equations.size(); ++i) any |= is_fitted(program, prepared, i);
  if (!any) return;
  const FloatState state;
  const int64_t rows = std::min(kRows, data.rows);
  std::vector<int64_t> index(static_cast<size_t>(rows));
  for (int64_t n = 0; n < rows; ++n) index[static_cast<size_t>(n)] = n * data.rows / rows;
  plan::Executor executor(program, nullptr, rows);
  Aligned<float> floats(program.total_size);
  for (size_t i = 0; i < values.size(); ++i) floats[i] = static_cast<float>(values[i]);
  executor.bind(floats.data(), nullptr);
  for (const int id : program.inputs)
    for (const Block& block : data.inputs)
      if (block.name == program.values[static_cast<size_t>(id)].name)
        gather(block, index.data(), 0, {0, panels_of(rows)}, rows, executor.value(id));
  std::vector<bool> fitted(program.equations.size());
  executor.infer(rows, plan::Need::prediction, [&](size_t i) {
    if (fitted[i]) return false;
    const graph::Equation& eq = program.equations[i];
    const float* z = executor.value(eq.output);
    if (is_fitted(program, prepared, i)) {
      const graph::Parameter& W = program.parameters[static_cast<size_t>(eq.parameters[0])];
      const std::vector<double> scales = fit_weights(W, z, eq.shapes.output, rows, floats.data());
      if (eq.parameters.size() > 1) fit_biases(program, eq.parameters[1], z, scales, rows, seed, floats.data());
    } else if (is_bias_of_fitted(program, prepared, i)) {
      fit_biases(program, eq.parameters[1], z, {1.0}, rows, seed, floats.data());
    } else {
      return false;
    }
    fitted[i] = true;
    return true;
  });
  for (const graph::Equation& eq : program.equations)
    if (fitted[static_cast<size_t>(&eq - program.equations.data())])
      for (const int p : eq.parameters) {
        const graph::Parameter& parameter = program.parameters[static_cast<size_t>(p)];
        for (size_t k = parameter.offset; k < parameter.offset + parameter.size(); ++k)
          values[k] = static_cast<double>(floats[k]);
      }
}

}  // namespace retrograd::training
