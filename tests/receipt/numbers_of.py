"""Numbers of a receipt, and what is thrown when one does not follow."""
import math
import struct


class Fault(Exception):
    pass


def number(x):
    return {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}[x] if isinstance(x, str) else float(x)


def single(x):
    return struct.unpack("f", struct.pack("f", x))[0]
