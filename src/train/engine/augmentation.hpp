// Which changes training images undergo, and how strong they are: the option "shift=2,rotate=10,elastic=34:4,flip".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "retrograd/data.hpp"

namespace retrograd::training {

/// How the numbers of a row make an image.
struct ImageShape {
  int height = 0, width = 0, channels = 1;
  bool planar = false;  ///< channels are the first axis, not the last

  int pixels() const { return height * width; }
};

/// Strengths; what is 0 (or false) does not happen. Negative: to be decided by the size of the images.
struct Augmentation {
  int shift = 0;                       ///< whole pixels, in each direction
  double rotate = 0;                   ///< degrees, either way, around the middle
  double scale = 0;                    ///< each side becomes 1 − scale to 1 + scale as long
  double elastic = 0, smoothness = 0;  ///< α, and σ of the Gaussian in pixels; of the smoothed displacements
  bool flip = false;                   ///< left and right, for every other image
  double share = 1;                    ///< of the images that are changed; the others stay as they are

  bool any() const { return share != 0 && (shift != 0 || rotate != 0 || scale != 0 || elastic != 0 || flip); }
  friend bool operator==(const Augmentation&, const Augmentation&) = default;
};

/// Reads "none", or changes with or without their strengths: "shift,rotate=10,scale=0.1,elastic=34:4,flip". Throws
/// Error (naming --augment, the piece and what is allowed) for anything else.
Augmentation parse_augmentation(std::string_view text);
/// The text form, which parse_augmentation reads back exactly; "none" if nothing happens.
std::string to_string(const Augmentation& augmentation);

/// Whether rows of this kind have such a shape.
bool is_image(const DataSpec& spec);

/// The shape of the images that rows of this kind are: two axes, or three of which the last or else the first has at
/// most 4 channels. Throws Error for tables and for other shapes.
ImageShape image_shape(const DataSpec& spec);

/// Usual strengths for images of that size where they are negative. Of 28 pixels: shift 1, rotate 7, scale 0.1,
/// elastic 20:4 (Simard, Steinkraus & Platt, "Best Practices for Convolutional Neural Networks Applied to Visual
/// Document Analysis", ICDAR 2003, had 34:4); σ and the displacements grow with the smaller side. Throws Error for a
/// shift of as many pixels as there are.
Augmentation with_strengths(Augmentation augmentation, const ImageShape& shape);

}  // namespace retrograd::training
