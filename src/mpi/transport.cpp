// Ranks that are processes started by mpirun or srun: a module of its own, loaded when there are some, so that the
// program itself does not depend on MPI.
//
// A rank that is killed is noticed by mpirun, which ends the others and names it. One that hangs is noticed here: every
// rank tells the next one once a second that it lives, and ends the run when it has not heard from the one before for
// some seconds.
#include <mpi.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "mpi/neighbour.hpp"
#include "parallel/transport.hpp"
#include "retrograd/error.hpp"

namespace retrograd {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr int kData = 1, kAlive = 2;
constexpr double kTellEvery = 1;
/// Programs may take long to load on large clusters. Training ends at the same time for all.
constexpr mpi::Phase kStart = {"start", "not all ranks have started", 60, 58};
constexpr mpi::Phase kEnd = {"end", "not all ranks have come to their end, though training has", 9, mpi::kSilence};
constexpr size_t kPiece = 1 << 30;  // an MPI count is an int
constexpr double kSpinSeconds = 50e-6;
/// Between looks where somebody waits; where nobody does they become rarer, as each takes the core from who computes.
constexpr std::chrono::microseconds kNap(20), kLongNap(160);

/// Where a rank runs, for messages.
struct Place {
  char host[64] = {};
  int process = 0;
};

class MpiTransport : public Transport {
 public:
  MpiTransport() {
    const mpi::Neighbour neighbour(kStart);
    int provided = 0;
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &provided);
    if (provided < MPI_THREAD_SERIALIZED)
      throw Error("this MPI library does not work with threads (MPI_THREAD_SERIALIZED)");
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
    places_.resize(static_cast<size_t>(size_));
    Place own;
    gethostname(own.host, sizeof(own.host) - 1);
    own.process = getpid();
    MPI_Allgather(&own, sizeof(own), MPI_BYTE, places_.data(), sizeof(own), MPI_BYTE, MPI_COMM_WORLD);
    const auto is_here = [&](const Place& place) { return std::strcmp(place.host, own.host) == 0; };
    const auto here = std::count_if(places_.begin(), places_.end(), is_here);
    first_here_ = std::none_of(places_.begin(), places_.begin() + rank_, is_here);
    may_spin_ = here <= static_cast<std::ptrdiff_t>(std::thread::hardware_concurrency());
    heard_ = looked_ = told_ = Clock::now();
  }

  ~MpiTransport() override {
    finalize();
    mpi::leave();
    if (first_here_) mpi::see_off();
  }

  int rank() const override { return rank_; }
  int size() const override { return size_; }

  void exchange(int partner, std::span<const std::byte> sent, std::span<std::byte> received) override {
    const auto part = [](auto bytes, size_t at) { return bytes.subspan(at, std::min(kPiece, bytes.size() - at)); };
    for (size_t at = 0; at < sent.size() || at < received.size(); at += kPiece) {
      const auto out = at < sent.size() ? part(sent, at) : sent.first(0);
      const auto in = at < received.size() ? part(received, at) : received.first(0);
      MPI_Request both[2];
      MPI_Irecv(in.data(), static_cast<int>(in.size()), MPI_BYTE, partner, kData, MPI_COMM_WORLD, &both[0]);
      MPI_Isend(out.data(), static_cast<int>(out.size()), MPI_BYTE, partner, kData, MPI_COMM_WORLD, &both[1]);
      auto spun = Clock::duration::zero();
      std::chrono::microseconds pause = kNap;
      for (auto last = Clock::now();;) {
        int done = 0;
        MPI_Testall(2, both, &done, MPI_STATUSES_IGNORE);
        if (done != 0) break;
        const auto now = Clock::now();
        if (may_spin_ && urgent() && Seconds(spun).count() < kSpinSeconds) {
          spun += now - last;
        } else {
          idle();
          nap(pause);
          pause = urgent() ? kNap : std::min(2 * pause, kLongNap);
        }
        last = Clock::now();
      }
    }
  }

  void idle() override {
    if (size_ == 1) return;
    const auto now = Clock::now();
    if (Seconds(now - looked_).count() > mpi::kSlept) heard_ = now;
    looked_ = now;
    listen();
    int sent = 1;
    if (telling_ != MPI_REQUEST_NULL) MPI_Test(&telling_, &sent, MPI_STATUS_IGNORE);
    if (sent != 0 && Seconds(now - told_).count() >= kTellEvery) {
      MPI_Isend(&alive_, 1, MPI_BYTE, (rank_ + 1) % size_, kAlive, MPI_COMM_WORLD, &telling_);
      told_ = now;
    }
    if (Seconds(now - heard_).count() < mpi::kSilence) return;
    const int before = (rank_ + size_ - 1) % size_;
    const Place& place = places_[static_cast<size_t>(before)];
    std::fprintf(
        stderr,
        "error: rank %d (process %d on %s) has not answered for %.0f seconds: the run ends; go on from its last "
        "checkpoint with --resume\n",
        before, place.process, place.host, mpi::kSilence);
    std::fflush(stderr);
    MPI_Abort(MPI_COMM_WORLD, 1);
  }

  void abandon(const std::string& reason) override {
    if (!reason.empty()) {
      const Place& place = places_[static_cast<size_t>(rank_)];
      std::fprintf(stderr, "error: rank %d (process %d on %s): %s\n", rank_, place.process, place.host, reason.c_str());
      std::fflush(stderr);
    }
    MPI_Abort(MPI_COMM_WORLD, 1);
  }

 private:
  /// The system wakes threads up to 50 microseconds late unless they ask for better.
  static void nap(std::chrono::microseconds pause) {
    thread_local const int asked = prctl(PR_SET_TIMERSLACK, 1000UL, 0UL, 0UL, 0UL);
    static_cast<void>(asked);
    std::this_thread::sleep_for(pause);
  }

  void finalize() {
    const mpi::Neighbour neighbour(kEnd);
    if (telling_ != MPI_REQUEST_NULL) MPI_Wait(&telling_, MPI_STATUS_IGNORE);
    // What the one before has told last, if it was not taken yet.
    MPI_Barrier(MPI_COMM_WORLD);
    listen();
    MPI_Finalize();
  }

  /// Takes what the rank before has told.
  void listen() {
    const int before = (rank_ + size_ - 1) % size_;
    for (int there = 1; there != 0;) {
      MPI_Iprobe(before, kAlive, MPI_COMM_WORLD, &there, MPI_STATUS_IGNORE);
      if (there == 0) return;
      char word = 0;
      MPI_Recv(&word, 1, MPI_BYTE, before, kAlive, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
      heard_ = Clock::now();
    }
  }

  int rank_ = 0, size_ = 1;
  std::vector<Place> places_;
  bool may_spin_ = true;     ///< no more ranks on this machine than cores
  bool first_here_ = false;  ///< of the ranks on this machine
  Clock::time_point heard_, looked_, told_;
  MPI_Request telling_ = MPI_REQUEST_NULL;
  char alive_ = 1;
};

}  // namespace
}  // namespace retrograd

/// What the program looks for in the module: the transport of this process, which the caller deletes.
extern "C" __attribute__((visibility("default"))) retrograd::Transport* retrograd_mpi_transport() {
  return new retrograd::MpiTransport;
}
