// SPDX-License-Identifier: BSL-1.0
// lease.hpp: what keeps the bytes of a view where they are: a batch of the ring, a mapping, a container.
// Thread safety: as std::shared_ptr's: distinct leases of one owner may be copied and dropped by any threads. The owner
// itself is destroyed by the thread that drops the last one: of a batch, that has to be its consumer's.
#pragma once

#include <samepage/view/buffer_error.hpp>

#include <concepts>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace samepage {

/// A share in an owner of bytes, which is destroyed with the last of them. None at all, as a default-made lease is,
/// means that the bytes are borrowed: whoever lent them has to outlive every view.
class lease {
public:
    lease() noexcept = default;

    /// Moves an owner in. What it owns must not move with it, or be looked up after the move, by get<Owner>(). Copies
    /// no payload; one allocation.
    template <class Owner>
        requires(!std::is_reference_v<Owner> && !std::is_const_v<Owner> && !std::same_as<Owner, lease> &&
                 std::move_constructible<Owner>)
    explicit lease(Owner&& owner) : type_{&typeid(Owner)}, owner_{std::make_shared<Owner>(std::forward<Owner>(owner))}
    {
    }

    /// Whether there is an owner.
    [[nodiscard]] explicit operator bool() const noexcept { return owner_ != nullptr; }

    /// The owner; null if there is none or it is of another type. Lifetime: the last lease's.
    template <class Owner>
    [[nodiscard]] Owner* get() const noexcept
    {
        return type_ != nullptr && *type_ == typeid(Owner) ? static_cast<Owner*>(owner_.get()) : nullptr;
    }

    /// Leases of this owner, this one included: each view, each slice of it and each buffer holds one. 0 if there is no
    /// owner. While other threads copy and drop theirs, an estimate.
    [[nodiscard]] std::size_t count() const noexcept { return static_cast<std::size_t>(owner_.use_count()); }

    /// Gives the bytes back now, as Python's mmap.close() does. Throws buffer_error (errc::buffer_exported) and changes
    /// nothing if anything else holds a lease of this owner. Without an owner it does nothing.
    void release()
    {
        if (count() > 1) {
            throw_exported(count() - 1);
        }
        drop();
    }

    /// Lets go of this share alone; the last one destroys the owner.
    void drop() noexcept
    {
        type_ = nullptr;
        owner_.reset();
    }

    /// Of one owner, or both of none.
    [[nodiscard]] friend bool operator==(const lease& left, const lease& right) noexcept
    {
        return left.owner_ == right.owner_;
    }

private:
    [[noreturn]] static void throw_exported(std::size_t others);

    // In this order: when a lease is assigned, the old owner goes with owner_, and the other lease may be inside it.
    const std::type_info* type_ = nullptr;
    std::shared_ptr<void> owner_;
};

} // namespace samepage
