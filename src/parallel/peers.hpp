// Ranks that train one model together: sums over all of them, in the order of the shards' tree (retrograd/shards.hpp),
// so that the bits do not depend on how many there are.
//
// Two verbs: a range is `ready` as soon as this rank's part of it is computed, and `finish` waits for the sums. What is
// between the two is hidden behind it: a thread of its own does the sending.
//
// A range is summed by recursive halving (Rabenseifner, "Optimization of collective reduction operations", ICCS 2004,
// section 3): in round k, ranks that differ in bit k exchange the halves of what they still hold, nearest ranks first,
// so that each element is added up along the binary tree over the ranks; then the rounds run backwards to spread the
// sums. Every rank sends 2·(1 − 1/R) of the range. Short ranges are exchanged whole in each round: half as many
// messages.
//
// Every rank calls the same functions in the same order.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "parallel/transport.hpp"

namespace retrograd {

class Peers {
 public:
  /// `transport` must outlive this; its size is a power of two. `bucket_bytes` 0: what a message costs is measured.
  explicit Peers(Transport& transport, size_t bucket_bytes = 0);
  ~Peers();
  Peers(const Peers&) = delete;
  Peers& operator=(const Peers&) = delete;

  int rank() const { return transport_.rank(); }
  int size() const { return transport_.size(); }

  /// Bytes of a range of the gradient from which the cost of starting a message is under a tenth of sending it.
  size_t bucket_bytes() const { return bucket_bytes_; }

  /// Until the next call, ranges hold sums over this rank's part of a batch of `rows` rows in `shards` shards: ranks
  /// without rows take no part in the tree.
  void begin_step(int64_t rows, int shards);

  /// First verb: `values` hold this rank's sums and belong to the peers until finish().
  void ready(std::span<float> values);
  /// Second verb: every range that was ready holds the sums over all ranks. Throws Error if a rank has failed.
  void finish();

  /// values[i] becomes the sum over all ranks, with or without rows.
  void sum(std::span<double> values);
  /// Of `data`, rank r has written the elements [bounds[r], bounds[r + 1]); afterwards every rank has all.
  template <class T>
  void gather(std::span<T> data, std::span<const size_t> bounds) {
    std::vector<size_t> bytes;
    for (const size_t bound : bounds) bytes.push_back(bound * sizeof(T));
    gather_bytes(std::as_writable_bytes(data), bytes);
  }

 private:
  enum class Kind { floats, doubles, gather, measure };
  struct Task {
    Kind kind;
    std::byte* data = nullptr;
    size_t bytes = 0;
    const std::vector<size_t>* bounds = nullptr;
  };

  void gather_bytes(std::span<std::byte> data, const std::vector<size_t>& bounds);
  void stop();
  void add(const Task& task);
  void work();
  void run(const Task& task);
  template <class T>
  void reduce(T* values, size_t count);
  template <class T>
  void merge(T* own, const T* theirs, size_t count, int round) const;
  bool present(int group, int round) const;
  void exchange(int round, const void* sent, size_t bytes, void* received, size_t receive_bytes);
  void measure();

  Transport& transport_;
  int rounds_ = 0;
  size_t bucket_bytes_ = 0;
  std::vector<bool> has_rows_;     // of each rank; read by the thread while it has tasks
  bool all_ = false;               // the task at hand asks every rank
  std::vector<std::byte> theirs_;  // what a partner sent
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Task> tasks_;  // [done_, size) wait
  size_t done_ = 0;
  bool stop_ = false;
  std::exception_ptr error_;
  std::thread thread_;
};

}  // namespace retrograd
