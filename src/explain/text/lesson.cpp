#include "explain/text/lesson.hpp"

#include <fmt/format.h>

#include <cmath>

#include "base/fail.hpp"
#include "explain/smoothed_target.hpp"
#include "retrograd/explain_text.hpp"

namespace retrograd::text {

Lesson::Lesson(const Explanation& e, std::string_view what) : e_(e), stages_(chain_of(e)) {
  if (e.batch) fail("{} is of one row; leave out the batch", what);
  if (stages_.empty())
    fail("{} needs a plain chain of linear layers and activations, which this network is not; try --example lecture",
         what);
  for (const Stage& s : stages_)
    if (s.W->cols > kLectureUnits || s.W->rows > kLectureUnits)
      fail("{} needs layers of at most {} units, but {} has {} inputs and {} outputs; try --example lecture", what,
           kLectureUnits, clean(s.linear->output), s.W->rows, s.W->cols);
  const auto outputs = static_cast<size_t>(stages_.back().W->cols);
  if (e.long_way && e.long_way->target.size() == outputs) {
    target_ = explaining::smoothed_target(e).y;
  } else {
    for (const ForwardEquation& equation : e.forward) {
      if (equation.kind != "loss" || equation.inputs.size() < 2) continue;
      const ValueNumbers* y = e.value(equation.inputs[1]);
      if (y != nullptr && y->computed.size() == outputs) target_ = y->computed;
    }
  }
}

bool Lesson::softmax() const {
  return e_.long_way && stages_.back().after.empty() && !target_.empty() && e_.long_way->p.size() == target_.size();
}

int Lesson::number_of(size_t stage, int unit) const {
  int number = unit + 1;
  for (size_t s = 0; s < stage; ++s) number += units(s);
  return number;
}

std::string Lesson::weight(size_t stage, int from, int to) const {
  return fmt::format("{}[{},{}]", clean(stages_[stage].W->name), from + 1, to + 1);
}
std::string Lesson::bias(size_t stage, int unit) const {
  return stages_[stage].b == nullptr ? "0" : fmt::format("{}[{}]", clean(stages_[stage].b->name), unit + 1);
}

std::string Lesson::activation(size_t stage) const {
  const Stage& s = stages_[stage];
  return s.after.size() == 1 ? function_name(s.after.front()->op) : "f";
}

double Lesson::upstream(size_t stage, int unit) const {
  return stages_[stage].d_out == nullptr ? delta_value(stage, unit) : at(stages_[stage].d_out, unit);
}
double Lesson::weight_value(size_t stage, int from, int to) const {
  return stages_[stage].W->values[static_cast<size_t>(from * units(stage) + to)];
}
double Lesson::bias_value(size_t stage, int unit) const {
  return stages_[stage].b == nullptr ? 0 : stages_[stage].b->values[static_cast<size_t>(unit)];
}
double Lesson::weight_gradient(size_t stage, int from, int to) const {
  const std::vector<double>& g = stages_[stage].W->gradient;
  const auto at = static_cast<size_t>(from * units(stage) + to);
  return at < g.size() ? g[at] : std::nan("");
}
double Lesson::bias_gradient(size_t stage, int unit) const {
  const auto at = static_cast<size_t>(unit);
  const ParameterNumbers* b = stages_[stage].b;
  return b != nullptr && at < b->gradient.size() ? b->gradient[at] : std::nan("");
}

std::string Lesson::forward_symbols(size_t stage, int unit) const {
  std::string text;
  for (int i = 0; i < inputs(stage); ++i)
    text += fmt::format("{}{}·{}", i > 0 ? " + " : "", input(stage, i), weight(stage, i, unit));
  return stages_[stage].b == nullptr ? text : text + " + " + bias(stage, unit);
}

std::string Lesson::forward_numbers(size_t stage, int unit) const {
  std::string text;
  for (int i = 0; i < inputs(stage); ++i)
    text +=
        fmt::format("{}{}·{}", i > 0 ? " + " : "", factor(input_value(stage, i)), factor(weight_value(stage, i, unit)));
  return stages_[stage].b == nullptr ? text : text + " + " + factor(bias_value(stage, unit));
}

std::string Lesson::backward_symbols(size_t stage, int unit) const {
  std::string text;
  for (int k = 0; k < units(stage + 1); ++k)
    text += fmt::format("{}{}·{}", k > 0 ? " + " : "", weight(stage + 1, unit, k), delta(stage + 1, k));
  return text;
}

std::string Lesson::backward_numbers(size_t stage, int unit) const {
  std::string text;
  for (int k = 0; k < units(stage + 1); ++k)
    text += fmt::format("{}{}·{}", k > 0 ? " + " : "", factor(weight_value(stage + 1, unit, k)),
                        factor(delta_value(stage + 1, k)));
  return text;
}

}  // namespace retrograd::text
