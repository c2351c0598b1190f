// SPDX-License-Identifier: BSL-1.0
// garbage_page.hpp: aligned private memory full of stale bytes, between two guards, as a loan of a used ring would be.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

class garbage_page {
public:
    explicit garbage_page(std::size_t bytes, std::uint64_t content = ~std::uint64_t{0})
        : bytes_(bytes), content_(content), words_(guard_words + (bytes + 7) / 8 + guard_words, content)
    {
    }

    [[nodiscard]] std::span<std::byte> bytes()
    {
        return std::as_writable_bytes(std::span{words_}).subspan(guard_words * 8, bytes_);
    }

    /// Whether nothing outside bytes() was written.
    [[nodiscard]] bool guards_intact() const
    {
        const auto stale = [this](std::uint64_t word) { return word == content_; };
        return std::all_of(words_.begin(), words_.begin() + guard_words, stale) &&
               std::all_of(words_.end() - guard_words, words_.end(), stale);
    }

private:
    static constexpr std::ptrdiff_t guard_words = 64;
    std::size_t bytes_;
    std::uint64_t content_;
    std::vector<std::uint64_t> words_;
};
