// Cross-validation on several ranks: each fold whole on one of them.
#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/fail.hpp"
#include "data/files/descriptor.hpp"
#include "parallel/peers.hpp"
#include "retrograd/checkpoint.hpp"
#include "train/choose/fold_progress.hpp"
#include "train/loop/complete.hpp"

namespace retrograd {
namespace {

using Clock = std::chrono::steady_clock;

/// Folds that ranks take one after the other: whoever makes the file fold-K.taken trains it.
class Apart {
 public:
  Apart(const DataSpec& spec, const Dataset& data, int folds, const TrainOptions& options)
      : spec_(spec), data_(data), options_(options), peers_(*options.peers), folder_(options.checkpoint.folder) {
    splits_ = fold_rows(data.rows, folds, options.seed, training::classes_of(spec, data));
    options_.peers = nullptr;
  }

  void run(const MakeNetwork& make, const std::function<Callbacks(int)>& callbacks) {
    const Prepared first = make(part(data_, splits_[0].train));
    training::check_networks(splits_.size(), first);
    if (peers_.rank() == 0) {
      const training::FoldProgress begun(options_, static_cast<int>(splits_.size()));
      for (size_t k = 0; k < splits_.size(); ++k) std::filesystem::remove(taken(k));
      std::filesystem::remove(stop_file());
    }
    wait();
    std::vector<std::string> unsaid;
    const TrainOptions decided =
        training::complete(options_, spec_, std::ssize(splits_[0].train), true, graph::compile(first.network), unsaid);
    const bool tells = peers_.rank() == 0 && callbacks;
    for (size_t k = 0; k < splits_.size() && !stopped(); ++k)
      if (take(k)) one(k, make, decided, tells ? callbacks(static_cast<int>(k) + 1) : Callbacks{});
    wait();
    if (peers_.rank() != 0) return;
    for (size_t k = 0; k < splits_.size(); ++k) std::filesystem::remove(taken(k));
    std::filesystem::remove(stop_file());
  }

 private:
  static constexpr double kLook = 0.2;  // seconds between looks for a stop

  double seconds() const { return std::chrono::duration<double>(Clock::now() - started_).count(); }
  std::string taken(size_t k) const { return fmt::format("{}/fold-{}.taken", folder_, k + 1); }
  std::string stop_file() const { return folder_ + "/fold-stop"; }
  bool stopped() const {
    return std::filesystem::exists(stop_file()) || (options_.time_limit > 0 && seconds() >= options_.time_limit);
  }

  void wait() {
    double one = 1;
    peers_.sum({&one, 1});
  }

  /// False if another has it.
  bool take(size_t k) const {
    const Descriptor file(open(taken(k).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (!file.is_open() && errno != EEXIST)
      fail("cannot write {}: {}; folds of several ranks need a folder that all can write", taken(k),
           std::strerror(errno));
    return file.is_open();
  }

  void one(size_t k, const MakeNetwork& make, const TrainOptions& decided, Callbacks callbacks) {
    const Dataset train_part = part(data_, splits_[k].train), held = part(data_, splits_[k].valid);
    TrainOptions options = options_;
    options.seed += k;
    options.checkpoint.folder = fmt::format("{}/fold-{}", folder_, k + 1);
    options.checkpoint.resume = latest_checkpoint(options.checkpoint.folder).has_value();
    if (options.time_limit > 0) options.time_limit = std::max(1e-3, options.time_limit - seconds());
    if (k > 0) training::decide_as(decided, options);
    if (peers_.rank() == 0)
      callbacks.step = [this, own = callbacks.step](int64_t step, int64_t steps) {
        if (!own || !own(step, steps)) return false;
        take_note_of_stop();
        return true;
      };
    else
      callbacks.step = [this, looked = Clock::now()](int64_t, int64_t) mutable {
        const auto now = Clock::now();
        if (std::chrono::duration<double>(now - looked).count() < kLook) return false;
        looked = now;
        return std::filesystem::exists(stop_file());
      };
    train(make(train_part), spec_, train_part, &held, options, callbacks);
  }

  void take_note_of_stop() const {
    const Descriptor file(open(stop_file().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
  }

  const DataSpec& spec_;
  const Dataset& data_;
  TrainOptions options_;
  Peers& peers_;
  const std::string folder_;
  const Clock::time_point started_ = Clock::now();
  std::vector<SplitRows> splits_;
};

}  // namespace

void train_folds_apart(const MakeNetwork& make, const DataSpec& spec, const Dataset& data, int folds,
                       const TrainOptions& options, const std::function<Callbacks(int fold)>& callbacks) {
  if (options.peers == nullptr) fail("folds are trained apart by several ranks; there is one");
  if (options.checkpoint.folder.empty())
    fail("folds that several ranks train are put together from their checkpoints: leave out --checkpoint-every none");
  Apart(spec, data, folds, options).run(make, callbacks);
}

}  // namespace retrograd
