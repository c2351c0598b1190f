// SPDX-License-Identifier: BSL-1.0
// scenarios.cpp: the list.
#include "model/scenarios.hpp"

namespace model {

const std::vector<scenario>& scenarios()
{
    static const std::vector<scenario> all = [] {
        std::vector<scenario> list;
        parts::add_streaming(list);
        parts::add_lossy(list);
        parts::add_deaths(list);
        parts::add_waiting(list);
        return list;
    }();
    return all;
}

} // namespace model
