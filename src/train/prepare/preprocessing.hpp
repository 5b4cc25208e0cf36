// What a network does with its inputs before anything is trained: numbers imputed, scaled and binned, categories
// one-hot.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "retrograd/train.hpp"
#include "train/prepare/embedding.hpp"
#include "train/prepare/make_layer.hpp"
#include "train/prepare/moments.hpp"

namespace retrograd::training {

/// The inputs of that name, or null.
const Block* find_block(const Dataset& data, std::string_view name);

/// The part of make_network that all members of an ensemble share, and what its other parts build with.
class Preprocessing {
 protected:
  Preprocessing(const DataSpec& spec, const Dataset& data, const NetworkOptions& options)
      : spec_(spec), data_(data), options_(options) {}

  template <class... Args>
  void decide(fmt::format_string<Args...> format, Args&&... args) {
    result_.decisions.push_back(fmt::format(format, std::forward<Args>(args)...));
  }

  void add(const std::string& type, const std::string& name, std::vector<std::string> inputs) {
    result_.network.layer(make_layer(type, name, std::move(inputs)));
  }

  /// Adds a layer whose trained parameters belong to a group: the factors of the group are theirs.
  void add_group(Layer layer, const std::string& group, const std::vector<std::string>& parameters) {
    set_factors(layer, group, parameters);
    result_.network.layer(std::move(layer));
  }

  void set_factors(Layer& layer, const std::string& group, const std::vector<std::string>& parameters) const {
    for (const std::string& name : parameters) {
      if (const auto rate = options_.rates.find(group); rate != options_.rates.end()) layer.rates[name] = rate->second;
      if (const auto decay = options_.decays.find(group); decay != options_.decays.end())
        layer.decays[name] = decay->second;
    }
  }

  bool table() const { return spec_.row_shape.size() <= 1; }
  bool robust() const { return options_.scaling == "robust" && table(); }
  bool quantile() const { return options_.scaling == "quantile" && table(); }
  bool periodic() const { return table() && training::parse_embedding(options_.embedding).name != "none"; }
  /// What all members share: numbers imputed and scaled, categories one-hot.
  void preprocess();

  const DataSpec& spec_;
  const Dataset& data_;
  const NetworkOptions& options_;
  Prepared result_;
  static constexpr int kEmbedding = 8;         ///< numbers a category
  std::vector<std::string> parts_;             ///< layers of the preprocessed input that members share
  std::string numbers_;                        ///< the one that holds the scaled numbers, if there is one
  int features_ = 0, numbers_features_ = 0;    ///< of all parts, of numbers_
  std::vector<std::pair<int, int>> embedded_;  ///< column of codes, its categories

 private:
  /// A block of numbers by its quartiles, clipped smoothly, or by its quantiles.
  void scale_numbers(const std::string& input, const Block& block, bool missing, const std::string& name);
  /// The bins of the imputed numbers, beside them.
  void add_bins(const Block& numbers);
  void one_hot(const Block& categorical);
  void scale(const std::string& input, const Moments& m, bool may_miss, const std::string& name);
};

}  // namespace retrograd::training
