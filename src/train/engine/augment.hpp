// Training images, changed anew for every epoch while they are gathered.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "retrograd/train.hpp"
#include "train/engine/augmentation.hpp"

namespace retrograd::training {

/// Every number is drawn from (seed, epoch, name of the row) alone: the image does not depend on threads, ranks, the
/// batch, or on where a run was interrupted. All arithmetic is float32 in a fixed order.
///
/// The colour of an output pixel p comes from the place
///     q = c + M·(f(p) − c) − s + d(p)
/// of the image, between pixels by bilinear interpolation, and 0 outside. f mirrors; c is the middle; s are whole
/// pixels, uniform in −shift … shift; M = S⁻¹·R turns by an angle uniform in ±rotate and stretches each axis by a
/// factor uniform in 1 ± scale; d is an elastic displacement (Simard, Steinkraus & Platt 2003, section 2): for every
/// pixel and axis uniform in [−1, 1], smoothed by a Gaussian of deviation σ whose weights sum to 1 (0 outside of the
/// image), times α. Far from the edges its deviation is α/(2σ·√(3π)) (a sum of independent terms of variance 1/3 with
/// weights whose squares sum to 1/(4πσ²)). A shift or mirror alone moves pixels without changing them.
class Augmenter {
 public:
  /// What one thread needs beside the images.
  class Scratch {
   public:
    Scratch() = default;

   private:
    friend class Augmenter;
    std::vector<float> plane, noise, half, field, x, y;
    std::vector<uint8_t> bytes;
  };

  /// `augmentation` as with_strengths() gives it.
  Augmenter(const Augmentation& augmentation, const ImageShape& shape, uint64_t seed);

  Scratch scratch() const;

  /// Which images are seen.
  struct When {
    int epoch = 0;
    double share = 1;  ///< what multiplies the share of the images that are changed
  };

  /// Row `row` of the block, whose image is called `name`, as it is then: number i to out[i · stride].
  void image(const Block& block, int64_t row, int64_t name, const When& when, float* out, int64_t stride,
             Scratch& scratch) const;

  /// Displacements of this image in pixels, in scratch: [height] rows, `stride` apart.
  struct Field {
    const float *x, *y;
    int stride;
  };
  Field field(int64_t name, int epoch, Scratch& scratch) const;

 private:
  struct Drawn;
  Drawn draw(int64_t name, const When& when) const;
  template <class T>
  void move(const T* image, const Drawn& drawn, float* out, int64_t stride) const;
  template <class T>
  void warp(const T* image, const Drawn& drawn, int64_t name, int epoch, float* out, int64_t stride,
            Scratch& scratch) const;

  Augmentation a_;
  ImageShape shape_;
  uint64_t seed_;
  std::vector<float> gaussian_;  ///< weights at −radius … radius, times √α
  int radius_ = 0;
  int stride_;  ///< of rows of displacements
};

/// What complete options ask for.
std::optional<Augmenter> augmenter_of(const TrainOptions& options, const DataSpec& spec);

}  // namespace retrograd::training
