// Training: gradient descent on the total loss, with everything a run needs decided or inferred.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "retrograd/checkpoint.hpp"
#include "retrograd/data.hpp"
#include "retrograd/layer_statistics.hpp"
#include "retrograd/model.hpp"
#include "retrograd/network.hpp"

namespace retrograd {

class Peers;

/// The network that make_network builds around the data.
struct NetworkOptions {
  std::vector<int> hidden = {};  ///< widths; empty: by the data
  std::string activation = "relu";
  double dropout = -1;               ///< after each activation; negative: by the data
  std::string normalise = "none";    ///< none, layer_norm or batch_norm before each activation
  std::string loss = "auto";         ///< auto: softmax_xent, sigmoid_bce or squared, by the task
  double smoothing = 0;              ///< label smoothing of softmax_xent and sigmoid_bce
  std::string initializer;           ///< empty: by the activation; "data": fitted to the training rows
  std::string scaling = "standard";  ///< of numbers: standard; robust (quartiles, then smooth_clip); quantile (normal)
  std::string embedding = "none";    ///< of numbers: none; periodic or plr (rectified) beside them; periodic:sigma=0.3
  int bins = 0;                      ///< quantiles of every number between which bins are laid (piecewise); 0: none
  std::string bins_of = "all";       ///< all numbers, or tied: those whose quartiles are equal
  int one_hot_limit = 0;             ///< columns of more categories are embedded in 8 numbers each; 0: no column is
  bool scaling_layer = false;        ///< a trained factor for every input of the first hidden layer
  bool parametric = false;           ///< every hidden unit learns how far its activation bends (blend)
  bool ntk = false;           ///< neural tangent parametrisation: η of a weight matrix [I, O] is divided by √I
  bool clip_outputs = false;  ///< regression: predictions stay within the targets of the training data
  int members = 1;            ///< networks trained side by side; the prediction is the mean of theirs
  /// Members share the weights of the hidden layers, and have factors of inputs and sums, biases and outputs of their
  /// own (TabM).
  bool share_weights = false;
  /// What multiplies the learning rate, and the weight decay, of a group of parameters: "bias", "scale", "embedding",
  /// "blend", "output" (weights and biases of the output layer, on top of the other factors) or "adapter" (the factors
  /// of members that share weights).
  std::map<std::string, double> rates = {}, decays = {};
};

/// What a run leaves besides parameters, so that another goes on from it as if there had been no end between the two.
struct TrainState {
  int64_t step = 0;                        ///< steps done; keys dropout and the optimiser's bias corrections
  int epoch = 0;                           ///< epochs done; keys the order of the rows
  std::vector<std::vector<double>> slots;  ///< the optimiser's, each as long as the trained numbers; empty: fresh
};

/// A description with the numbers that its parameters start from, as far as they are given.
struct Prepared {
  Network network;
  /// By parameter name, row-major: means, scales, fills; trained parameters too, where they are not to be drawn.
  std::map<std::string, std::vector<double>> constants;
  std::vector<Layer> hidden;           ///< the layers between preprocessing and output, with their names
  std::vector<std::string> decisions;  ///< what was inferred and why, a line each
  TrainState state;                    ///< of the run to go on from
};

/// To go on training `model`: its network with all its parameters and constants as they are. With the state of the run
/// that made it (Trained::state) and a constant schedule, runs of a and b epochs make the same bits as one of a + b.
Prepared go_on(const Model& model, TrainState state = {});

/// Preprocessing (impute, standardise, one-hot), hidden layers, loss and prediction for this data.
Prepared make_network(const DataSpec& spec, const Dataset& train, const NetworkOptions& options);
/// Preprocessing, loss and prediction as above around hidden layers of the caller's (e.g. from [[layer]] of a
/// configuration); the first of them reads the preprocessed "x", and the output layer is added.
Prepared make_network(const DataSpec& spec, const Dataset& train, const std::vector<Layer>& layers,
                      const NetworkOptions& options);

enum class Reduction { mean, sum };

/// What train() does when the loss or a parameter stops being finite.
enum class OnDivergence {
  fail,  ///< throws Error naming the step and the remedy
  /// Goes back to where the epoch at hand began, with half the learning rate; every fourth time to the start of the
  /// run. Fails after ten times.
  restore
};

struct TrainOptions {
  std::string optimizer = "adamw";  ///< name, or "adam:beta1=0.8,epsilon=1e-7"; lbfgs and lm: an epoch is an iteration
  double learning_rate = 0;         ///< 0: by optimiser and data
  std::string schedule = "auto";    ///< name, or "step:every=30,factor=0.1"; each takes a warm-up; auto: cosine
  int64_t batch = 0;                ///< rows a step; 0: by the data; -1: the whole data (full-batch gradient descent)
  int epochs = 100;
  int patience = 16;  ///< epochs without improvement before stopping; 0: never stop early
  /// Changes of the training images, drawn anew for every epoch: shift, rotate, scale, elastic, flip, with or without
  /// their strengths ("shift=2,rotate=10,scale=0.1,elastic=34:4,flip"), or none. For rows of two or three axes.
  std::string augment = "none";
  /// What multiplies the share of the images that are changed, from step to step; named as decay_schedule is.
  std::string augment_schedule = "constant";
  std::string metric = "auto";  ///< watched on validation data: loss, accuracy, auc, macro_f1, rmse, mae, r2
  double weight_decay = -1;     ///< negative: by the optimiser
  /// What multiplies the weight decay and the dropout rates from step to step; named as `schedule` is, without plateau.
  std::string decay_schedule = "constant", dropout_schedule = "constant";
  double l1 = 0, l2 = 0;                        ///< added to the loss per weight (not biases)
  double max_norm = 0;                          ///< of each unit's incoming weights; 0: none
  double clip_norm = 0, clip_value = 0;         ///< of the gradient; 0: none
  bool balanced_classes = false;                ///< weigh rows so that every class counts the same
  std::map<std::string, double> class_weights;  ///< by class name; a class that is not named weighs 1
  /// Steps follow the gradient of the weighted mean over the batch (η does not depend on its size), or of the sum.
  Reduction reduction = Reduction::mean;
  uint64_t seed = 1;
  int threads = 0;  ///< 0: by the work of a step
  /// Parts of every batch whose sums are taken apart and added by a fixed tree (retrograd/shards.hpp), so that as many
  /// processes, or fewer, may train one model with the bits of one. A power of two, 1 to 1024.
  int shards = 1;
  /// The processes that train this model together, each calling train() with the same arguments but for the callbacks,
  /// which only the first needs; null: this process alone. Their number divides `shards`.
  Peers* peers = nullptr;
  Precision precision = Precision::float32;
  OnDivergence on_divergence = OnDivergence::fail;
  CheckpointOptions checkpoint;
  bool keep_state = false;  ///< fill Trained::state, for a run that goes on from this one
  /// Seconds; training stops in time for its last validation and checkpoint to end within them, after at least one
  /// step. 0: no limit.
  double time_limit = 0;
};

/// What is known after an epoch, counted from 1.
struct EpochReport {
  int epoch = 0, epochs = 0;
  int64_t steps = 0;
  double train_loss = 0;  ///< weighted mean over the epoch's batches, as trained (dropout on); lbfgs, lm: at its end
  std::optional<double> valid_loss, valid_metric;
  std::string metric;
  double learning_rate = 0;  ///< of the last step
  double seconds = 0;        ///< of this epoch, validation included
  double rows_per_second = 0;
  bool best = false;
  /// Of the first observed step of this epoch; empty if none was. Observed are one step in 2048 for each thread, and
  /// the first of epochs 1, 2, 4, 8, ….
  std::vector<LayerStatistics> layers;
};

struct Trained;

/// What a callback may ask for.
struct Control {
  bool stop = false;
  std::optional<double> learning_rate_factor;  ///< multiplies the schedule from here on
};

struct Callbacks {
  std::function<Control(const EpochReport&)> epoch;       ///< after each epoch
  std::function<bool(int64_t step, int64_t steps)> step;  ///< after each step; true stops
  std::function<void(const std::string&)> log;            ///< decisions and warnings, a line each
  /// Once, when everything given was accepted, before the first step: what is thrown later is of training itself.
  std::function<void()> begun;
  /// Once, before the first step of a run that goes on from a checkpoint: the whole epochs before it.
  std::function<void(const std::vector<EpochReport>&)> resumed;
  /// After `epoch`, where that epoch is the best on validation data so far. The argument, called within the callback,
  /// gives what train() would return if it ended here.
  std::function<void(const std::function<Trained()>& so_far)> improved;
};

struct Trained {
  Model model;  ///< of the best epoch on validation data, or of the last without any
  std::vector<EpochReport> history;
  int best_epoch = 0;
  std::string stopped;  ///< why training ended
  /// All epochs are done or patience is over; false if it was stopped by a callback or the time limit, and would go on.
  bool finished = false;
  std::vector<std::string> decisions;
  TrainOptions options;  ///< with everything that was inferred filled in
  TrainState state;      ///< after the last step, if TrainOptions::keep_state asked for it
  double seconds = 0;
};

/// Trains. `valid` may be null: then no early stopping. Throws Error for impossible options or data that do not fit the
/// network, when the loss stops being finite (naming the step and the remedy), when options.checkpoint.resume is set
/// and there is no checkpoint, or one of other data, network, options or program version (naming the differences), and
/// when another run holds the folder of the checkpoints. A checkpoint that cannot be written is no error but a line in
/// the log; training goes on, and those before stay.
Trained train(const Prepared& prepared, const DataSpec& spec, const Dataset& data, const Dataset* valid,
              const TrainOptions& options, const Callbacks& callbacks = {});

}  // namespace retrograd
