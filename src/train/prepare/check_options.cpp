#include "train/prepare/check_options.hpp"

#include <fmt/ranges.h>

#include <algorithm>

#include "base/fail.hpp"
#include "ops/many_inputs.hpp"
#include "train/prepare/activation.hpp"
#include "train/prepare/embedding.hpp"

namespace retrograd::training {

void check_network_options(const NetworkOptions& o) {
  const auto one_of = [](const char* what, const std::string& found, std::initializer_list<std::string_view> words) {
    if (std::find(words.begin(), words.end(), found) == words.end())
      fail("{} is '{}', expected one of: {}", what, found, fmt::join(words, ", "));
  };
  one_of("scaling", o.scaling, {"standard", "robust", "quantile"});
  parse_embedding(o.embedding);
  for (const int width : o.hidden)
    if (width < 1) fail("a hidden layer has {} units, expected at least 1", width);
  if (!(o.dropout <= 0.999))
    fail("dropout is {}, expected the share of units to drop, 0 to 0.999 (negative: by the data)", o.dropout);
  if (o.normalise != "none" && o.normalise != "layer_norm" && o.normalise != "batch_norm")
    fail("normalise is '{}', expected none, layer_norm or batch_norm", o.normalise);
  check_hidden_activation(o.activation);
  if (!(o.smoothing >= 0 && o.smoothing <= 0.999))
    fail("label smoothing is {}, expected the share of the target to spread, 0 to 0.999", o.smoothing);
  if (o.one_hot_limit < 0)
    fail("the largest number of categories for one-hot is {}, expected 0 (no limit) or more", o.one_hot_limit);
  if (o.bins < 0 || o.bins > 1024) fail("bins lie between {} quantiles, expected 0 (no bins) to 1024", o.bins);
  if (o.bins_of != "all" && o.bins_of != "tied") fail("bins of '{}', expected all or tied", o.bins_of);
  if (o.members < 1 || o.members > ops::kManyInputs)
    fail("an ensemble has {} members, expected 1 to {}", o.members, ops::kManyInputs);
  if (o.share_weights && o.members < 2)
    fail("weights are to be shared by {} member; give at least 2 members, or one network without sharing", o.members);
  if (o.share_weights && o.normalise == "layer_norm")
    fail("layer_norm would mix the members that share weights; use batch_norm or none");
  if (!o.share_weights && (o.rates.contains("adapter") || o.decays.contains("adapter")))
    fail(
        "there is a factor of the group 'adapter', which only members that share weights have; leave it out, or share "
        "weights");
  for (const auto* factors : {&o.rates, &o.decays})
    for (const auto& [group, factor] : *factors)
      if (std::find(kParameterGroups.begin(), kParameterGroups.end(), group) == kParameterGroups.end())
        fail("there is no group of parameters '{}'; they are {}", group, fmt::join(kParameterGroups, ", "));
}

}  // namespace retrograd::training
