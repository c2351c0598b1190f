// SPDX-License-Identifier: BSL-1.0
// message_capability_test.cpp: no capability gets into a record, wherever in the message it was set.
#include <samepage/channel/message_consumer.hpp>
#include <samepage/channel/message_producer.hpp>
#include <samepage/core/error.hpp>
#include <samepage/ring/remove_channel.hpp>

#include <boost/test/unit_test.hpp>
#include <capnp/capability.h>

#include <string>

#include <checks.capnp.h>
#include <unistd.h>

using samepage::message_consumer;
using samepage::message_producer;
using samepage::outcome;

namespace {

struct fixture {
    fixture() = default;
    fixture(const fixture&) = delete;
    fixture& operator=(const fixture&) = delete;
    ~fixture() { samepage::remove_channel(name); }

    std::string name = "test-capability-" + std::to_string(::getpid());
    message_producer<checks::All> producer{name};
    message_consumer<checks::All> consumer{name};

    static checks::Service::Client somebody() { return checks::Service::Client{capnp::newBrokenCap("somebody")}; }

    /// Publishing is refused, with words; what `remove` does puts the draft right.
    void refused(samepage::message_draft<checks::All>& draft, const auto& remove)
    {
        draft.root().setText("kept");
        try {
            static_cast<void>(draft.publish());
            BOOST_ERROR("published");
        } catch (const samepage::error& why) {
            BOOST_TEST((why.code() == samepage::errc::invalid_argument));
            BOOST_TEST(why.parts().channel == name);
            BOOST_TEST(why.parts().found.find("a capability") == 0U);
        }
        BOOST_TEST((consumer.try_take().why() == outcome::empty));
        remove();
        BOOST_REQUIRE((draft.publish() == outcome::ok));
        const auto message = consumer.try_take();
        BOOST_REQUIRE_MESSAGE(message, message.fault());
        BOOST_TEST(message.root().getText().cStr() == std::string{"kept"});
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(message_capabilities, fixture)

BOOST_AUTO_TEST_CASE(a_capability_in_a_field_is_refused_and_the_draft_is_as_it_was)
{
    auto draft = producer.loan();
    draft.root().setService(somebody());
    refused(draft, [&] { draft.root().disownService(); });
}

BOOST_AUTO_TEST_CASE(a_capability_in_a_list_is_refused)
{
    auto draft = producer.loan();
    draft.root().initServices(2).set(1, somebody());
    refused(draft, [&] { draft.root().disownServices(); });
}

BOOST_AUTO_TEST_CASE(a_capability_in_an_AnyPointer_is_refused)
{
    auto draft = producer.loan();
    draft.root().getAny().setAs<checks::Service>(somebody());
    refused(draft, [&] { draft.root().getAny().clear(); });
}

BOOST_AUTO_TEST_CASE(a_capability_in_a_message_that_grew_is_refused)
{
    auto draft = producer.loan(64);
    draft.root().initTexts(100).set(99, "far");
    draft.root().setService(somebody());
    refused(draft, [&] { draft.root().disownService(); });
}

BOOST_AUTO_TEST_CASE(a_capability_that_was_replaced_before_publishing_is_no_part_of_the_message)
{
    auto draft = producer.loan();
    draft.root().setService(somebody());
    draft.root().disownService();
    BOOST_TEST((draft.publish() == outcome::ok));
}

BOOST_AUTO_TEST_SUITE_END()
