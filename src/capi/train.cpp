// retrograd.h: options and training.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>

#include "base/fail.hpp"
#include "capi/handles.hpp"
#include "data/number.hpp"

namespace retrograd::capi {
namespace {

double number(const std::string& name, const std::string& value, double low, double high) {
  const std::optional<double> v = parse_number(value);
  if (!v || !(*v >= low && *v <= high))
    fail("option {} is '{}', expected a number from {} to {}", name, value, low, high);
  return *v;
}

int64_t whole(const std::string& name, const std::string& value, int64_t low, int64_t high) {
  const double v = number(name, value, static_cast<double>(low), static_cast<double>(high));
  if (v != std::floor(v)) fail("option {} is '{}', expected a whole number", name, value);
  return static_cast<int64_t>(v);
}

std::vector<int> widths(const std::string& value) {
  std::vector<int> out;
  for (size_t at = 0; at <= value.size();) {
    const size_t comma = std::min(value.find(',', at), value.size());
    out.push_back(static_cast<int>(whole("hidden", value.substr(at, comma - at), 1, 1 << 24)));
    at = comma + 1;
  }
  return out;
}

using Setter = std::function<void(retrograd_options&, const std::string& name, const std::string& value)>;

template <class Options>
Setter text(Options retrograd_options::*part, std::string Options::*member) {
  return [=](retrograd_options& o, const std::string&, const std::string& v) { o.*part.*member = v; };
}

template <class Options>
Setter real(Options retrograd_options::*part, double Options::*member, double low, double high) {
  return [=](retrograd_options& o, const std::string& n, const std::string& v) {
    o.*part.*member = number(n, v, low, high);
  };
}

Setter count(int TrainOptions::*member, int low, int high) {
  return [=](retrograd_options& o, const std::string& n, const std::string& v) {
    o.train.*member = static_cast<int>(whole(n, v, low, high));
  };
}

const std::map<std::string, Setter>& setters() {
  using N = NetworkOptions;
  using T = TrainOptions;
  constexpr auto network = &retrograd_options::network;
  constexpr auto train = &retrograd_options::train;
  constexpr double kMany = 1e9;
  static const std::map<std::string, Setter> all = {
      {"activation", text(network, &N::activation)},
      {"normalise", text(network, &N::normalise)},
      {"loss", text(network, &N::loss)},
      {"optimizer", text(train, &T::optimizer)},
      {"schedule", text(train, &T::schedule)},
      {"metric", text(train, &T::metric)},
      {"dropout", real(network, &N::dropout, 0, 0.999)},
      {"learning_rate", real(train, &T::learning_rate, 0, kMany)},
      {"weight_decay", real(train, &T::weight_decay, 0, kMany)},
      {"l1", real(train, &T::l1, 0, kMany)},
      {"l2", real(train, &T::l2, 0, kMany)},
      {"epochs", count(&T::epochs, 1, 1'000'000'000)},
      {"patience", count(&T::patience, 0, 1'000'000'000)},
      {"threads", count(&T::threads, 0, 1024)},
      {"hidden",
       [](retrograd_options& o, const std::string&, const std::string& v) {
         o.linear = v == "none";
         o.network.hidden = o.linear || v == "auto" ? std::vector<int>() : widths(v);
       }},
      {"batch", [](retrograd_options& o, const std::string& n,
                   const std::string& v) { o.train.batch = v == "full" ? -1 : whole(n, v, 1, int64_t{1} << 40); }},
      {"seed", [](retrograd_options& o, const std::string& n,
                  const std::string& v) { o.train.seed = static_cast<uint64_t>(whole(n, v, 0, int64_t{1} << 53)); }},
      {"precision",
       [](retrograd_options& o, const std::string& n, const std::string& v) {
         if (v != "float32" && v != "float64") fail("option {} is '{}', expected float32 or float64", n, v);
         o.train.precision = v == "float64" ? Precision::float64 : Precision::float32;
       }},
      {"task",
       [](retrograd_options& o, const std::string& n, const std::string& v) {
         for (const Task task : {Task::classification, Task::multilabel, Task::regression})
           if (v == to_string(task)) {
             o.task = task;
             return;
           }
         fail("option {} is '{}', expected classification, multilabel or regression", n, v);
       }},
      {"valid_fraction", [](retrograd_options& o, const std::string& n,
                            const std::string& v) { o.valid_fraction = number(n, v, 0, 0.999); }},
  };
  return all;
}

Model fit(const Loaded& loaded, const retrograd_options& options, retrograd_progress progress, void* user) {
  Callbacks callbacks;
  if (progress != nullptr)
    callbacks.epoch = [&](const EpochReport& report) {
      const double valid = report.valid_loss.value_or(std::numeric_limits<double>::quiet_NaN());
      Control control;
      control.stop = progress(report.epoch, report.train_loss, valid, user) != 0;
      return control;
    };
  constexpr int64_t kWorthHoldingOut = 20;  // as the command line has it: fewer rows are all trained on
  const bool hold_out = options.valid_fraction > 0 && loaded.data.rows >= kWorthHoldingOut;
  const bool classes = loaded.spec.task == Task::classification;
  const Split parts = hold_out ? split(loaded.data, options.valid_fraction, options.train.seed, classes) : Split{};
  const Dataset& rows = hold_out ? parts.train : loaded.data;
  const Prepared prepared = options.linear ? make_network(loaded.spec, rows, std::vector<Layer>{}, options.network)
                                           : make_network(loaded.spec, rows, options.network);
  return train(prepared, loaded.spec, rows, hold_out ? &parts.valid : nullptr, options.train, callbacks).model;
}

retrograd_options options_or_defaults(const retrograd_options* options) {
  return options == nullptr ? retrograd_options() : *options;
}

}  // namespace
}  // namespace retrograd::capi

using namespace retrograd;
using namespace retrograd::capi;

retrograd_options* retrograd_options_new(void) {
  retrograd_options* options = nullptr;
  guarded([&] { options = new retrograd_options(); });
  return options;
}

void retrograd_options_free(retrograd_options* options) { delete options; }

retrograd_status retrograd_options_set(retrograd_options* options, const char* name, const char* value) {
  return guarded([&] {
    require(options, "options");
    require(name, "name");
    require(value, "value");
    const auto setter = setters().find(name);
    if (setter == setters().end()) {
      std::string names;
      for (const auto& [known, set] : setters()) names += (names.empty() ? "" : ", ") + known;
      fail("there is no option '{}'; there are: {}", name, names);
    }
    setter->second(*options, name, value);
  });
}

retrograd_status retrograd_train(const float* x, int64_t rows, int64_t inputs, const double* y, int64_t targets,
                                 const retrograd_options* options, retrograd_progress progress, void* user,
                                 retrograd_model** model) {
  return guarded([&] {
    require(model, "model");
    *model = nullptr;
    require(x, "x");
    require(y, "y");
    if (rows < 1 || inputs < 1 || targets < 1)
      fail("{} rows of {} inputs and {} targets, expected at least 1 of each", rows, inputs, targets);
    constexpr int64_t kMost = std::numeric_limits<int64_t>::max() / 8;
    if (rows > kMost / inputs || rows > kMost / targets) fail("{} rows are more than memory can hold", rows);
    const retrograd_options o = options_or_defaults(options);
    DataOptions reading;
    reading.task = o.task;
    const std::span<const float> numbers(x, static_cast<size_t>(rows * inputs));
    const Loaded loaded = from_memory(numbers, {inputs}, std::vector<double>(y, y + rows * targets), reading);
    *model = make_handle(fit(loaded, o, progress, user));
  });
}

retrograd_status retrograd_train_table(const retrograd_column* columns, int64_t count, int64_t rows, const char* target,
                                       const retrograd_options* options, retrograd_progress progress, void* user,
                                       retrograd_model** model) {
  return guarded([&] {
    require(model, "model");
    *model = nullptr;
    require(target, "target");
    const retrograd_options o = options_or_defaults(options);
    DataOptions reading;
    reading.task = o.task;
    reading.targets = {target};
    const Table table = table_of(columns, count, rows);
    *model = make_handle(fit(from_memory(table.columns, reading), o, progress, user));
  });
}
