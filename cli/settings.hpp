// The settings of a training run: one table says for each its flag, its place in config.toml, its kind and its default.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "retrograd/network.hpp"

namespace retrograd::cli {

enum class Kind { text, number, integer, boolean, list };

/// One setting. The flag is "--" + name with '-' for '_'; the key in config.toml is name in [section].
struct SettingSpec {
  std::string_view section;
  std::string_view name;
  Kind kind;
  std::string_view initial;  ///< default, as text; "auto" where a number may be inferred
  std::string_view help;
  std::string_view hint = {};  ///< how the value is written in help, e.g. "COLUMN"
};

/// Every setting, in the order of help and of config.toml.
const std::vector<SettingSpec>& setting_specs();

/// Values by name. Lists have any number of entries, the others exactly one; unset ones have their default.
class Settings {
 public:
  /// Reads a config.toml. Throws Error naming file, line, the key and what is allowed there.
  static Settings from_toml(const std::string& path);

  /// Sets a value from text. Throws Error if it is not of the setting's kind.
  void set(std::string_view name, std::vector<std::string> values);
  void set(std::string_view name, std::string value) { set(name, std::vector<std::string>{std::move(value)}); }
  bool given(std::string_view name) const { return values_.find(name) != values_.end(); }

  std::string text(std::string_view name) const;
  double number(std::string_view name) const;  ///< throws Error for "auto": ask is_auto first
  int64_t integer(std::string_view name) const;
  bool boolean(std::string_view name) const;
  std::vector<std::string> list(std::string_view name) const;
  bool is_auto(std::string_view name) const { return text(name) == "auto"; }

  /// Takes every value that `other` was given; `hidden` given there replaces [[layer]].
  void override_with(const Settings& other);

  /// Layers of [[layer]], in order; empty when `hidden` describes them.
  std::vector<Layer> layers;

  /// The complete effective configuration.
  std::string to_toml() const;

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

}  // namespace retrograd::cli
