#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Breaks the rules of views one at a time, in a copy of the tree, and says whether the tests notice.

usage: tests/view/mutants.py [NAME…]     all, or those named; in build/mutants; about ten seconds a mutant

A mutant is a line: name, file, what stands there once, what is put in its place. It is caught if view_test or the golden
cases fail; one that does not compile, or whose text is no longer there, is a fault of this list. docs/views.md has the
table.
"""

import filecmp
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLACE = ROOT / "build" / "mutants"

MEMORY = "src/view/memory_view.cpp"
CAST = "src/view/memory_view_cast.cpp"
BYTES = "src/view/memory_view_bytes.cpp"
BUFFER = "src/view/exported_buffer.cpp"
GEOMETRY = "src/view/geometry.cpp"
COPY = "src/view/copy_items.cpp"

MUTANTS = [
    # The buffer protocol.
    ("ignored-writable", BUFFER, "buffer_request::writable) && of.is_readonly()", "buffer_request::writable) && false"),
    ("ignored-c-contiguous", BUFFER, "buffer_request::c_contiguous) && !of", "buffer_request::c_contiguous) && false && !of"),
    ("ignored-f-contiguous", BUFFER, "buffer_request::f_contiguous) && !of", "buffer_request::f_contiguous) && false && !of"),
    ("ignored-any-contiguous", BUFFER, "buffer_request::any_contiguous) && !of",
     "buffer_request::any_contiguous) && false && !of"),
    ("strides-not-asked-for", BUFFER, "buffer_request::strides) && !of", "buffer_request::strides) && false && !of"),
    ("format-without-shape", BUFFER, "buffer_request::nd) && asks_for", "buffer_request::nd) && false && asks_for"),
    ("format-always-there", BUFFER, "? &view_.format() : nullptr", "? &view_.format() : &view_.format()"),
    ("ndim-without-shape", BUFFER, "? view_.ndim() : 1", "? view_.ndim() : view_.ndim()"),
    ("format-kept-unasked", BUFFER, "if (!asks_for(request_, buffer_request::format))", "if (false)"),
    # Lifetime.
    ("export-not-counted", BUFFER, "    ++*exports_;", "    ++*exports_, --*exports_;"),
    ("export-not-given-back", BUFFER, "        --*exports_;", "        --*exports_, ++*exports_;"),
    ("released-with-exports", MEMORY, "living != 0", "living == ~std::size_t{0}"),
    ("exported-after-release", BUFFER, "view_{of.used()}", "view_{of}"),
    ("exports-forgotten", MEMORY, "if (this != &other) { // else", "if (true) { // else"),
    ("used-after-release", MEMORY, "    is_usable_ = false;\n", ""),
    ("release-keeps-the-lease", MEMORY, "    held_.drop();\n", ""),
    ("slices-lose-the-lease", MEMORY, "memory_view other{data_ + offset_bytes, format_, std::move(layout), held_};",
     "memory_view other{data_ + offset_bytes, format_, std::move(layout)};"),
    ("copies-lose-the-lease", MEMORY, "      held_{other.held_},\n", ""),
    ("moved-from-is-usable", MEMORY, "is_usable_{std::exchange(other.is_usable_, false)}", "is_usable_{other.is_usable_}"),
    ("lease-released-under-views", "include/samepage/view/lease.hpp", "if (count() > 1) {", "if (count() > 1000) {"),
    # Changes of shape.
    ("dropped-offset", MEMORY, "with(found.offset_bytes,", "with(0 * found.offset_bytes,"),
    ("dropped-field-offset", MEMORY, "layout_.empty() ? data_ : data_ + found.offset_bytes", "data_"),
    ("slices-become-writable", MEMORY, "    other.is_readonly_ = is_readonly_;\n    return other;\n}\n\nmemory_view memory_view::select",
     "    return other;\n}\n\nmemory_view memory_view::select"),
    ("const-becomes-writable", MEMORY, "    is_readonly_ = true; // NOLINT", "    // NOLINT"),
    ("broadcast-is-writable", MEMORY, "    repeated.is_readonly_ = true;\n", ""),
    ("lost-stride", GEOMETRY, "made.strides()[i] = strides()[from[i]];", "made.strides()[i] = strides()[i];"),
    ("bounds-below-unchecked", GEOMETRY, "offset_bytes < 0 || reached.begin < -offset_bytes ||", "offset_bytes < 0 ||"),
    ("bounds-above-unchecked", GEOMETRY, "|| reached.end > memory - offset_bytes", "|| reached.end > memory + 1000"),
    # Casts.
    ("cast-of-strided", CAST, "if (!from.is_c_contiguous())", "if (false)"),
    ("cast-of-a-remainder", CAST, "|| from.nbytes() % to.itemsize() != 0", ""),
    ("cast-without-bytes", CAST, "if (!is_bytes(from.format()) && !is_bytes(to))", "if (false)"),
    ("cast-of-misaligned", CAST, "from.nbytes() != 0 && misalignment", "from.nbytes() == 1 && misalignment"),
    ("cast-of-zero-sizes", CAST, "from.layout().empty() && (has_shape || from.ndim() != 1)", "false && has_shape"),
    ("cast-from-n-to-n", CAST, "if (ndim() != 1 && shape.size() != 1)", "if (false)"),
    ("cast-wrong-length", CAST, "layout.nbytes() != nbytes()", "layout.nbytes() > nbytes()"),
    # Typed views.
    ("typed-of-another-format", CAST, "if (used().format_ != wanted.format &&", "if (itemsize() != wanted.format.itemsize() &&"),
    ("typed-of-another-rank", CAST, "if (ndim() != wanted.ndim)", "if (ndim() > wanted.ndim + 1)"),
    ("typed-writes-read-only", CAST, "if (is_readonly_ && !wanted.is_const)", "if (false)"),
    ("typed-of-misaligned", CAST, "by != 0) {", "by > 1000) {"),
    ("typed-of-odd-strides", CAST, "if (shape()[i] > 1 && strides()[i] %", "if (shape()[i] > 1000 && strides()[i] %"),
    # Comparison and copies.
    ("equal-whatever-the-shape", BYTES, "if (left[i] != right[i]) {", "if (left[i] < right[i]) {"),
    ("equal-by-padding", BYTES, "return parts_bytes == node.size_bytes;", "return true || parts_bytes == 0;"),
    ("equal-of-released", BYTES, "return &left == &right;", "return true;"),
    ("hash-of-writable", BYTES, "if (!used().is_readonly_) {", "if (!used().is_readonly_ && false) {"),
    ("hash-of-numbers", BYTES, "code != 'B' && code != 'c'", "code != 'B' && code == 'c'"),
    ("any-order-is-c", BYTES, "layout_.resolve(order) == item_order::f", "order == item_order::f"),
    ("copy-to-too-much", BYTES, "if (memory.size() != nbytes()) {", "if (memory.size() > nbytes()) {"),
    ("copy-of-another-format", BYTES, "format_ != other.format() || ", "itemsize() != other.itemsize() || "),
    ("hex-from-the-left", BYTES, "(from_the_left ? index : copied.size() - index)", "(from_the_left ? index : index)"),
    ("copy-ignores-a-stride", COPY, "strides[0] == packed && strides[1] == packed", "strides[0] == packed"),
    ("copy-ignores-overlap", COPY, "if (!may_overlap(to,", "if (true || !may_overlap(to,"),
]


def command(*words, **options):
    return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", **options)


def build():
    return command("cmake", "--build", PLACE / "build", "--parallel", "2", "--target", "view_test", "view_differential_test")


def tests_pass():
    tests = PLACE / "build" / "tests" / "view"
    golden = PLACE / "source" / "tests" / "view" / "differential" / "view_golden.txt"
    for words in ((tests / "view_test",), (tests / "view_differential_test", "-", golden)):
        try:
            if command(*words, timeout=100).returncode != 0:
                return False
        except subprocess.TimeoutExpired:
            return False
    return True


def prepare():
    source = PLACE / "source"
    for name in command("git", "-C", ROOT, "ls-files").stdout.splitlines():
        to = source / name
        # Only what differs, as new: an interrupted run may have left a mutant, and what was built of it.
        if not to.exists() or not filecmp.cmp(ROOT / name, to, shallow=False):
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, to)
            shutil.copymode(ROOT / name, to)
    for words in (("cmake", "-S", source, "-B", PLACE / "build", "-G", "Ninja", "-D", "CMAKE_BUILD_TYPE=Debug", "-D",
                   "CMAKE_CXX_FLAGS=-O0 -g0 -D_GLIBCXX_ASSERTIONS", "-D", "SAMEPAGE_CAPNP=OFF", "-D",
                   "SAMEPAGE_ASIO=OFF", "-D", "SAMEPAGE_EXAMPLES=OFF", "-D", "SAMEPAGE_BENCH=OFF"),):
        made = command(*words)
        if made.returncode != 0:
            sys.exit(made.stdout)
    made = build()
    if made.returncode != 0 or not tests_pass():
        sys.exit(made.stdout + "\nmutants: the tests fail without any mutant")


def verdict_of(file, old, new):
    path = PLACE / "source" / file
    text = path.read_text()
    if text.count(old) != 1:
        return "GONE"
    path.write_text(text.replace(old, new))
    try:
        made = build()
        if made.returncode != 0:
            return "DOES NOT COMPILE"
        return "alive" if tests_pass() else "caught"
    finally:
        path.write_text(text)


def main():
    wanted = sys.argv[1:]
    unknown = set(wanted) - {name for name, *_ in MUTANTS}
    if unknown:
        sys.exit(f"mutants: no mutant {', '.join(sorted(unknown))}")
    prepare()
    failed = 0
    for name, file, old, new in MUTANTS:
        if not wanted or name in wanted:
            verdict = verdict_of(file, old, new)
            failed += verdict != "caught"
            print(f"{verdict:8}  {name}", flush=True)
    print(f"{failed} not caught")
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()
