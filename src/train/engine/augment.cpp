#include "train/engine/augment.hpp"

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/random.hpp"
#include "math/scalar.hpp"

namespace retrograd::training {
namespace {

constexpr int kLanes = 8;
constexpr int kReach = 3;                 // deviations of the Gaussian that are summed
constexpr uint32_t kOfDisplacements = 8;  // words before are of the other changes

/// Uniform in {-most, …, most}; each has its share to within 2⁻³² of it.
int whole(uint32_t word, int most) {
  return static_cast<int>((static_cast<uint64_t>(word) * static_cast<uint64_t>(2 * most + 1)) >> 32) - most;
}

/// Uniform in [-1, 1).
double signed01(uint32_t word) { return 2 * uniform01(word) - 1; }

/// to[x] = Σ_k weights[k] · from[x + k · step] for x below `width`, a multiple of 8; each a chain in ascending k.
void weighted_sums(const float* from, int step, const float* weights, int count, int width, float* to) {
  for (int x = 0; x < width; x += kLanes) {
    __m256 sum = _mm256_setzero_ps();
    for (int k = 0; k < count; ++k)
      sum = _mm256_fmadd_ps(_mm256_set1_ps(weights[k]), _mm256_loadu_ps(from + x + k * step), sum);
    _mm256_storeu_ps(to + x, sum);
  }
}

}  // namespace

struct Augmenter::Drawn {
  bool changed = true, flip = false;
  int down = 0, right = 0;
  float yy = 1, yx = 0, xy = 0, xx = 1;  ///< M
};

Augmenter::Augmenter(const Augmentation& augmentation, const ImageShape& shape, uint64_t seed)
    : a_(augmentation), shape_(shape), seed_(seed), stride_((shape.width + kLanes - 1) / kLanes * kLanes) {
  if (a_.elastic <= 0) return;
  const int longest = std::max(shape.height, shape.width);
  radius_ = static_cast<int>(std::min<double>(kReach * a_.smoothness + 0.5, longest - 1));
  std::vector<double> weights;
  double sum = 0;
  for (int k = -radius_; k <= radius_; ++k) {
    const double t = k / a_.smoothness;
    weights.push_back(math::exp(-0.5 * t * t));
    sum += weights.back();
  }
  const double root = math::sqrt(a_.elastic);  // of each of the two directions
  for (const double w : weights) gaussian_.push_back(static_cast<float>(w / sum * root));
}

Augmenter::Scratch Augmenter::scratch() const {
  Scratch s;
  const auto h = static_cast<size_t>(shape_.height), w = static_cast<size_t>(shape_.width);
  s.plane.resize((h + 3) * (w + 3));
  s.x.resize(h * w);
  s.y.resize(h * w);
  if (a_.elastic > 0) {
    const auto stride = static_cast<size_t>(stride_);
    s.bytes.resize(2 * h * w + 16);
    s.noise.resize(h * stride);  // zeros behind each row
    s.half.resize(stride + 2 * static_cast<size_t>(radius_));
    s.field.resize(2 * h * stride);
  }
  return s;
}

Augmenter::Drawn Augmenter::draw(int64_t name, const When& when) const {
  const auto words = [&](uint32_t block) {
    return philox(seed_, Purpose::augment, static_cast<uint64_t>(name), static_cast<uint32_t>(when.epoch), block);
  };
  const std::array<uint32_t, 4> w = words(0), v = words(1);
  Drawn d;
  d.changed = uniform01(v[2]) < a_.share * when.share;
  if (!d.changed) return d;
  d.flip = a_.flip && (w[0] & 1) != 0;
  d.down = whole(w[1], a_.shift);
  d.right = whole(w[2], a_.shift);
  constexpr double kRadians = 3.14159265358979323846 / 180;
  const double angle = a_.rotate * kRadians * signed01(w[3]);
  const double c = math::cos(angle), s = math::sin(angle);
  const double high = 1 + a_.scale * signed01(v[0]), wide = 1 + a_.scale * signed01(v[1]);
  d.yy = static_cast<float>(c / high);
  d.yx = static_cast<float>(s / high);
  d.xy = static_cast<float>(-s / wide);
  d.xx = static_cast<float>(c / wide);
  return d;
}

Augmenter::Field Augmenter::field(int64_t name, int epoch, Scratch& s) const {
  const int h = shape_.height, w = shape_.width, pixels = shape_.pixels();
  for (int i = 0; i < 2 * pixels; i += 16) {  // a byte each: what is smoothed needs no finer steps
    const std::array<uint32_t, 4> words =
        philox(seed_, Purpose::augment, static_cast<uint64_t>(name), static_cast<uint32_t>(epoch),
               kOfDisplacements + static_cast<uint32_t>(i / 16));
    std::memcpy(s.bytes.data() + i, words.data(), 16);
  }
  for (int axis = 0; axis < 2; ++axis) {
    const uint8_t* const bytes = s.bytes.data() + axis * pixels;
    for (int y = 0; y < h; ++y)
      for (int x = 0; x < w; ++x)
        s.noise[static_cast<size_t>(y * stride_ + x)] = static_cast<float>(2 * bytes[y * w + x] - 255) * (1.0f / 255);
    float* const field = s.field.data() + axis * h * stride_;
    float* const sum = s.half.data() + radius_;  // zeros on both sides
    for (int y = 0; y < h; ++y) {
      const int first = std::max(-radius_, -y), last = std::min(radius_, h - 1 - y);
      const float* const weights = gaussian_.data() + radius_;
      weighted_sums(s.noise.data() + (y + first) * stride_, stride_, weights + first, last - first + 1, stride_, sum);
      weighted_sums(sum - radius_, 1, gaussian_.data(), 2 * radius_ + 1, stride_, field + y * stride_);
    }
  }
  return {s.field.data(), s.field.data() + h * stride_, stride_};
}

template <class T>
void Augmenter::move(const T* image, const Drawn& d, float* out, int64_t stride) const {
  const int h = shape_.height, w = shape_.width, c = shape_.channels;
  const int pixel = shape_.planar ? 1 : c, plane = shape_.planar ? h * w : 1;
  for (int channel = 0; channel < c; ++channel)
    for (int y = 0; y < h; ++y)
      for (int x = 0; x < w; ++x) {
        const int from_y = y - d.down, from_x = (d.flip ? w - 1 - x : x) - d.right;
        const bool inside = from_y >= 0 && from_y < h && from_x >= 0 && from_x < w;
        const int to = channel * plane + (y * w + x) * pixel;
        out[to * stride] = inside ? static_cast<float>(image[channel * plane + (from_y * w + from_x) * pixel]) : 0.0f;
      }
}

template <class T>
void Augmenter::warp(const T* image, const Drawn& d, int64_t name, int epoch, float* out, int64_t stride,
                     Scratch& s) const {
  const int h = shape_.height, w = shape_.width, c = shape_.channels;
  const int pixel = shape_.planar ? 1 : c, plane = shape_.planar ? h * w : 1;
  const int across = w + 3;  // the image lies at (1, 1), and 0 around it
  const float middle_y = 0.5f * static_cast<float>(h - 1), middle_x = 0.5f * static_cast<float>(w - 1);
  const Field moved = a_.elastic > 0 ? field(name, epoch, s) : Field{};
  for (int y = 0; y < h; ++y) {
    const float v = static_cast<float>(y) - middle_y;
    const float start_y = middle_y + 1 - static_cast<float>(d.down);
    const float start_x = middle_x + 1 - static_cast<float>(d.right);
    float* const to_y = s.y.data() + y * w;
    float* const to_x = s.x.data() + y * w;
    const float sign = d.flip ? -1.0f : 1.0f;
    for (int x = 0; x < w; ++x) {
      const float u = sign * (static_cast<float>(x) - middle_x);
      to_y[x] = math::fma(d.yy, v, math::fma(d.yx, u, start_y));
      to_x[x] = math::fma(d.xy, v, math::fma(d.xx, u, start_x));
    }
    if (moved.x != nullptr)
      for (int x = 0; x < w; ++x) {
        to_y[x] += moved.y[y * stride_ + x];
        to_x[x] += moved.x[y * stride_ + x];
      }
    for (int x = 0; x < w; ++x) {
      to_y[x] = std::min(std::max(to_y[x], 0.0f), static_cast<float>(h + 1));
      to_x[x] = std::min(std::max(to_x[x], 0.0f), static_cast<float>(w + 1));
    }
  }
  for (int channel = 0; channel < c; ++channel) {
    for (int y = 0; y < h; ++y)
      for (int x = 0; x < w; ++x)
        s.plane[static_cast<size_t>((y + 1) * across + x + 1)] =
            static_cast<float>(image[channel * plane + (y * w + x) * pixel]);
    const float* const padded = s.plane.data();
    float* const to = out + channel * plane * stride;
    for (int i = 0; i < h * w; ++i) {
      const int y = static_cast<int>(s.y[static_cast<size_t>(i)]), x = static_cast<int>(s.x[static_cast<size_t>(i)]);
      const float fy = s.y[static_cast<size_t>(i)] - static_cast<float>(y);
      const float fx = s.x[static_cast<size_t>(i)] - static_cast<float>(x);
      const float* const at = padded + y * across + x;
      const float above = math::fma(fx, at[1] - at[0], at[0]);
      const float below = math::fma(fx, at[across + 1] - at[across], at[across]);
      to[i * pixel * stride] = math::fma(fy, below - above, above);
    }
  }
}

void Augmenter::image(const Block& block, int64_t row, int64_t name, const When& when, float* out, int64_t stride,
                      Scratch& s) const {
  const Drawn drawn = draw(name, when);
  const bool whole_pixels = a_.rotate == 0 && a_.scale == 0 && a_.elastic == 0;
  std::visit(
      [&](const auto& values) {
        const auto* const from = values.data() + row * block.cols;
        if (whole_pixels || !drawn.changed)
          move(from, drawn, out, stride);
        else
          warp(from, drawn, name, when.epoch, out, stride, s);
      },
      block.values);
}

std::optional<Augmenter> augmenter_of(const TrainOptions& options, const DataSpec& spec) {
  if (options.augment == "none") return std::nullopt;
  return Augmenter(parse_augmentation(options.augment), image_shape(spec), options.seed);
}

}  // namespace retrograd::training
