// SPDX-License-Identifier: BSL-1.0
// capnp.cpp: a Cap'n Proto message built and read in one page, with the flags of samepage-capnp.pc.
#include <samepage/channel/page_builder.hpp>
#include <samepage/channel/page_reader.hpp>

#include <capnp/any.h>

#include <array>
#include <cstddef>
#include <cstdio>

int main()
{
    alignas(8) std::array<std::byte, 1024> page{};
    samepage::page_builder builder{page};
    builder.message().getRoot<capnp::AnyPointer>().setAs<capnp::Text>("built in place");
    samepage::page_reader reader{builder.finish()};
    const bool same = reader.getRoot<capnp::AnyPointer>().getAs<capnp::Text>() == "built in place";
    std::puts(same ? "pkg-config: one message, built and read in place" : "pkg-config: another message came back");
    return same ? 0 : 1;
}
