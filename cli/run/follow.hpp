// The ranks but the first of a training on several: they read the data and train; the first one does what people see.
#pragma once

#include "ranks/ranks.hpp"
#include "retrograd/search.hpp"
#include "run/resume.hpp"

namespace retrograd::cli {

/// What the first rank says before it reads the data: whether there is anything to train.
void tell_followers(Peers& peers, bool train);

/// Trains with the others. `settings` as the first rank has them, `out` its folder; `resumption`: of --resume, or null.
/// Returns the exit code.
int follow(Peers& peers, Settings settings, const Resumption* resumption, const std::string& out);

/// What the first one searches with, when the others are about to join the search.
void tell_followers_to_search(Peers& peers, const SearchOptions& options);

}  // namespace retrograd::cli
