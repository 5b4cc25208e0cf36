#include "support/cases.hpp"

namespace retrograd::support {
namespace {

const CasesOf cases("selu", [] { return activation_cases(); });

}  // namespace
}  // namespace retrograd::support
