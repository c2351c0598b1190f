// SPDX-License-Identifier: BSL-1.0
// dlpack.hpp: views as DLPack tensors and back, without a copy: what NumPy, PyTorch, JAX, … hand each other. Needs no
// header of DLPack's: the structures are here, and fit those of anybody's <dlpack/dlpack.h>.
// Thread safety: a tensor's deleter may be called by any thread, and drops a share in the view's lease there: of a
// batch, that has to be its consumer's.
#pragma once

#include <samepage/view/memory_view.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>

namespace samepage::dlpack {

// ---- the ABI: DLPack 1.0, and the unversioned one before it. Names of members are its own. ----

/// Readers refuse another major version; a minor one only adds codes and flags.
inline constexpr std::uint32_t major_version = 1;
inline constexpr std::uint32_t minor_version = 0;

struct version_number {
    std::uint32_t major;
    std::uint32_t minor;
};

struct device {
    std::int32_t device_type; ///< 1: memory of the CPU; all others are not read here
    std::int32_t device_id;   ///< 0
};
inline constexpr std::int32_t cpu = 1;

enum class type_code : std::uint8_t {
    signed_integer = 0,
    unsigned_integer = 1,
    real = 2, ///< IEEE 754
    opaque_handle = 3,
    bfloat = 4,
    complex = 5, ///< two reals; bits are those of both
    boolean = 6, ///< a byte; since 1.0
};

struct data_type {
    std::uint8_t code; ///< a type_code
    std::uint8_t bits;
    std::uint16_t lanes; ///< 1 but for vectors
};

struct tensor {
    void* data;
    samepage::dlpack::device device;
    std::int32_t ndim;
    data_type dtype;
    std::int64_t* shape;       ///< ndim sizes
    std::int64_t* strides;     ///< in items, not bytes; null means C order
    std::uint64_t byte_offset; ///< from data to item {0, 0, …}
};

/// Without a version, and without a way to say "read-only".
struct managed_tensor {
    tensor dl_tensor;
    void* manager_ctx;                ///< its maker's affair
    void (*deleter)(managed_tensor*); ///< ends it, the structure included; may be null
};

struct managed_tensor_versioned {
    version_number version; ///< of another major version nothing is to be looked at but the deleter
    void* manager_ctx;
    void (*deleter)(managed_tensor_versioned*);
    std::uint64_t flags; ///< flag_…
    tensor dl_tensor;
};

inline constexpr std::uint64_t flag_read_only = 1;
inline constexpr std::uint64_t flag_is_copied = 2;

static_assert(sizeof(void*) != 8 || (sizeof(data_type) == 4 && sizeof(tensor) == 48 && sizeof(managed_tensor) == 64 &&
                                     sizeof(managed_tensor_versioned) == 80));
static_assert(sizeof(void*) != 8 || (offsetof(tensor, ndim) == 16 && offsetof(tensor, dtype) == 20 &&
                                     offsetof(tensor, shape) == 24 && offsetof(tensor, byte_offset) == 40));
static_assert(sizeof(void*) != 8 ||
              (offsetof(managed_tensor_versioned, deleter) == 16 && offsetof(managed_tensor_versioned, flags) == 24 &&
               offsetof(managed_tensor_versioned, dl_tensor) == 32));

// ---- who owns one ----

struct call_deleter {
    template <class Managed>
    void operator()(Managed* one) const noexcept
    {
        if (one->deleter != nullptr) {
            one->deleter(one);
        }
    }
};

/// A tensor whose deleter is called in the end, unless release() hands it to somebody who will.
using tensor_ptr = std::unique_ptr<managed_tensor_versioned, call_deleter>;
using legacy_tensor_ptr = std::unique_ptr<managed_tensor, call_deleter>;

/// The same structure by another header's name: DLPack's own `DLManagedTensorVersioned` or `DLManagedTensor`.
template <class Theirs, class Ours>
concept names_the_same = sizeof(Theirs) == sizeof(Ours) && alignof(Theirs) == alignof(Ours) &&
                         sizeof(Theirs::dl_tensor) == sizeof(tensor) &&
                         offsetof(Theirs, dl_tensor) == offsetof(Ours, dl_tensor) &&
                         offsetof(Theirs, manager_ctx) == offsetof(Ours, manager_ctx) &&
                         offsetof(Theirs, deleter) == offsetof(Ours, deleter);

template <class Theirs>
concept names_versioned = names_the_same<Theirs, managed_tensor_versioned> && offsetof(Theirs, version)
== offsetof(managed_tensor_versioned, version) && offsetof(Theirs, flags) == offsetof(managed_tensor_versioned, flags);

template <class Theirs>
concept names_legacy = names_the_same<Theirs, managed_tensor>;

/// Hands a tensor to a library by its own name for it: `release_as<DLManagedTensorVersioned>(to_dlpack(view))`. Its
/// deleter is then the library's to call.
template <names_versioned Theirs>
[[nodiscard]] Theirs* release_as(tensor_ptr&& one) noexcept
{
    return reinterpret_cast<Theirs*>(one.release());
}

template <names_legacy Theirs>
[[nodiscard]] Theirs* release_as(legacy_tensor_ptr&& one) noexcept
{
    return reinterpret_cast<Theirs*>(one.release());
}

/// Takes over a tensor from a library by its own name for it. @pre Nobody else calls its deleter.
template <names_versioned Theirs>
[[nodiscard]] tensor_ptr adopt(Theirs* one) noexcept
{
    return tensor_ptr{reinterpret_cast<managed_tensor_versioned*>(one)};
}

template <names_legacy Theirs>
[[nodiscard]] legacy_tensor_ptr adopt(Theirs* one) noexcept
{
    return legacy_tensor_ptr{reinterpret_cast<managed_tensor*>(one)};
}

} // namespace samepage::dlpack

namespace samepage {

/// The view's items as a tensor: numbers, complex numbers and truth values, in any number of dimensions, strides of any
/// sign. A view that is read-only says so by flag_read_only. Of no items, data is null.
/// Throws buffer_error that says why DLPack cannot have the view: items that it has no type for (structures, bytes,
/// long double, another byte order, …), strides that are not whole items, items that are not aligned to their size.
/// (DLPack's text asks for data aligned to 256 bytes; libraries do not, and a slice could not be.)
/// Lifetime: it holds a share in the view's lease until its deleter runs; what the view borrows has to outlive that.
[[nodiscard]] dlpack::tensor_ptr to_dlpack(const memory_view& view);

/// The same for libraries that know the unversioned structure alone (NumPy before 2.1). It cannot say "read-only":
/// throws buffer_error for such a view too.
[[nodiscard]] dlpack::legacy_tensor_ptr to_legacy_dlpack(const memory_view& view);

/// The tensor's items as a view, whose lease calls the deleter.
/// Throws, and leaves the tensor the caller's: buffer_error for another major version, memory of another device, types
/// that have no format (bfloat16, vectors, less than a byte) and what no tensor can be; geometry_error for a shape and
/// strides that no memory can have. How large the memory is a tensor does not say: where it points has to be trusted.
[[nodiscard]] memory_view from_dlpack(dlpack::tensor_ptr&& tensor);

/// The same of the unversioned structure, which does not say whether its bytes may be written: the view is read-only.
[[nodiscard]] memory_view from_dlpack(dlpack::legacy_tensor_ptr&& tensor);

} // namespace samepage
