// SPDX-License-Identifier: BSL-1.0
// test_main.cpp: main of the tests that start processes: a child's role, or Boost.Test with a watchdog on each case.
#include "support/child.hpp"
#include "support/watchdog.hpp"

#include <boost/test/tree/observer.hpp>
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <string>

namespace {

constexpr unsigned case_seconds = 100;

class case_watch : public boost::unit_test::test_observer {
public:
    void test_unit_start(const boost::unit_test::test_unit& unit) override
    {
        if (unit.p_type == boost::unit_test::TUT_CASE) {
            name_ = unit.full_name();
            support::watchdog::begin_case(name_.c_str(), case_seconds);
        }
    }
    void test_unit_finish(const boost::unit_test::test_unit&, unsigned long) override { support::watchdog::end_case(); }

private:
    std::string name_;
};

bool begin()
{
    static case_watch watch;
    boost::unit_test::framework::register_observer(watch);
    boost::unit_test::framework::master_test_suite().p_name.value =
        std::filesystem::read_symlink("/proc/self/exe").filename().string();
    return true;
}

} // namespace

int main(int argc, char** argv)
{
    int status = 0;
    if (support::run_as_child(argc, argv, status)) {
        return status;
    }
    return boost::unit_test::unit_test_main(&begin, argc, argv);
}
