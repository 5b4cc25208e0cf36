#!/usr/bin/env python3
"""Writes width_table.hpp: which characters take two columns of a terminal and which take none.

Two: East_Asian_Width W or F (Unicode Standard Annex 11). None: general categories Mn, Me and Cf, and the vowels and
final consonants of conjoining Hangul. Unassigned code points between two of a kind are counted with them.
Usage: derive_width.py > width_table.hpp
"""

import unicodedata


def columns(code):
    c = chr(code)
    category = unicodedata.category(c)
    if category == "Cn":
        return None
    if category in ("Mn", "Me") or (category == "Cf" and code != 0xAD) or 0x1160 <= code <= 0x11FF:
        return 0
    if unicodedata.east_asian_width(c) in "WF":
        return 2
    return 1


def ranges(wanted):
    found, start, last = [], None, None
    for code in range(0x80, 0x110000):
        width = columns(code)
        if width == wanted:
            start, last = code if start is None else start, code
        elif width is not None and start is not None:
            found.append((start, last))
            start = None
    if start is not None:
        found.append((start, last))
    return found


def table(name, wanted):
    print(f"inline constexpr Characters {name}[] = {{")
    line = "   "
    for first, last in ranges(wanted):
        item = f" {{0x{first:X}, 0x{last:X}}},"
        if len(line + item) > 118:
            print(line)
            line = "   "
        line += item
    print(line)
    print("};")


print(f"""// Written by derive_width.py from Unicode {unicodedata.unidata_version}.
#pragma once

#include <cstdint>

namespace retrograd::text {{

struct Characters {{
  uint32_t first, last;
}};

// clang-format off
/// Ascending; these take no column.""")
table("kNoColumn", 0)
print("/// Ascending; these take two columns.")
table("kTwoColumns", 2)
print("""// clang-format on

}  // namespace retrograd::text""")
