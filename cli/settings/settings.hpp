// The settings of a training run: one table says for each its flag, its place in config.toml, its values and its
// default.
#pragma once

#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "retrograd/network.hpp"

namespace retrograd::cli {

enum class Kind { text, number, integer, boolean, list };

/// Numbers that a setting may have; never NaN or infinite.
struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool low_excluded = false, high_excluded = false;
};

/// One setting. The flag is "--" + name with '-' for '_'; the key in config.toml is name in [section].
struct SettingSpec {
  std::string_view section;
  std::string_view name;
  Kind kind;
  std::string_view initial;  ///< default, as text
  std::string help;
  std::string_view hint = {};  ///< how the value is written in help, e.g. "COLUMN"
  Range range = {};            ///< of numbers
  /// Words that are allowed: beside numbers for a number, instead of anything else for a text; empty: any text.
  std::vector<std::string> words = {};
  /// Throws Error if the text (an entry of a list) is not allowed, saying what is.
  void (*check)(const std::string& value) = nullptr;
};

/// Every setting, in the order of help and of config.toml.
const std::vector<SettingSpec>& setting_specs();
/// The setting of that name, which must exist.
const SettingSpec& setting_spec(std::string_view name);
/// "--valid-fraction" of "valid_fraction".
std::string flag_of(std::string_view name);

/// A whole number of [low, high] from text. Throws Error: "PLACE is 'TEXT', expected a whole number from LOW to HIGH".
int64_t whole_number(const std::string& place, const std::string& text, int64_t low, int64_t high);

/// Values by name. Lists have any number of entries, the others exactly one; unset ones have their default.
class Settings {
 public:
  /// Reads a config.toml, or the one of a run's folder. Throws Error naming file, line, the key and what is allowed.
  static Settings from_toml(const std::string& path);
  /// The same from the text of a file; `name` is for messages.
  static Settings from_toml_text(const std::string& text, const std::string& name);

  /// Sets a value from text. Throws Error if it is not one that the setting may have; the message begins with `place`,
  /// or with the flag if that is empty.
  void set(std::string_view name, std::vector<std::string> values, const std::string& place = {});
  void set(std::string_view name, std::string value) { set(name, std::vector<std::string>{std::move(value)}); }
  bool given(std::string_view name) const { return values_.find(name) != values_.end(); }

  std::string text(std::string_view name) const;
  double number(std::string_view name) const;  ///< ask is_auto first
  int64_t integer(std::string_view name) const;
  bool boolean(std::string_view name) const;
  std::vector<std::string> list(std::string_view name) const;
  bool is_auto(std::string_view name) const { return text(name) == "auto"; }

  /// Takes every value that `other` was given. Hidden layers are described by [[layer]] or by the settings that build
  /// them: `hidden` replaces [[layer]]. Throws Error for another of those settings while there are [[layer]].
  void override_with(const Settings& other);

  /// Layers of [[layer]], in order; empty when `hidden` describes them.
  std::vector<Layer> layers;
  /// Where each of them is written, "config.toml:12"; as many as there are layers, or none.
  std::vector<std::string> layer_places;

  /// Whether they were read from a text that to_toml() wrote: then each has a value, whether it has an effect or not.
  bool complete = false;

  /// The complete effective configuration.
  std::string to_toml() const;

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

/// Whether a setting builds the hidden layers, which [[layer]] does instead.
bool builds_layers(std::string_view name);

}  // namespace retrograd::cli
