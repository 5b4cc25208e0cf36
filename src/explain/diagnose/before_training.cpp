// The classic mistakes, looked for before the first step. Every warning must be true of healthy data never: each one
// needs a large distance, not a small one.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "explain/diagnose/label_range.hpp"
#include "explain/diagnose/probe.hpp"
#include "retrograd/diagnose.hpp"
#include "train/loop/complete.hpp"
#include "train/loop/fits.hpp"

namespace retrograd {
namespace {

constexpr int64_t kLook = 256;       // rows for the initial loss
constexpr int64_t kFit = 32;         // rows to be fitted
constexpr double kFitFlops = 6e9;    // of all steps of a fit
constexpr double kRowFlops = 2.5e8;  // of a pass in double

/// Rows spread over the data; the classes in turn, where targets are codes, so that no class is missing by chance.
std::vector<int64_t> spread(const Dataset& data, int64_t count, bool codes, size_t classes) {
  std::vector<int64_t> rows;
  count = std::min(count, data.rows);
  if (!codes) {
    for (int64_t k = 0; k < count; ++k) rows.push_back(k * data.rows / count);
    return rows;
  }
  std::vector<std::vector<int64_t>> of(classes);
  for (int64_t n = 0; n < data.rows; ++n) {
    auto& list = of.at(static_cast<size_t>(data.target.at(n, 0)));
    if (std::ssize(list) < count) list.push_back(n);
  }
  for (size_t turn = 0; std::ssize(rows) < count; ++turn)
    for (const auto& list : of)
      if (turn < list.size() && std::ssize(rows) < count) rows.push_back(list[turn]);
  std::sort(rows.begin(), rows.end());
  return rows;
}

class Look {
 public:
  Look(const Prepared& prepared, const DataSpec& spec, const Dataset& data, const TrainOptions& options)
      : spec_(spec), data_(data), options_(options), setup_(prepared.network, prepared.constants, options.seed) {}

  std::vector<std::string> run() {
    training::check_shapes_fit(setup_.program, data_, "training");
    if (const auto bad = diagnosis::first_bad_target(setup_.program, data_)) {
      warn("{} of {} rows have a target that {} cannot take: row {} has {:g}, expected {}", bad->count, data_.rows,
           setup_.program.network.loss_type, bad->row + 1, bad->value, bad->expected);
      return warnings_;
    }
    classes_without_rows();
    constant_columns();
    const double flops = std::max(1.0, setup_.program.flops_forward());
    const auto affordable = static_cast<int64_t>(std::min(kRowFlops / flops, 1e6));
    if (affordable < kFit) return warnings_;  // a network so large is not tried out in passing
    initial_loss(std::clamp(affordable, kFit, kLook));
    cannot_fit();
    return warnings_;
  }

 private:
  template <class... Args>
  void warn(fmt::format_string<Args...> format, Args&&... args) {
    warnings_.push_back(fmt::format(format, std::forward<Args>(args)...));
  }

  bool codes() const { return setup_.program.network.loss_type == "softmax_xent" && data_.target.cols == 1; }
  size_t outputs() const {
    return static_cast<size_t>(setup_.program.values[static_cast<size_t>(setup_.program.logits)].features);
  }
  Dataset some(int64_t count) const { return take(data_, spread(data_, count, codes(), outputs())); }

  void classes_without_rows() {
    if (!codes()) return;
    std::vector<char> seen(outputs());
    for (int64_t n = 0; n < data_.rows; ++n) seen[static_cast<size_t>(data_.target.at(n, 0))] = 1;
    const auto missing = std::count(seen.begin(), seen.end(), 0);
    if (missing == 0) return;
    const auto first = static_cast<size_t>(std::find(seen.begin(), seen.end(), 0) - seen.begin());
    warn("{} of {} classes have no training row, the first is class {}: the network cannot learn them", missing,
         seen.size(), first);
  }

  /// Of arrays of single numbers; tables say it when they are read, and the edges of pictures are often constant.
  void constant_columns() {
    if (spec_.row_shape.size() != 1 || data_.rows < 2) return;
    int64_t constant = 0;
    int first = 0;
    const Block* const x = data_.inputs.empty() ? nullptr : &data_.inputs[0];
    if (x == nullptr) return;
    for (int c = 0; c < x->cols; ++c) {
      bool varies = false;
      for (int64_t n = 1; n < data_.rows && !varies; ++n) varies = !(x->at(n, c) == x->at(0, c));
      if (!varies && constant++ == 0) first = c;
    }
    if (constant > 0)
      warn("{} of {} columns of '{}' never change, the first is column {}: they carry nothing", constant, x->cols,
           x->name, first + 1);
  }

  void initial_loss(int64_t count) {
    const Dataset rows = some(count);
    const double constant = diagnosis::constant_loss(setup_, rows);
    // In training mode: batch normalisation has no running statistics yet.
    const double loss = diagnosis::measure(setup_, rows, options_.seed).loss;
    const double free = codes() ? std::log(static_cast<double>(outputs())) : constant;
    if (std::isfinite(loss) && loss <= 3 * free + 2) return;
    warn(
        "the initial loss is {:.4g}, {} {:.4g}: the first steps will only undo that; look at the initial weights and "
        "at "
        "the size of the inputs",
        loss, codes() ? "that of equal probabilities is ln K =" : "a constant output has", free);
  }

  /// 32 rows can be learned by heart by whatever learns at all.
  void cannot_fit() {
    if (data_.rows < kFit) return;
    const Dataset rows = some(kFit);
    const double constant = diagnosis::constant_loss(setup_, rows);
    if (!(constant > 1e-6)) return;
    double best = std::numeric_limits<double>::infinity();
    int64_t steps = 0;
    // Neither the run's rate nor its penalties: whether the network can, not how fast it will.
    for (const auto& [name, rate] : {std::pair{"adam", 0.003}, std::pair{"adam", 0.03}}) {
      TrainOptions o;
      o.optimizer = name;
      o.learning_rate = rate;
      o.batch = kFit;
      o.seed = options_.seed;
      steps = diagnosis::affordable(setup_.program, kFit, kFitFlops / 2, 20, 200);
      best = std::min(best, diagnosis::try_steps(setup_, spec_, rows, rows, o, steps).best);
      if (best < 0.97 * constant) return;
    }
    warn(
        "{} rows cannot be fitted: after {} steps of Adam on them alone the loss is {:.4g}, a constant output has "
        "{:.4g}; "
        "something between inputs and loss lets no gradient pass (retrograd diagnose says what)",
        kFit, steps, best, constant);
  }

  const DataSpec& spec_;
  const Dataset& data_;
  const TrainOptions& options_;
  diagnosis::Setup setup_;
  std::vector<std::string> warnings_;
};

}  // namespace

std::vector<std::string> check_before_training(const Prepared& prepared, const DataSpec& spec, const Dataset& data,
                                               const TrainOptions& options) {
  if (prepared.network.loss_type.empty()) return {};
  return Look(prepared, spec, data, options).run();
}

}  // namespace retrograd
