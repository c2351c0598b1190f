// SPDX-License-Identifier: BSL-1.0
// scratch_channel.hpp: the name of a channel of this process alone, which goes with the object.
#pragma once

#include <samepage/ring/remove_channel.hpp>

#include <exception>
#include <iostream>
#include <string>

#include <unistd.h>

namespace meter {

class scratch_channel {
public:
    scratch_channel() : name_{"views."} { name_ += std::to_string(::getpid()); }
    scratch_channel(const scratch_channel&) = delete;
    scratch_channel& operator=(const scratch_channel&) = delete;

    ~scratch_channel()
    {
        try {
            samepage::remove_channel(name_);
        } catch (const std::exception& problem) {
            std::cerr << problem.what() << '\n';
        }
    }

    [[nodiscard]] const std::string& name() const { return name_; }

private:
    std::string name_;
};

} // namespace meter
