// What rooms of shared-weight ensembles have in common: the features of such a value are those of one member after
// another, k blocks of equal width, so that a panel of it is the panels of its members in order.
#pragma once

#include <cmath>

#include "ops/require.hpp"
#include "retrograd/operator.hpp"

namespace retrograd::ops {

inline constexpr int kMaxMembers = 1024;
inline constexpr AttributeSpec kMembersAttribute[] = {{"members", 2, 1, kMaxMembers, "members, k"}};

inline int members_of(const Signature& s) { return static_cast<int>(s.attributes[0]); }

/// Checks the signature, and that `members` is a whole number. Throws Error.
inline void require_members(const OperatorInfo& info, const Signature& s) {
  require_signature(info, s);
  if (s.attributes[0] != std::floor(s.attributes[0]))
    fail("{}: attribute members is {}; expected a whole number", info.name, s.attributes[0]);
}

/// The features of one member of input 0. Throws Error where they are not the same for all.
inline int member_features(const OperatorInfo& info, const Signature& s) {
  require_members(info, s);
  const int members = members_of(s);
  if (s.features[0] % members != 0)
    fail("{}: the input has shape [N, {}], which is no multiple of {} members", info.name, s.features[0], members);
  return s.features[0] / members;
}

/// `each` features for every member. Throws Error where they would be too many.
inline int for_all_members(const OperatorInfo& info, const Signature& s, int each) {
  constexpr int kMaxOutput = 1 << 24;
  if (each > kMaxOutput / members_of(s))
    fail("{}: {} members of {} features each; expected at most {} in all", info.name, members_of(s), each, kMaxOutput);
  return each * members_of(s);
}

}  // namespace retrograd::ops
