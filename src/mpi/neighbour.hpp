// Ranks that hear of each other where MPI does not tell which one it waits for: while MPI starts and while it ends.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace retrograd::mpi {

/// Seconds without a word after which a rank counts as hung.
inline constexpr double kSilence = 7;
/// A rank that did not come to look for so long was stopped itself and accuses nobody.
inline constexpr double kSlept = 3;

/// What a phase of all ranks is called, how long it may last, and how long a rank may take to come to it.
struct Phase {
  const char* name;     ///< a word that is part of a key
  const char* pending;  ///< what holds until all are through, for messages
  double seconds;       ///< then the run ends, whoever is to blame
  double arrival;       ///< seconds after which a rank that has not come counts as hung
};

/// From start to end of this object the rank says once a second that it lives, and listens to the one before it, by
/// PMIx: the service of mpirun and srun that MPI itself starts with (PMIx standard 4.1, sections 5.3 and 6.1). The
/// process ends, and with it the run, when that one is silent, or stopped on this machine, or the phase takes too long;
/// a message names the rank as far as it can be known. Without PMIx only the last two are noticed.
class Neighbour {
 public:
  explicit Neighbour(const Phase& phase);
  ~Neighbour();
  Neighbour(const Neighbour&) = delete;
  Neighbour& operator=(const Neighbour&) = delete;

 private:
  void watch();
  bool done_within(double seconds);
  std::string key(int rank, int number) const;
  void tell(const std::string& word);
  void listen();
  void end_if_stopped_here();
  [[noreturn]] void end(const std::string& reason) const;
  std::string before() const;

  struct Word;
  const Phase phase_;
  int rank_ = 0, before_ = -1;  ///< -1: no PMIx, or no other rank
  std::string place_;           ///< of the one before, once it has come
  int told_ = -1, heard_ = 0;   ///< words so far; told_ -1: nobody would hear
  std::shared_ptr<Word> next_;  ///< asked for, perhaps there
  int stopped_ = -1;            ///< rank that was stopped on this machine a second ago
  std::mutex mutex_;
  std::condition_variable over_;
  bool done_ = false;
  std::thread thread_;
};

/// After the last phase, and after MPI: PMIx is let go of.
void leave();

/// The first rank of a machine waits here until the others of that machine are gone: mpirun waits for each, and nobody
/// else would notice one that is stopped on its way out. Ends the process, with a message, if one is stopped for
/// kSilence seconds.
void see_off();

}  // namespace retrograd::mpi
