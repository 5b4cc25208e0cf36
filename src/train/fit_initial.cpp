#include "train/fit_initial.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/aligned.hpp"
#include "base/random.hpp"
#include "base/thread_team.hpp"
#include "math/scalar.hpp"
#include "plan/executor.hpp"
#include "retrograd/panel.hpp"
#include "train/gather.hpp"

namespace retrograd::training {
namespace {

constexpr int64_t kRows = 2048;
constexpr int kDrawn = 5;

/// Whether the equation is a linear layer whose weights the data determine.
bool is_fitted(const graph::ForwardProgram& program, const Prepared& prepared, size_t index) {
  const graph::Equation& eq = program.equations[index];
  if (eq.op->info->kind != ops::Kind::linear) return false;
  const graph::Parameter& W = program.parameters[static_cast<size_t>(eq.parameters.at(0))];
  return W.initializer == "data" && !prepared.constants.contains(W.name);
}

/// Fits one layer: `z` [panels][outputs][32] is W·x of the rows.
void fit_layer(const graph::ForwardProgram& program, const graph::Equation& eq, const float* z, int64_t rows,
               uint64_t seed, float* values) {
  const graph::Parameter& W = program.parameters[static_cast<size_t>(eq.parameters[0])];
  for (int j = 0; j < W.cols; ++j) {
    const auto at = [&](int64_t n) { return static_cast<double>(z[panel_at(n, j, W.cols)]); };
    double mean = 0, variance = 0;
    for (int64_t n = 0; n < rows; ++n) mean += at(n) / static_cast<double>(rows);
    for (int64_t n = 0; n < rows; ++n) variance += (at(n) - mean) * (at(n) - mean) / static_cast<double>(rows);
    const double scale = variance > 1e-12 ? 1 / std::sqrt(variance) : 1;
    for (int i = 0; i < W.rows; ++i) {
      float& w = values[W.offset + static_cast<size_t>(i) * static_cast<size_t>(W.cols) + static_cast<size_t>(j)];
      w = static_cast<float>(static_cast<double>(w) * scale);
    }
    if (eq.parameters.size() < 2) continue;
    const auto bias = static_cast<size_t>(eq.parameters[1]);
    Stream random(seed, Purpose::init, bias, static_cast<uint32_t>(j));
    double sum = 0, shares = 0;
    for (int k = 0; k < kDrawn; ++k) {
      const auto n = static_cast<int64_t>(random.below(static_cast<uint64_t>(rows)));
      const double share = -math::log((static_cast<double>(random.next()) + 0.5) * 0x1p-32);
      sum += share * at(n);
      shares += share;
    }
    values[program.parameters[bias].offset + static_cast<size_t>(j)] = static_cast<float>(-scale * sum / shares);
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
    if (fitted[i] || !is_fitted(program, prepared, i)) return false;
    const graph::Equation& eq = program.equations[i];
    fit_layer(program, eq, executor.value(eq.output), rows, seed, floats.data());
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
