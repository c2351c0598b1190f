// SPDX-License-Identifier: BSL-1.0
// descriptor.hpp: a file descriptor that closes itself.
#pragma once

#include <utility>

#include <unistd.h>

namespace demo {

class descriptor {
public:
    descriptor() = default;
    explicit descriptor(int value) noexcept : value_(value) {}
    descriptor(descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
    descriptor& operator=(descriptor&& other) noexcept
    {
        std::swap(value_, other.value_);
        return *this;
    }
    ~descriptor()
    {
        if (value_ >= 0) {
            ::close(value_);
        }
    }

    [[nodiscard]] int get() const noexcept { return value_; }

private:
    int value_ = -1;
};

} // namespace demo
