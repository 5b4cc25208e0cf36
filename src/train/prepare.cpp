// Data -> network: preprocessing as operators, hidden layers, the loss and the prediction that belong to the task.
#include <fmt/ranges.h>

#include <cmath>

#include "base/fail.hpp"
#include "retrograd/operator.hpp"
#include "retrograd/train.hpp"
#include "train/check_options.hpp"
#include "train/moments.hpp"
#include "train/quartiles.hpp"

namespace retrograd {
namespace {

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
    training::check_network_options(options_);
    if (hidden != nullptr && options_.members > 1)
      fail(
          "an ensemble of {} networks needs hidden layers that are built for each; layers of one's own are one network",
          options_.members);
    preprocess();
    for (int member = 0; member < options_.members; ++member) {
      const std::string suffix = member == 0 ? "" : fmt::format("_{}", member + 1);
      front(suffix);
      const size_t first = result_.network.layers.size();
      if (hidden != nullptr) {
        for (const Layer& layer : *hidden) result_.network.layer(layer);
        if (!hidden->empty()) last_.clear();  // the output reads the last of them
        width_ = 0;
      } else {
        add_hidden(suffix);
      }
      if (member == 0)
        result_.hidden.assign(result_.network.layers.begin() + static_cast<std::ptrdiff_t>(first),
                              result_.network.layers.end());
      add_output(suffix);
    }
    add_loss();
    return std::move(result_);
  }

 private:
  template <class... Args>
  void decide(fmt::format_string<Args...> format, Args&&... args) {
    result_.decisions.push_back(fmt::format(format, std::forward<Args>(args)...));
  }

  static Layer make(const std::string& type, const std::string& name, std::vector<std::string> inputs) {
    Layer layer;
    layer.type = type;
    layer.name = name;
    layer.inputs = std::move(inputs);
    return layer;
  }

  void add(const std::string& type, const std::string& name, std::vector<std::string> inputs) {
    result_.network.layer(make(type, name, std::move(inputs)));
  }

  /// Adds a layer whose trained parameters belong to a group: the factors of the group are theirs.
  void add_group(Layer layer, const std::string& group, const std::vector<std::string>& parameters) {
    for (const std::string& name : parameters) {
      if (const auto rate = options_.rates.find(group); rate != options_.rates.end()) layer.rates[name] = rate->second;
      if (const auto decay = options_.decays.find(group); decay != options_.decays.end())
        layer.decays[name] = decay->second;
    }
    result_.network.layer(std::move(layer));
  }

  /// The output layer is a group that shares W and b with others: its factor multiplies theirs.
  static void scale_group(const std::map<std::string, double>& factors, const std::string& group, double of_bias,
                          std::map<std::string, double>& of_layer) {
    const auto factor = factors.find(group);
    if (factor == factors.end()) return;
    for (const auto& [name, usual] : {std::pair{"W", 1.0}, std::pair{"b", of_bias}})
      of_layer[name] = factor->second * (of_layer.contains(name) ? of_layer[name] : usual);
  }

  bool robust() const { return options_.scaling == "robust" && spec_.row_shape.size() <= 1; }
  bool periodic() const { return options_.embedding == "periodic" && spec_.row_shape.size() <= 1; }

  /// What all members share: numbers imputed and scaled, categories one-hot.
  void preprocess() {
    if (const Block* x = find_block(data_, "x")) {
      result_.network.input("x", x->cols);
      if (robust()) {
        scale_numbers("x", *x, training::moments(*x).missing, "x_scaled");
        return;
      }
      const training::Moments m =
          spec_.row_shape.size() > 1 ? training::pooled(training::moments(*x)) : training::moments(*x);
      scale("x", m, /*may_miss=*/!x->floats().empty(), "x_scaled");
      numbers_ = "x_scaled";
      parts_ = {numbers_};
      features_ = numbers_features_ = x->cols;
      if (spec_.row_shape.size() <= 1 && !x->floats().empty()) add_bins(*x);
      if (spec_.row_shape.size() > 1)
        decide("x: pixels standardised with one mean {:.4g} and deviation {:.4g}", m.mean[0], m.sd[0]);
      else
        decide("x: {} numbers, each standardised", x->cols);
      return;
    }
    const Block* numeric = find_block(data_, "numeric");
    const Block* categorical = find_block(data_, "categorical");
    if (numeric == nullptr && categorical == nullptr) fail("the data have no usable feature column");
    if (numeric != nullptr) {
      result_.network.input("numeric", numeric->cols);
      const training::Moments m = training::moments(*numeric);
      const bool alone = categorical == nullptr && !m.missing && !periodic() && options_.bins == 0;
      if (robust()) {
        scale_numbers("numeric", *numeric, m.missing, alone ? "x" : "scaled");
      } else {
        scale("numeric", m, true, alone ? "x" : "scaled");
        numbers_ = alone ? "x" : "scaled";
        parts_ = {numbers_};
        features_ = numbers_features_ = numeric->cols;
        add_bins(*numeric);
        decide("{} numeric feature{}: missing values become the mean{}, then standardised", numeric->cols,
               numeric->cols == 1 ? "" : "s", m.missing ? " (and a flag each)" : "");
      }
      if (m.missing) {
        add("is_missing", "missing", {"numeric"});
        parts_.emplace_back("missing");
        features_ += numeric->cols;
      }
    }
    if (categorical != nullptr) {
      result_.network.input("categorical", categorical->cols);
      one_hot(*categorical);
    }
  }

  /// Robust scaling and smooth clipping of a block of numbers.
  void scale_numbers(const std::string& input, const Block& block, bool missing, const std::string& name) {
    const training::RobustScale r = training::robust_scale(block);
    add("impute", "imputed", {input});
    result_.constants["imputed.fill"] = r.centre;
    add("standardise", "centred", {"imputed"});
    result_.constants["centred.mean"] = r.centre;
    result_.constants["centred.scale"] = r.scale;
    add("smooth_clip", name, {"centred"});
    numbers_ = name;
    parts_ = {name};
    features_ = numbers_features_ = block.cols;
    add_bins(block);
    decide(
        "{} numeric feature{}: missing values become the median{}, then scaled by the quartiles and clipped smoothly",
        block.cols, block.cols == 1 ? "" : "s", missing ? " (and a flag each)" : "");
  }

  /// The bins of the imputed numbers, beside them.
  void add_bins(const Block& numbers) {
    if (options_.bins == 0) return;
    const training::Bins bins = training::bins(numbers, options_.bins);
    if (bins.low.empty()) return;
    Layer layer = make("piecewise", "bins", {"imputed"});
    layer.sizes = bins.sizes;
    result_.network.layer(std::move(layer));
    result_.constants["bins.low"] = bins.low;
    result_.constants["bins.scale"] = bins.scale;
    std::string last = "bins";
    if (robust()) {
      // The bins of a column together weigh about twice as much as the number itself, however many they are.
      std::vector<double> scale = bins.filled.scale;
      auto next = scale.begin();
      for (const int size : bins.sizes)
        for (int k = 0; k < size; ++k) *next++ *= 2 / std::sqrt(static_cast<double>(size));
      add("standardise", "bins_centred", {last});
      result_.constants["bins_centred.mean"] = bins.filled.centre;
      result_.constants["bins_centred.scale"] = std::move(scale);
      add("smooth_clip", last = "bins_scaled", {"bins_centred"});
    }
    parts_.push_back(last);
    features_ += static_cast<int>(bins.low.size());
    decide("numbers also say how far they have come through bins between their quantiles: {} bins", bins.low.size());
  }

  void one_hot(const Block& categorical) {
    Layer layer = make("one_hot", "one_hot", {"categorical"});
    int wide = 0;
    for (const ColumnSpec& c : spec_.columns) {
      if (c.role != ColumnRole::feature || c.type != ColumnType::categorical) continue;
      const auto categories = static_cast<int>(c.categories.size());
      const bool embed = options_.one_hot_limit > 0 && categories > options_.one_hot_limit;
      if (embed) embedded_.emplace_back(static_cast<int>(layer.sizes.size()), categories);
      layer.sizes.push_back(embed ? 0 : categories);
      wide += embed ? 0 : categories;
    }
    if (!embedded_.empty())
      decide("{} categorical feature{} of more than {} categories: {} trained numbers a category", embedded_.size(),
             embedded_.size() == 1 ? "" : "s", options_.one_hot_limit, kEmbedding);
    if (wide == 0) return;
    const bool alone = parts_.empty() && embedded_.empty();
    if (alone && !robust()) layer.name = "x";
    result_.network.layer(layer);
    std::string last = layer.name;
    if (robust()) {
      const training::RobustScale r = training::robust_scale_of_one_hot(categorical, layer.sizes);
      add("standardise", "one_hot_centred", {last});
      result_.constants["one_hot_centred.mean"] = r.centre;
      result_.constants["one_hot_centred.scale"] = r.scale;
      last = alone ? "x" : "categories";
      add("smooth_clip", last, {"one_hot_centred"});
    }
    parts_.push_back(last);
    features_ += wide;
    const size_t columns = layer.sizes.size() - embedded_.size();
    decide("{} categorical feature{} one-hot: {} columns; a value not seen in training is all zeros", columns,
           columns == 1 ? "" : "s", wide);
  }

  void scale(const std::string& input, const training::Moments& m, bool may_miss, const std::string& name) {
    std::string from = input;
    if (may_miss) {
      add("impute", "imputed", {input});
      result_.constants["imputed.fill"] = m.mean;
      from = "imputed";
    }
    add("standardise", name, {from});
    result_.constants[name + ".mean"] = m.mean;
    result_.constants[name + ".scale"] = training::inverse(m.sd);
  }

  /// What is trained before the first hidden layer: embeddings, and a factor for every input.
  void front(const std::string& suffix) {
    std::vector<std::string> parts = parts_;
    width_ = features_;
    for (const auto& [column, categories] : embedded_) {
      Layer embed = make("embed", fmt::format("embed{}{}", column, suffix), {"categorical"});
      embed.units = kEmbedding;
      embed.sizes = {categories};
      embed.attributes["column"] = column;
      parts.push_back(embed.name);
      add_group(std::move(embed), "embedding", {"E"});
      width_ += kEmbedding;
    }
    if (periodic() && !numbers_.empty()) {
      add_group(make("periodic", "waves" + suffix, {numbers_}), "embedding", {"w", "c", "V", "d"});
      parts.push_back("waves" + suffix);
      width_ += 3 * numbers_features_;
      if (suffix.empty()) decide("numbers are embedded by 16 trained waves each, beside themselves");
    }
    last_ = parts.at(0);
    if (parts.size() > 1) {
      const std::string all = find_block(data_, "x") != nullptr ? "x_all" : "x";
      last_ = parts.size() == parts_.size() ? all : all + suffix;
      const bool there =
          parts.size() == parts_.size() && !suffix.empty();  // of the first member, nothing trained in it
      if (!there) add("concat", last_, parts);
    }
    if (!options_.scaling_layer) return;
    add_group(make("scale", "x_weighted" + suffix, {last_}), "scale", {"s"});
    last_ = "x_weighted" + suffix;
    if (suffix.empty()) decide("a trained factor for each of the {} inputs", width_);
  }

  /// z = x·W + b of the layer before.
  void add_linear(const std::string& name, int units, const std::string& initializer) {
    Layer linear = make("linear", name, last_.empty() ? std::vector<std::string>{} : std::vector{last_});
    linear.units = units;
    linear.initializer = initializer;
    if (options_.ntk && width_ > 0) {
      // W = V/√I with Adam on V moves W by η/√I; the decay of V is that of W.
      const double root = std::sqrt(static_cast<double>(width_));
      linear.rates["W"] = 1 / root;
      linear.decays["W"] = root;
    }
    add_group(std::move(linear), "bias", {"b"});
    last_ = name;
    width_ = units;
  }

  void add_hidden(const std::string& suffix) {
    std::vector<int> widths = options_.hidden;
    const bool first = suffix.empty();
    if (widths.empty()) {
      widths = spec_.row_shape.size() > 1 ? std::vector<int>{512, 256} : std::vector<int>{256, 128};
      if (first)
        decide("hidden layers {}: the default for {}", fmt::join(widths, ", "),
               spec_.row_shape.size() > 1 ? "images" : "tables");
    }
    double dropout = options_.dropout;
    if (dropout < 0) dropout = default_dropout(first);
    int number = 0;
    const auto next = [&](const std::string& type, const std::string& letter, std::vector<std::string> inputs) {
      Layer layer = make(type, fmt::format("{}{}{}", letter, number, suffix), std::move(inputs));
      last_ = layer.name;
      return layer;
    };
    for (int width : widths) {
      ++number;
      add_linear(fmt::format("z{}{}", number, suffix), width, options_.initializer);
      if (options_.normalise != "none") result_.network.layer(next(options_.normalise, options_.normalise, {last_}));
      const std::string z = last_;
      result_.network.layer(next(options_.activation, "a", {z}));
      if (options_.parametric) add_group(next("blend", "h", {last_, z}), "blend", {"alpha"});
      if (dropout > 0) {
        Layer layer = next("dropout", "dropout", {last_});
        layer.attributes["rate"] = dropout;
        result_.network.layer(layer);
      }
    }
  }

  double default_dropout(bool say) {
    const double rate = spec_.task == Task::regression ? 0.1 : 0.2;
    if (say) decide("dropout {} after each hidden layer: the default for {}", rate, to_string(spec_.task));
    return rate;
  }

  int outputs() const {
    return spec_.task == Task::classification ? static_cast<int>(spec_.classes().size()) : data_.target.cols;
  }

  void add_output(const std::string& suffix) {
    // The textbook's name, said here because the loss and the prediction refer to it.
    int linears = 1;
    for (const Layer& layer : result_.network.layers)
      linears += layer.type == "linear" && (suffix.empty() || layer.name.ends_with(suffix));
    // Small initial outputs: the loss starts near ln K.
    add_linear(fmt::format("z{}{}", linears, suffix), outputs(),
               options_.initializer == "data" ? "data" : "glorot_uniform");
    Layer& output = result_.network.layers.back();
    scale_group(options_.rates, "output", 1, output.rates);
    scale_group(options_.decays, "output", 0, output.decays);
    members_.push_back(last_);
  }

  void add_loss() {
    const Task task = spec_.task;
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
    const int units = outputs();
    std::map<std::string, double> attributes;
    if (options_.smoothing > 0) {
      if (regression) fail("label smoothing needs a classification loss, found '{}'", loss);
      attributes["smoothing"] = options_.smoothing;
    }
    result_.network.target(task == Task::classification ? 1 : units);
    if (members_.size() > 1) {
      result_.network.members = members_;
      decide("an ensemble of {} networks, trained side by side; the prediction is the mean of theirs", members_.size());
    }
    if (!regression) {
      result_.network.loss(loss, attributes, members_[0]);
      decide("task {}: {} outputs, loss {} ({})", to_string(task), units, loss, spec_.task_why);
      return;
    }
    const training::Moments m = training::moments(data_.target);
    std::vector<double> back_mean, back_scale;
    for (size_t c = 0; c < m.mean.size(); ++c) {
      if (m.sd[c] <= 0)
        fail("the target '{}' is constant ({}): there is nothing to learn", name_of_target(c), m.mean[c]);
      back_mean.push_back(-m.mean[c] / m.sd[c]);
      back_scale.push_back(m.sd[c]);
    }
    add("standardise", "y_scaled", {"y"});
    result_.constants["y_scaled.mean"] = m.mean;
    result_.constants["y_scaled.scale"] = training::inverse(m.sd);
    std::string predicted = members_[0];
    if (members_.size() > 1) add("mean", predicted = "z_mean", members_);
    const std::string back = options_.clip_outputs ? "unclipped" : "prediction";
    add("standardise", back, {predicted});
    result_.constants[back + ".mean"] = back_mean;
    result_.constants[back + ".scale"] = back_scale;
    if (options_.clip_outputs) {
      add("clip", "prediction", {back});
      result_.constants["prediction.low"] = training::extremes(data_.target, false);
      result_.constants["prediction.high"] = training::extremes(data_.target, true);
    }
    result_.network.loss(loss, attributes, members_[0], "y_scaled").prediction("prediction");
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
  static constexpr int kEmbedding = 8;         ///< numbers a category
  std::vector<std::string> parts_;             ///< layers of the preprocessed input that members share
  std::string numbers_;                        ///< the one that holds the scaled numbers, if there is one
  int features_ = 0, numbers_features_ = 0;    ///< of all parts, of numbers_
  std::vector<std::pair<int, int>> embedded_;  ///< column of codes, its categories
  std::vector<std::string> members_;           ///< output layers
  std::string last_;                           ///< the layer that the next one reads, and its features
  int width_ = 0;
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
