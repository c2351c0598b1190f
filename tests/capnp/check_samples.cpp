// SPDX-License-Identifier: BSL-1.0
// check_samples.cpp: what the messages hold, and how they are read.
#include "check_samples.hpp"

#include "pointer_words.hpp"
#include "sample_messages.hpp"

#include <capnp/any.h>
#include <capnp/serialize.h>

#include <cstring>
#include <string>

namespace check_samples {
namespace {

using namespace checks;

// ---- Reading.

std::uint64_t sum(bool value)
{
    return value ? 1 : 0;
}
std::uint64_t sum(capnp::Void)
{
    return 0;
}
template <class Number>
    requires std::is_arithmetic_v<Number> std::uint64_t sum(Number value)
    {
        return value > 0 ? 1 : 0;
    }
template <class Enum>
    requires std::is_enum_v<Enum> std::uint64_t sum(Enum value)
    {
        return static_cast<std::uint64_t>(value);
    }
std::uint64_t sum(capnp::Text::Reader text)
{
    std::uint64_t all = text.size() + static_cast<std::uint8_t>(*text.end()); // the NUL too
    for (const char each : text) {
        all += static_cast<std::uint8_t>(each);
    }
    return all;
}
std::uint64_t sum(capnp::Data::Reader data)
{
    std::uint64_t all = data.size();
    for (const auto each : data) {
        all += each;
    }
    return all;
}
std::uint64_t sum(capnp::AnyPointer::Reader pointer)
{
    return pointer.isNull() ? 0 : static_cast<std::uint64_t>(pointer.getPointerType());
}
std::uint64_t sum(Small::Reader value);
std::uint64_t sum(Empty::Reader value);
std::uint64_t sum(Node::Reader value);
std::uint64_t sum(New::Number::Reader value);
std::uint64_t sum(New::Name::Reader value);
std::uint64_t sum(New::Point::Reader value);
std::uint64_t sum(New::Reader value);
std::uint64_t sum(Old::Point::Reader value);
std::uint64_t sum(samples::Level::Reader value);
template <class List>
    requires requires(List list)
    {
        typename capnp::FromReader<List>;
        list.size();
        list[0];
    }
std::uint64_t sum(List list)
{
    std::uint64_t all = list.size();
    for (auto each : list) {
        all += sum(each);
    }
    return all;
}

std::uint64_t sum(Small::Reader value)
{
    return sum(value.getNumber()) + sum(value.getText());
}
std::uint64_t sum(Empty::Reader)
{
    return 1;
}
std::uint64_t sum(samples::Level::Reader value)
{
    return sum(value.getPrice()) + value.getQuantity();
}

std::uint64_t sum(Node::Reader value)
{
    const auto all = sum(value.getLabel());
    const auto kind = value.getKind();
    switch (kind.which()) {
    case Node::Kind::LEAF: return all;
    case Node::Kind::TEXT: return all + sum(kind.getText());
    case Node::Kind::BLOB: return all + sum(kind.getBlob());
    case Node::Kind::CHILD: return all + (kind.hasChild() ? sum(kind.getChild()) : 0);
    case Node::Kind::CHILDREN: return all + sum(kind.getChildren());
    case Node::Kind::NUMBERS: return all + sum(kind.getNumbers());
    case Node::Kind::BITS: return all + sum(kind.getBits());
    case Node::Kind::ANY: return all + sum(kind.getAny());
    case Node::Kind::TEXTS: return all + sum(kind.getTexts());
    case Node::Kind::PAIR: {
        const auto second = kind.getPair().getSecond();
        return all + sum(kind.getPair().getFirst()) + (second.isFlags() ? sum(second.getFlags()) : 0) +
               (second.isSmall() ? sum(second.getSmall()) : 0);
    }
    }
    return all;
}

std::uint64_t sum(New::Number::Reader value)
{
    return value.getValue() + sum(value.getComment());
}
std::uint64_t sum(New::Name::Reader value)
{
    return sum(value.getName()) + sum(value.getOther()) + value.getLength();
}
std::uint64_t sum(New::Point::Reader value)
{
    return sum(value.getX()) + (value.isText() ? sum(value.getText()) : 0) +
           (value.isNext() && value.hasNext() ? sum(value.getNext()) : 0);
}
std::uint64_t sum(New::Reader value)
{
    return sum(value.getNumbers()) + sum(value.getNames()) + sum(value.getWide()) + sum(value.getMarks()) +
           sum(value.getPoints()) + sum(value.getExtra());
}
std::uint64_t sum(Old::Point::Reader value)
{
    return sum(value.getX());
}
std::uint64_t sum(Old::Reader value)
{
    return sum(value.getNumbers()) + sum(value.getNames()) + sum(value.getWide()) + sum(value.getMarks()) +
           sum(value.getPoints());
}

template <class T>
std::uint64_t sum_box(typename Box<T>::Reader box)
{
    const auto both = box.getBoth();
    std::uint64_t all = sum(both.getB());
    if constexpr (capnp::kind<T>() == capnp::Kind::STRUCT) {
        all += (box.hasValue() ? sum(box.getValue()) : 0) + (both.hasA() ? sum(both.getA()) : 0);
    } else {
        all += sum(box.getValue()) + sum(both.getA());
    }
    return all + (box.hasAgain() ? sum_box<T>(box.getAgain()) : 0);
}

std::uint64_t sum(Endless::Reader value)
{
    return sum(value.getText()) + (value.hasMore() ? sum(value.getMore()) : sum(value.getMore().getText()));
}

std::uint64_t sum(All::Reader all)
{
    std::uint64_t found = sum(all.getVoids()) + sum(all.getBools()) + sum(all.getBytes()) + sum(all.getShorts()) +
                          sum(all.getColours()) + sum(all.getFloats()) + sum(all.getLongs()) + sum(all.getText()) +
                          sum(all.getData()) + sum(all.getTexts()) + sum(all.getDatas()) + sum(all.getSmalls()) +
                          sum(all.getEmpties()) + sum(all.getEmpty()) + sum(all.getDeep()) + sum(all.getRows()) +
                          sum(all.getNodes()) + sum(all.getAny()) + sum(all.getPages()) + sum(all.getPreset()) +
                          sum(all.getPresets()) + sum(all.getOld()) + sum(all.getNew());
    found += all.hasNode() ? sum(all.getNode()) : 0;
    found += sum(all.getAnyStruct().getDataSection()) + all.getAnyList().size() + all.getServices().size();
    found += sum_box<capnp::Text>(all.getTextBox()) + sum_box<Node>(all.getNodeBox()) +
             sum_box<capnp::List<std::int32_t>>(all.getListBox()) + sum_box<capnp::AnyPointer>(all.getAnyBox());
    return found + sum(all.getEndless());
}

std::uint64_t sum(samples::Sample::Reader sample)
{
    std::uint64_t all = sum(sample.getText()) + sum(sample.getBlob()) + sum(sample.getNumbers()) +
                        sum(sample.getFlags()) + sum(sample.getNames()) + sum(sample.getLevels()) +
                        sum(sample.getTable()) + sum(sample.getBest()) + sum(sample.getOrigin().getHost()) +
                        sum(sample.getUnit()) + sum(sample.getLimits()) + sum(sample.getSpread());
    const auto payload = sample.getPayload();
    all += payload.isNote() ? sum(payload.getNote()) : 0;
    all += payload.isLevel() ? sum(payload.getLevel()) : 0;
    return all + (sample.hasInner() ? sum(sample.getInner()) : 0);
}

template <class Schema>
type of()
{
    return {capnp::Schema::from<Schema>(),
            [](capnp::MessageReader& message) { return sum(message.getRoot<Schema>()); }};
}

// ---- Writing.

std::string word(std::uint32_t seed)
{
    return std::string(seed % 23, static_cast<char>('a' + seed % 26));
}

void fill_small(Small::Builder small, std::uint32_t seed)
{
    small.setNumber(static_cast<std::uint16_t>(seed));
    small.setText(word(seed));
}

void fill_list(auto list, std::uint32_t seed)
{
    for (std::uint32_t i = 0; i < list.size(); ++i) {
        list.set(i, static_cast<std::decay_t<decltype(list[i])>>(seed + i));
    }
}

std::vector<message> all_roots(const auto& flatten)
{
    using builder = capnp::MessageBuilder;
    std::vector<message> made;
    for (std::uint32_t seed = 0; seed < 12; ++seed) {
        made.push_back({0, flatten([&](builder& to) { check_samples::fill(to.initRoot<All>(), seed); })});
        made.push_back({1, flatten([&](builder& to) { fill(to.initRoot<Node>(), seed, 3); })});
        made.push_back({2, flatten([&](builder& to) { fill(to.initRoot<New>(), seed); })});
        made.push_back({4, flatten([&](builder& to) { sample_messages::fill(to.initRoot<samples::Sample>(), seed); })});
    }
    made.push_back({3, flatten([](builder& to) { fill(to.initRoot<Old>()); })});
    return made;
}

std::vector<std::uint64_t> words_of(capnp::MessageBuilder& builder)
{
    const auto flat = capnp::messageToFlatArray(builder);
    std::vector<std::uint64_t> words(flat.size());
    std::memcpy(words.data(), flat.begin(), flat.asBytes().size());
    return words;
}

} // namespace

void fill(Node::Builder node, std::uint32_t seed, int depth)
{
    node.setLabel(word(seed));
    auto kind = node.getKind();
    switch (depth <= 0 ? seed % 3 : seed % 12) {
    case 0: kind.setLeaf(); break;
    case 1: kind.setText(word(seed + 5)); break;
    case 2: kind.initBlob(seed % 40 + 1)[seed % 40] = 7; break;
    case 3: fill(kind.initChild(), seed + 1, depth - 1); break;
    case 4: {
        auto children = kind.initChildren(3);
        for (std::uint32_t i = 0; i < 3; ++i) {
            fill(children[i], seed + 3 + i, depth - 1);
        }
        break;
    }
    case 5: fill_list(kind.initNumbers(seed % 9), seed); break;
    case 6: fill_list(kind.initBits(seed % 99), seed); break;
    case 7: fill_small(kind.initAny().initAs<Small>(), seed); break;
    case 8: {
        auto texts = kind.initTexts(2);
        texts.init(0, 2).set(1, word(seed));
        texts.init(1, 1).set(0, word(seed + 1));
        break;
    }
    case 9: kind.initPair().setFirst(word(seed)); break;
    case 10: fill_list(kind.initPair().initSecond().initFlags(70), seed); break;
    default: {
        auto pair = kind.initPair();
        pair.setFirst(word(seed));
        fill_small(pair.initSecond().initSmall(), seed);
    }
    }
}

void fill(Old::Builder old)
{
    fill_list(old.initNumbers(5), 3);
    auto names = old.initNames(3);
    names.set(0, "zero");
    names.set(2, "two");
    fill_list(old.initWide(3), 9);
    old.initMarks(4);
    auto points = old.initPoints(3);
    points[1].setX(-5);
}

void fill(New::Builder grown, std::uint32_t seed)
{
    auto numbers = grown.initNumbers(3);
    numbers[1].setValue(seed);
    numbers[1].setComment(word(seed));
    auto names = grown.initNames(3);
    names[0].setName(word(seed));
    names[0].setLength(4);
    names[2].setName(word(seed + 1));
    names[2].initOther(2).set(1, word(seed + 2));
    grown.initWide(2)[1].setComment("wide");
    grown.initMarks(2)[0].setName("mark");
    auto points = grown.initPoints(4);
    points[0].setText(word(seed));
    points[1].initNext().initNext().setText("far");
    points[2].setX(2);
    if (seed % 3 == 0) {
        fill(grown.initExtra(1)[0], seed + 1);
    }
}

void fill(All::Builder all, std::uint32_t seed)
{
    all.initVoids(3);
    fill_list(all.initBools(seed % 130), seed);
    fill_list(all.initBytes(seed + 1), seed);
    fill_list(all.initShorts(seed + 2), seed);
    all.initColours(3).set(1, Colour::GREEN);
    fill_list(all.initFloats(3), seed);
    fill_list(all.initLongs(2), seed);
    all.setText(word(seed));
    all.initData(seed + 3)[1] = 4;
    auto texts = all.initTexts(3);
    texts.set(0, word(seed));
    texts.set(2, word(seed + 1));
    all.initDatas(2).init(1, 9)[8] = 1;
    auto smalls = all.initSmalls(4);
    for (std::uint32_t i = 0; i < 4; ++i) {
        fill_small(smalls[i], seed + i);
    }
    all.initEmpties(5);
    all.initEmpty();
    auto deep = all.initDeep(2);
    deep.init(0, 2).init(1, 3).set(2, 5);
    auto rows = all.initRows(3);
    fill_small(rows.init(0, 2)[1], seed);
    rows.init(2, 1);
    fill(all.initNode(), seed, 3);
    auto nodes = all.initNodes(3);
    for (std::uint32_t i = 0; i < 3; ++i) {
        fill(nodes[i], seed * 5 + i, 2);
    }
    if (seed % 2 == 0) {
        fill(all.getAny().initAs<Node>(), seed + 4, 2);
        fill_small(all.initAnyStructAs<Small>(), seed);
        all.initAnyListAs<capnp::List<capnp::Text>>(2).set(0, word(seed));
    } else {
        all.getAny().initAs<capnp::List<Node>>(2);
        all.initAnyListAs<capnp::List<Small>>(3)[1].setText("in any");
    }
    all.initServices(2); // no service in them
    all.initTextBox().setValue(word(seed));
    all.getTextBox().initBoth().setB(word(seed));
    fill(all.initNodeBox().initAgain().initValue(), seed, 1);
    fill(all.getNodeBox().initBoth().initA(), seed + 1, 1);
    fill_list(all.initListBox().initValue(4), seed);
    all.initAnyBox().getValue().setAs<capnp::Text>(word(seed));
    all.setNumber(seed);
    if (seed % 4 == 1) {
        fill(all.initPreset(), seed, 1);
        all.initPresets(1)[0].setText("set");
        all.initEndless().initMore().setText("end");
    }
    all.initPages(2).init(0, 5);
    fill(all.initOld());
    fill(all.initNew(), seed);
}

std::vector<message> messages()
{
    return all_roots([](const auto& build) {
        capnp::MallocMessageBuilder builder(4096);
        build(builder);
        return words_of(builder);
    });
}

std::vector<message> scattered_messages()
{
    auto made = all_roots([](const auto& build) {
        // At most page_reader::most_segments of them.
        for (unsigned words = 16;; words *= 2) {
            capnp::MallocMessageBuilder builder(words, capnp::AllocationStrategy::FIXED_SIZE);
            build(builder);
            if (builder.getSegmentsForOutput().size() <= 32) {
                return words_of(builder);
            }
        }
    });
    for (std::size_t every = 1; const auto& message : messages()) {
        made.push_back({message.type, with_double_fars(message.words, every++ % 5 + 1)});
    }
    return made;
}

std::vector<std::uint64_t> with_double_fars(const std::vector<std::uint64_t>& message, std::size_t every)
{
    std::vector<std::uint64_t> segment(message.begin() + 1, message.end());
    std::vector<std::uint64_t> pads;
    std::size_t turn = 0;
    for (const auto at : spoiling::pointer_words(segment, false)) {
        const auto pointer = segment[at];
        const auto offset = static_cast<std::int32_t>(static_cast<std::uint32_t>(pointer)) >> 2;
        if (turn++ % every != 0) {
            continue;
        }
        const auto target = static_cast<std::uint64_t>(static_cast<std::int64_t>(at) + 1 + offset);
        segment[at] = (std::uint64_t{1} << 32U) | (pads.size() << 3U) | 4U | 2U;
        pads.push_back(target << 3U | 2U); // segment 0
        pads.push_back((pointer & ~std::uint64_t{0xFFFFFFFF}) | (pointer & 3U));
    }
    std::vector<std::uint64_t> made{1 | std::uint64_t{segment.size()} << 32U, pads.size()};
    made.insert(made.end(), segment.begin(), segment.end());
    made.insert(made.end(), pads.begin(), pads.end());
    return made;
}

const std::vector<type>& types()
{
    static const std::vector<type> all{of<All>(), of<Node>(), of<New>(), of<Old>(), of<samples::Sample>()};
    return all;
}

} // namespace check_samples
