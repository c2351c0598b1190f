// SPDX-License-Identifier: BSL-1.0
// consumer.cpp: a recorder that is killed again and again, and each time goes on where it was.
#include "reading.hpp"

#include <samepage/channel/consumer.hpp>
#include <samepage/ring/remove_channel.hpp>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <exception>
#include <iostream>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace std::chrono_literals;

/// What is written down. It outlives the process that writes it, like a file.
struct record_book {
    std::uint64_t next = 0; ///< all readings below it are written down
    std::uint64_t missed = 0;
    std::uint64_t twice = 0;
    bool over = false;
};

/// One life: takes readings until the stream ends, or until somebody kills us.
void record(const std::string& channel, record_book& book)
{
    samepage::consumer<reading> in(channel, {.name = "recorder",
                                             .from = samepage::start::oldest, // the first time only
                                             .wait_for_channel = 10s});
    while (auto batch = in.take(64)) {
        book.missed += batch.lost();
        for (const reading& one : batch) {
            book.twice += one.number < book.next ? 1 : 0; // killed behind this line, and before the release
            book.missed += one.number > book.next ? one.number - book.next : 0;
            book.next = one.number + 1;
        }
        batch.release(); // from here on these do not come again
    }
    book.over = true;
}

} // namespace

int main(int count, char** arguments)
try {
    const std::string channel = count > 1 ? arguments[1] : "readings";
    void* const pages = ::mmap(nullptr, sizeof(record_book), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) {
        throw std::runtime_error("no memory for the record book");
    }
    auto& book = *new (pages) record_book;
    unsigned lives = 0;
    while (!book.over) {
        ++lives;
        const ::pid_t life = ::fork();
        if (life == 0) {
            try {
                record(channel, book);
            } catch (const std::exception& problem) {
                std::cerr << "consumer: " << problem.what() << std::endl;
                ::_exit(1);
            }
            ::_exit(0);
        }
        for (int status = 0, rest = 20; ::waitpid(life, &status, WNOHANG) != life; --rest) {
            if (rest == 0 && lives < 10) {
                ::kill(life, SIGKILL);
            }
            std::this_thread::sleep_for(1ms);
        }
    }
    samepage::remove_channel(channel); // not the producer: the last life may still have to find it
    std::cout << "recorded " << book.next << " readings, missed " << book.missed
              << ", lives: " << (lives > 1 ? "several" : "one") << std::endl;
    return book.missed == 0 ? 0 : 1;
} catch (const std::exception& problem) {
    std::cerr << "consumer: " << problem.what() << '\n';
    return 1;
}
