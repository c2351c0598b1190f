// SPDX-License-Identifier: BSL-1.0
// producer.cpp: looks at this machine, and logs what it finds as messages.
#include <samepage/channel/message_producer.hpp>
#include <samepage/ring/remove_channel.hpp>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <exception>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

#include <event.capnp.h>
#include <unistd.h>

namespace {

class log {
public:
    explicit log(const std::string& channel) : events_(channel)
    {
        while (events_.consumer_count() == 0) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
    }

    // An event, written where the viewer will read it. `set` gets the Event::Builder, for what this one has besides.
    template <class Set>
    void write(Severity severity, const std::string& message, Set&& set)
    {
        auto draft = events_.loan(); // events differ in size: it may grow
        if (!draft) {
            throw std::runtime_error("no draft of an event: " + std::string(to_string(draft.why())));
        }
        auto event = draft.root();
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        event.setTimeNs(static_cast<std::uint64_t>(std::chrono::nanoseconds(now).count()));
        event.setSeverity(severity);
        event.getSource().setProgram("producer");
        event.getSource().setProcess(static_cast<std::uint32_t>(::getpid()));
        event.setMessage(message);
        set(event);
        if (const auto why = draft.publish(); why != samepage::outcome::ok) {
            throw std::runtime_error("event not published: " + std::string(to_string(why)));
        }
        ++written_;
    }

    unsigned close()
    {
        events_.close();
        return written_;
    }

private:
    samepage::message_producer<Event> events_;
    unsigned written_ = 0;
};

// Texts are copied into the page, once; numbers are stored there.
void look_at(const char* path, log& to)
{
    std::ifstream file(path);
    std::string line;
    if (!std::getline(file, line)) {
        const int number = errno;
        to.write(Severity::ERROR, "cannot be read", [&](Event::Builder event) {
            event.getSource().setFile(path);
            auto pairs = event.initPairs(2);
            pairs[0].setKey("errno");
            pairs[0].getValue().setInt(number);
            pairs[1].setKey("meaning");
            pairs[1].getValue().setText(std::generic_category().message(number));
        });
        return;
    }
    to.write(Severity::INFO, "read", [&](Event::Builder event) {
        event.getSource().setFile(path);
        auto pairs = event.initPairs(3);
        pairs[0].setKey("line");
        pairs[0].getValue().setText(line);
        pairs[1].setKey("bytes");
        pairs[1].getValue().setInt(static_cast<std::int64_t>(line.size()));
        pairs[2].setKey("more");
        pairs[2].getValue().setBool(file.peek() != std::ifstream::traits_type::eof());
    });
}

} // namespace

int main(int count, char** arguments)
try {
    const std::string name = count > 1 ? arguments[1] : "events";
    log events(name);
    events.write(Severity::DEBUG, "begins", [](Event::Builder) {});
    for (const char* path : {"/proc/version", "/proc/loadavg", "/proc/no-such-file", "/proc/uptime"}) {
        look_at(path, events);
    }
    double load = 0;
    std::ifstream("/proc/loadavg") >> load;
    events.write(Severity::WARNING, "load", [&](Event::Builder event) {
        auto pair = event.initPairs(1)[0];
        pair.setKey("of a minute");
        pair.getValue().setFloat(load);
    });

    std::cout << "wrote " << events.close() << " events" << std::endl;
    samepage::remove_channel(name);
    return 0;
} catch (const std::exception& problem) {
    std::cerr << "producer: " << problem.what() << '\n';
    return 1;
}
