// Made-up data for the zoo: two families, one for each half.
#pragma once

#include "retrograd/data.hpp"
#include "zoo/animals.hpp"

namespace retrograd::zoo {

struct Shape {
  int64_t rows = 400;
  int outputs = 3;  ///< classes, labels or numbers
  double noise = 0.3;
  uint64_t seed = 1;
  double scale = 1;        ///< of every input
  double first_scale = 1;  ///< of the first input, beside that
  bool shuffled = false;   ///< targets drawn from another row
  double rare = 0;         ///< two classes: share of the second; 0: by the data
};

/// `develop`: Gaussian clouds, sums of sines, linear labels. `judge`: rings, moons and bands; Friedman's function;
/// labels of products. Inputs are a few units wide before scaling.
Loaded made_up(Half half, Task task, const Shape& shape);

}  // namespace retrograd::zoo
