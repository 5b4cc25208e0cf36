#include "parallel/peers.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstring>

#include "base/fail.hpp"
#include "base/shards.hpp"
#include "base/thread_team.hpp"

namespace retrograd {
namespace {

/// Bytes up to which a range is exchanged whole in each round.
constexpr size_t kShort = 16 * 1024;
/// How often the transport hears that there is nothing to do.
constexpr std::chrono::milliseconds kIdle(200);
/// Limits of what is measured: below, a message is mostly its start; above, nothing is left to overlap with.
constexpr double kLeastBucket = 64 * 1024, kMostBucket = 4 * 1024 * 1024;

}  // namespace

Peers::Peers(Transport& transport, size_t bucket_bytes) : transport_(transport), bucket_bytes_(bucket_bytes) {
  const int size = transport.size();
  if (!std::has_single_bit(static_cast<unsigned>(size)) || size > kMaxShards)
    fail("{} ranks train together, expected a power of two up to {}", size, kMaxShards);
  rounds_ = std::countr_zero(static_cast<unsigned>(size));
  has_rows_.assign(static_cast<size_t>(size), true);
  thread_ = std::thread([this] { work(); });
  if (bucket_bytes > 0) return;
  add({Kind::measure});
  try {
    finish();
  } catch (...) {
    stop();
    throw;
  }
}

Peers::~Peers() { stop(); }

void Peers::stop() {
  bool under_way = false;
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    under_way = done_ < tasks_.size() && error_ == nullptr;
  }
  if (under_way) transport_.abandon("it left while sums were under way");
  changed_.notify_all();
  thread_.join();
}

void Peers::begin_step(int64_t rows, int shards) {
  for (int r = 0; r < size(); ++r) has_rows_[static_cast<size_t>(r)] = !rows_of_part(rows, shards, r, size()).empty();
}

void Peers::ready(std::span<float> values) {
  if (!values.empty()) add({Kind::floats, std::as_writable_bytes(values).data(), values.size_bytes()});
}

void Peers::sum(std::span<double> values) {
  add({Kind::doubles, std::as_writable_bytes(values).data(), values.size_bytes()});
  finish();
}

void Peers::gather_bytes(std::span<std::byte> data, const std::vector<size_t>& bounds) {
  add({Kind::gather, data.data(), data.size(), &bounds});
  finish();
}

void Peers::add(const Task& task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(task);
  }
  changed_.notify_all();
}

void Peers::finish() {
  std::unique_lock lock(mutex_);
  transport_.set_urgent(true);
  changed_.wait(lock, [&] { return done_ == tasks_.size() || error_ != nullptr; });
  transport_.set_urgent(false);
  tasks_.clear();
  done_ = 0;
  if (error_ != nullptr) std::rethrow_exception(error_);
}

void Peers::work() {
  const FloatState state;
  std::unique_lock lock(mutex_);
  while (true) {
    const bool work =
        changed_.wait_for(lock, kIdle, [&] { return stop_ || (done_ < tasks_.size() && error_ == nullptr); });
    if (stop_) return;
    if (!work) {
      lock.unlock();
      transport_.idle();
      lock.lock();
      continue;
    }
    const Task task = tasks_[done_];
    lock.unlock();
    std::exception_ptr error;
    try {
      run(task);
    } catch (...) {
      error = std::current_exception();
    }
    lock.lock();
    if (error != nullptr)
      error_ = error;
    else
      ++done_;
    changed_.notify_all();
  }
}

void Peers::run(const Task& task) {
  all_ = task.kind == Kind::doubles;
  switch (task.kind) {
    case Kind::floats:
      return reduce(reinterpret_cast<float*>(task.data), task.bytes / sizeof(float));
    case Kind::doubles:
      return reduce(reinterpret_cast<double*>(task.data), task.bytes / sizeof(double));
    case Kind::gather:
      for (int round = 0; round < rounds_; ++round) {
        const auto bound = [&](int group) { return (*task.bounds)[static_cast<size_t>(group) << round]; };
        const int own = rank() >> round, other = own ^ 1;
        exchange(round, task.data + bound(own), bound(own + 1) - bound(own), task.data + bound(other),
                 bound(other + 1) - bound(other));
      }
      return;
    case Kind::measure:
      return measure();
  }
}

bool Peers::present(int group, int round) const {
  if (all_) return true;
  const auto first = has_rows_.begin() + (static_cast<std::ptrdiff_t>(group) << round);
  return std::any_of(first, first + (std::ptrdiff_t{1} << round), [](bool has) { return has; });
}

template <class T>
void Peers::merge(T* own, const T* theirs, size_t count, int round) const {
  const int group = rank() >> round;
  if (!present(group ^ 1, round)) return;
  if (!present(group, round)) {
    std::copy_n(theirs, count, own);
    return;
  }
  for (size_t i = 0; i < count; ++i) own[i] += theirs[i];  // the same bits in either order
}

void Peers::exchange(int round, const void* sent, size_t bytes, void* received, size_t receive_bytes) {
  transport_.exchange(rank() ^ (1 << round), {static_cast<const std::byte*>(sent), bytes},
                      {static_cast<std::byte*>(received), receive_bytes});
}

template <class T>
void Peers::reduce(T* values, size_t count) {
  if (theirs_.size() < count * sizeof(T)) theirs_.resize(count * sizeof(T));
  const T* theirs = reinterpret_cast<const T*>(theirs_.data());
  if (count * sizeof(T) <= kShort) {
    for (int round = 0; round < rounds_; ++round) {
      exchange(round, values, count * sizeof(T), theirs_.data(), count * sizeof(T));
      merge(values, theirs, count, round);
    }
    return;
  }
  struct Part {
    size_t begin, end;
    size_t size() const { return end - begin; }
  };
  Part own[32], other[32];  // after each round: what this rank goes on with, and its partner
  Part held{0, count};
  for (int round = 0; round < rounds_; ++round) {
    const size_t middle = held.begin + held.size() / 2;
    own[round] = {held.begin, middle};
    other[round] = {middle, held.end};
    if ((rank() >> round & 1) != 0) std::swap(own[round], other[round]);
    held = own[round];
    exchange(round, values + other[round].begin, other[round].size() * sizeof(T), theirs_.data(),
             held.size() * sizeof(T));
    merge(values + held.begin, theirs, held.size(), round);
  }
  for (int round = rounds_ - 1; round >= 0; --round)
    exchange(round, values + own[round].begin, own[round].size() * sizeof(T), values + other[round].begin,
             other[round].size() * sizeof(T));
}

void Peers::measure() {
  using Clock = std::chrono::steady_clock;
  if (rounds_ == 0) return;
  constexpr int kTimes = 5;
  std::vector<std::byte> sent(1 << 20), received(sent.size());
  const auto fastest = [&](size_t bytes) {
    double best = 1;
    for (int k = 0; k < kTimes; ++k) {
      const auto start = Clock::now();
      exchange(rounds_ - 1, sent.data(), bytes, received.data(), bytes);
      best = std::min(best, std::chrono::duration<double>(Clock::now() - start).count());
    }
    return best;
  };
  const double start = fastest(8), whole = fastest(sent.size());
  const double second_per_byte = std::max(whole - start, 1e-6) / static_cast<double>(sent.size());
  // The first rank's measurement holds for all: ranges must be the same.
  double bytes = rank() == 0 ? std::clamp(10 * start / second_per_byte, kLeastBucket, kMostBucket) : 0;
  all_ = true;
  reduce(&bytes, 1);
  bucket_bytes_ = static_cast<size_t>(bytes);
}

}  // namespace retrograd
