// SPDX-License-Identifier: BSL-1.0
// input.hpp: a fuzzer's bytes, taken one value after another; zeros once they are used up.
// Thread safety: none.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace fuzz {

class input {
public:
    input(const std::uint8_t* data, std::size_t bytes) noexcept : left_(data, bytes) {}

    [[nodiscard]] bool empty() const noexcept { return left_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return left_.size(); }

    template <class T>
    [[nodiscard]] T take() noexcept
    {
        T value{};
        take(&value, sizeof value);
        return value;
    }

    void take(void* into, std::size_t bytes) noexcept
    {
        const auto count = std::min(bytes, left_.size());
        if (count != 0) {
            std::memcpy(into, left_.data(), count);
            left_ = left_.subspan(count);
        }
    }

private:
    std::span<const std::uint8_t> left_;
};

} // namespace fuzz
