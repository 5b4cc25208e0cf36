// What ranks tell each other before and after they train. Any bytes are a text.
#pragma once

#include <string>
#include <vector>

#include "parallel/peers.hpp"

namespace retrograd {

/// The text of each rank, on every rank.
std::vector<std::string> texts_of_all(Peers& peers, const std::string& own);

/// The first one's text, on every rank.
std::string text_of_first(Peers& peers, const std::string& text);

}  // namespace retrograd
