# SPDX-License-Identifier: BSL-1.0
"""Random formats, bytes and values, with what Python's struct and NumPy make of them; a case a line, on stdout.

A line is fields with tabs between; text and bytes are in hexadecimal, "-" if there are none.
  struct  format itemsize bytes values        what struct.calcsize and struct.unpack say
  refused format                              struct.error
  numpy   format itemsize layout bytes values what NumPy's reader of PEP 3118 says
  equal   format bytes format bytes 0|1       whether what struct unpacks is equal
  pack    format values bytes|refused         what struct.pack makes of the values

Values: T F booleans, 12 integers, reals as 3p-1 (an odd integer times a power of two), 0, -0, inf, -inf, nan; complex
as (3p-1,0); x6162 bytes; u61,62 unicode; in numpy's lines [ ] around a dimension and { } around a structure.
Layouts: kind and bytes of a scalar, ! before one in the other byte order, [2,3] before an element, {name@offset=…} of
a structure's fields, and a structure's size behind it.
"""

import argparse
import math
import random
import struct
import sys

import numpy
from numpy.core._internal import _dtype_from_pep3118


def encoded(data):
    return data.hex() or "-"


# ---- values ----

def real_text(value):
    if value != value:
        return "nan"
    if value in (math.inf, -math.inf):
        return "-inf" if value < 0 else "inf"
    if value == 0:
        return "-0" if numpy.signbit(value) else "0"
    over, under = value.as_integer_ratio()
    twos = (over & -over).bit_length() - 1
    return f"{over >> twos}p{twos - (under.bit_length() - 1)}"


def value_text(value):
    """Of what struct unpacks."""
    if isinstance(value, bool):
        return "T" if value else "F"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return real_text(value)
    return "x" + value.hex()


def item_text(kind, data, at):
    """Of one item of a NumPy type, from its bytes: NumPy's own strings lose NULs, and refuse some units."""
    if kind.subdtype is not None:
        element, shape = kind.subdtype
        while element.subdtype is not None:
            element, inner = element.subdtype
            shape += inner
        if 0 in shape:
            return "[]"
        return row_text(element, shape, data, at)
    if kind.names is not None:
        return "{" + " ".join(item_text(kind.fields[name][0], data, at + kind.fields[name][1])
                              for name in kind.names) + "}"
    raw = data[at:at + kind.itemsize]
    if kind.kind in "SV":
        return "x" + raw.hex()
    if kind.kind == "U":
        units = numpy.frombuffer(raw, numpy.dtype("u4").newbyteorder(kind.byteorder)).tolist() if raw else []
        while units and units[-1] == 0:
            units.pop()
        return "u" + ",".join(f"{unit:x}" for unit in units)
    value = numpy.frombuffer(raw, kind)[0]
    if kind.kind == "b":
        return "T" if raw != b"\0" else "F"
    if kind.kind == "c":
        return f"({real_text(value.real)},{real_text(value.imag)})"
    return real_text(value) if kind.kind == "f" else str(value)


def row_text(element, shape, data, at):
    size = element.itemsize * math.prod(shape[1:])
    return "[" + " ".join(row_text(element, shape[1:], data, at + i * size) if len(shape) > 1
                          else item_text(element, data, at + i * size) for i in range(shape[0])) + "]"


def layout_text(kind):
    if kind.subdtype is not None:
        shape = ()
        while kind.subdtype is not None:  # of (2)3d an array of arrays, until there is an array of it
            kind, inner = kind.subdtype
            shape += inner
        return "[" + ",".join(map(str, shape)) + "]" + layout_text(kind)
    if kind.names is not None:
        return "{" + " ".join(f"{name}@{kind.fields[name][1]}={layout_text(kind.fields[name][0])}"
                              for name in kind.names) + "}" + str(kind.itemsize)
    return ("" if kind.isnative else "!") + kind.kind + str(kind.itemsize)


EXTENDED = numpy.finfo(numpy.longdouble).nmant == 63  # x87: ten bytes, of which some patterns are no number


def make_numbers(kind, data, at):
    """Turns patterns that are no number of the x87 into some that are."""
    if kind.subdtype is not None:
        element, shape = kind.subdtype
        for i in range(math.prod(shape)):
            make_numbers(element, data, at + i * element.itemsize)
    elif kind.names is not None:
        for inner, offset, *_ in kind.fields.values():
            make_numbers(inner, data, at + offset)
    elif kind.kind in "fc":
        for first in range(at, at + kind.itemsize, 16) if kind.char in "gG" else ():
            if (data[first + 8] | data[first + 9] & 0x7f) == 0:
                data[first + 7] &= 0x7f
            else:
                data[first + 7] |= 0x80


def has_elements_without_bytes(kind):
    """NumPy takes arrays of them; samepage refuses those, since nothing limits how many there are."""
    if kind.subdtype is not None:
        return kind.base.itemsize == 0 or has_elements_without_bytes(kind.base)
    return any(has_elements_without_bytes(field[0]) for field in (kind.fields or {}).values())


# ---- formats ----

class Formats:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def bytes(self, count):
        data = self.random.randbytes(count)
        if self.random.random() < 0.3:  # some zeros, small numbers and infinities
            data = bytes(self.random.choice((0, 0, 0, 1, 0x7f, 0xff, 0x80, 0xf0, byte)) for byte in data)
        return data

    def of_struct(self):
        """What struct reads, now and then with a fault."""
        pick = self.random
        order = pick.choice(["", "", "@", "=", "<", ">", "!"])
        codes = "cbB?hHiIlLqQefdspx" + ("nNP" if order in ("", "@") else "")
        text = order
        for _ in range(pick.randrange(7)):
            text += pick.choice(["", "", "", " ", "\n "])
            text += pick.choice(["", "", "", "0", "2", "3", "07", "12"])
            text += pick.choice(codes)
        if pick.random() < 0.15:
            at = pick.randrange(len(order), len(text) + 1)
            junk = ["y", "nN", "4", "j ", "9" * 19, "2", "1 ", "P", "9223372036854775807", "-", "\x7f", "p"]
            text = text[:at] + pick.choice(junk) + text[at + pick.randrange(2):]
        return text

    def element(self, native, depth):
        pick = self.random
        if depth < 4 and pick.random() < 0.25:
            return "T{" + self.items(native, depth + 1) + "}"
        codes = ["?", "c", "b", "B", "h", "H", "i", "I", "l", "L", "q", "Q", "e", "f", "d", "Zf", "Zd"]
        codes += ["s", "w", "x"] + (["g", "Zg"] if native[0] and EXTENDED else [])
        return pick.choice(codes)

    def items(self, native, depth):
        pick = self.random
        text = ""
        for i in range(pick.randrange(0 if depth > 1 else 1, 5)):
            shape = "(" + ",".join(str(pick.choice((1, 2, 3, 3, 0))) for _ in range(pick.randrange(1, 4))) + ")"
            text += shape if pick.random() < 0.2 else ""
            if pick.random() < 0.2:
                order = pick.choice("@=<>!^")
                native[0] = order in "@^"
                text += order
            text += pick.choice(["", "", "", "", "2", "3", "1", "0"])
            text += self.element(native, depth)
            text += f":{pick.choice(['a', 'bid', 'x y', 'é', '}'])}{i}:" if pick.random() < 0.6 else ""
        return text

    def of_numpy(self):
        """What NumPy reads: the outermost level is one item, since NumPy pads behind several and struct does not."""
        native = [True]
        pick = self.random
        text = ""
        if pick.random() < 0.3:
            text += "(" + ",".join(str(pick.randrange(1, 4)) for _ in range(pick.randrange(1, 3))) + ")"
        if pick.random() < 0.7:
            order = pick.choice("@=<>!^")
            native[0] = order in "@^"
            text += order
        if pick.random() < 0.8:
            return text + "T{" + self.items(native, 1) + "}"
        return text + pick.choice(["", "2", "5"]) + self.element(native, 0)

    # Values that several kinds of code can hold, so that pairs of formats come out equal often enough.
    NUMBERS = [0, 1, -1, 2, 127, 255, 2**31, 2**53 + 1, -(2**63), 2**64 - 1, True, False, 0.5, 1.0, -0.0, 2.0**53,
               2.0**63, 1e300, math.nan, math.inf, 65504.0, 0.1]
    BYTES = [b"a", b"", b"ab", b"a\0", b"\0", b"\xff"]

    def spelled(self, values):
        """A format for the values, and their bytes; None if what was picked cannot hold them."""
        pick = self.random
        order = pick.choice(["", "@", "=", "<", ">"])
        text = order
        for value in values:
            text += pick.choice(["", "", "x", "2x", " "])
            if isinstance(value, bytes):
                text += pick.choice(["c", f"{len(value)}s", f"{len(value) + 1}s", f"{len(value) + 1}p"])
            else:
                text += pick.choice("?bBhHiIqQlLefd" if pick.random() < 0.3 else "qQfd")
        for code in "bhiqfd":
            text = text.replace(code * 3, "3" + code).replace(code * 2, "2" + code)
        try:
            return text, struct.pack(text, *values)
        except (struct.error, OverflowError):
            return None

    def packed_value(self, code):
        pick = self.random
        kind = pick.random()
        if kind < 0.05:
            return pick.choice([b"a", b"ab", 1, 2.5, True])
        if code in "csp":
            return pick.choice(self.BYTES) if kind < 0.8 or code != "c" else b"z"
        if code in "efd":
            real = pick.choice([pick.uniform(-2, 2), pick.uniform(-70000, 70000), math.ldexp(pick.random(), -23),
                                math.ldexp(pick.randrange(1 << 13), pick.randrange(-27, 5)), 65519.99, 65520.0,
                                3.4028235677973366e38, 3.4028235677973362e38, pick.choice(self.NUMBERS)])
            return real
        bits = 8 * struct.calcsize("=" + code)
        edge = pick.choice([0, 1 << bits, 1 << (bits - 1), pick.randrange(1 << bits)])
        return min(max(pick.choice([edge, -edge, edge - 1, -edge - 1]), -(2**63)), 2**64 - 1)


# ---- cases ----

def struct_case(formats):
    text = formats.of_struct()
    name = encoded(text.encode())
    try:
        size = struct.calcsize(text)
    except struct.error:
        return f"refused\t{name}"
    if size > 4096 or "0p" in text.replace("10p", ""):  # of 0p struct reads a byte that is not there
        return f"struct\t{name}\t{size}\t-\t-"
    data = formats.bytes(size)
    values = " ".join(map(value_text, struct.unpack(text, data)))
    return f"struct\t{name}\t{size}\t{encoded(data)}\t{values or '-'}"


def numpy_case(formats):
    while True:
        text = formats.of_numpy()
        try:
            kind = _dtype_from_pep3118(text)
        except (ValueError, RuntimeError, TypeError):
            continue
        if kind.itemsize < 4096 and not has_elements_without_bytes(kind):
            break
    data = bytearray(formats.bytes(kind.itemsize))
    if EXTENDED:
        make_numbers(kind, data, 0)
    return "\t".join(("numpy", encoded(text.encode()), str(kind.itemsize), encoded(layout_text(kind).encode()),
                      encoded(data), item_text(kind, bytes(data), 0)))


def equal_case(formats):
    pick = formats.random
    while True:
        values = [pick.choice(formats.NUMBERS if pick.random() < 0.8 else formats.BYTES)
                  for _ in range(pick.randrange(1, 4))]
        one = formats.spelled(values)
        other = formats.spelled(values if pick.random() < 0.9 else values[1:] or values * 2)
        if one and other:
            break
    same = struct.unpack(*one) == struct.unpack(*other)
    return "\t".join(("equal", encoded(one[0].encode()), encoded(one[1]), encoded(other[0].encode()),
                      encoded(other[1]), str(int(same))))


def pack_case(formats):
    pick = formats.random
    order = pick.choice(["", "=", "<", ">"])
    codes = [pick.choice("cbB?hHiIqQefdspx") for _ in range(pick.randrange(1, 4))]
    text = order + "".join(code if code not in "spx" else str(pick.randrange(1, 5)) + code for code in codes)
    values = [formats.packed_value(code) for code in codes if code != "x"]
    try:
        packed = encoded(struct.pack(text, *values))
        # In native mode alone struct makes infinity of what is too large for f; samepage refuses it in every mode.
        for code, value in zip((code for code in codes if code != "x"), values):
            if code == "f":
                struct.pack("=f", value)
    except (struct.error, OverflowError):
        packed = "refused"
    return "\t".join(("pack", encoded(text.encode()), " ".join(map(value_text, values)) or "-", packed))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--count", type=int, required=True, help="cases, a fixed share of each kind")
    options = parser.parse_args()
    formats = Formats(options.seed)
    kinds = [struct_case] * 5 + [numpy_case] * 3 + [equal_case] + [pack_case]
    lines = []
    for i in range(options.count):
        lines.append(kinds[i % len(kinds)](formats))
        if len(lines) == 1000:
            sys.stdout.write("\n".join(lines) + "\n")
            lines.clear()
    if lines:
        sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
