// SPDX-License-Identifier: BSL-1.0
// catches_error.cpp: what a user writes around a set-up; the one header it needs is included by the command line.
int verdict_on(void (*set_up)())
{
    try {
        set_up();
    } catch (const samepage::error& fault) {
        return fault.code() == samepage::errc::not_found ? 1 : 2;
    }
    return 0;
}
