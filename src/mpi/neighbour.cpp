#include "mpi/neighbour.hpp"

#include <pmix.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "mpi/stopped.hpp"

namespace retrograd::mpi {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr double kTellEvery = 1, kLookEvery = 0.25;
/// Seconds until a rank that has not come is mentioned, and one that is stopped on this machine is looked for.
constexpr double kMention = kSilence;

/// Set where PMIx does not spread words (Slurm's does not): then nobody hears of anybody.
std::atomic<bool> nothing_is_told = false;

/// What PMIx was asked for and has not answered: it complains of those who leave before.
std::atomic<int> unanswered = 0;
constexpr double kWaitForAnswers = 1;

/// This process as PMIx knows it. MPI starts PMIx too, which counts how often it was.
struct Service {
  Service() { works = PMIx_Init(&own, nullptr, 0) == PMIX_SUCCESS; }
  pmix_proc_t of(int rank) const {
    pmix_proc_t other;
    PMIX_LOAD_PROCID(&other, own.nspace, static_cast<pmix_rank_t>(rank));
    return other;
  }
  pmix_proc_t own = {};
  bool works = false;
};

const Service& service() {
  static const Service one;
  return one;
}

std::string text_of(const pmix_value_t* value) {
  return value != nullptr && value->type == PMIX_STRING && value->data.string != nullptr ? value->data.string : "";
}

int number_of_ranks() {
  const pmix_proc_t job = service().of(static_cast<int>(PMIX_RANK_WILDCARD));
  pmix_value_t* value = nullptr;
  if (PMIx_Get(&job, PMIX_JOB_SIZE, nullptr, 0, &value) != PMIX_SUCCESS) return 1;
  const int size = value->type == PMIX_UINT32 ? static_cast<int>(value->data.uint32) : 1;
  PMIX_VALUE_RELEASE(value);
  return size;
}

/// The host that a rank was sent to, which is known before it has come.
std::string host_of(int rank) {
  const pmix_proc_t other = service().of(rank);
  pmix_value_t* value = nullptr;
  if (PMIx_Get(&other, PMIX_HOSTNAME, nullptr, 0, &value) != PMIX_SUCCESS) return {};
  const std::string host = text_of(value);
  PMIX_VALUE_RELEASE(value);
  return host;
}

std::string is_stopped(const Sibling& one) {
  return "rank " + std::to_string(one.rank) + " (process " + std::to_string(one.process) +
         " of this machine) is stopped";
}

}  // namespace

/// A word that was asked for; PMIx may answer when nobody waits for it any more.
struct Neighbour::Word {
  std::mutex mutex;
  bool answered = false, there = false;
  std::string text;

  static void answer(pmix_status_t status, pmix_pdata_t* found, size_t count, void* data) {
    --unanswered;
    const std::unique_ptr<std::shared_ptr<Word>> word(static_cast<std::shared_ptr<Word>*>(data));
    const std::lock_guard lock((*word)->mutex);
    (*word)->answered = true;
    (*word)->there = status == PMIX_SUCCESS && count == 1;
    if ((*word)->there) (*word)->text = text_of(&found[0].value);
  }
};

Neighbour::Neighbour(const Phase& phase) : phase_(phase) {
  if (service().works) {
    rank_ = static_cast<int>(service().own.rank);
    if (const int size = number_of_ranks(); size > 1) before_ = (rank_ + size - 1) % size;
    char host[64] = {};
    gethostname(host, sizeof(host) - 1);
    told_ = 0;
    tell("process " + std::to_string(getpid()) + " on " + host);
  }
  thread_ = std::thread([this] { watch(); });
}

Neighbour::~Neighbour() {
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  over_.notify_one();
  thread_.join();
}

bool Neighbour::done_within(double seconds) {
  std::unique_lock lock(mutex_);
  return over_.wait_for(lock, Seconds(seconds), [this] { return done_; });
}

void Neighbour::watch() {
  const auto begun = Clock::now();
  auto looked = begun, told = begun, heard = begun, searched = begun;
  double own_sleep = 0;
  bool mentioned = false;
  while (!done_within(kLookEvery)) {
    const auto now = Clock::now();
    if (nothing_is_told) told_ = before_ = -1;
    if (const double since = Seconds(now - looked).count(); since > kSlept) {
      own_sleep += since;
      heard = now;
    }
    looked = now;
    const double passed = Seconds(now - begun).count() - own_sleep, silent = Seconds(now - heard).count();
    if (told_ >= 0 && Seconds(now - told).count() >= kTellEvery) {
      tell("on");
      told = now;
    }
    if (before_ >= 0) {
      const int words = heard_;
      listen();
      if (heard_ > words) heard = now;
      const bool late = heard_ == 0 && passed >= phase_.arrival;
      if ((late || heard_ > 0) && silent >= kSilence)
        end(before() +
            (late ? " has not come"
                  : " has not answered for " + std::to_string(static_cast<int>(kSilence)) + " seconds") +
            ", and " + phase_.pending);
      if (heard_ == 0 && passed >= kMention && !mentioned) {
        mentioned = true;
        std::fprintf(stderr, "warning: %s has not come yet, and %s: it is waited for %.0f seconds more\n",
                     before().c_str(), phase_.pending, phase_.arrival - passed);
      }
    }
    if (passed >= kMention && Seconds(now - searched).count() >= kTellEvery) {
      end_if_stopped_here();
      searched = now;
    }
    if (passed >= phase_.seconds)
      end("after " + std::to_string(static_cast<int>(phase_.seconds)) + " seconds " + phase_.pending);
  }
  if (told_ >= 0) tell("done");
}

/// The words of a phase are numbered, as what is under a key stays there.
std::string Neighbour::key(int rank, int number) const {
  return "retrograd." + std::string(phase_.name) + "." + std::to_string(rank) + "." + std::to_string(number);
}

void Neighbour::tell(const std::string& word) {
  auto info = std::make_unique<pmix_info_t>();
  PMIX_INFO_LOAD(info.get(), key(rank_, told_++).c_str(), word.c_str(), PMIX_STRING);
  const auto told = [](pmix_status_t status, void* data) {
    const std::unique_ptr<pmix_info_t> sent(static_cast<pmix_info_t*>(data));
    --unanswered;
    if (status != PMIX_SUCCESS) nothing_is_told = true;
    PMIX_INFO_DESTRUCT(sent.get());
  };
  ++unanswered;
  if (PMIx_Publish_nb(info.get(), 1, told, info.get()) == PMIX_SUCCESS)
    info.release();
  else
    told(PMIX_ERROR, info.release());
}

void Neighbour::listen() {
  if (next_ != nullptr) {
    const std::lock_guard lock(next_->mutex);
    if (!next_->answered) return;
    if (next_->there) {
      if (heard_++ == 0) place_ = next_->text;
      if (next_->text == "done") before_ = -1;
    }
  }
  if (before_ < 0) return;
  next_ = std::make_shared<Word>();
  std::string name = key(before_, heard_);
  char* names[] = {name.data(), nullptr};
  auto data = std::make_unique<std::shared_ptr<Word>>(next_);
  ++unanswered;
  if (PMIx_Lookup_nb(names, nullptr, 0, &Word::answer, data.get()) == PMIX_SUCCESS)
    data.release();
  else
    Word::answer(PMIX_ERROR, nullptr, 0, data.release());
}

void Neighbour::end_if_stopped_here() {
  const Sibling found = stopped_sibling();
  if (found.rank >= 0 && found.rank == stopped_) end(is_stopped(found) + ", and " + phase_.pending);
  stopped_ = found.rank;
}

void leave() {
  if (!service().works) return;
  const auto begun = Clock::now();
  while (unanswered > 0 && Seconds(Clock::now() - begun).count() < kWaitForAnswers)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  PMIx_Finalize(nullptr, 0);
}

void see_off() {
  std::vector<Sibling> others = siblings();
  std::erase_if(others, [](const Sibling& one) { return one.process == getpid(); });
  auto lived = Clock::now();
  while (true) {
    std::erase_if(others, [](const Sibling& one) { return state_of(one.process) == 'Z'; });
    if (others.empty()) return;
    const auto stopped =
        std::find_if(others.begin(), others.end(), [](const Sibling& one) { return state_of(one.process) == 'T'; });
    if (stopped == others.end()) lived = Clock::now();
    if (Seconds(Clock::now() - lived).count() >= kSilence) {
      std::fprintf(stderr, "error: %s, though all is done: the run ends\n", is_stopped(*stopped).c_str());
      std::fflush(stderr);
      kill(stopped->process, SIGKILL);  // srun waits for it, whatever this one ends with
      std::_Exit(1);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

std::string Neighbour::before() const {
  const std::string host = place_.empty() ? host_of(before_) : std::string();
  const std::string where = !place_.empty() ? place_ : host.empty() ? "of a host that is not known" : "on " + host;
  return "rank " + std::to_string(before_) + " (" + where + ")";
}

void Neighbour::end(const std::string& reason) const {
  std::fprintf(stderr, "error: %s: the run ends\n", reason.c_str());
  std::fflush(stderr);
  if (service().works) {
    alarm(2);  // PMIx may be what hangs
    PMIx_Abort(1, "a rank hangs", nullptr, 0);
  }
  std::_Exit(1);
}

}  // namespace retrograd::mpi
