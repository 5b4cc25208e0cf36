// The receipt: an Explanation as JSON, and back (docs/receipt.md).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/fail.hpp"
#include "base/parse_json.hpp"
#include "explain/core/receipt_fields.hpp"
#include "retrograd/receipt.hpp"

namespace retrograd {
namespace explaining {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kFormat = "retrograd receipt";
constexpr int kVersion = 1;
constexpr size_t kMaxBytes = size_t{256} << 20;

/// The double whose shortest decimal is the float's: "0.1" instead of "0.10000000149011612".
double shortest(double x) {
  const auto narrow = static_cast<float>(x);
  if (static_cast<double>(narrow) != x) return x;
  return std::stod(fmt::format("{}", narrow));
}

Json to_value(double x) {
  if (std::isnan(x)) return "nan";
  if (std::isinf(x)) return x > 0 ? "inf" : "-inf";
  return x;
}

class Writer {
 public:
  explicit Writer(bool single) : single_(single) {}

  template <class T>
  void operator()(const char* name, T& member) {
    json_[name] = value(member);
  }
  template <class T>
  void single(const char* name, T& member) {
    const bool kept = narrow_;
    narrow_ = single_;
    json_[name] = value(member);
    narrow_ = kept;
  }
  Json take() { return std::move(json_); }

 private:
  Json value(double& x) { return to_value(narrow_ && std::isfinite(x) ? shortest(x) : x); }
  Json value(bool& x) { return x; }
  Json value(std::string& x) { return x; }
  template <std::integral T>
  Json value(T& x) {
    return x;
  }
  Json value(std::pair<std::string, double>& x) { return Json::array({x.first, to_value(x.second)}); }
  template <class T>
  Json value(std::vector<T>& x) {
    Json array = Json::array();
    for (T& one : x) array.push_back(value(one));
    return array;
  }
  template <class T>
  Json value(std::optional<T>& x) {
    return x ? value(*x) : Json();
  }
  template <class T>
  requires requires(Writer& w, T& x) { fields(w, x); }
  Json value(T& x) {
    Writer inner(single_);
    fields(inner, x);
    return inner.take();
  }

  bool single_, narrow_ = false;
  Json json_ = Json::object();
};

class Reader {
 public:
  Reader(const Json& json, std::string place, bool single) : json_(json), place_(std::move(place)), single_(single) {
    if (!json.is_object()) wrong(place_, json, "an object");
  }

  template <class T>
  void operator()(const char* name, T& member) {
    read(find(name), member, place_ + "." + name);
  }
  template <class T>
  void single(const char* name, T& member) {
    narrow_ = single_;
    read(find(name), member, place_ + "." + name);
    narrow_ = false;
  }
  void finish(size_t extra = 0) const {
    if (json_.size() == seen_ + extra) return;
    for (const auto& [key, value] : json_.items())
      if (std::find(names_.begin(), names_.end(), key) == names_.end() && extra == 0)
        fail("receipt: {} has the field '{}', which the format does not know", place_, key.substr(0, 40));
    fail("receipt: {} has {} fields, expected {}", place_, json_.size(), seen_ + extra);
  }

 private:
  [[noreturn]] static void wrong(const std::string& place, const Json& found, std::string_view expected) {
    fail("receipt: {} is {}, expected {}", place.empty() ? "the text" : place, found.type_name(), expected);
  }
  const Json& find(const char* name) {
    const auto found = json_.find(name);
    if (found == json_.end()) fail("receipt: {}.{} is missing", place_, name);
    ++seen_;
    names_.emplace_back(name);
    return *found;
  }

  void read(const Json& j, double& x, const std::string& place) {
    if (j.is_string()) {
      const auto& text = j.get_ref<const std::string&>();
      if (text == "nan")
        x = std::numeric_limits<double>::quiet_NaN();
      else if (text == "inf" || text == "-inf")
        x = (text == "inf" ? 1 : -1) * std::numeric_limits<double>::infinity();
      else
        wrong(place, j, "a number, or \"nan\", \"inf\", \"-inf\"");
      return;
    }
    if (!j.is_number()) wrong(place, j, "a number");
    x = j.get<double>();
    if (!std::isfinite(x)) fail("receipt: {} is beyond the range of a double", place);
    if (!narrow_) return;
    const auto narrow = static_cast<float>(x);
    if (!std::isfinite(narrow) || (shortest(static_cast<double>(narrow)) != x))
      fail("receipt: {} is {}, expected the shortest decimal of a 32-bit float", place, x);
    x = static_cast<double>(narrow);
  }
  void read(const Json& j, bool& x, const std::string& place) {
    if (!j.is_boolean()) wrong(place, j, "true or false");
    x = j.get<bool>();
  }
  void read(const Json& j, std::string& x, const std::string& place) {
    if (!j.is_string()) wrong(place, j, "text");
    x = j.get<std::string>();
  }
  template <std::integral T>
  void read(const Json& j, T& x, const std::string& place) {
    if (!j.is_number_integer()) wrong(place, j, "a whole number");
    if (j.is_number_unsigned()) {
      const auto wide = j.get<uint64_t>();
      if (wide > static_cast<uint64_t>(std::numeric_limits<T>::max()))
        fail("receipt: {} is {}, too large", place, wide);
      x = static_cast<T>(wide);
    } else {
      const auto wide = j.get<int64_t>();
      if (std::is_unsigned_v<T> || wide < static_cast<int64_t>(std::numeric_limits<T>::min()))
        fail("receipt: {} is {}, too small", place, wide);
      x = static_cast<T>(wide);
    }
  }
  void read(const Json& j, std::pair<std::string, double>& x, const std::string& place) {
    if (!j.is_array() || j.size() != 2) wrong(place, j, "a pair of a name and a number");
    read(j[0], x.first, place + "[0]");
    read(j[1], x.second, place + "[1]");
  }
  template <class T>
  void read(const Json& j, std::vector<T>& x, const std::string& place) {
    if (!j.is_array()) wrong(place, j, "an array");
    x.clear();
    x.reserve(j.size());
    for (size_t k = 0; k < j.size(); ++k) {
      x.emplace_back();
      read(j[k], x.back(), fmt::format("{}[{}]", place, k));
    }
  }
  template <class T>
  void read(const Json& j, std::optional<T>& x, const std::string& place) {
    x.reset();
    if (!j.is_null()) read(j, x.emplace(), place);
  }
  template <class T>
  requires requires(Reader& r, T& x) { fields(r, x); }
  void read(const Json& j, T& x, const std::string& place) {
    Reader inner(j, place, single_);
    fields(inner, x);
    inner.finish();
  }

  const Json& json_;
  std::string place_;
  bool single_, narrow_ = false;
  size_t seen_ = 0;
  std::vector<std::string> names_;
};

}  // namespace
}  // namespace explaining

std::string to_json(const Explanation& explanation, int64_t whole) {
  Explanation e = explanation;
  int64_t count = 0;
  for (const ParameterNumbers& p : e.parameters) count += static_cast<int64_t>(p.rows) * p.cols;
  if (count > whole)
    for (ParameterNumbers& p : e.parameters) {
      p.values.clear();
      p.gradient.clear();
    }
  explaining::Writer writer(e.precision == "float32");
  explaining::fields(writer, e);
  explaining::Json json = {{"format", explaining::kFormat}, {"version", explaining::kVersion}};
  json.update(writer.take());
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

Explanation explanation_from_json(std::string_view text) {
  using explaining::Json;
  if (text.size() > explaining::kMaxBytes)
    fail("receipt: {} bytes, expected at most {}", text.size(), explaining::kMaxBytes);
  Json json = parse_json<Json>(text, "receipt");
  if (!json.is_object() || !json.contains("format") || json["format"] != explaining::kFormat)
    fail("receipt: expected an object whose \"format\" is \"{}\"", explaining::kFormat);
  if (!json.contains("version") || json["version"] != explaining::kVersion)
    fail("receipt: its version is {}, this program reads version {}",
         json.contains("version") ? json["version"].dump().substr(0, 20) : "missing", explaining::kVersion);
  const bool single = json.contains("precision") && json["precision"] == "float32";
  if (!single && (!json.contains("precision") || json["precision"] != "float64"))
    fail("receipt: its precision is neither float32 nor float64");
  json.erase("format");
  json.erase("version");
  Explanation e;
  explaining::Reader reader(json, "receipt", single);
  explaining::fields(reader, e);
  reader.finish();
  return e;
}

}  // namespace retrograd
