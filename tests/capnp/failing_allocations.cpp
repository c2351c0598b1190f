// SPDX-License-Identifier: BSL-1.0
// failing_allocations.cpp: the global operator new, over malloc.
#include "failing_allocations.hpp"

#include <cstdlib>
#include <new>

namespace {

thread_local std::size_t left = 0; ///< 0: none fails

} // namespace

failing_allocation::failing_allocation(std::size_t which) noexcept
{
    left = which;
}

failing_allocation::~failing_allocation()
{
    left = 0;
}

bool failing_allocation::happened() noexcept
{
    return left == 0;
}

// Every form without an alignment, so that none is freed here that a sanitizer's gave out.

void* operator new(std::size_t bytes, const std::nothrow_t& /*tag*/) noexcept
{
    if (left != 0 && --left == 0) {
        return nullptr;
    }
    return std::malloc(bytes == 0 ? 1 : bytes);
}

void* operator new(std::size_t bytes)
{
    if (void* const memory = ::operator new(bytes, std::nothrow)) {
        return memory;
    }
    throw std::bad_alloc{};
}

void* operator new[](std::size_t bytes)
{
    return ::operator new(bytes);
}

void* operator new[](std::size_t bytes, const std::nothrow_t& /*tag*/) noexcept
{
    return ::operator new(bytes, std::nothrow);
}

void operator delete(void* memory) noexcept
{
    std::free(memory);
}

void operator delete[](void* memory) noexcept
{
    std::free(memory);
}

void operator delete(void* memory, std::size_t /*bytes*/) noexcept
{
    std::free(memory);
}

void operator delete[](void* memory, std::size_t /*bytes*/) noexcept
{
    std::free(memory);
}

void operator delete(void* memory, const std::nothrow_t& /*tag*/) noexcept
{
    std::free(memory);
}

void operator delete[](void* memory, const std::nothrow_t& /*tag*/) noexcept
{
    std::free(memory);
}
