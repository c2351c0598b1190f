// SPDX-License-Identifier: BSL-1.0
// main.cpp: a user's program: one Cap'n Proto message, built and read in place, over a ring.
#include "note.capnp.h"

#include <samepage/channel/message_consumer.hpp>
#include <samepage/channel/message_producer.hpp>
#include <samepage/ring/remove_channel.hpp>

#include <cstdio>
#include <exception>
#include <string>

#include <unistd.h>

int main()
try {
    const std::string name = "package_message_" + std::to_string(::getpid());
    bool same = false;
    {
        samepage::message_producer<Note> notes{name};
        samepage::message_consumer<Note> reader{name};
        auto draft = notes.loan();
        draft.root().setText("built in place");
        same = draft.publish() == samepage::outcome::ok;
        auto message = reader.take();
        same = same && message.root().getText() == "built in place";
    }
    samepage::remove_channel(name);
    std::puts(same ? "find_package: one message, taken as it was published" : "find_package: another message came");
    return same ? 0 : 1;
} catch (const std::exception& fault) {
    std::fputs(fault.what(), stderr);
    return 1;
}
