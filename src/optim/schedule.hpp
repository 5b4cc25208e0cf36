// Learning-rate schedules: the factor of η at every step. Pure functions of (step, steps per epoch, total steps),
// except plateau, which also reads what was reported to it. No libm: the same factor on every machine.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "optim/attributes.hpp"

namespace retrograd::optim {

/// Where a run is.
struct Clock {
  int64_t step = 0;             ///< steps done before this one, from 0
  int64_t steps_per_epoch = 1;  ///< at least 1
  int64_t total_steps = 1;      ///< planned for the whole run, warm-up included; later steps keep the last value
};

/// What plateau remembers: plain numbers, so that a checkpoint can hold them.
struct PlateauState {
  double best = std::numeric_limits<double>::infinity();
  double bad = 0;      ///< reports without improvement since the best, the last reduction or the end of a cool-down
  double cooling = 0;  ///< reports left to ignore
  double factor = 1;
  std::array<double, 4> to_array() const { return {best, bad, cooling, factor}; }
  static PlateauState from_array(const std::array<double, 4>& a) { return {a[0], a[1], a[2], a[3]}; }
};

/// What is fixed of a schedule. p is the share of the steps after the warm-up that are done, e the epochs since then.
struct ScheduleInfo {
  std::string_view name;
  std::string_view doc;
  std::string_view formula;
  std::string_view source;
  std::span<const AttributeSpec> attributes;
  bool reports = false;      ///< must be told the watched metric after every epoch
  bool takes_warmup = true;  ///< one_cycle begins with its own
  double (*factor)(std::span<const double> attributes, double p, double e) = nullptr;
};

/// A linear rise of the factor from 1/w to 1 over the first w steps; the schedule proper starts after it.
struct WarmUp {
  enum class Unit { steps, epochs };
  double amount = 0;  ///< >= 0; 0: none
  Unit unit = Unit::steps;
};

/// A schedule with its attributes, as users choose it.
struct Schedule {
  const ScheduleInfo* info = nullptr;
  std::vector<double> attributes;  ///< one a spec, in order
  WarmUp warmup;
};

std::span<const ScheduleInfo> all_schedules();

/// Throws Error for an unknown name (listing the names), an unknown attribute, a value out of range, a warm-up that is
/// negative or not finite, or any warm-up of one_cycle.
Schedule choose_schedule(std::string_view name, std::span<const NamedValue> given = {}, WarmUp warmup = {});

/// Reads "cosine" or "step:every=10,gamma=0.5,warmup_epochs=2" (or warmup_steps). Throws as choose_schedule does.
Schedule parse_schedule(std::string_view text);
/// The text form, all attributes written; parse_schedule reads it back exactly.
std::string to_string(const Schedule& schedule);

/// Steps of the warm-up: epochs · steps per epoch, rounded to the nearest step.
int64_t warmup_steps(const Schedule& schedule, int64_t steps_per_epoch);

/// What η is multiplied by in the step at `clock`. `plateau` is read by the plateau schedule only.
double schedule_factor(const Schedule& schedule, const Clock& clock, const PlateauState& plateau = {});

/// Tells plateau the watched metric after an epoch; smaller is better (negate an accuracy). NaN counts as no
/// improvement. True if the factor was reduced. Does nothing for the other schedules.
bool report_metric(const Schedule& schedule, PlateauState& state, double metric);

}  // namespace retrograd::optim
