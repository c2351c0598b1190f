// SPDX-License-Identifier: BSL-1.0
// language.hpp: says in one line what an older standard would say in hundreds.
#pragma once

#if !defined(__cplusplus) || __cplusplus < 202002L
#error "samepage needs C++20: -std=c++20, or target_compile_features(mine PRIVATE cxx_std_20)"
#endif
