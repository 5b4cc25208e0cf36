// Data -> network: preprocessing as operators, hidden layers, the loss and the prediction that belong to the task.
#include <fmt/ranges.h>

#include <cmath>
#include <numeric>

#include "base/fail.hpp"
#include "retrograd/operator.hpp"
#include "retrograd/train.hpp"

namespace retrograd {
namespace {

struct Moments {
  std::vector<double> mean, sd;
  bool missing = false;
};

/// Mean and standard deviation of each column over the values present; two passes, rows ascending.
template <class T>
Moments moments(const std::vector<T>& values, size_t cols) {
  Moments m;
  m.mean.assign(cols, 0);
  m.sd.assign(cols, 0);
  std::vector<double> count(cols);
  for (size_t at = 0; at < values.size(); at += cols)
    for (size_t c = 0; c < cols; ++c) {
      const auto v = static_cast<double>(values[at + c]);
      const bool present = !std::isnan(v);
      m.missing |= !present;
      m.mean[c] += present ? v : 0;
      count[c] += present;
    }
  for (size_t c = 0; c < cols; ++c) m.mean[c] = count[c] > 0 ? m.mean[c] / count[c] : 0;
  for (size_t at = 0; at < values.size(); at += cols)
    for (size_t c = 0; c < cols; ++c) {
      const double d = static_cast<double>(values[at + c]) - m.mean[c];
      m.sd[c] += std::isnan(d) ? 0 : d * d;
    }
  for (size_t c = 0; c < cols; ++c) m.sd[c] = count[c] > 0 ? std::sqrt(m.sd[c] / count[c]) : 0;
  return m;
}

Moments moments(const Block& block) {
  return std::visit([&](const auto& values) { return moments(values, static_cast<size_t>(block.cols)); }, block.values);
}

/// One mean and deviation for all columns: pixels share their scale.
Moments pooled(const Moments& m) {
  const double n = static_cast<double>(m.mean.size());
  const double mean = std::accumulate(m.mean.begin(), m.mean.end(), 0.0) / n;
  double variance = 0;
  for (size_t c = 0; c < m.mean.size(); ++c)
    variance += (m.sd[c] * m.sd[c] + (m.mean[c] - mean) * (m.mean[c] - mean)) / n;
  Moments all = m;
  all.mean.assign(m.mean.size(), mean);
  all.sd.assign(m.mean.size(), std::sqrt(variance));
  return all;
}

/// 1/sd, and 0 for a column that does not vary: it then carries nothing.
std::vector<double> inverse(const std::vector<double>& sd) {
  std::vector<double> scale;
  for (double s : sd) scale.push_back(s > 0 ? 1 / s : 0);
  return scale;
}

const Block* find_block(const Dataset& data, std::string_view name) {
  for (const Block& b : data.inputs)
    if (b.name == name) return &b;
  return nullptr;
}

class Builder {
 public:
  Builder(const DataSpec& spec, const Dataset& data, const NetworkOptions& options)
      : spec_(spec), data_(data), options_(options) {
    if (data.rows < 1) fail("there are no rows to train on");
    if (data.target.empty()) fail("the training data have no target; name one with --target");
  }

  Prepared run(const std::vector<Layer>* hidden) {
    preprocess();
    const size_t first = result_.network.layers.size();
    if (hidden != nullptr) {
      for (const Layer& layer : *hidden) result_.network.layer(layer);
    } else {
      add_hidden();
    }
    result_.hidden.assign(result_.network.layers.begin() + static_cast<std::ptrdiff_t>(first),
                          result_.network.layers.end());
    add_loss();
    return std::move(result_);
  }

 private:
  template <class... Args>
  void decide(fmt::format_string<Args...> format, Args&&... args) {
    result_.decisions.push_back(fmt::format(format, std::forward<Args>(args)...));
  }

  void add(const std::string& type, const std::string& name, std::vector<std::string> inputs) {
    Layer layer;
    layer.type = type;
    layer.name = name;
    layer.inputs = std::move(inputs);
    result_.network.layer(layer);
  }

  void preprocess() {
    std::vector<std::string> parts;
    if (const Block* x = find_block(data_, "x")) {
      result_.network.input("x", x->cols);
      const Moments m = spec_.row_shape.size() > 1 ? pooled(moments(*x)) : moments(*x);
      scale("x", m, /*may_miss=*/std::holds_alternative<std::vector<float>>(x->values), "x_scaled");
      if (spec_.row_shape.size() > 1)
        decide("x: pixels standardised with one mean {:.4g} and deviation {:.4g}", m.mean[0], m.sd[0]);
      else
        decide("x: {} numbers, each standardised", x->cols);
      return;
    }
    const Block* numeric = find_block(data_, "numeric");
    const Block* categorical = find_block(data_, "categorical");
    if (numeric == nullptr && categorical == nullptr) fail("the data have no usable feature column");
    const bool both = numeric != nullptr && categorical != nullptr;
    if (numeric != nullptr) {
      result_.network.input("numeric", numeric->cols);
      const Moments m = moments(*numeric);
      scale("numeric", m, true, both || m.missing ? "scaled" : "x");
      parts.emplace_back(both || m.missing ? "scaled" : "x");
      if (m.missing) {
        add("is_missing", "missing", {"numeric"});
        parts.emplace_back("missing");
      }
      decide("{} numeric feature{}: missing values become the mean{}, then standardised", numeric->cols,
             numeric->cols == 1 ? "" : "s", m.missing ? " (and a flag each)" : "");
    }
    if (categorical != nullptr) {
      result_.network.input("categorical", categorical->cols);
      Layer one_hot;
      one_hot.type = "one_hot";
      one_hot.name = parts.empty() ? "x" : "one_hot";
      one_hot.inputs = {"categorical"};
      for (const ColumnSpec& c : spec_.columns)
        if (c.role == ColumnRole::feature && c.type == ColumnType::categorical)
          one_hot.sizes.push_back(static_cast<int>(c.categories.size()));
      result_.network.layer(one_hot);
      parts.emplace_back("one_hot");
      decide("{} categorical feature{} one-hot: {} columns; a value not seen in training is all zeros",
             categorical->cols, categorical->cols == 1 ? "" : "s",
             std::accumulate(one_hot.sizes.begin(), one_hot.sizes.end(), 0));
    }
    if (parts.size() > 1) add("concat", "x", parts);
  }

  void scale(const std::string& input, const Moments& m, bool may_miss, const std::string& name) {
    std::string from = input;
    if (may_miss) {
      add("impute", "imputed", {input});
      result_.constants["imputed.fill"] = m.mean;
      from = "imputed";
    }
    add("standardise", name, {from});
    result_.constants[name + ".mean"] = m.mean;
    result_.constants[name + ".scale"] = inverse(m.sd);
  }

  void add_hidden() {
    std::vector<int> widths = options_.hidden;
    if (widths.empty()) {
      widths = spec_.row_shape.size() > 1 ? std::vector<int>{512, 256} : std::vector<int>{256, 128};
      decide("hidden layers {}: the default for {}", fmt::join(widths, ", "),
             spec_.row_shape.size() > 1 ? "images" : "tables");
    }
    double dropout = options_.dropout;
    if (!(dropout <= 0.999))
      fail("dropout is {}, expected the share of units to drop, 0 to 0.999 (negative: by the data)", dropout);
    if (dropout < 0) dropout = default_dropout();
    if (options_.normalise != "none" && options_.normalise != "layer_norm" && options_.normalise != "batch_norm")
      fail("normalise is '{}', expected none, layer_norm or batch_norm", options_.normalise);
    if (ops::find_operator(options_.activation).info->kind != ops::Kind::activation)
      fail("activation is '{}', which is not an activation", options_.activation);
    for (int width : widths) {
      if (width < 1) fail("a hidden layer has {} units, expected at least 1", width);
      Layer linear;
      linear.type = "linear";
      linear.units = width;
      linear.initializer = options_.initializer;
      result_.network.layer(linear);
      if (options_.normalise != "none") result_.network.activation(options_.normalise);
      result_.network.activation(options_.activation);
      if (dropout > 0) result_.network.dropout(dropout);
    }
  }

  double default_dropout() {
    const double rate = spec_.task == Task::regression ? 0.1 : 0.2;
    decide("dropout {} after each hidden layer: the default for {}", rate, to_string(spec_.task));
    return rate;
  }

  void add_loss() {
    const Task task = spec_.task;
    const auto classes = static_cast<int>(spec_.classes().size());
    std::string loss = options_.loss;
    if (loss == "auto")
      loss = task == Task::classification ? "softmax_xent" : task == Task::multilabel ? "sigmoid_bce" : "squared";
    const bool regression = task == Task::regression;
    const bool fits = regression                     ? loss == "squared" || loss == "absolute" || loss == "huber"
                      : task == Task::classification ? loss == "softmax_xent"
                                                     : loss == "sigmoid_bce";
    if (!fits)
      fail("loss '{}' does not fit the task {}; use {}", loss, to_string(task),
           regression                     ? "squared, absolute or huber"
           : task == Task::classification ? "softmax_xent"
                                          : "sigmoid_bce");
    if (!(options_.smoothing >= 0 && options_.smoothing <= 0.999))
      fail("label smoothing is {}, expected the share of the target to spread, 0 to 0.999", options_.smoothing);
    const int units = task == Task::classification ? classes : data_.target.cols;
    std::map<std::string, double> attributes;
    if (options_.smoothing > 0) {
      if (regression) fail("label smoothing needs a classification loss, found '{}'", loss);
      attributes["smoothing"] = options_.smoothing;
    }
    result_.network.target(task == Task::classification ? 1 : units);
    // The textbook's name, said here because the loss and the prediction refer to it.
    int linears = 1;
    for (const Layer& layer : result_.network.layers) linears += layer.type == "linear";
    Layer out;
    out.type = "linear";
    out.name = fmt::format("z{}", linears);
    out.units = units;
    // Small initial outputs: the loss starts near ln K.
    out.initializer = "glorot_uniform";
    result_.network.layer(out);
    if (!regression) {
      result_.network.loss(loss, attributes, out.name);
      decide("task {}: {} outputs, loss {} ({})", to_string(task), units, loss, spec_.task_why);
      return;
    }
    const Moments m = moments(data_.target);
    std::vector<double> back_mean, back_scale;
    for (size_t c = 0; c < m.mean.size(); ++c) {
      if (m.sd[c] <= 0)
        fail("the target '{}' is constant ({}): there is nothing to learn", name_of_target(c), m.mean[c]);
      back_mean.push_back(-m.mean[c] / m.sd[c]);
      back_scale.push_back(m.sd[c]);
    }
    add("standardise", "y_scaled", {"y"});
    result_.constants["y_scaled.mean"] = m.mean;
    result_.constants["y_scaled.scale"] = inverse(m.sd);
    add("standardise", "prediction", {out.name});
    result_.constants["prediction.mean"] = back_mean;
    result_.constants["prediction.scale"] = back_scale;
    result_.network.loss(loss, attributes, out.name, "y_scaled").prediction("prediction");
    decide("task regression: {} output{}, loss {} of the standardised target ({})", units, units == 1 ? "" : "s", loss,
           spec_.task_why);
  }

  std::string name_of_target(size_t output) const {
    const std::vector<std::string> names = spec_.classes();
    return output < names.size() ? names[output] : fmt::format("y[{}]", output);
  }

  const DataSpec& spec_;
  const Dataset& data_;
  const NetworkOptions& options_;
  Prepared result_;
};

}  // namespace

Prepared make_network(const DataSpec& spec, const Dataset& train, const NetworkOptions& options) {
  return Builder(spec, train, options).run(nullptr);
}

Prepared make_network(const DataSpec& spec, const Dataset& train, const std::vector<Layer>& layers,
                      const NetworkOptions& options) {
  return Builder(spec, train, options).run(&layers);
}

}  // namespace retrograd
