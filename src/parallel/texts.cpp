#include "parallel/texts.hpp"

#include <algorithm>

namespace retrograd {

std::vector<std::string> texts_of_all(Peers& peers, const std::string& own) {
  const auto ranks = static_cast<size_t>(peers.size()), rank = static_cast<size_t>(peers.rank());
  std::vector<double> lengths(ranks);
  lengths[rank] = static_cast<double>(own.size());
  peers.sum(lengths);
  std::vector<size_t> bounds(1);
  for (const double length : lengths) bounds.push_back(bounds.back() + static_cast<size_t>(length));
  std::string all(bounds.back(), ' ');
  std::copy(own.begin(), own.end(), all.begin() + static_cast<std::ptrdiff_t>(bounds[rank]));
  peers.gather(std::span(all), bounds);
  std::vector<std::string> texts;
  for (size_t r = 0; r < ranks; ++r) texts.push_back(all.substr(bounds[r], bounds[r + 1] - bounds[r]));
  return texts;
}

std::string text_of_first(Peers& peers, const std::string& text) {
  return texts_of_all(peers, peers.rank() == 0 ? text : std::string()).front();
}

}  // namespace retrograd
