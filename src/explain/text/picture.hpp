// A small network drawn with characters: forward left to right, and the reverse network right to left.
#pragma once

#include <string>
#include <vector>

#include "explain/text/layout.hpp"

namespace retrograd::text {

/// What is drawn of one neuron.
struct PictureUnit {
  double z = 0, a = 0;                  ///< before and after the activation; at the output a is the prediction
  double sum = 0, gain = 1, delta = 0;  ///< Σ_k w_k δ_k, σ'(z), and their product
};

/// A linear layer with what follows it up to the next.
struct PictureLayer {
  std::string name;                    ///< of z
  std::string output;                  ///< letter of `a`: "a", or "p" for probabilities
  bool amplifies = true;               ///< false at an output that reads z as it is
  std::vector<std::vector<double>> W;  ///< [in][out]
  std::vector<PictureUnit> units;
};

struct Picture {
  std::vector<double> x;
  std::vector<PictureLayer> layers;
  std::string seed;  ///< what δ is at the output: "p − y"
};

/// Whether it can be drawn readably in that many columns.
bool drawable(const Picture& picture, int columns);
void draw_forward(const Picture& picture, Page& page);
void draw_reverse(const Picture& picture, Page& page);

}  // namespace retrograd::text
