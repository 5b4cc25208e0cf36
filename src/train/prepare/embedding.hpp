// How numbers are embedded before the first hidden layer.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace retrograd::training {

/// The choice NetworkOptions::embedding, read.
struct Embedding {
  std::string name;  ///< none, periodic or plr
  /// Waves of a number, and what they are mixed to: 16 and 3 as Holzmueller et al. 2024 have them, of plr 48 and 24 as
  /// Gorishniy et al. 2022.
  int waves = 0, outputs = 0;
  double sigma = 0;  ///< standard deviation of the first frequencies, per unit of the scaled number
  bool plr() const { return name == "plr"; }
};

std::vector<std::string> embedding_names();

/// Sigma where none is given.
double usual_sigma();

/// "none", "periodic", "plr:sigma=0.3". Throws Error for another name or attribute, or sigma beyond 0.001 to 10.
Embedding parse_embedding(std::string_view text);

}  // namespace retrograd::training
