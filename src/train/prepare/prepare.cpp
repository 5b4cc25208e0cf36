// Data -> network: preprocessing as operators, hidden layers, the loss and the prediction that belong to the task.
#include <fmt/ranges.h>

#include <cmath>

#include "base/fail.hpp"
#include "retrograd/operator.hpp"
#include "retrograd/train.hpp"
#include "train/prepare/check_options.hpp"
#include "train/prepare/embedding.hpp"
#include "train/prepare/moments.hpp"
#include "train/prepare/preprocessing.hpp"

namespace retrograd {
namespace {

using training::make_layer;

class Builder : training::Preprocessing {
 public:
  Builder(const DataSpec& spec, const Dataset& data, const NetworkOptions& options)
      : Preprocessing(spec, data, options) {
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
    const int networks = options_.share_weights ? 1 : options_.members;
    for (int member = 0; member < networks; ++member) {
      const std::string suffix = member == 0 ? "" : fmt::format("_{}", member + 1);
      front(suffix);
      if (options_.share_weights) spread();
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
  /// The output layer is a group that shares W and b with others: its factor multiplies theirs.
  static void scale_group(const std::map<std::string, double>& factors, const std::string& group, double of_bias,
                          std::map<std::string, double>& of_layer) {
    const auto factor = factors.find(group);
    if (factor == factors.end()) return;
    for (const auto& [name, usual] : {std::pair{"W", 1.0}, std::pair{"b", of_bias}})
      of_layer[name] = factor->second * (of_layer.contains(name) ? of_layer[name] : usual);
  }

  /// What is trained before the first hidden layer: embeddings, and a factor for every input.
  void front(const std::string& suffix) {
    std::vector<std::string> parts = parts_;
    width_ = features_;
    for (const auto& [column, categories] : embedded_) {
      Layer embed = make_layer("embed", fmt::format("embed{}{}", column, suffix), {"categorical"});
      embed.units = kEmbedding;
      embed.sizes = {categories};
      embed.attributes["column"] = column;
      parts.push_back(embed.name);
      add_group(std::move(embed), "embedding", {"E"});
      width_ += kEmbedding;
    }
    if (periodic() && !numbers_.empty()) {
      const training::Embedding e = training::parse_embedding(options_.embedding);
      const bool plr = e.plr(), usual = e.sigma == training::usual_sigma();
      Layer layer = make_layer("periodic", "waves" + suffix, {numbers_});
      if (plr) layer.attributes = {{"frequencies", e.waves}, {"outputs", e.outputs}};
      if (!usual) layer.attributes["sigma"] = e.sigma;
      add_group(std::move(layer), "embedding", {"w", "c", "V", "d"});
      if (plr) add("relu", "plr" + suffix, {"waves" + suffix});
      parts.push_back((plr ? "plr" : "waves") + suffix);
      width_ += e.outputs * numbers_features_;
      if (suffix.empty())
        decide("numbers are embedded by {} trained waves each{}{}, beside themselves", e.waves,
               plr ? fmt::format(" in {} rectified sums", e.outputs) : "",
               usual ? "" : fmt::format(" of frequencies drawn with a deviation of {}", e.sigma));
    }
    last_ = parts.at(0);
    if (parts.size() > 1) {
      const std::string all = training::find_block(data_, "x") != nullptr ? "x_all" : "x";
      last_ = parts.size() == parts_.size() ? all : all + suffix;
      const bool there =
          parts.size() == parts_.size() && !suffix.empty();  // of the first member, nothing trained in it
      if (!there) add("concat", last_, parts);
    }
    if (!options_.scaling_layer) return;
    add_group(make_layer("scale", "x_weighted" + suffix, {last_}), "scale", {"s"});
    last_ = "x_weighted" + suffix;
    if (suffix.empty()) decide("a trained factor for each of the {} inputs", width_);
  }

  /// The input for every member, each with signs of its own to begin with.
  void spread() {
    Layer layer = make_members("spread", "x_members");
    add_group(std::move(layer), "adapter", {"r"});
    last_ = "x_members";
    decide("{} members share the weights of the hidden layers (TabM); the prediction is the mean of theirs",
           options_.members);
  }

  Layer make_members(const std::string& type, const std::string& name) const {
    Layer layer = make_layer(type, name, {last_});
    layer.attributes["members"] = options_.members;
    return layer;
  }

  /// The weights of a layer of sums.
  void set_weights(Layer& layer, int units, const std::string& initializer) const {
    layer.units = units;
    layer.initializer = initializer;
    if (!options_.ntk || width_ == 0) return;
    // W = V/√I with Adam on V moves W by η/√I; the decay of V is that of W.
    const double root = std::sqrt(static_cast<double>(width_));
    layer.rates["W"] = 1 / root;
    layer.decays["W"] = root;
  }

  /// z = x·W + b of the layer before; of members that share W: s·((r·x)·W) + b.
  void add_linear(const std::string& letter, int number, const std::string& suffix, int units) {
    const std::string name = fmt::format("{}{}{}", letter, number, suffix);
    if (options_.share_weights) {
      if (number > 1) {
        add_group(make_layer("scale", fmt::format("r{}", number), {last_}), "adapter", {"s"});
        last_ = fmt::format("r{}", number);
      }
      Layer shared = make_members("shared_linear", fmt::format("w{}", number));
      set_weights(shared, units, options_.initializer);
      last_ = shared.name;
      result_.network.layer(std::move(shared));
      Layer own = make_layer("affine", name, {last_});
      set_factors(own, "adapter", {"s"});
      add_group(std::move(own), "bias", {"b"});
    } else {
      add_outputs(make_layer("linear", name, last_.empty() ? std::vector<std::string>{} : std::vector{last_}), units,
                  options_.initializer);
    }
    last_ = name;
    width_ = units;
  }

  void add_outputs(Layer layer, int units, const std::string& initializer) {
    set_weights(layer, units, initializer);
    add_group(std::move(layer), "bias", {"b"});
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
      Layer layer = make_layer(type, fmt::format("{}{}{}", letter, number, suffix), std::move(inputs));
      last_ = layer.name;
      return layer;
    };
    for (int width : widths) {
      ++number;
      add_linear("z", number, suffix, width);
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
    int number = 1;
    for (const Layer& layer : result_.network.layers)
      number += layer.type == (options_.share_weights ? "shared_linear" : "linear") &&
                (suffix.empty() || layer.name.ends_with(suffix));
    // Small initial outputs: the loss starts near ln K.
    const std::string initializer = options_.initializer == "data" ? "data" : "glorot_uniform";
    const std::string name = fmt::format("z{}{}", number, suffix);
    if (!options_.share_weights) {
      add_outputs(make_layer("linear", name, last_.empty() ? std::vector<std::string>{} : std::vector{last_}),
                  outputs(), initializer);
      scale_output();
      members_.push_back(name);
      return;
    }
    add_outputs(make_members("heads", "heads"), outputs(), initializer);
    scale_output();
    for (int member = 0; member < options_.members; ++member) {
      members_.push_back(member == 0 ? name : fmt::format("{}_{}", name, member + 1));
      Layer slice = make_layer("slice", members_.back(), {"heads"});
      slice.attributes = {{"first", member * outputs()}, {"count", outputs()}};
      result_.network.layer(std::move(slice));
    }
  }

  void scale_output() {
    Layer& output = result_.network.layers.back();
    scale_group(options_.rates, "output", 1, output.rates);
    scale_group(options_.decays, "output", 0, output.decays);
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
      if (!options_.share_weights)
        decide("an ensemble of {} networks, trained side by side; the prediction is the mean of theirs",
               members_.size());
    }
    if (!regression) {
      if (options_.clip_outputs)
        fail(
            "clip-outputs keeps predictions within the targets of the training data, for a regression, but the task is "
            "{}; leave clip-outputs out",
            to_string(task));
      result_.network.loss(loss, attributes, members_[0]);
      decide("task {}: {} output{}, loss {} ({})", to_string(task), units, units == 1 ? "" : "s", loss, spec_.task_why);
      return;
    }
    const training::Moments m = training::moments(data_.target);
    std::vector<double> back_mean, back_scale;
    for (size_t c = 0; c < m.mean.size(); ++c) {
      if (!std::isfinite(m.mean[c]) || (m.sd[c] > 0 && !std::isnormal(static_cast<float>(1 / m.sd[c]))))
        fail("the target '{}' has numbers beyond the range of 32-bit floats (deviation {:.3g}); choose another unit",
             name_of_target(c), m.sd[c]);
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

  std::vector<std::string> members_;  ///< output layers
  std::string last_;                  ///< the layer that the next one reads, and its features
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
