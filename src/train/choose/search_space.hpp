// The settings that a search varies, and the order in which it tries them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "retrograd/search.hpp"

namespace retrograd::training {

/// The options with the widths and the dropout that were chosen.
NetworkOptions as_built(NetworkOptions options, const Prepared& prepared);

class SearchSpace {
 public:
  /// `network` and `training` are what was trained first, with everything that was inferred filled in; `rows` to train
  /// on.
  SearchSpace(const DataSpec& spec, int64_t rows, const NetworkOptions& network, const TrainOptions& training,
              const std::vector<std::string>& fixed);

  /// A place in the space: for each setting the index of its value.
  using Point = std::vector<size_t>;
  Point given() const;

  /// Candidate `number`, from 1, near the best point so far or anywhere; empty if nothing varies. Where the given
  /// settings are of the preset table's recipe, the first two are ensembles: that of the preset tabm, and the largest
  /// of networks apart.
  Point candidate(int number, const Point& best) const;

  /// The options there, and how they differ from the given ones.
  Trial trial(int number, const Point& point) const;

 private:
  struct Dimension {
    std::string name;
    size_t given = 0;                      ///< index of the given value
    std::vector<double> values;            ///< of most settings; of lr factors
    std::vector<std::vector<int>> widths;  ///< of hidden
    std::vector<std::string> texts;        ///< of choices
    size_t size() const { return std::max({values.size(), widths.size(), texts.size()}); }
  };
  /// What a point is counted from.
  struct Base {
    NetworkOptions network;
    TrainOptions training;
  };
  void add(const std::string& name, double given, std::vector<double> values);
  void add(const std::string& name, const std::string& given, std::vector<std::string> texts);
  void add_shared(const DataSpec& spec, int64_t rows, const std::vector<std::string>& fixed);
  const Base& base(const Point& point) const;
  void tell_changes(Trial& trial) const;

  Base given_;
  std::optional<Base> shared_;  ///< of the last number of members, the first dimension then
  std::vector<Dimension> dimensions_;
};

}  // namespace retrograd::training
