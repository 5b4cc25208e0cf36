// Changes of training images: what they do to pixels, how far they go, what is refused, and that nothing else sees
// them.
#include "train/engine/augment.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

#include "retrograd/evaluate.hpp"
#include "train/problems.hpp"

namespace retrograd {
namespace {

using namespace testing_train;
using training::Augmentation;
using training::Augmenter;
using training::ImageShape;
using training::parse_augmentation;

Block block_of(int cols, Values values) { return {"x", cols, std::move(values)}; }

std::vector<float> changed(const Augmenter& augmenter, const Block& block, int64_t name, int epoch, double share = 1) {
  std::vector<float> out(static_cast<size_t>(block.cols), -1.0f);
  Augmenter::Scratch scratch = augmenter.scratch();
  augmenter.image(block, 0, name, {epoch, share}, out.data(), 1, scratch);
  return out;
}

std::vector<float> ramp(int count) {
  std::vector<float> values;
  for (int i = 1; i <= count; ++i) values.push_back(static_cast<float>(i));
  return values;
}

TEST(Augment, ShiftsByWholePixelsWithZerosBehind) {
  const Block block = block_of(6, std::vector<uint8_t>{1, 2, 3, 4, 5, 6});
  const Augmenter augmenter({.shift = 1}, {2, 3}, 7);
  const std::set<std::vector<float>> expected = {
      {5, 6, 0, 0, 0, 0}, {4, 5, 6, 0, 0, 0}, {0, 4, 5, 0, 0, 0},  // up
      {2, 3, 0, 5, 6, 0}, {1, 2, 3, 4, 5, 6}, {0, 1, 2, 0, 4, 5},  // as high as before
      {0, 0, 0, 2, 3, 0}, {0, 0, 0, 1, 2, 3}, {0, 0, 0, 0, 1, 2}   // down
  };
  std::set<std::vector<float>> found;
  for (int name = 0; name < 200; ++name) found.insert(changed(augmenter, block, name, 1));
  EXPECT_EQ(found, expected);
}

TEST(Augment, FlipsEveryOtherImageWhicheverWayChannelsLie) {
  const std::vector<float> values = ramp(12);
  const std::vector<float> planar = {3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10};  // two planes of 2 × 3
  const std::vector<float> mixed = {5, 6, 3, 4, 1, 2, 11, 12, 9, 10, 7, 8};   // 2 × 3 pixels of two numbers
  for (const bool planes : {true, false}) {
    const Augmenter augmenter({.flip = true}, {2, 3, 2, planes}, 3);
    int flipped = 0;
    for (int name = 0; name < 400; ++name) {
      const std::vector<float> image = changed(augmenter, block_of(12, values), name, 1);
      flipped += image == (planes ? planar : mixed);
      EXPECT_TRUE(image == values || image == (planes ? planar : mixed));
    }
    EXPECT_NEAR(flipped, 200, 40);
  }
}

/// Where a change is so small that it is none, its arithmetic gives the very pixels.
TEST(Augment, NothingHappensWithoutStrength) {
  const std::vector<float> values = ramp(30);
  EXPECT_EQ(changed(Augmenter({}, {5, 6}, 1), block_of(30, values), 3, 4), values);
  const Augmentation smallest{.rotate = std::numeric_limits<double>::min()};
  EXPECT_EQ(changed(Augmenter(smallest, {5, 6}, 1), block_of(30, values), 3, 4), values);
  EXPECT_FALSE(parse_augmentation("shift=0,rotate=0,scale=0,elastic=0:4").any());
  EXPECT_EQ(to_string(parse_augmentation("shift=0,rotate=0,scale=0,elastic=0:4")), "none");

  const Problem images = as_images(make_problem(Task::classification, 60, 6, 3, false), {2, 3}, true);
  const Prepared prepared = make_network(images.spec, images.data, {});
  TrainOptions options = plain_options(16, 2);
  const auto fingerprint = [&](const char* augment) {
    options.augment = augment;
    return train(prepared, images.spec, images.data, nullptr, options).model.fingerprint();
  };
  EXPECT_EQ(fingerprint("shift=0,elastic=0"), fingerprint("none"));
  EXPECT_NE(fingerprint("shift=1"), fingerprint("none"));
}

/// A plane of colour stays a plane when it is turned and stretched: u and v come back at the places they are from.
TEST(Augment, TurnsAndStretchesAroundTheMiddleWithinItsStrengths) {
  constexpr int kSide = 41, kMiddle = 20;
  std::vector<float> right, down;
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x) {
      right.push_back(static_cast<float>(x));
      down.push_back(static_cast<float>(y));
    }
  double largest_angle = 0, largest_stretch = 0;
  const Augmenter augmenter({.rotate = 30, .scale = 0.25}, {kSide, kSide}, 11);
  for (int name = 0; name < 300; ++name) {
    const std::vector<float> x = changed(augmenter, block_of(kSide * kSide, right), name, 2);
    const std::vector<float> y = changed(augmenter, block_of(kSide * kSide, down), name, 2);
    const auto at = [&](const std::vector<float>& v, int row, int col) {
      return static_cast<double>(v[static_cast<size_t>(row * kSide + col)]);
    };
    EXPECT_NEAR(at(x, kMiddle, kMiddle), kMiddle, 1e-4);
    EXPECT_NEAR(at(y, kMiddle, kMiddle), kMiddle, 1e-4);
    // The columns of M: where a step of 8 pixels comes from.
    const double xx = (at(x, kMiddle, kMiddle + 8) - kMiddle) / 8, yx = (at(y, kMiddle, kMiddle + 8) - kMiddle) / 8;
    const double xy = (at(x, kMiddle + 8, kMiddle) - kMiddle) / 8, yy = (at(y, kMiddle + 8, kMiddle) - kMiddle) / 8;
    const double wide = 1 / std::hypot(xx, xy), high = 1 / std::hypot(yx, yy);  // rows of S⁻¹R
    const double angle = std::atan2(-xy * wide, xx * wide);
    EXPECT_NEAR(std::atan2(yx * high, yy * high), angle, 1e-4);
    EXPECT_LE(std::abs(angle), 30 * 3.1416 / 180);
    for (const double factor : {wide, high}) EXPECT_LE(std::abs(factor - 1), 0.2501);
    largest_angle = std::max(largest_angle, std::abs(angle));
    largest_stretch = std::max({largest_stretch, std::abs(wide - 1), std::abs(high - 1)});
  }
  EXPECT_GT(largest_angle, 29 * 3.1416 / 180);
  EXPECT_GT(largest_stretch, 0.24);
}

/// Halfway between four pixels is their mean; outside is 0.
TEST(Augment, InterpolatesBetweenPixels) {
  const Augmenter half({.elastic = 1, .smoothness = 0.1}, {1, 64}, 5);  // no smoothing: the field is the noise
  Augmenter::Scratch scratch = half.scratch();
  const Augmenter::Field field = half.field(9, 1, scratch);
  std::vector<float> values = ramp(64), expected;
  for (int x = 0; x < 64; ++x) {
    const double from_x = x + static_cast<double>(field.x[x]), from_y = static_cast<double>(field.y[x]);
    const auto pixel = [&](int column) { return column < 0 || column > 63 ? 0.0 : column + 1.0; };
    const int left = static_cast<int>(std::floor(from_x));
    const double across = pixel(left) + (from_x - left) * (pixel(left + 1) - pixel(left));
    expected.push_back(static_cast<float>(across * std::max(0.0, 1 - std::abs(from_y))));
  }
  const std::vector<float> found = changed(half, block_of(64, values), 9, 1);
  for (size_t x = 0; x < 64; ++x) EXPECT_NEAR(found[x], expected[x], 2e-4) << x;
}

/// Means are 0, deviations what independent terms of variance 1/3 come to, neighbours move alike, axes do not.
TEST(Augment, DisplacementsAreSmoothAndAsLargeAsDerived) {
  constexpr int kSide = 48, kFields = 200;
  const double alpha = 34, sigma = 4;
  const Augmenter augmenter({.elastic = alpha, .smoothness = sigma}, {kSide, kSide}, 2);
  Augmenter::Scratch scratch = augmenter.scratch();
  double sum = 0, squares = 0, step = 0, crossed = 0;
  for (int name = 0; name < kFields; ++name) {
    const Augmenter::Field field = augmenter.field(name, 1, scratch);
    const int middle = kSide / 2 * field.stride + kSide / 2;
    for (const float* axis : {field.x, field.y}) {
      const auto here = static_cast<double>(axis[middle]);
      sum += here;
      squares += here * here;
      const double next = static_cast<double>(axis[middle + 1]) - here;
      step += next * next;
    }
    crossed += static_cast<double>(field.x[middle]) * static_cast<double>(field.y[middle]);
    for (int i = 0; i < kSide * field.stride; ++i) ASSERT_LE(std::abs(field.x[i]), alpha);
  }
  const double n = 2 * kFields, deviation = alpha / (2 * sigma * std::sqrt(3 * 3.14159265));
  EXPECT_NEAR(sum / n, 0, 4 * deviation / std::sqrt(n));
  EXPECT_NEAR(std::sqrt(squares / n), deviation, 0.15 * deviation);
  // Of a smoothed field E (d(x+1) − d(x))² = 2 σ_d² (1 − e^(−1/(4σ²))).
  const double expected_step = deviation * std::sqrt(2 * (1 - std::exp(-1 / (4 * sigma * sigma))));
  EXPECT_NEAR(std::sqrt(step / n), expected_step, 0.15 * expected_step);
  EXPECT_NEAR(crossed / kFields / (deviation * deviation), 0, 4 / std::sqrt(kFields));
}

TEST(Augment, EveryEpochRowAndSeedHasImagesOfItsOwn) {
  const Block block = block_of(784, ramp(784));
  const Augmentation all = with_strengths(parse_augmentation("shift,rotate,scale,elastic,flip"), {28, 28});
  std::set<std::vector<float>> images;
  for (const uint64_t seed : {1, 2})
    for (const int64_t name : {0, 1})
      for (const int epoch : {1, 2}) {
        const Augmenter augmenter(all, {28, 28}, seed);
        images.insert(changed(augmenter, block, name, epoch));
        images.insert(changed(augmenter, block, name, epoch));  // the same again
      }
  EXPECT_EQ(images.size(), 8U);
}

TEST(Augment, AShareOfTheImagesIsChanged) {
  const Block block = block_of(9, ramp(9));
  for (const double share : {0.0, 0.25, 1.0})
    for (const double factor : {1.0, 0.5}) {
      const Augmenter augmenter({.rotate = 30, .share = share}, {3, 3}, 4);
      int seen = 0;
      for (int name = 0; name < 2000; ++name) seen += changed(augmenter, block, name, 1, factor) != ramp(9);
      EXPECT_NEAR(seen, 2000 * share * factor, share == 0 ? 0.5 : 80);
    }
  EXPECT_EQ(to_string(parse_augmentation("share=0.5,flip")), "flip,share=0.5");
  EXPECT_EQ(to_string(parse_augmentation("flip,share=0")), "none");
}

/// Bytes and the floats of their values are one image.
TEST(Augment, BytesGiveThePixelsOfFloats) {
  std::vector<uint8_t> bytes;
  for (int i = 0; i < 784; ++i) bytes.push_back(static_cast<uint8_t>(i * 37));
  const std::vector<float> floats(bytes.begin(), bytes.end());
  for (const char* text : {"shift,flip", "rotate,elastic"}) {
    const Augmenter augmenter(with_strengths(parse_augmentation(text), {28, 28}), {28, 28}, 1);
    EXPECT_EQ(changed(augmenter, block_of(784, bytes), 5, 1), changed(augmenter, block_of(784, floats), 5, 1));
  }
}

TEST(Augment, StrengthsGrowWithTheImageAndAreReadBack) {
  const auto text = [](const char* asked, int height, int width) {
    return to_string(with_strengths(parse_augmentation(asked), {height, width}));
  };
  EXPECT_EQ(text("shift,rotate,scale,elastic,flip", 28, 30), "shift=1,rotate=7,scale=0.1,elastic=20:4,flip");
  EXPECT_EQ(text("elastic, shift", 56, 56), "shift=2,elastic=80:8");  // twice the σ, displacements twice as large
  EXPECT_EQ(text("elastic=8", 28, 28), "elastic=8:4");
  EXPECT_EQ(text("rotate=12.5,shift=1", 28, 28), "shift=1,rotate=12.5");
  EXPECT_EQ(text(" none ", 28, 28), "none");
  for (const char* each :
       {"shift=3,rotate=7.25,scale=0.3,elastic=1e+06:1000,flip", "elastic=0.1:0.1", "shift,flip,share=0.3"})
    EXPECT_EQ(parse_augmentation(to_string(parse_augmentation(each))), parse_augmentation(each)) << each;
}

TEST(Augment, MistakesAreNamed) {
  const auto refused = [](const char* text) { return message_of([&] { parse_augmentation(text); }); };
  expect_mentions(refused("shfit"), {"found 'shfit'", "shift[=PIXELS]", "flip"});
  expect_mentions(refused(""), {"''", "none"});
  expect_mentions(refused("shift,,flip"), {"''"});
  expect_mentions(refused("flip=2"), {"'flip=2'"});
  expect_mentions(refused("flip,share"), {"'share'", "share=SHARE"});
  expect_mentions(refused("none,shift"), {"'none'"});
  expect_mentions(refused("shift=1.5"), {"shift is '1.5'", "whole number from 0 to 4096"});
  expect_mentions(refused("rotate=nan"), {"rotate is 'nan'", "0 to 180"});
  expect_mentions(refused("scale=0.95"), {"scale is '0.95'", "0 to 0.9"});
  expect_mentions(refused("elastic=34:"), {"SIGMA is ''"});
  expect_mentions(refused("elastic=-1:4"), {"ALPHA is '-1'"});
  expect_mentions(refused("elastic=34:0"), {"SIGMA is 0", "0.1"});
  expect_mentions(refused("shift=1,shift=2"), {"shift is there twice"});

  const Problem table = make_problem(Task::classification, 40, 6, 2, false);
  const auto trained = [&](std::vector<int64_t> shape, const char* source, const char* augment) {
    Problem problem = table;
    problem.spec.row_shape = std::move(shape);
    problem.spec.source = source;
    TrainOptions options = plain_options(10, 1);
    options.augment = augment;
    const Prepared prepared = make_network(problem.spec, problem.data, {});
    return message_of([&] { train(prepared, problem.spec, problem.data, nullptr, options); });
  };
  expect_mentions(trained({}, "csv", "flip"), {"--augment", "a table", "idx:"});
  expect_mentions(trained({6}, "npy", "flip"), {"rows of single numbers"});
  expect_mentions(trained({1, 2, 3, 1}, "npy", "flip"), {"1 × 2 × 3 × 1", "no images"});
  expect_mentions(trained({2, 3}, "npy", "shift=2"), {"shift is 2", "2 × 3", "less than 2"});
  DataSpec wide;
  wide.row_shape = {5, 6, 7};
  expect_mentions(message_of([&] { training::image_shape(wide); }), {"5 × 6 × 7", "4 channels"});
}

/// Validation, and what a trained model says of its training rows, are of the images as they are.
TEST(Augment, OnlyTrainingSeesChangedImages) {
  const Problem images = as_images(make_problem(Task::classification, 90, 12, 3, false), {3, 4}, true);
  const Prepared prepared = make_network(images.spec, images.data, {});
  EXPECT_EQ(prepared.constants.at("x_scaled.mean"),
            make_network(images.spec, images.data, {}).constants.at("x_scaled.mean"));
  TrainOptions options = plain_options(16, 2);
  options.augment = "shift=1,rotate,elastic";
  const Trained trained = train(prepared, images.spec, images.data, &images.data, options);
  const double of_model = evaluate(trained.model, images.data).metric("loss");
  EXPECT_NEAR(*trained.history.at(static_cast<size_t>(trained.best_epoch) - 1).valid_loss, of_model, 1e-6);
}

}  // namespace
}  // namespace retrograd
