#include "optim/schedule.hpp"

#include <algorithm>
#include <cmath>

#include "base/fail.hpp"
#include "math/scalar.hpp"
#include "optim/optimizer.hpp"

namespace retrograd::optim {
namespace {

constexpr double kPi = 3.14159265358979323846;
using Attributes = std::span<const double>;

constexpr std::array kStep = {
    AttributeSpec{"every", 10, 1, 1e9, "epochs between two reductions", true},
    AttributeSpec{"gamma", 0.1, 1e-6, 1, "factor of one reduction"},
};
constexpr std::array kExponential = {AttributeSpec{"gamma", 0.95, 1e-6, 1, "factor of one epoch"}};
constexpr std::array kCosine = {AttributeSpec{"floor", 0, 0, 1, "factor at the end"}};
constexpr std::array kOneCycle = {
    AttributeSpec{"start", 0.1, 1e-6, 1, "factor at the start and at the end of the cycle"},
    AttributeSpec{"cycle", 0.9, 0.01, 1, "share of the run that the cycle takes, half up and half down"},
    AttributeSpec{"end", 1e-3, 0, 1, "factor at the end of the run"},
};
enum PlateauAttribute : size_t { kGamma, kPatience, kThreshold, kFloor, kCooldown };
constexpr std::array kPlateau = {
    AttributeSpec{"gamma", 0.5, 1e-6, 1, "factor of one reduction"},
    AttributeSpec{"patience", 5, 0, 1e9, "epochs without improvement before a reduction", true},
    AttributeSpec{"threshold", 1e-4, 0, 1, "share of the best metric that counts as improvement"},
    AttributeSpec{"floor", 1e-3, 0, 1, "smallest factor"},
    AttributeSpec{"cooldown", 0, 0, 1e9, "epochs after a reduction that are not judged", true},
};

double constant_factor(Attributes, double, double) { return 1; }

double step_factor(Attributes a, double, double e) {
  return integer_power(a[1], static_cast<int64_t>(std::floor(e / a[0])));
}

double exponential_factor(Attributes a, double, double e) { return math::exp(math::log(a[0]) * e); }

double cosine_factor(Attributes a, double p, double) { return a[0] + (1 - a[0]) * 0.5 * (1 + math::cos(kPi * p)); }

/// Four periods of (1 − cos)/2 in log2(1 + 15p): each is twice as long as the one before.
double coslog4_factor(Attributes, double p, double) {
  const double periods = math::log(1 + 15 * p) / math::log(2.0);
  return 0.5 * (1 - math::cos(2 * kPi * periods));
}

double flat_cos_factor(Attributes, double p, double) { return 0.5 * (1 + math::cos(kPi * (std::max(1.0, 2 * p) - 1))); }

double one_cycle_factor(Attributes a, double p, double) {
  const double start = a[0], cycle = a[1], end = a[2], half = cycle / 2;
  if (p <= half) return start + (1 - start) * (p / half);
  if (p <= cycle) return 1 + (start - 1) * ((p - half) / half);
  return start + (end - start) * ((p - cycle) / (1 - cycle));
}

constexpr std::array kSchedules = {
    ScheduleInfo{.name = "constant",
                 .doc = "the rate stays",
                 .formula = "1",
                 .source = "definition",
                 .attributes = {},
                 .factor = constant_factor},
    ScheduleInfo{.name = "step",
                 .doc = "reduced every few epochs",
                 .formula = "gamma^⌊e/every⌋",
                 .source = "definition",
                 .attributes = kStep,
                 .factor = step_factor},
    ScheduleInfo{.name = "exponential",
                 .doc = "reduced a little in every step",
                 .formula = "gamma^e",
                 .source = "definition",
                 .attributes = kExponential,
                 .factor = exponential_factor},
    ScheduleInfo{.name = "cosine",
                 .doc = "half a cosine from 1 down to the floor",
                 .formula = "floor + (1 − floor)·(1 + cos(π·p))/2",
                 .source = "Loshchilov & Hutter, \"SGDR: Stochastic Gradient Descent with Warm Restarts\", ICLR 2017, "
                           "equation 5, without restarts",
                 .attributes = kCosine,
                 .factor = cosine_factor},
    ScheduleInfo{.name = "coslog4",
                 .doc = "four waves from 0 up and down to 0 again, each twice as long as the one before",
                 .formula = "(1 − cos(2π·log2(1 + 15·p)))/2",
                 .source = "Holzmueller, Grinsztajn & Steinwart, \"Better by Default\", NeurIPS 2024, section 3",
                 .attributes = {},
                 .factor = coslog4_factor},
    ScheduleInfo{.name = "flat_cos",
                 .doc = "1 for the first half, then half a cosine down to 0",
                 .formula = "(1 + cos(π·(max(1, 2·p) − 1)))/2",
                 .source = "Holzmueller, Grinsztajn & Steinwart, \"Better by Default\", NeurIPS 2024, section 3",
                 .attributes = {},
                 .factor = flat_cos_factor},
    ScheduleInfo{
        .name = "one_cycle",
        .doc = "up, down again, and then far down, each a straight line",
        .formula = "start → 1 → start over p = 0 … cycle, → end at p = 1",
        .source = "Smith, \"A disciplined approach to neural network hyper-parameters: Part 1\", 2018, section 4.1",
        .attributes = kOneCycle,
        .takes_warmup = false,
        .factor = one_cycle_factor},
    ScheduleInfo{.name = "plateau",
                 .doc = "reduced when the watched metric stops improving",
                 .formula = "gamma^(reductions), at least floor",
                 .source = "definition",
                 .attributes = kPlateau,
                 .reports = true,
                 .factor = constant_factor},
};

}  // namespace

std::span<const ScheduleInfo> all_schedules() { return kSchedules; }

Schedule choose_schedule(std::string_view name, std::span<const NamedValue> given, WarmUp warmup) {
  const auto found = std::find_if(kSchedules.begin(), kSchedules.end(), [&](const auto& s) { return s.name == name; });
  if (found == kSchedules.end()) {
    std::string names;
    for (const ScheduleInfo& s : kSchedules) names += (names.empty() ? "" : ", ") + std::string(s.name);
    fail("there is no schedule '{}'; choose one of: {}", name, names);
  }
  const bool epochs = warmup.unit == WarmUp::Unit::epochs;
  if (!(warmup.amount >= 0 && warmup.amount <= 1e9) || (!epochs && warmup.amount != std::floor(warmup.amount))) {
    fail("schedule {}: a warm-up of {} {} is not possible; give {} from 0 to 1e9", name, warmup.amount,
         epochs ? "epochs" : "steps", epochs ? "a number" : "a whole number");
  }
  if (warmup.amount > 0 && !found->takes_warmup) {
    fail("schedule {}: it starts with its own rise; leave out the warm-up or choose another schedule", name);
  }
  return {&*found, resolve_attributes(fmt::format("schedule {}", name), found->attributes, given), warmup};
}

Schedule parse_schedule(std::string_view text) {
  const NamedChoice choice = parse_choice("schedule", text);
  WarmUp warmup;
  bool seen = false;
  std::vector<NamedValue> rest;
  for (const NamedValue& value : choice.attributes) {
    const bool epochs = value.first == "warmup_epochs";
    if (!epochs && value.first != "warmup_steps") {
      rest.push_back(value);
      continue;
    }
    if (seen) fail("schedule {}: the warm-up is given twice; give warmup_epochs or warmup_steps once", choice.name);
    seen = true;
    warmup = {value.second, epochs ? WarmUp::Unit::epochs : WarmUp::Unit::steps};
  }
  return choose_schedule(choice.name, rest, warmup);
}

std::string to_string(const Schedule& schedule) {
  std::string text = print_choice(schedule.info->name, schedule.info->attributes, schedule.attributes);
  if (schedule.warmup.amount > 0) {
    text += fmt::format("{}{}={}", schedule.attributes.empty() ? ":" : ",",
                        schedule.warmup.unit == WarmUp::Unit::epochs ? "warmup_epochs" : "warmup_steps",
                        schedule.warmup.amount);
  }
  return text;
}

int64_t warmup_steps(const Schedule& schedule, int64_t steps_per_epoch) {
  const double steps = schedule.warmup.unit == WarmUp::Unit::epochs
                           ? schedule.warmup.amount * static_cast<double>(steps_per_epoch)
                           : schedule.warmup.amount;
  return static_cast<int64_t>(std::min(steps + 0.5, 9e18));
}

double schedule_factor(const Schedule& schedule, const Clock& clock, const PlateauState& plateau) {
  const int64_t rise = warmup_steps(schedule, clock.steps_per_epoch);
  const double reduced = schedule.info->reports ? plateau.factor : 1;
  if (clock.step < rise) return reduced * (static_cast<double>(clock.step + 1) / static_cast<double>(rise));
  const auto done = static_cast<double>(clock.step - rise);
  const auto planned = static_cast<double>(std::max<int64_t>(1, clock.total_steps - rise));
  const double p = std::min(1.0, done / planned);
  const double e = done / static_cast<double>(clock.steps_per_epoch);
  return reduced * schedule.info->factor(schedule.attributes, p, e);
}

bool report_metric(const Schedule& schedule, PlateauState& state, double metric) {
  if (!schedule.info->reports) return false;
  const std::vector<double>& a = schedule.attributes;
  const bool better =
      std::isinf(state.best) ? metric < state.best : metric < state.best - a[kThreshold] * std::abs(state.best);
  if (better) {
    state.best = metric;
    state.bad = 0;
  }
  if (state.cooling > 0) {
    state.cooling -= 1;
    state.bad = 0;
    return false;
  }
  if (better) return false;
  state.bad += 1;
  if (state.bad <= a[kPatience]) return false;
  state.bad = 0;
  state.cooling = a[kCooldown];
  const double before = state.factor;
  state.factor = std::max(a[kFloor], before * a[kGamma]);
  return state.factor < before;
}

}  // namespace retrograd::optim
