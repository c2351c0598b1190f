// SPDX-License-Identifier: BSL-1.0
// arrow.hpp: contiguous columns and whole records as arrays of the Arrow C data interface and back, without a copy.
// Needs no header of Arrow's: the two structures are here, and are left out where somebody's have been seen before.
// Thread safety: an array's release callback may be called by any thread, and drops a share in the view's lease there:
// of a batch, that has to be its consumer's.
#pragma once

#include <samepage/view/memory_view.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

// The ABI, whose names are its own: one that is not to be read any more has a null release. Who takes an array over
// copies the structure's bytes and sets release to null in the original.
#ifndef ARROW_C_DATA_INTERFACE
// NOLINTBEGIN(readability-identifier-naming)
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

extern "C" {

struct ArrowSchema {
    const char* format;      // "l", "w:16", "+w:3"
    const char* name;        // may be null
    const char* metadata;    // count, then for each a key and a value, each a length and that many bytes; may be null
    std::int64_t flags;      // ARROW_FLAG_…
    std::int64_t n_children; // of lists and structs
    struct ArrowSchema** children;
    struct ArrowSchema* dictionary;
    void (*release)(struct ArrowSchema*);
    void* private_data;
};

struct ArrowArray {
    std::int64_t length;     // items
    std::int64_t null_count; // -1: not counted
    std::int64_t offset;     // items in front of the first, in each buffer and child
    std::int64_t n_buffers;
    std::int64_t n_children;
    const void** buffers; // the first one is a bit an item: whether it is there; null if all are
    struct ArrowArray** children;
    struct ArrowArray* dictionary;
    void (*release)(struct ArrowArray*);
    void* private_data;
};

} // extern "C"

// NOLINTEND(readability-identifier-naming)
#endif

namespace samepage {

/// A schema and its array, each released in the end unless somebody took it over (its release is null then). Hand them
/// to what imports: `arrow::ImportArray(&column.array, &column.schema)`, `pyarrow.Array._import_from_c(…)`.
struct arrow_column {
    ArrowSchema schema{};
    ArrowArray array{};

    arrow_column() noexcept = default;
    arrow_column(arrow_column&& other) noexcept
        : schema{std::exchange(other.schema, {})}, array{std::exchange(other.array, {})}
    {
    }
    arrow_column& operator=(arrow_column&& other) noexcept
    {
        if (this != &other) {
            release();
            schema = std::exchange(other.schema, {});
            array = std::exchange(other.array, {});
        }
        return *this;
    }
    ~arrow_column() { release(); }

    /// Both, if they are here. Idempotent.
    void release() noexcept
    {
        if (array.release != nullptr) {
            array.release(&array);
        }
        if (schema.release != nullptr) {
            schema.release(&schema);
        }
    }
};

/// Where the PEP 3118 format of items that are whole to Arrow is kept: a key of the schema's metadata.
inline constexpr std::string_view arrow_format_key = "samepage.format";

/// The view's items as an Arrow array of length shape[0], not nullable:
///
///     b B h H i I q Q    c C s S i I l L
///     e f d              e f g
///     Ns                 w:N, fixed-size binary
///     T{…}               w:itemsize, the whole record; its format is in the metadata, under arrow_format_key
///     (2,3)d             +w:2 of +w:3 of g, fixed-size lists; so are a view's dimensions behind the first
///
/// Arrow's struct arrays are columns, each in a place of its own: records as they lie in memory are not one. So a
/// record goes whole, and who reads it takes it apart by the format; a field of it is strided and no Arrow array.
/// Throws buffer_error that says why not: a view that is not C contiguous, has no dimension, or has items that Arrow
/// has no type for: `?` (Arrow packs eight into a byte), another byte order, complex, long double, …. to_arrow_whole()
/// takes those. Lifetime: the array, and each of its children, holds a share in the view's lease until it is released;
/// the schema holds none. Arrow never writes to an array, so a view that may be written should not be while there is
/// one.
[[nodiscard]] arrow_column to_arrow(const memory_view& view, std::string_view name = {});

/// Items of any format, each of them whole: fixed-size binary, its format in the metadata. Throws buffer_error unless
/// the view is C contiguous and has a dimension; those behind the first are the item's.
[[nodiscard]] arrow_column to_arrow_whole(const memory_view& view, std::string_view name = {});

/// An Arrow array of the types above as a view of one dimension, read-only; fixed-size lists are sub-arrays, which
/// subdivide() makes dimensions of. Its lease releases the array. Both are taken over: release is null afterwards.
/// Throws buffer_error, and leaves both the caller's: released already, nulls among the items, a dictionary, a type
/// that is none of these, a format in the metadata of another size, lengths and offsets that cannot be; format_error
/// for a format that cannot be read. How large a buffer is an array does not say: its lengths have to be trusted.
[[nodiscard]] memory_view from_arrow(ArrowSchema* schema, ArrowArray* array);

/// A column of a record batch or struct array, whose own offset, length and nulls are of its rows and not in the
/// children. It takes that child over, and leaves the batch the caller's: take the columns that are wanted, then
/// release the batch, as the interface asks. Throws as above, and changes nothing.
[[nodiscard]] memory_view from_arrow_batch(ArrowSchema& schema, ArrowArray& array, std::size_t column);

/// The same of both together.
[[nodiscard]] inline memory_view from_arrow(arrow_column&& column)
{
    return from_arrow(&column.schema, &column.array);
}

} // namespace samepage
