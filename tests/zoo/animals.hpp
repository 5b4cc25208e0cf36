// The zoo: training set-ups that are broken in a known way, and healthy ones, on small made-up data. Every kind comes
// twice: once on the data, widths and seeds that the findings were developed with, once on others that only judge.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "retrograd/train.hpp"

namespace retrograd::zoo {

enum class Half { develop, judge };

struct Setup {
  Prepared prepared;
  DataSpec spec;
  Dataset train;
  std::optional<Dataset> valid;
  std::optional<Dataset> diagnosed;  ///< what diagnose is given; the training rows otherwise
  TrainOptions options;
};

struct Animal {
  std::string name;
  std::vector<std::string> expected;  ///< any of these findings is right; empty: healthy
  std::function<Setup(Half)> make;
};

std::vector<Animal> broken();
std::vector<Animal> healthy();

}  // namespace retrograd::zoo
