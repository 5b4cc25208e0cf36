// How ranks reach each other: bytes in pairs, and an end for all of them. Everything else is made of this
// (parallel/peers.hpp), once for threads and for processes.
#pragma once

#include <atomic>
#include <cstddef>
#include <span>
#include <string>

namespace retrograd {

/// One rank's end. Used by one thread at a time, but for abandon().
class Transport {
 public:
  virtual ~Transport() = default;
  virtual int rank() const = 0;
  virtual int size() const = 0;

  /// Sends `sent` to `partner` and fills `received` with what that one sends meanwhile; both call it at the same place
  /// in the order of their exchanges with each other, with sizes that fit. Returns when `sent` may be changed. Throws
  /// Error when a rank has failed, naming it.
  virtual void exchange(int partner, std::span<const std::byte> sent, std::span<std::byte> received) = 0;

  /// Whether somebody does nothing but wait for what is exchanged. If not, who waits for a partner should leave the
  /// core to the computing that goes on. Any thread may set it.
  void set_urgent(bool urgent) { urgent_.store(urgent, std::memory_order_relaxed); }

  /// Called now and then while there is nothing to exchange.
  virtual void idle() {}

  /// This rank fails: exchanges of the others throw Error with the reason, or their processes end.
  virtual void abandon(const std::string& reason) = 0;

 protected:
  bool urgent() const { return urgent_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> urgent_ = false;
};

}  // namespace retrograd
