// SPDX-License-Identifier: BSL-1.0
// sha256.cpp: a running SHA-256, by OpenSSL.
#include "sha256.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <stdexcept>

namespace demo {
namespace {

void require(int result)
{
    if (result != 1) {
        throw std::runtime_error("OpenSSL refuses SHA-256");
    }
}

} // namespace

void sha256::free_context::operator()(evp_md_ctx_st* context) const
{
    EVP_MD_CTX_free(context);
}

sha256::sha256() : context_(EVP_MD_CTX_new())
{
    require(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr));
}

void sha256::update(std::span<const std::byte> bytes)
{
    require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
}

std::string sha256::finish()
{
    std::array<unsigned char, 32> digest{};
    require(EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr));
    std::string digits;
    for (const unsigned char byte : digest) {
        digits += fmt::format("{:02x}", byte);
    }
    return digits;
}

} // namespace demo
