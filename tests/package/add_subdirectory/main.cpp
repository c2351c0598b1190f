// SPDX-License-Identifier: BSL-1.0
// main.cpp: a user's program: one record and its column, from a producer to a consumer over a ring.
#include <samepage/channel/consumer.hpp>
#include <samepage/channel/producer.hpp>
#include <samepage/ring/remove_channel.hpp>

#include <boost/describe.hpp>

#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>

#include <unistd.h>

namespace user {
struct quote {
    std::uint64_t time_ns;
    double bid, ask;
};
BOOST_DESCRIBE_STRUCT(quote, (), (time_ns, bid, ask))
} // namespace user

int main()
try {
    const std::string name = "package_typed_" + std::to_string(::getpid());
    bool same = false;
    {
        samepage::producer<user::quote> quotes{name};
        samepage::consumer<user::quote> reader{name};
        auto slot = quotes.loan();
        *slot = {1, 99.5, 100.5};
        slot.publish();
        const auto batch = reader.take();
        const auto ask = batch.field(&user::quote::ask);
        same = batch.size() == 1 && batch.front().time_ns == 1 && ask.front() == 100.5;
    }
    samepage::remove_channel(name);
    std::puts(same ? "add_subdirectory: one record, taken as it was published"
                   : "add_subdirectory: another record came");
    return same ? 0 : 1;
} catch (const std::exception& fault) {
    std::fputs(fault.what(), stderr);
    return 1;
}
