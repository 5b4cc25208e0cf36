// The step that the optimiser makes from the gradient: by its own code, and line by line as it states its formula.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/fail.hpp"
#include "explain/core/assignment.hpp"
#include "explain/core/state.hpp"
#include "ops/formula/style.hpp"
#include "optim/optimizer.hpp"
#include "optim/regularize_ref.hpp"
#include "train/engine/segments.hpp"

namespace retrograd::explaining {
namespace {

double data_scale(const State& s, const TrainOptions& t) {
  if (!s.options.batch) return t.reduction == Reduction::mean ? 1 : s.training_weights[0];
  double weight = 0;
  for (double w : s.pass->options().weights) weight += w;
  return t.reduction == Reduction::mean && weight > 0 ? 1 / weight : 1;
}

/// A full-batch method has no update of one parameter.
bool moves_all_together(const TrainOptions& t) {
  return optim::parse_optimizer(t.optimizer).optimizer->info.full_batch;
}

/// A saved state is stepped from at the rate that the run had then.
double rate(const State& s, const TrainOptions& t) {
  return s.options.slots_step > 0 ? s.options.slots_eta : t.learning_rate;
}

/// The whole step as the engine makes it (train/reference_engine.cpp), in the model's precision.
template <class T>
Stepped step(const State& s, const TrainOptions& t) {
  namespace reference = optim::reference;
  const graph::ForwardProgram& program = s.program();
  const std::vector<double> gradient = s.pass->flat_gradient();
  std::vector<T> theta(s.pass->flat().begin(), s.pass->flat().end()), g(gradient.begin(), gradient.end());
  const optim::OptimizerChoice choice = optim::parse_optimizer(t.optimizer);
  std::vector<std::vector<T>> slots;
  std::vector<T*> slot_at;
  for (int k = 0; k < choice.optimizer->info.slots; ++k) {
    slots.emplace_back(program.trained_size);
    if (s.options.slots_step > 0) {
      if (s.options.slots.size() != static_cast<size_t>(choice.optimizer->info.slots) ||
          s.options.slots[static_cast<size_t>(k)].size() != program.trained_size)
        fail("the optimiser's state has {} arrays, expected {} of {} numbers for {}", s.options.slots.size(),
             choice.optimizer->info.slots, program.trained_size, choice.optimizer->info.name);
      const auto& saved = s.options.slots[static_cast<size_t>(k)];
      std::transform(saved.begin(), saved.end(), slots.back().begin(), [](double v) { return static_cast<T>(v); });
    }
  }
  for (auto& slot : slots) slot_at.push_back(slot.data());
  Stepped result;
  result.scale = data_scale(s, t);
  double scale = result.scale;
  const auto segments = training::segments_of(program);
  for (const training::Segment& part : segments) {
    if (part.decays && t.l1 > 0) reference::add_l1(g.data(), theta.data(), t.l1 / scale, part.begin, part.end);
    if (part.decays && t.l2 > 0) reference::add_l2(g.data(), theta.data(), t.l2 / scale, part.begin, part.end);
  }
  const auto size = static_cast<int64_t>(program.trained_size);
  if (t.clip_value > 0) reference::clip_by_value(g.data(), t.clip_value / scale, 0, size);
  if (t.clip_norm > 0) {
    const double norm = reference::norm(g.data(), size) * scale;
    result.clip = std::isfinite(norm) ? optim::clip_factor(norm, t.clip_norm) : norm;
    scale *= result.clip;
  }
  optim::StepArgs args;
  args.gradient_scale = scale;
  args.step = s.options.slots_step + 1;
  args.attributes = choice.attributes;
  for (const training::Segment& part : segments) {
    args.eta = rate(s, t) * part.rate;
    args.weight_decay = t.weight_decay * part.decay;
    if constexpr (std::is_same_v<T, float>)
      choice.optimizer->step_ref_f32(theta.data(), g.data(), slot_at.data(), args, part.begin, part.end);
    else
      choice.optimizer->step_ref_f64(theta.data(), g.data(), slot_at.data(), args, part.begin, part.end);
  }
  result.unconstrained.assign(theta.begin(), theta.end());
  if (t.max_norm > 0)
    for (const graph::Parameter& p : program.parameters)
      if (p.trained && p.decays) reference::max_norm(theta.data() + p.offset, p.rows, p.cols, t.max_norm, 0, p.cols);
  result.after.assign(theta.begin(), theta.end());
  return result;
}

}  // namespace

std::string symbol_of(std::string_view attribute) {
  const size_t digits = std::min(attribute.find_first_of("0123456789"), attribute.size());
  const std::string_view greek = formula::greek_letter(attribute.substr(0, digits));
  return greek.empty() ? std::string(attribute) : std::string(greek) + std::string(attribute.substr(digits));
}

std::vector<std::string> update_lines(const Update& u, const optim::OptimizerInfo& info) {
  std::vector<std::string> lines;
  if (u.l1 > 0) lines.emplace_back("g ← g + l1/scale·sign(θ)");
  if (u.l2 > 0) lines.emplace_back("g ← g + l2/scale·θ");
  if (u.clip_value > 0) lines.emplace_back("g ← clip(g, clip_value/scale)");
  if (u.clip_norm > 0) lines.emplace_back("scale ← scale·clip_norm_factor");
  for (const std::string_view line : info.formula) lines.emplace_back(line);
  if (u.max_norm_factor != 1) lines.emplace_back("θ ← max_norm_factor·θ");
  return lines;
}

Stepped make_step(const State& s) {
  if (!s.options.training || moves_all_together(*s.options.training)) return {};
  return s.pass->single() ? step<float>(s, *s.options.training) : step<double>(s, *s.options.training);
}

Update make_update(const State& s, int parameter, int from, int to) {
  const graph::Parameter& p = s.program().parameters[static_cast<size_t>(parameter)];
  const size_t element = static_cast<size_t>(std::max(from, 0)) * static_cast<size_t>(p.cols) + static_cast<size_t>(to);
  Update u;
  u.before = s.pass->parameter(parameter)[element];
  u.fresh = s.options.slots_step == 0;
  u.state = s.options.state.empty() ? u.fresh ? "a fresh state: every slot is 0" : "the saved state" : s.options.state;
  u.step = s.options.slots_step + 1;
  if (!s.options.training || moves_all_together(*s.options.training)) {
    u.optimizer = "sgd";
    u.eta_from = !s.options.training
                     ? "the model does not say how it was trained; gradient descent is stated with η open"
                     : fmt::format(
                           "{} moves all parameters together, by gradients of several points; plain gradient "
                           "descent is stated instead, with η open",
                           optim::parse_optimizer(s.options.training->optimizer).optimizer->info.name);
    u.lines.push_back({"θ ← θ − η·g", "θ", 0});
    u.after = u.after_lines = u.before;
    return u;
  }
  const TrainOptions& t = *s.options.training;
  const optim::OptimizerChoice choice = optim::parse_optimizer(t.optimizer);
  const optim::OptimizerInfo& info = choice.optimizer->info;
  u.known = true;
  u.optimizer = optim::to_string(choice);
  u.source = info.source;
  u.eta = rate(s, t) * p.rate;
  u.eta_from = !u.fresh ? fmt::format("learning rate of the run's step {}", s.options.slots_step)
               : t.schedule == "constant" || t.schedule.empty()
                   ? "learning rate of the model's configuration"
                   : "learning rate of the model's configuration, before its schedule (" + t.schedule + ")";
  if (p.rate != 1) u.eta_from += ", times the parameter's own factor";
  u.scale = s.stepped.scale;
  u.clip = s.stepped.clip;
  u.weight_decay = t.weight_decay * p.decay;
  u.l1 = p.decays ? t.l1 : 0;
  u.l2 = p.decays ? t.l2 : 0;
  u.clip_value = t.clip_value;
  u.clip_norm = t.clip_norm;
  u.max_norm = p.decays ? t.max_norm : 0;

  const auto add = [&](std::string name, double value) { u.symbols.emplace_back(std::move(name), value); };
  add("θ", u.before);
  add("g", s.pass->dparameter(parameter).computed[element]);
  add("η", u.eta);
  add("λ", u.weight_decay);
  add("scale", u.scale);
  add("t", static_cast<double>(u.step));
  for (size_t k = 0; k < info.attributes.size(); ++k) add(symbol_of(info.attributes[k].name), choice.attributes[k]);
  for (int k = 0; k < info.slots; ++k)
    add(std::string(info.slot_names[static_cast<size_t>(k)]),
        u.fresh ? 0 : s.options.slots[static_cast<size_t>(k)][p.offset + element]);
  if (u.l1 > 0) add("l1", u.l1);
  if (u.l2 > 0) add("l2", u.l2);
  if (u.clip_value > 0) add("clip_value", u.clip_value);
  if (u.clip_norm > 0) add("clip_norm_factor", u.clip);
  u.after = s.stepped.after[p.offset + element];
  if (const double free = s.stepped.unconstrained[p.offset + element]; u.max_norm > 0 && free != u.after) {
    u.max_norm_factor = u.after / free;
    add("max_norm_factor", u.max_norm_factor);
  }
  Symbols values(u.symbols.begin(), u.symbols.end());
  for (const std::string& line : update_lines(u, info)) {
    const std::string left = assign(line, values);
    u.lines.push_back({line, left, values[left]});
  }
  u.after_lines = values["θ"];
  return u;
}

}  // namespace retrograd::explaining
