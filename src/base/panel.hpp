#pragma once

#include "retrograd/panel.hpp"  // IWYU pragma: export
