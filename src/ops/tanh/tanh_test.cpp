#include "support/cases.hpp"

namespace retrograd::support {
namespace {

const CasesOf cases("tanh", [] { return activation_cases(); });

}  // namespace
}  // namespace retrograd::support
