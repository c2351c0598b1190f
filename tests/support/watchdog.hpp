// SPDX-License-Identifier: BSL-1.0
// watchdog.hpp: ends a test case that hangs, with its children, and takes their files along.
// Thread safety: one thread, the test's.
#pragma once

#include <string>

#include <sys/types.h>

namespace support::watchdog {

/// Each test case gets `seconds` from here on (more under a sanitizer). Then the process tells where its children and
/// itself stand, and exits. The time is counted in thirds: a machine that is suspended takes one of them at most.
void begin_case(const char* name, unsigned seconds);
void end_case();

/// A child ends itself after its longest test case; its parent's death ends it too.
void watch_self();

void watch_child(::pid_t pid);
void forget_child(::pid_t pid) noexcept;

/// A file to unlink in the end, if its owner does not come to it.
void watch_file(const std::string& path);
void forget_file(const std::string& path) noexcept;

} // namespace support::watchdog
