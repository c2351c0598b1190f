// SPDX-License-Identifier: BSL-1.0
// dlpack.hpp: views as DLPack tensors and back, without a copy: what NumPy, PyTorch, JAX, … hand each other. Needs no
// header of DLPack's: the structures are here; who has a <dlpack/dlpack.h> gets and gives those of that one.
// Thread safety: a tensor's deleter may be called by any thread, and drops a share in the view's lease there: of a
// batch, that has to be its consumer's.
#pragma once

#include <samepage/view/memory_view.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

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
    boolean = 6, ///< a byte; since 0.8
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

// ---- who owns one, ours or of a header that a program includes ----

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
template <class Managed>
using owner = std::unique_ptr<Managed, call_deleter>;

using tensor_ptr = owner<managed_tensor_versioned>;
using legacy_tensor_ptr = owner<managed_tensor>;

template <class Managed>
concept managed = requires(Managed& one)
{
    one.manager_ctx;
    one.deleter(&one);
    one.dl_tensor.device.device_type;
    one.dl_tensor.dtype.lanes;
    one.dl_tensor.byte_offset;
};

/// managed_tensor_versioned, or DLPack 1.x's own `DLManagedTensorVersioned`.
template <class Managed>
concept versioned = managed<Managed> && requires(Managed& one)
{
    one.version.major;
    one.flags;
};

/// managed_tensor, or DLPack's own `DLManagedTensor`.
template <class Managed>
concept unversioned = managed<Managed> && !versioned<Managed>;

// ---- what the functions below are made of: the same for all those types ----

/// What a tensor that was made of a view keeps.
struct exported_items {
    memory_view view;
    std::vector<std::int64_t> shape_and_strides;
    data_type dtype;
};

/// What a tensor says of its items, found to be possible.
struct imported_items {
    item_format format;
    geometry layout;
    std::byte* first = nullptr;
};

/// Each throws as the functions below.
[[nodiscard]] exported_items describe(const memory_view& view);
void require_writable(const memory_view& view);
[[nodiscard]] imported_items check(const tensor& from);
void require_version(version_number found);
[[noreturn]] void throw_no_tensor();

template <managed Managed>
[[nodiscard]] owner<Managed> make_tensor(const memory_view& view)
{
    struct exported {
        exported_items items;
        Managed managed;
    };
    auto made = std::make_unique<exported>(exported{describe(view), {}});
    auto& tensor = made->managed.dl_tensor;
    using device_type = decltype(tensor.device.device_type);
    // Read-only bytes are not written: their flag says so, or the tensor was refused.
    tensor.data = view.layout().empty() ? nullptr : const_cast<std::byte*>(view.data());
    tensor.device = {static_cast<device_type>(cpu), 0};
    tensor.ndim = static_cast<std::int32_t>(view.ndim());
    tensor.dtype = {made->items.dtype.code, made->items.dtype.bits, made->items.dtype.lanes};
    tensor.shape = made->items.shape_and_strides.data();
    tensor.strides = made->items.shape_and_strides.data() + view.ndim();
    tensor.byte_offset = 0;
    made->managed.manager_ctx = made.get();
    made->managed.deleter = [](Managed* self) { delete static_cast<exported*>(self->manager_ctx); };
    return owner<Managed>{&made.release()->managed};
}

template <managed Managed>
[[nodiscard]] memory_view make_view(owner<Managed>& managed, bool is_readonly)
{
    const auto& tensor = managed->dl_tensor;
    auto items = check({tensor.data,
                        {static_cast<std::int32_t>(tensor.device.device_type), tensor.device.device_id},
                        tensor.ndim,
                        {tensor.dtype.code, tensor.dtype.bits, tensor.dtype.lanes},
                        tensor.shape,
                        tensor.strides,
                        tensor.byte_offset});
    lease held{std::move(managed)};
    // From here on the tensor is the lease's. Nothing above has changed it, and nothing below can fail.
    if (is_readonly) {
        const std::byte* const first = items.first;
        return {first, std::move(items.format), std::move(items.layout), std::move(held)};
    }
    return {items.first, std::move(items.format), std::move(items.layout), std::move(held)};
}

} // namespace samepage::dlpack

namespace samepage {

/// The view's items as a tensor: numbers, complex numbers and truth values, in any number of dimensions, strides of any
/// sign. A view that is read-only says so by flag_read_only. Of no items, data is null.
/// For a library with a header of its own: `to_dlpack<DLManagedTensorVersioned>(view).release()`.
/// Throws buffer_error that says why DLPack cannot have the view: items that it has no type for (structures, bytes,
/// long double, another byte order, …), strides that are not whole items, items that are not aligned to their size.
/// (DLPack's text asks for data aligned to 256 bytes; libraries do not, and a slice could not be.)
/// Lifetime: it holds a share in the view's lease until its deleter runs; what the view borrows has to outlive that.
template <dlpack::versioned Managed = dlpack::managed_tensor_versioned>
[[nodiscard]] dlpack::owner<Managed> to_dlpack(const memory_view& view)
{
    auto made = dlpack::make_tensor<Managed>(view);
    made->version.major = dlpack::major_version;
    made->version.minor = dlpack::minor_version;
    made->flags = view.is_readonly() ? dlpack::flag_read_only : 0;
    return made;
}

/// The same for libraries that know the unversioned structure alone (NumPy before 2.1). It cannot say "read-only":
/// throws buffer_error for such a view too.
template <dlpack::unversioned Managed = dlpack::managed_tensor>
[[nodiscard]] dlpack::owner<Managed> to_legacy_dlpack(const memory_view& view)
{
    dlpack::require_writable(view);
    return dlpack::make_tensor<Managed>(view);
}

/// The tensor's items as a view, whose lease calls the deleter. If it throws, `tensor` owns it still: an owner that is
/// a temporary, `from_dlpack(dlpack::owner<DLManagedTensor>{theirs})`, calls the deleter then; who has to keep a tensor
/// that is refused (a capsule, which deletes it itself) names the owner, and release()s it.
/// Throws buffer_error for another major version, memory of another device, types that have no format (bfloat16,
/// vectors, less than a byte) and what no tensor can be; geometry_error for a shape and strides that no memory can
/// have. How large the memory is a tensor does not say: where it points has to be trusted. The unversioned structure
/// does not say whether its bytes may be written: the view is read-only.
template <dlpack::managed Managed>
[[nodiscard]] memory_view from_dlpack(dlpack::owner<Managed>&& tensor)
{
    if (tensor == nullptr) {
        dlpack::throw_no_tensor();
    }
    if constexpr (dlpack::versioned<Managed>) {
        dlpack::require_version({tensor->version.major, tensor->version.minor});
        return dlpack::make_view(tensor, (tensor->flags & dlpack::flag_read_only) != 0);
    } else {
        return dlpack::make_view(tensor, true);
    }
}

} // namespace samepage
