#include "run/unused.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "optim/optimizer.hpp"
#include "settings/options.hpp"

namespace retrograd::cli {
namespace {

class Unused {
 public:
  Unused(const Settings& flags, const Settings& given, const Settings& all) : flags_(flags), given_(given), all_(all) {}

  /// Whether the setting was given, and as something else than what stands for "not at all".
  bool asked(std::string_view name) const {
    const std::string none(setting_spec(name).initial);
    return given_.given(name) && (setting_spec(name).kind == Kind::list || given_.text(name) != none);
  }
  void note(std::string_view name, std::string_view why, std::string_view value = {}) {
    lines_.push_back(
        fmt::format("{}{}{} is not used: {}", place_of(name, flags_), value.empty() ? "" : " ", value, why));
  }
  void unless(bool used, std::initializer_list<std::string_view> names, std::string_view why) {
    if (used) return;
    for (const std::string_view name : names)
      if (asked(name)) note(name, why);
  }
  const Settings& all() const { return all_; }
  const Settings& given() const { return given_; }
  std::vector<std::string> take() { return std::move(lines_); }

 private:
  const Settings &flags_, &given_, &all_;
  std::vector<std::string> lines_;
};

bool decays(const Settings& s) {
  if (!s.is_auto("weight_decay")) return s.number("weight_decay") > 0;
  return optim::parse_optimizer(s.text("optimizer")).optimizer->info.decoupled_decay;
}

void of_network(Unused& unused, const DataSpec& spec, const Network& network) {
  const auto has = [&](auto&& is) { return std::any_of(network.layers.begin(), network.layers.end(), is); };
  const auto type = [&](std::initializer_list<std::string_view> types) {
    return has([&](const Layer& l) { return std::find(types.begin(), types.end(), l.type) != types.end(); });
  };
  const Settings& s = unused.all();
  unused.unless(s.text("hidden") != "none", {"activation", "dropout", "normalise", "parametric"},
                "there is no hidden layer");
  unused.unless(type({"dropout"}), {"dropout_schedule"}, "there is no dropout");
  unused.unless(decays(s), {"decay_schedule", "decay_factor"}, "there is no weight decay");
  unused.unless(s.text("augment") != "none", {"augment_schedule"}, "no images are changed (--augment)");
  if (spec.row_shape.size() > 1) {
    unused.unless(false, {"scaling", "embedding", "bins", "bins_of", "one_hot_limit"},
                  "it is for tables; pixels are standardised by one mean and deviation");
  } else {
    unused.unless(s.integer("bins") > 0, {"bins_of"}, "there are no bins (--bins)");
  }
  unused.unless(spec.source == "csv", {"missing", "separator", "decimal"}, "it is for tables of text");
  for (const std::string_view name : {"rate_factor", "decay_factor"}) {
    if (!unused.given().given(name) || (name == "decay_factor" && !decays(s))) continue;
    for (const std::string& factor : unused.given().list(name)) {
      const std::string group = add_factor(factor).first;
      const bool there = group == "embedding" ? type({"embed", "periodic"})
                         : group == "blend"   ? type({"blend"})
                         : group == "scale"   ? s.boolean("scaling_layer")
                                              : true;
      if (!there) unused.note(name, "the network has no such parameters", group);
    }
  }
}

}  // namespace

Settings asked_for(const Settings& flags, const Settings& settings) { return settings.complete ? flags : settings; }

std::string place_of(std::string_view name, const Settings& flags) {
  return flags.given(name) ? flag_of(name) : fmt::format("{} in [{}]", name, setting_spec(name).section);
}

std::vector<std::string> unused_settings(const Settings& flags, const Settings& given, const Settings& all,
                                         const DataSpec& spec, const Network& network, bool with_validation) {
  Unused unused(flags, given, all);
  if (all.layers.empty() && all.text("from").empty()) of_network(unused, spec, network);
  const bool folds = all.integer("folds") > 0;
  unused.unless(with_validation || folds, {"patience", "metric"}, "there are no validation data");
  unused.unless(all.integer("trials") > 0 || all.text("time_budget") != "none", {"concurrent_trials"},
                "there is no search (--time-budget, --trials)");
  return unused.take();
}

}  // namespace retrograd::cli
