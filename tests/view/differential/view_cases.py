# SPDX-License-Identifier: BSL-1.0
"""Random views and chains of operations on them, with what CPython's memoryview and NumPy make of them; a case a line.

The first line is "pool" and bytes in hexadecimal, at an address that is a multiple of 64. A line is fields with tabs
between; lists have commas, "-" is an empty one; bytes that are compared are given as their length and CRC-32.
  chain   format shape strides offset {op arguments result}     NumPy's views of the pool
  cast    readonly offset length {op arguments result}          memoryviews of bytes of the pool
  request format shape strides offset readonly flags result     what memoryview exports under a request
  equal   format shape strides offset bytes, twice, 0|1         ==
  print   format shape strides offset text                      str() of an array, in hexadecimal
  assign  format offset length slice format slice result        view[slice] = view[slice], CRC of the bytes afterwards

Results: !word of a refusal; else "shape strides offset contiguous" (chain), "format shape strides contiguous readonly"
(cast), or a text. Strides are 0 where they do not matter, and contiguous is c, f, cf or -.
"""

import argparse
import random
import sys
import zlib

import _testbuffer
import numpy
from numpy.lib.stride_tricks import as_strided

POOL_BYTES = 1024
SCALARS = ["?", "i1", "u1", "<i2", ">i2", "<u2", "<i4", ">u4", "<i8", ">i8", "<u8", "<f2", "<f4", ">f4", "<f8", ">f8",
           "<c8", ">c16", "S3", "S1"]
NATIVE = "cbBhHiIlLqQfd?"  # what memoryview.cast takes, without those that are another's twin


def listed(numbers):
    return ",".join(map(str, numbers)) or "-"


def checked(data):
    return f"{len(data)}:{zlib.crc32(data):08x}"


def contiguous(c, f):
    return ("c" if c else "") + ("f" if f else "") or "-"


# ---- NumPy's views ----

def random_dtype(random, depth=0):
    if depth < 2 and random.random() < 0.3:
        names = random.sample(["x", "y", "price", "at", "in"], random.randint(1, 3))
        fields = [random_dtype(random, depth + 1) for _ in names]
        shapes = [tuple(random.randint(1, 3) for _ in range(random.randint(1, 2))) if random.random() < 0.2 else ()
                  for _ in names]
        if random.random() < 0.5:
            return numpy.dtype(list(zip(names, fields, shapes)), align=True)
        offsets, at = [], 0
        for field, shape in zip(fields, shapes):
            at += random.randint(0, 3)
            offsets.append(at)
            at += numpy.dtype((field, shape)).itemsize
        return numpy.dtype({"names": names, "formats": list(zip(fields, shapes)), "offsets": offsets,
                            "itemsize": at + random.randint(0, 3)})
    return numpy.dtype(random.choice(SCALARS))


CODES = {"b1": "?", "i1": "b", "i2": "h", "i4": "i", "i8": "q", "u1": "B", "u2": "H", "u4": "I", "u8": "Q", "f2": "e",
         "f4": "f", "f8": "d", "c8": "Zf", "c16": "Zd"}


def format_text(kind):
    """With all padding, of which NumPy's own text leaves out what is behind the last field."""
    if kind.subdtype is not None:
        element, shape = kind.subdtype
        return f"({listed(shape)})" + format_text(element)
    if kind.names is not None:
        text, at = "", 0
        for name in kind.names:
            field, offset = kind.fields[name][:2]
            text += "x" * (offset - at) + format_text(field) + f":{name}:"
            at = offset + field.itemsize
        return "=T{" + text + "x" * (kind.itemsize - at) + "}"
    if kind.kind == "S":
        return f"{kind.itemsize}s"
    return (">" if kind.byteorder == ">" else "<") + CODES[f"{kind.kind}{kind.itemsize}"]


class Pool:
    def __init__(self, random):
        data = bytes(random.choice((0, 1, 2, 255, random.randrange(256))) for _ in range(POOL_BYTES))
        self.array = numpy.frombuffer(bytearray(data), "u1")
        self.address = self.array.__array_interface__["data"][0]
        self.bytes = data
        self.dtypes = [random_dtype(random) for _ in range(400)]
        self.formats = {id(kind): format_text(kind) for kind in self.dtypes}

    def view(self, random):
        """Of anything in the pool: shape, strides and offset in bounds, else arbitrary."""
        while True:
            kind = random.choice(self.dtypes)
            shape = [random.choice((1, 2, 2, 3, 3, 4, 5, 0 if random.random() < 0.2 else 6))
                     for _ in range(random.choice((0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5)))]
            low, high, strides = 0, kind.itemsize, []
            packed, order = kind.itemsize, random.choice("cf?")
            for size in (reversed(shape) if order == "c" else shape):
                if order == "?":
                    packed = random.choice((0, 1, -1, 2, 3, -3)) * random.choice((1, kind.itemsize))
                strides.append(packed)
                if size > 1:
                    reach = packed * (size - 1)
                    low, high = low + min(reach, 0), high + max(reach, 0)
                if order != "?":
                    packed *= size
            if order == "c":
                strides.reverse()
            if high - low > POOL_BYTES or numpy.prod(shape, dtype=object) * kind.itemsize > 2000:
                continue
            offset = random.randint(-low, POOL_BYTES - high)
            base = numpy.ndarray((), kind, self.array, offset)
            return as_strided(base, shape, strides), self.formats[id(kind)], offset, strides


def strides_of(array):
    return [0 if size <= 1 or array.size == 0 else stride for size, stride in zip(array.shape, array.strides)]


def state(pool, array):
    offset = array.__array_interface__["data"][0] - pool.address if array.size else 0
    return (f"{listed(array.shape)} {listed(strides_of(array))} {offset} "
            f"{contiguous(array.flags.c_contiguous, array.flags.f_contiguous)}")


def random_slice(random, size):
    end = lambda: None if random.random() < 0.3 else random.randint(-size - 2, size + 2)
    return slice(end(), end(), random.choice((None, 1, 1, 2, 3, -1, -1, -2, -4)))


def slice_text(part):
    return "s" + ":".join("" if end is None else str(end) for end in (part.start, part.stop, part.step))


def random_parts(random, shape):
    parts, texts = [], []
    left = list(shape)
    for size in left[:random.randint(0, len(left))] + ([1] if random.random() < 0.03 else []):
        choice = random.random()
        if choice < 0.3:
            index = random.randint(-size, size - 1) if size and random.random() < 0.95 else random.choice((size, -size - 1))
            parts.append(index)
            texts.append(f"i{index}")
        elif choice < 0.8:
            parts.append(random_slice(random, size))
            texts.append(slice_text(parts[-1]))
        else:
            parts.append(slice(None))
            texts.append("a")
    for part, text, chance in ((Ellipsis, "e", 0.3), (None, "n", 0.25)):
        if random.random() < chance:
            at = random.randint(0, len(parts))
            parts.insert(at, part)
            texts.insert(at, text)
    return tuple(parts), ",".join(texts) or "-"


def random_shape(random, size):
    """With that many items, or nearly."""
    if random.random() < 0.1:
        size += 1
    shape = []
    while size > 1 and len(shape) < 5 and random.random() < 0.8:
        divisor = random.choice([n for n in range(1, size + 1) if size % n == 0][:6])
        shape.append(divisor)
        size //= divisor
    shape.append(size)
    random.shuffle(shape)
    if random.random() < 0.2:
        shape[random.randrange(len(shape))] = -1
    return shape


def step(pool, random, array):
    """An operation: its name, its arguments, and the array it makes or the refusal."""
    choice = random.random()
    if array.dtype.names is not None and choice < 0.4:
        name = random.choice(array.dtype.names)
        made, path = array[name], name
        while made.dtype.names is not None and made.ndim == array.ndim and random.random() < 0.6:
            name = random.choice(made.dtype.names)
            made, path = made[name], path + "." + name
        return "field", path, made
    if choice < 0.7:
        parts, text = random_parts(random, array.shape)
        try:
            return "select", text, array[parts + (Ellipsis,) if Ellipsis not in parts else parts]
        except IndexError as fault:
            return "select", text, "!index" if "out of bounds" in str(fault) else "!shape"
    if choice < 0.8:
        if random.random() < 0.3:
            return "transpose", "-", array.T
        axes = list(range(array.ndim))
        random.shuffle(axes)
        axes = [axis - array.ndim if random.random() < 0.2 else axis for axis in axes]
        return "transpose", listed(axes), array.transpose(axes) if axes else array.T
    if choice < 0.9:
        shape = random_shape(random, array.size)
        made = array.view()
        try:
            made.shape = shape
        except (AttributeError, ValueError):
            return "reshape", listed(shape), "!shape"
        return "reshape", listed(shape), made
    shape = [random.randint(1, 3) if size == 1 else size for size in array.shape]
    shape = [random.randint(1, 2) for _ in range(random.randint(0, 2))] + shape
    if shape and random.random() < 0.1:
        shape[random.randrange(len(shape))] += 1
    try:
        return "broadcast", listed(shape), numpy.broadcast_to(array, shape)
    except ValueError:
        return "broadcast", listed(shape), "!shape"


def chain_case(pool, random):
    array, text, offset, strides = pool.view(random)
    fields = ["chain", text, listed(array.shape), listed(strides), str(offset), "state", "-", state(pool, array)]
    for _ in range(random.randint(1, 4)):
        name, arguments, made = step(pool, random, array)
        if isinstance(made, str):
            fields += [name, arguments, made]
        elif made.ndim <= 12 and made.nbytes <= 20000:
            array = made
            fields += [name, arguments, state(pool, array)]
    seen = memoryview(array)
    fields += ["bytes", "-", " ".join(checked(seen.tobytes(order)) for order in "CFA")]
    return fields


# ---- memoryview's own ----

def seen_state(view):
    strides = [0 if size <= 1 or view.nbytes == 0 else stride for size, stride in zip(view.shape, view.strides)]
    return (f"{view.format} {listed(view.shape)} {listed(strides)} "
            f"{contiguous(view.c_contiguous, view.f_contiguous)} {int(view.readonly)}")


def alignment(kind):
    return numpy.dtype({"c": "S1"}.get(kind, kind)).alignment


def cast_case(pool, random):
    readonly = random.random() < 0.5
    length = random.choice((0, 1, 2, 3, 7, 24, 24, 48, 64, 96, 120))
    offset = random.choice((0, 8, 16, 64, random.randint(0, 200)))
    view = memoryview(pool.bytes if readonly else bytearray(pool.bytes))[offset:offset + length]
    fields = ["cast", str(int(readonly)), str(offset), str(length)]
    at = offset
    is_hashable = readonly
    for _ in range(random.randint(1, 5)):
        choice = random.random()
        if choice < 0.55:
            kind = random.choice(NATIVE + "BB")
            shape = None
            if random.random() < 0.5:
                items = view.nbytes // numpy.dtype({"c": "S1"}.get(kind, kind)).itemsize
                shape = [size for size in random_shape(random, max(items, 1)) if size != -1]
                if random.random() < 0.05:
                    shape.append(0)
            try:
                made = view.cast(kind) if shape is None else view.cast(kind, shape)
            except (TypeError, ValueError):
                made = "!refused"
            if made != "!refused" and view.nbytes and at % alignment(kind):
                made = "!refused"  # ours alone: the alignment that the format asks for
            fields += ["cast", kind + " " + ("none" if shape is None else listed(shape)),
                       made if isinstance(made, str) else seen_state(made)]
            view = view if isinstance(made, str) else made
        elif choice < 0.7 and view.ndim == 1:
            part = random_slice(random, view.shape[0])
            made = view[part]
            if made.nbytes == 0:
                continue  # memoryview calls a slice of nothing with a step not contiguous, and nobody else does
            at += part.indices(view.shape[0])[0] * view.strides[0]
            view = made
            fields += ["slice", slice_text(part), seen_state(view)]
        elif choice < 0.8:
            view = view.toreadonly()
            fields += ["readonly", "-", seen_state(view)]
        elif choice < 0.9:
            if is_hashable or not view.readonly:
                try:
                    fields += ["hash", "-", checked(view.tobytes()) if hash(view) == hash(view.tobytes()) else "?"]
                except ValueError:
                    fields += ["hash", "-", "!refused"]
        else:
            per = random.choice((0, 1, 1, 2, 3, -1, -2, -3, 100))
            separator = random.choice(":-. ")
            fields += ["hex", f"{ord(separator)} {per}", (view.hex(separator, per) if view.nbytes else "") or "-"]
    fields += ["bytes", "-", " ".join(checked(view.tobytes(order)) for order in "CFA")]
    return fields


def request_case(pool, random):
    array, text, offset, strides = pool.view(random)
    while array.size == 0 and array.ndim == 1:
        array, text, offset, strides = pool.view(random)
    if random.random() < 0.4:
        array.flags.writeable = False
    readonly = not array.flags.writeable
    flags = 0
    for bits in (0x1, 0x4, 0x8, 0x18, 0x38, 0x58, 0x98, 0x118):
        if random.random() < 0.25:
            flags |= bits
    if random.random() < 0.3:
        flags = random.choice((0, 0x1, 0x8, 0x9, 0x18, 0x19, 0x1c, 0x1d, 0x11c, 0x11d))
    try:
        got = _testbuffer.ndarray(memoryview(array), getbuf=flags)
    except BufferError:
        result = "!refused"
    else:
        shape = listed(got.shape) if flags & 0x8 else "none"
        result = (f"{got.nbytes} {got.itemsize} {got.ndim} {shape} {'f' if got.format else '-'} {int(got.readonly)} "
                  f"{checked(got.tobytes())}")
    return ["request", text, listed(array.shape), listed(strides), str(offset), str(int(readonly)), str(flags), result]


VALUES = [0, 0, 1, 1, 1, 2, 3, 100, 127]
MORE = {"b": [-1, -128], "B": [255], "h": [-1, 255, 256], "H": [65535], "i": [-1, 2**31 - 1, 16777217], "I": [2**32 - 1],
        "q": [-1, 2**53 + 1, 2**63 - 1], "Q": [2**64 - 1, 2**53 + 1, 2**63], "f": [0.5, float("nan"), 16777216., -0.],
        "d": [0.5, float("nan"), 2.**53, 2.**63, -0., float("inf"), 16777217.], "?": []}


def array_of(random, values, shape):
    kinds = "?bBhHiIqQfd"
    kind = random.choice(kinds)
    if MORE[kind] and random.random() < 0.1:
        values = [random.choice((value, random.choice(MORE[kind]))) for value in values]
    array = numpy.array(values)
    if array.dtype.kind == "f" and kind not in "fd":
        array = numpy.nan_to_num(array, nan=1., posinf=2., neginf=3.).clip(0, 127)
    array = array.astype(kind).reshape(shape)
    if shape and random.random() < 0.5:
        parts = tuple(slice(None, None, random.choice((1, -1, 2, -2))) for _ in shape)
        wide = numpy.zeros([2 * size for size in shape], kind)
        target = wide[tuple(slice(None, 2 * size if part.step in (2, -2) else size) for size, part in zip(shape, parts))]
        target[tuple(slice(None, None, part.step) for part in parts)] = array
        array = target[tuple(slice(None, None, part.step) for part in parts)]
    return array, kind


def equal_case(pool, random):
    shape = [random.randint(1, 3) for _ in range(random.choice((0, 1, 1, 2)))]
    count = 1
    for size in shape:
        count *= size
    values = [random.choice(VALUES) for _ in range(count)]
    one, kind = array_of(random, values if random.random() < 0.95 else [1] * count, shape)
    other_shape = shape if random.random() < 0.9 else shape[::-1] + ([1] if random.random() < 0.5 else [])
    other, other_kind = array_of(random, one.ravel().tolist() if kind not in "fd" and random.random() < 0.5 and
                                 max(map(abs, one.ravel().tolist())) < 128 else values, other_shape)
    fields = ["equal"]
    for array, code in ((one, kind), (other, other_kind)):
        whole = array
        while whole.base is not None:
            whole = whole.base
        offset = array.__array_interface__["data"][0] - whole.__array_interface__["data"][0]
        fields += [code, listed(array.shape), listed(array.strides), str(offset), memoryview(whole).tobytes().hex()]
    return fields + [str(int(memoryview(one) == memoryview(other)))]


def assign_case(pool, random):
    kind = random.choice("bBhHiIqQfd?")
    other_kind = kind if random.random() < 0.9 else random.choice("bBhHiIqQfd?")
    offset, length = 8 * random.randint(0, 8), 48
    data = bytearray(pool.bytes)
    to = memoryview(data)[offset:offset + length].cast(kind)
    other = memoryview(data)[offset:offset + length].cast(other_kind)
    part, other_part = random_slice(random, len(to)), random_slice(random, len(other))
    if random.random() < 0.5:
        count = len(to[part])
        start = random.randint(0, max(len(other) - count, 0))
        other_part = slice(start, start + count, None)
    try:
        to[part] = other[other_part]
        result = checked(data)
    except ValueError:
        result = "!refused"
    return ["assign", str(offset), str(length), kind, slice_text(part), other_kind, slice_text(other_part), result]


def print_case(pool, random):
    while True:
        array, text, offset, strides = pool.view(random)
        if "s" not in text and array.ndim != 0:
            break
    if array.size and random.random() < 0.1:
        shape = random.choice(((1001,), (40, 26), (2, 7, 80), (101, 1, 10)))
        array = array[(0,) * array.ndim + (Ellipsis,)]
        strides = [0] * len(shape)
        offset = array.__array_interface__["data"][0] - pool.address
        if offset < 0 or offset + array.itemsize + 100 <= POOL_BYTES:
            strides[random.randrange(len(shape))] = random.choice((0, 1))
        array = as_strided(array, shape, strides)
        if offset + sum((size - 1) * stride for size, stride in zip(shape, strides)) + array.itemsize > POOL_BYTES:
            strides = [0] * len(shape)
            array = as_strided(array, shape, strides)
    with numpy.errstate(all="ignore"):
        return ["print", text, listed(array.shape), listed(strides), str(offset), str(array).encode().hex()]


KINDS = {"chain": chain_case, "cast": cast_case, "request": request_case, "equal": equal_case, "assign": assign_case,
         "print": print_case}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("kinds", nargs="+", help="chain=1000")
    arguments = parser.parse_args()
    source = random.Random(arguments.seed)
    pool = Pool(source)
    out = sys.stdout
    out.write("pool\t" + pool.bytes.hex() + "\n")
    for kind in arguments.kinds:
        name, count = kind.split("=")
        for _ in range(int(count)):
            out.write("\t".join(KINDS[name](pool, source)) + "\n")


if __name__ == "__main__":
    main()
