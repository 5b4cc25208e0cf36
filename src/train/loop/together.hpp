// What the ranks of a run decide together: the first one's callbacks and clock decide for all.
#pragma once

#include <algorithm>
#include <array>
#include <exception>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "parallel/texts.hpp"
#include "retrograd/train.hpp"

namespace retrograd::training {

/// Why a run stops within an epoch, by the number that peers send each other.
inline constexpr const char* kStops[] = {"", "stopped by request", "the time limit is reached"};

/// What the first one asks for while a step is on its way, as a place in kStops: in several peers it is told with the
/// sums of the step, amid which nothing may be thrown.
class StopRequest {
 public:
  explicit StopRequest(std::function<int()> own) : own_(std::move(own)) {}
  StopRequest(const StopRequest&) = delete;
  StopRequest& operator=(const StopRequest&) = delete;

  /// For StepPlan::ask.
  const std::function<double()>* ask() const { return &ask_; }
  /// Why to stop after the step that was taken; `told` by the peers, if there are any. Throws what own() threw.
  std::string after_step(bool alone, double told) {
    if (thrown_ != nullptr) std::rethrow_exception(std::exchange(thrown_, nullptr));
    return kStops[alone ? own_() : static_cast<int>(told)];
  }

 private:
  const std::function<int()> own_;
  std::exception_ptr thrown_;
  const std::function<double()> ask_ = [this] {
    try {
      return own_();
    } catch (...) {
      thrown_ = std::current_exception();
      return 0;
    }
  };
};

class Together {
 public:
  /// `peers` null: alone.
  explicit Together(Peers* peers) : peers_(peers) {}

  bool alone() const { return peers_ == nullptr; }
  /// Whether this one has the callbacks, and writes.
  bool first() const { return alone() || peers_->rank() == 0; }

  /// Until all are here.
  void wait() const {
    if (double one = 1; !alone()) peers_->sum({&one, 1});
  }

  /// The first one's JSON; `own` is asked for there alone.
  template <class Own>
  nlohmann::json json_of_first(const Own& own) const {
    if (alone()) return own();
    return nlohmann::json::parse(text_of_first(*peers_, first() ? own().dump() : std::string()));
  }

  /// What the first one asks for.
  Control same(const Control& own) const {
    if (alone()) return own;
    std::array<double, 3> numbers{};
    if (first())
      numbers = {own.stop ? 1.0 : 0.0, own.learning_rate_factor ? 1.0 : 0.0, own.learning_rate_factor.value_or(0)};
    peers_->sum(numbers);
    Control all;
    all.stop = numbers[0] != 0;
    if (numbers[1] != 0) all.learning_rate_factor = numbers[2];
    return all;
  }

 private:
  Peers* peers_;
};

}  // namespace retrograd::training
