// What came out of training: rare classes left out, the training rows learned by heart, or nothing at all.
#include <fmt/format.h>

#include <algorithm>

#include "explain/diagnose/findings.hpp"

namespace retrograd::diagnosis {
namespace {

/// Rows of each class, and those of them that are predicted right.
struct Recall {
  std::vector<double> count, right;
  double of(size_t k) const { return count[k] > 0 ? right[k] / count[k] : 1; }
  double overall() const {
    double n = 0, r = 0;
    for (size_t k = 0; k < count.size(); ++k) n += count[k], r += right[k];
    return n > 0 ? r / n : 0;
  }
};

Recall recall(const Dataset& rows, const std::vector<double>& predictions, size_t classes) {
  Recall r{std::vector<double>(classes), std::vector<double>(classes)};
  for (int64_t n = 0; n < rows.rows; ++n) {
    const auto y = static_cast<size_t>(rows.target.at(n, 0));
    const auto first = predictions.begin() + static_cast<std::ptrdiff_t>(static_cast<size_t>(n) * classes);
    const auto best =
        static_cast<size_t>(std::max_element(first, first + static_cast<std::ptrdiff_t>(classes)) - first);
    ++r.count[y];
    r.right[y] += best == y;
  }
  return r;
}

}  // namespace

bool class_imbalance(Context& c, Finding& f) {
  if (!c.targets_fit || c.network().loss_type != "softmax_xent" || c.network().target_features != 1) return false;
  const graph::ForwardProgram& p = c.program();
  const auto classes = static_cast<size_t>(p.values[static_cast<size_t>(p.prediction)].features);
  const Recall now = recall(c.rows, value_of(c.trained, c.rows, p.prediction), classes);
  const double most = *std::max_element(now.count.begin(), now.count.end());
  size_t worst = classes;
  for (size_t k = 0; k < classes; ++k)
    if (now.count[k] >= 5 && 5 * now.count[k] <= most && now.of(k) < 0.3 * now.overall() &&
        (worst == classes || now.of(k) < now.of(worst)))
      worst = k;
  if (worst == classes) return false;

  TrainOptions balanced = c.options.training;
  balanced.balanced_classes = true;
  const Setup start(c.network(), c.constants, balanced.seed);
  const Trial trial = try_steps(start, c.spec, c.rows, c.rows, balanced, c.steps());
  if (trial.parameters.empty()) return false;
  Constants changed;
  for (const graph::Parameter& q : p.parameters)
    changed[q.name].assign(trial.parameters.begin() + static_cast<std::ptrdiff_t>(q.offset),
                           trial.parameters.begin() + static_cast<std::ptrdiff_t>(q.offset + q.size()));
  const Setup after(c.network(), changed, balanced.seed);
  const Recall then = recall(c.rows, value_of(after, c.rows, p.prediction), classes);
  if (then.of(worst) < now.of(worst) + 0.3) return false;

  const std::vector<std::string> names = c.spec.classes();
  const std::string name = worst < names.size() ? names[worst] : std::to_string(worst);
  f.what = fmt::format(
      "class '{}' has {:g} of {} rows, the largest {:g}; of its rows {:.0f} % are predicted right, of all "
      "rows {:.0f} %",
      name, now.count[worst], c.rows.rows, most, 100 * now.of(worst), 100 * now.overall());
  f.evidence = {{"rows_of_class", now.count[worst]}, {"rows_of_largest", most}, {"recall", now.of(worst)}};
  f.cause = "the mean loss hardly changes if the rare rows are all wrong, so the steps follow the frequent ones";
  f.remedy = "weigh rows so that every class counts the same (--balanced), if the rare class matters as much";
  f.measured = {{"classes balanced",
                 fmt::format("share of class '{}' predicted right after {} steps", name, trial.steps), now.of(worst),
                 then.of(worst)}};
  f.command = train_with(c, "--balanced");
  for (int64_t n = 0; n < c.rows.rows; ++n)
    if (static_cast<size_t>(c.rows.target.at(n, 0)) == worst) {
      f.explain = explain_row(c, c.source_row(n));
      break;
    }
  return true;
}

bool over_fitting(Context& c, Finding& f) {
  const EpochReport* kept = c.kept();
  if (!c.targets_fit || kept == nullptr || c.constant() <= 0) return false;
  double unseen = c.model_loss();
  const char* where = "the data given";
  if (kept->valid_loss && *kept->valid_loss > unseen) unseen = *kept->valid_loss, where = "validation data";
  const double seen = c.skill(kept->train_loss), gap = seen - c.skill(unseen);
  if (gap < 0.3 || seen < 0.3) return false;
  f.what = fmt::format("the mean loss is {:.4g} on training rows (epoch {}) and {:.4g} on {}; a constant has {:.4g}",
                       kept->train_loss, kept->epoch, unseen, where, c.constant());
  f.evidence = {{"train_loss", kept->train_loss}, {"unseen_loss", unseen}, {"constant_loss", c.constant()}};
  f.cause = fmt::format("{} trained numbers fit what is particular to the training rows", c.model.parameter_count());
  f.remedy = "more rows, dropout, weight decay, fewer units, or validation data and --patience to stop earlier";
  const double held = c.held_out_skill();
  f.measured = {{"64 relu units, stopped at its best on rows it does not train on",
                 "share of the constant's loss saved on unseen rows", c.skill(unseen), held}};
  f.command = train_with(c, "--dropout 0.5 --valid-fraction 0.2 --patience 10");
  f.explain = explain_row(c, c.source_row(0));
  return true;
}

bool no_learning(Context& c, Finding& f) {
  if (!c.targets_fit || c.constant() <= 0) return false;
  const double skill = reached(c), possible = c.held_out_skill();
  if (skill >= kLearned || possible < 3 * kLearned) return false;
  f.what = fmt::format(
      "the model's mean loss {:.4g} saves {:.1f} % of a constant's {:.4g}; a small reference network "
      "saves {:.0f} % on rows it has not seen",
      c.model_loss(), 100 * c.model_skill(), c.constant(), 100 * possible);
  f.evidence = {{"model_skill", c.model_skill()}, {"reference_skill", possible}};
  f.cause = "the features say something about the targets, and the set-up does not learn it; see the findings above";
  f.remedy = "start from the defaults, which the reference network resembles, and change one thing at a time";
  f.measured = {
      {"standardised inputs, 64 relu units, Adam at 0.003", "share of the constant's loss saved", skill, possible}};
  f.command = train_with(c, "--hidden 64 --activation relu --initializer auto --optimizer adam --lr 0.003");
  f.explain = explain_row(c, c.source_row(0));
  return true;
}

}  // namespace retrograd::diagnosis
