// Targets: out of the loss's range, unrelated to the features.
#include <fmt/format.h>

#include <cmath>

#include "explain/diagnose/findings.hpp"
#include "explain/diagnose/label_range.hpp"

namespace retrograd::diagnosis {
namespace {

/// Share of the constant's loss on unseen rows that chance does not save.
constexpr double kRelated = 0.02;

}  // namespace

std::optional<BadTarget> first_bad_target(const graph::ForwardProgram& program, const Dataset& data) {
  const std::string& loss = program.network.loss_type;
  const Block& y = data.target;
  const int outputs = program.values[static_cast<size_t>(program.logits)].features;
  const bool codes = loss == "softmax_xent" && y.cols == 1;
  const bool shares = loss == "sigmoid_bce" || (loss == "softmax_xent" && !codes);
  BadTarget bad;
  for (int64_t row = 0; row < data.rows; ++row) {
    double sum = 0;
    for (int k = 0; k < y.cols; ++k) {
      const auto v = static_cast<double>(y.at(row, k));
      sum += v;
      std::string expected;
      if (codes && !(v >= 0 && v < outputs && v == std::floor(v)))
        expected = fmt::format("a class code 0 to {}", outputs - 1);
      else if (shares && !(v >= 0 && v <= 1))
        expected = "a share or label from 0 to 1";
      else if (!std::isfinite(v))
        expected = "a finite number";
      else if (shares && loss == "softmax_xent" && k == y.cols - 1 && std::abs(sum - 1) > 1e-3)
        expected = fmt::format("shares of the classes with the sum 1, not {:.4g}", sum);
      if (expected.empty()) continue;
      if (bad.count++ == 0) {
        bad.row = row;
        bad.value = v;
        bad.expected = expected;
      }
      break;
    }
  }
  if (bad.count == 0) return std::nullopt;
  return bad;
}

bool labels_out_of_range(Context& c, Finding& f) {
  const std::optional<BadTarget> bad = first_bad_target(c.program(), c.all);
  if (!bad) return false;
  c.targets_fit = false;
  const int64_t row = c.all.skipped.in_source(bad->row);
  f.what = fmt::format("{} of {} rows have a target that {} cannot take: row {} has {:g}, expected {}", bad->count,
                       c.all.rows, c.network().loss_type, row + 1, bad->value, bad->expected);
  f.evidence = {
      {"rows", static_cast<double>(bad->count)}, {"first_row", static_cast<double>(row)}, {"value", bad->value}};
  f.cause = "the targets are coded for another number of classes, start at 1, or are in another unit";
  f.remedy = "code classes 0 to K − 1, or give the network an output for each class";
  f.explain = explain_row(c, bad->row);
  return true;
}

bool labels_unrelated(Context& c, Finding& f) {
  // With fewer rows a weak relation would not show.
  if (!c.targets_fit || c.rows.rows < 96 || c.constant() <= 0) return false;
  double skill = c.held_out_skill();
  if (skill >= kRelated) return false;
  // Where one class is most of the rows a constant is hard to beat, however much the features say: then balanced.
  if (c.spec.task == Task::classification) skill = std::max(skill, c.held_out_skill_of_balanced_classes());
  if (skill >= kRelated) return false;
  const EpochReport* kept = c.kept();
  if (kept != nullptr && kept->valid_loss && c.skill(*kept->valid_loss) > 0.05) return false;
  f.what = fmt::format(
      "a reference network, trained on 70 % of the rows, does no better than a constant on the other 30 %: it saves "
      "{:.1f} % of the constant's loss {:.4g}; the model saves {:.1f} % on the rows given",
      100 * std::max(skill, 0.0), c.constant(), 100 * c.model_skill());
  f.evidence = {{"held_out_skill", skill}, {"model_skill", c.model_skill()}, {"constant_loss", c.constant()}};
  f.cause =
      "labels that were shuffled or joined to the wrong rows, or features that say nothing; what a network fits then "
      "is noise";
  f.remedy = "check that row i of the features belongs to row i of the targets, and that a feature can tell";
  f.measured = {{"a network with standardised inputs, 64 relu units, Adam",
                 "share of the constant's loss saved on unseen rows", c.model_skill(), skill}};
  f.explain = explain_row(c, 0);
  return true;
}

}  // namespace retrograd::diagnosis
