#include "parallel/threads.hpp"

#include <condition_variable>
#include <cstring>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "base/fail.hpp"

namespace retrograd {
namespace {

/// What all ranks share: for each pair and direction, the bytes that wait to be taken.
struct Shared {
  explicit Shared(int count) : size(count), letters(static_cast<size_t>(count) * static_cast<size_t>(count)) {}

  struct Letter {
    bool full = false;
    std::span<const std::byte> bytes;
  };
  Letter& letter(int from, int to) {
    return letters[static_cast<size_t>(from) * static_cast<size_t>(size) + static_cast<size_t>(to)];
  }

  const int size;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Letter> letters;
  std::string failed;  // why, once a rank has
};

class ThreadTransport : public Transport {
 public:
  ThreadTransport(Shared& shared, int rank) : shared_(shared), rank_(rank) {}
  int rank() const override { return rank_; }
  int size() const override { return shared_.size; }

  void exchange(int partner, std::span<const std::byte> sent, std::span<std::byte> received) override {
    std::unique_lock lock(shared_.mutex);
    Shared::Letter &out = shared_.letter(rank_, partner), &in = shared_.letter(partner, rank_);
    out = {true, sent};
    shared_.changed.notify_all();
    wait(lock, [&] { return in.full; });
    if (in.bytes.size() != received.size()) {
      shared_.failed =
          fmt::format("rank {} sends {} bytes, rank {} expects {}", partner, in.bytes.size(), rank_, received.size());
      shared_.changed.notify_all();
      fail("{}", shared_.failed);
    }
    if (!received.empty()) std::memcpy(received.data(), in.bytes.data(), received.size());
    in.full = false;
    shared_.changed.notify_all();
    wait(lock, [&] { return !out.full; });
  }

  void abandon(const std::string& reason) override {
    {
      const std::lock_guard lock(shared_.mutex);
      if (shared_.failed.empty()) shared_.failed = fmt::format("rank {} has failed: {}", rank_, reason);
    }
    shared_.changed.notify_all();
  }

 private:
  template <class Done>
  void wait(std::unique_lock<std::mutex>& lock, const Done& done) {
    shared_.changed.wait(lock, [&] { return done() || !shared_.failed.empty(); });
    if (!shared_.failed.empty()) fail("{}", shared_.failed);  // whatever waits may belong to a rank that is gone
  }

  Shared& shared_;
  const int rank_;
};

}  // namespace

void run_as_threads(int count, const std::function<void(Transport&)>& job) {
  Shared shared(count);
  std::exception_ptr first;
  std::vector<std::thread> threads;
  for (int rank = 0; rank < count; ++rank)
    threads.emplace_back([&, rank] {
      ThreadTransport transport(shared, rank);
      const auto failed = [&](const std::string& reason) {
        {
          const std::lock_guard lock(shared.mutex);
          if (first == nullptr) first = std::current_exception();
        }
        transport.abandon(reason);
      };
      try {
        job(transport);
      } catch (const std::exception& e) {
        failed(e.what());
      } catch (...) {
        failed("an unknown error");
      }
    });
  for (std::thread& thread : threads) thread.join();
  if (first != nullptr) std::rethrow_exception(first);
}

}  // namespace retrograd
