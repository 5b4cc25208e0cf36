#include "run/interruption.hpp"

#include <unistd.h>

#include <cerrno>

#include "exit_codes.hpp"

namespace retrograd::cli {
namespace {

// What the handler reads: lock-free flags, and paths that do not change while it is installed.
volatile std::sig_atomic_t interrupted = 0;
volatile std::sig_atomic_t phase_now = 0;
std::vector<std::string> folders;

/// Leaves errno to the code that was interrupted.
void say(const char* text, size_t size) {
  const int before = errno;
  while (write(STDERR_FILENO, text, size) < 0 && errno == EINTR) {
  }
  errno = before;
}

extern "C" void on_signal(int) {
  const auto phase = static_cast<Phase>(phase_now);
  if (phase == Phase::reading || phase == Phase::measuring || (phase == Phase::training && interrupted)) {
    for (const std::string& folder : folders) rmdir(folder.c_str());  // those that are empty
    _exit(kInterrupted);
  }
  interrupted = 1;
  if (phase == Phase::training) {
    constexpr char text[] =
        "\ninterrupted: finishing the step, then a checkpoint and the best model are written (again: stop at once)\n";
    say(text, sizeof(text) - 1);
  }
}

void install(int signal, struct sigaction& before) {
  sigaction(signal, nullptr, &before);
  if (before.sa_handler == SIG_IGN) return;
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigaction(signal, &action, nullptr);
}

}  // namespace

Interruption::Interruption(const std::vector<std::string>& made) {
  interrupted = 0;
  phase_now = static_cast<int>(Phase::reading);
  folders = made;
  install(SIGINT, before_int_);
  install(SIGTERM, before_term_);
}

Interruption::~Interruption() {
  sigaction(SIGINT, &before_int_, nullptr);
  sigaction(SIGTERM, &before_term_, nullptr);
}

void Interruption::enter(Phase phase) { phase_now = static_cast<int>(phase); }

bool Interruption::asked() { return interrupted != 0; }

}  // namespace retrograd::cli
