// Ctrl-C and SIGTERM.
#pragma once

#include <csignal>
#include <string>
#include <vector>

namespace retrograd::cli {

/// What a first signal does while an Interruption lives; a second one while training ends the program at once.
enum class Phase {
  reading,    ///< nothing to keep yet: the folders made are removed and the program ends
  training,   ///< asked() becomes true, training ends after the step at hand
  writing,    ///< asked() becomes true; what is being written is finished
  measuring,  ///< everything is written: the program ends
};

/// Handles SIGINT and SIGTERM for one run. Signals that the program was started to ignore stay ignored.
class Interruption {
 public:
  /// `made`: folders to remove, innermost first, if the program ends with nothing to keep.
  explicit Interruption(const std::vector<std::string>& made);
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  void enter(Phase phase);
  static bool asked();

 private:
  struct sigaction before_int_ {
  }, before_term_{};
};

}  // namespace retrograd::cli
