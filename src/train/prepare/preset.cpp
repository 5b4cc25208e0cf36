#include "retrograd/preset.hpp"

#include <fmt/ranges.h>

#include "base/fail.hpp"
#include "train/engine/augmentation.hpp"

namespace retrograd {
namespace {

constexpr int kMembers = 8;
constexpr int64_t kFewRows = 32;              ///< below which quartiles, bins and fitted weights say little
constexpr int64_t kRowsInAll = 2'500'000;     ///< over all epochs of a table's network
constexpr int64_t kRowsOfMembers = 750'000;   ///< the same of members that share weights, which take longer
constexpr int64_t kRowsOfFast = 500'000;      ///< of fast, for tables
constexpr int64_t kImagesInAll = 12'000'000;  ///< of image
constexpr int64_t kImagesOfFast = 3'000'000;  ///< of fast, for images
constexpr int64_t kLeastSide = 8;             ///< of images that are moved: in smaller ones a pixel is too much

/// The recipe of table A.1 with these differences: a one-hot column pair in place of one ±1 column for two categories;
/// missing numbers become the median and a flag each; the last, shorter batch of an epoch is not dropped.
void realmlp(Task task, int64_t rows, NetworkOptions& n, TrainOptions& t) {
  const bool regression = task == Task::regression;
  n.hidden = {256, 256, 256};
  n.activation = regression ? "mish" : "selu";
  n.dropout = 0.15;
  n.smoothing = task == Task::classification ? 0.1 : 0;
  n.initializer = "data";
  n.scaling = "robust";
  n.embedding = "periodic";
  n.one_hot_limit = 8;
  n.scaling_layer = n.parametric = n.ntk = true;
  n.clip_outputs = regression;
  n.rates = {{"scale", 6}, {"bias", 0.1}, {"embedding", 0.1}, {"blend", 0.1}};
  // The decay of these groups is that of their rate once more, as in the authors' code.
  n.decays = {{"scale", 6}, {"embedding", 0.1}, {"blend", 0.1}};
  t.optimizer = "adamw:beta2=0.95";
  t.learning_rate = regression ? 0.2 : 0.04;
  t.weight_decay = 0.02;
  t.schedule = "coslog4";
  t.decay_schedule = t.dropout_schedule = "flat_cos";
  t.epochs = 256;
  t.patience = 0;
  t.batch = std::min<int64_t>(256, rows);
  t.metric = regression ? "rmse" : task == Task::classification ? "accuracy" : "loss";
}

/// As many epochs as the rows leave time for.
int epochs_of(int64_t rows, int64_t in_all, int64_t most) {
  return static_cast<int>(std::clamp<int64_t>(in_all / std::max<int64_t>(rows, 1), 16, most));
}

/// Bins beside the waves: where numbers are to be predicted, of all columns; for classes of those that scaling by
/// quartiles tells nothing about, as most of their rows have one value. Others only help to learn the rows by heart.
void table(Task task, int64_t rows, NetworkOptions& n, TrainOptions& t) {
  realmlp(task, rows, n, t);
  n.bins = 32;
  n.bins_of = task == Task::regression ? "all" : "tied";
  t.epochs = epochs_of(rows, kRowsInAll, 256);
}

/// Members that share weights hold each other back: they need no dropout, and numbers smaller steps.
void tabm(Task task, int64_t rows, NetworkOptions& n, TrainOptions& t) {
  table(task, rows, n, t);
  n.members = kMembers;
  n.share_weights = true;
  n.dropout = 0;
  if (task == Task::regression) t.learning_rate = 0.08;
  t.epochs = epochs_of(rows, kRowsOfMembers, 128);
}

/// table with narrow layers, half of the bins and a fifth of the epochs.
void fast_table(Task task, int64_t rows, NetworkOptions& n, TrainOptions& t) {
  table(task, rows, n, t);
  n.hidden = {128, 128};
  n.bins = 16;
  t.epochs = epochs_of(rows, kRowsOfFast, 64);
}

/// Wide layers that bend smoothly, smoothed labels; changed images at first, and the images as they are at the end.
void any_image(const DataSpec& spec, int64_t rows, NetworkOptions& n, TrainOptions& t) {
  const bool classes = spec.task == Task::classification;
  n.activation = "gelu";
  n.dropout = 0.2;
  n.smoothing = classes ? 0.1 : 0;
  t.batch = std::min<int64_t>(256, rows);
  t.patience = 0;
  t.metric = spec.task == Task::regression ? "rmse" : classes ? "accuracy" : "loss";
  t.augment_schedule = "flat_cos";
}

/// Whether the rows may be moved as images without losing what they show.
bool movable(const DataSpec& spec) {
  const training::ImageShape shape = training::image_shape(spec);
  return std::min(shape.height, shape.width) >= kLeastSide;
}

void image(const DataSpec& spec, int64_t rows, NetworkOptions& n, TrainOptions& t) {
  any_image(spec, rows, n, t);
  n.hidden = {1024, 1024};
  t.epochs = epochs_of(rows, kImagesInAll, 512);
  if (movable(spec)) t.augment = "shift,rotate,scale,elastic";
}

void fast_image(const DataSpec& spec, int64_t rows, NetworkOptions& n, TrainOptions& t) {
  any_image(spec, rows, n, t);
  n.hidden = {512, 512};
  t.epochs = epochs_of(rows, kImagesOfFast, 128);
  if (movable(spec)) t.augment = "shift";
}

}  // namespace

std::vector<std::string> preset_names() {
  return {"auto", "plain", "table", "tabm", "ensemble", "realmlp", "image", "fast"};
}

Preset preset(std::string_view name, const DataSpec& spec, int64_t rows) {
  Preset p;
  p.name = std::string(name);
  const bool images = training::is_image(spec);
  if (name == "auto" && images) {
    p.name = "fast";
    p.decisions.emplace_back(
        "preset fast: the default for images; image has a wider network and four times the epochs, plain is the "
        "textbook's");
  } else if (name == "auto") {
    const bool arrays = spec.row_shape.size() > 1;  // of whose axes nothing is known
    const bool few = rows < kFewRows;
    p.name = arrays || few ? "plain" : "table";
    p.decisions.push_back(fmt::format(
        "preset {}: the default for {}", p.name,
        arrays ? "arrays that are no images"
        : few  ? fmt::format("fewer than {} rows, of which table's networks learn too much by heart", kFewRows)
               : "tables; plain is the textbook's network, tabm an ensemble of these, mostly better"));
  }
  if (name == "ensemble") {
    p.name = "tabm";
    p.decisions.push_back(
        fmt::format("preset tabm: the ensemble that does best for its time, {} members that share weights; "
                    "--preset table --members 4 are networks apart",
                    kMembers));
  }
  if (p.name == "plain") return p;
  if (p.name == "realmlp") {
    realmlp(spec.task, rows, p.network, p.training);
  } else if (p.name == "tabm") {
    tabm(spec.task, rows, p.network, p.training);
  } else if (p.name == "table") {
    table(spec.task, rows, p.network, p.training);
  } else if (p.name == "image") {
    if (!images)
      fail(
          "preset image is for images, idx: or npy: data whose rows have two or three axes; for others choose table, "
          "tabm or fast");
    image(spec, rows, p.network, p.training);
  } else if (p.name == "fast") {
    images ? fast_image(spec, rows, p.network, p.training) : fast_table(spec.task, rows, p.network, p.training);
  } else {
    fail("there is no preset '{}'; choose one of: {}", name, fmt::join(preset_names(), ", "));
  }
  return p;
}

}  // namespace retrograd
