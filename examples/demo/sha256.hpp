// SPDX-License-Identifier: BSL-1.0
// sha256.hpp: a running SHA-256, by OpenSSL.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

struct evp_md_ctx_st;

namespace demo {

class sha256 {
public:
    /// @throws std::runtime_error if OpenSSL refuses; so does every member.
    sha256();

    void update(std::span<const std::byte> bytes);

    /// 64 hexadecimal digits, as sha256sum prints them. Once, at the end.
    [[nodiscard]] std::string finish();

private:
    struct free_context {
        void operator()(evp_md_ctx_st* context) const;
    };
    std::unique_ptr<evp_md_ctx_st, free_context> context_;
};

} // namespace demo
