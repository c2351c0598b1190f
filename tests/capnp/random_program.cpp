// SPDX-License-Identifier: BSL-1.0
// random_program.cpp: the steps that a program is made of. What a step does may depend on the message so far, but on
// nothing that differs between places: no addresses, no sizes in segments.
#include "random_program.hpp"

#include <capnp/any.h>
#include <capnp/schema.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace random_messages {
namespace {

using capnp::AnyPointer;
using capnp::DynamicEnum;
using capnp::DynamicList;
using capnp::DynamicStruct;
using capnp::DynamicValue;
using capnp::Orphan;
using everything::Everything;
using which = capnp::schema::Type;

template <class T>
Orphan<DynamicValue> truncated(Orphan<DynamicList> orphan, capnp::uint count)
{
    auto list = orphan.releaseAs<capnp::List<T>>();
    list.truncate(count);
    return list;
}

/// For lists of enums, which Cap'n Proto cannot truncate.
Orphan<DynamicValue> copied(DynamicList::Builder list, capnp::Orphanage orphanage, capnp::uint count)
{
    auto orphan = orphanage.newOrphan(list.getSchema(), count);
    auto copy = orphan.get();
    for (capnp::uint i = 0; i < std::min(count, list.size()); ++i) {
        copy.set(i, list[i].as<DynamicEnum>());
    }
    return orphan;
}

/// Makes it longer, too.
Orphan<DynamicValue> truncated(Orphan<DynamicValue> orphan, capnp::Type type, capnp::uint count,
                               capnp::MessageBuilder& message)
{
    if (type.isText()) {
        auto text = orphan.releaseAs<capnp::Text>();
        text.truncate(count);
        return text;
    }
    if (type.isData()) {
        auto data = orphan.releaseAs<capnp::Data>();
        data.truncate(count);
        return data;
    }
    auto list = orphan.releaseAs<DynamicList>();
    switch (type.asList().whichElementType()) {
    case which::VOID: return truncated<capnp::Void>(kj::mv(list), count);
    case which::BOOL: return truncated<bool>(kj::mv(list), count);
    case which::INT8: return truncated<std::int8_t>(kj::mv(list), count);
    case which::INT16: return truncated<std::int16_t>(kj::mv(list), count);
    case which::INT32: return truncated<std::int32_t>(kj::mv(list), count);
    case which::INT64: return truncated<std::int64_t>(kj::mv(list), count);
    case which::UINT8: return truncated<std::uint8_t>(kj::mv(list), count);
    case which::UINT16: return truncated<std::uint16_t>(kj::mv(list), count);
    case which::UINT32: return truncated<std::uint32_t>(kj::mv(list), count);
    case which::UINT64: return truncated<std::uint64_t>(kj::mv(list), count);
    case which::FLOAT32: return truncated<float>(kj::mv(list), count);
    case which::FLOAT64: return truncated<double>(kj::mv(list), count);
    case which::ENUM: return copied(list.get(), message.getOrphanage(), count);
    case which::TEXT: return truncated<capnp::Text>(kj::mv(list), count);
    case which::DATA: return truncated<capnp::Data>(kj::mv(list), count);
    default: break;
    }
    if (type == capnp::Type::from<capnp::List<everything::Node>>()) {
        return truncated<everything::Node>(kj::mv(list), count);
    }
    if (type == capnp::Type::from<capnp::List<everything::Empty>>()) {
        return truncated<everything::Empty>(kj::mv(list), count);
    }
    if (type == capnp::Type::from<capnp::List<Everything>>()) {
        return truncated<Everything>(kj::mv(list), count);
    }
    return list; // of a type that has no truncate() without generated code
}

/// A field of a struct.
struct field_place {
    DynamicStruct::Builder holder;
    capnp::StructSchema::Field field;

    void set(const DynamicValue::Reader& value) { holder.set(field, value); }
    DynamicValue::Builder init() { return holder.init(field); }
    DynamicValue::Builder init(capnp::uint count) { return holder.init(field, count); }
    void adopt(Orphan<DynamicValue> orphan) { holder.adopt(field, kj::mv(orphan)); }
    DynamicValue::Builder get() { return holder.get(field); }
};

/// An element of a list.
struct item_place {
    DynamicList::Builder list;
    capnp::uint index;

    void set(const DynamicValue::Reader& value) { list.set(index, value); }
    DynamicValue::Builder init() { return list[index]; }
    DynamicValue::Builder init(capnp::uint count) { return list.init(index, count); }
    void adopt(Orphan<DynamicValue> orphan) { list.adopt(index, kj::mv(orphan)); }
    DynamicValue::Builder get() { return list[index]; }
};

bool is_group(capnp::StructSchema::Field field)
{
    return field.getProto().isGroup();
}

bool in_union(capnp::StructSchema::Field field)
{
    return field.getProto().getDiscriminantValue() != capnp::schema::Field::NO_DISCRIMINANT;
}

/// Whether the field may be read: of a union, the member that is set.
bool is_active(DynamicStruct::Builder holder, capnp::StructSchema::Field field)
{
    if (!in_union(field)) {
        return true;
    }
    KJ_IF_MAYBE (set, holder.which()) {
        return *set == field;
    }
    return false;
}

bool is_pointer(capnp::Type type)
{
    return type.isText() || type.isData() || type.isList() || type.isStruct() || type.isAnyPointer();
}

bool may_be_blob(capnp::StructSchema::Field field)
{
    const auto type = field.getType();
    if (type.isData()) {
        return true;
    }
    if (!type.isList()) {
        return false;
    }
    const auto element = type.asList().whichElementType();
    return element != which::BOOL && (element == which::ENUM || (element >= which::INT8 && element <= which::FLOAT64));
}

/// Messages to copy from, made by programs that do not copy from them.
class library {
public:
    static bool contains(std::uint64_t seed) { return seed << 8U == 0; }
    static Everything::Reader book(unsigned index)
    {
        static library all;
        return all.books_[index % all.books_.size()]->getRoot<Everything>().asReader();
    }

private:
    library()
    {
        for (std::uint64_t i = 0; i < 64; ++i) {
            auto book = std::make_unique<capnp::MallocMessageBuilder>();
            heap_workshop place(*book);
            run(i << 56U, place);
            books_.push_back(std::move(book));
        }
    }
    std::vector<std::unique_ptr<capnp::MallocMessageBuilder>> books_;
};

class program {
public:
    program(std::uint64_t seed, workshop& place) : next_(seed), place_(&place), may_copy_(!library::contains(seed)) {}

    std::uint64_t run()
    {
        if (may_copy_ && next_.one_in(16)) {
            place_->message().setRoot(library::book(next_.below(64)));
        }
        const unsigned steps = next_.one_in(10) ? 60 : 1 + next_.below(24);
        for (unsigned i = 0; i < steps; ++i) {
            step();
        }
        pool_.clear(); // before the message is published
        return sum_;
    }

private:
    struct kept {
        capnp::Type type;
        Orphan<DynamicValue> orphan;
    };

    DynamicStruct::Builder root() { return place_->message().getRoot<Everything>(); }

    /// A struct somewhere in the message, a group perhaps.
    DynamicStruct::Builder some_struct()
    {
        auto at = root();
        for (unsigned depth = 0; depth < 6 && !next_.one_in(3); ++depth) {
            std::vector<capnp::StructSchema::Field> ways;
            for (const auto field : at.getSchema().getFields()) {
                const auto type = field.getType();
                if (!is_active(at, field)) {
                    continue;
                }
                if (type.isStruct() ? is_group(field) || at.has(field)
                                    : type.isList() && type.asList().whichElementType() == which::STRUCT &&
                                          at.has(field) && at.get(field).as<DynamicList>().size() != 0) {
                    ways.push_back(field);
                }
            }
            if (ways.empty()) {
                break;
            }
            const auto way = ways[next_.below(ways.size())];
            auto value = at.get(way);
            if (way.getType().isStruct()) {
                at = value.as<DynamicStruct>();
            } else {
                auto list = value.as<DynamicList>();
                at = list[next_.below(list.size())].as<DynamicStruct>();
            }
        }
        return at;
    }

    capnp::uint count(unsigned depth = 0)
    {
        if (depth > 1) {
            return next_.below(depth > 3 ? 2 : 4);
        }
        switch (next_.below(16)) {
        case 0: return next_.below(80);
        case 1:
        case 2: return next_.below(20);
        default: return next_.below(6);
        }
    }
    std::string bytes()
    {
        std::string all(next_.one_in(12) ? next_.below(400) : next_.below(30), ' ');
        for (auto& each : all) {
            each = static_cast<char>('!' + next_.below(90));
        }
        return all;
    }
    static DynamicValue::Reader data_of(const std::string& bytes)
    {
        return capnp::Data::Reader{reinterpret_cast<const kj::byte*>(bytes.data()), bytes.size()};
    }

    template <class Place>
    void put(Place place, capnp::Type type, unsigned depth)
    {
        const std::uint64_t number = next_.one_in(3) ? next_.below(3) : next_();
        switch (type.which()) {
        case which::VOID: return place.set(capnp::VOID);
        case which::BOOL: return place.set(number % 2 == 1);
        case which::INT8: return place.set(static_cast<std::int8_t>(number));
        case which::INT16: return place.set(static_cast<std::int16_t>(number));
        case which::INT32: return place.set(static_cast<std::int32_t>(number));
        case which::INT64: return place.set(static_cast<std::int64_t>(number));
        case which::UINT8: return place.set(static_cast<std::uint8_t>(number));
        case which::UINT16: return place.set(static_cast<std::uint16_t>(number));
        case which::UINT32: return place.set(static_cast<std::uint32_t>(number));
        case which::UINT64: return place.set(number);
        case which::FLOAT32: return place.set(item_of<float>(number));
        case which::FLOAT64: return place.set(item_of<double>(number));
        case which::ENUM: return place.set(DynamicEnum(type.asEnum(), static_cast<std::uint16_t>(number % 5)));
        case which::TEXT: {
            const auto text = bytes();
            if (next_.one_in(3)) {
                auto built = place.init(static_cast<capnp::uint>(text.size())).template as<capnp::Text>();
                std::copy(text.begin(), text.end(), built.begin());
                return;
            }
            return place.set(capnp::Text::Reader(text.c_str(), text.size()));
        }
        case which::DATA: return place.set(data_of(bytes()));
        case which::LIST: {
            const auto wanted = count(depth);
            if (next_.one_in(4)) {
                auto orphan = place_->message().getOrphanage().newOrphan(type.asList(), wanted);
                fill(orphan.get(), depth + 1);
                return place.adopt(kj::mv(orphan));
            }
            return fill(place.init(wanted).template as<DynamicList>(), depth + 1);
        }
        case which::STRUCT: {
            if (may_copy_ && type == capnp::Type::from<Everything>() && next_.one_in(8)) {
                return place.set(library::book(next_.below(64)));
            }
            return fill(place.init().template as<DynamicStruct>(), depth + 1);
        }
        case which::ANY_POINTER:
            return put_any(place.get().template as<AnyPointer>(), type.whichAnyPointerKind(), depth + 1);
        case which::INTERFACE: return;
        }
    }

    void put_any(AnyPointer::Builder place, capnp::schema::Type::AnyPointer::Unconstrained::Which kind, unsigned depth)
    {
        using kinds = capnp::schema::Type::AnyPointer::Unconstrained;
        auto choice = next_.below(8);
        if (kind == kinds::STRUCT) {
            choice = choice % 3;
        } else if (kind == kinds::LIST) {
            choice = 3 + choice % 4;
        }
        switch (choice) {
        case 0: return place.clear();
        case 1: return fill(place.initAs<DynamicStruct>(capnp::Schema::from<everything::Node>()), depth);
        case 2: {
            auto any = place.initAsAnyStruct(static_cast<std::uint16_t>(next_.below(4)),
                                             static_cast<std::uint16_t>(next_.below(4)));
            for (auto& each : any.getDataSection()) {
                each = static_cast<kj::byte>(next_());
            }
            auto pointers = any.getPointerSection();
            if (pointers.size() != 0) {
                const auto text = bytes();
                pointers[next_.below(pointers.size())].setAs<capnp::Text>(text.c_str());
            }
            return;
        }
        case 3:
            return fill(place.initAs<DynamicList>(capnp::Schema::from<capnp::List<everything::Node>>(), count(depth)),
                        depth);
        case 4:
            return fill(place.initAs<DynamicList>(capnp::Schema::from<capnp::List<capnp::List<bool>>>(), count(depth)),
                        depth);
        case 5: {
            auto list = place.initAsAnyList(static_cast<capnp::ElementSize>(next_.below(7)), count());
            if (list.getElementSize() == capnp::ElementSize::POINTER && list.size() != 0) {
                list.as<capnp::List<capnp::Text>>().set(next_.below(list.size()), "of an AnyList");
            }
            return;
        }
        case 6: {
            auto list = place.initAsListOfAnyStruct(static_cast<std::uint16_t>(next_.below(3)),
                                                    static_cast<std::uint16_t>(next_.below(3)), count());
            for (capnp::uint i = 0; i < list.size(); ++i) {
                auto pointers = list[i].getPointerSection();
                if (pointers.size() != 0) {
                    pointers[0].initAsAnyStruct(0, static_cast<std::uint16_t>(next_.below(2)));
                }
            }
            return;
        }
        default: {
            const auto text = bytes();
            return place.setAs<capnp::Text>(text.c_str());
        }
        }
    }

    void fill(DynamicList::Builder list, unsigned depth)
    {
        const auto type = list.getSchema().getElementType();
        for (capnp::uint i = 0; i < list.size(); ++i) {
            if (!next_.one_in(4)) {
                put(item_place{list, i}, type, depth);
            }
        }
    }

    void fill(DynamicStruct::Builder builder, unsigned depth)
    {
        const auto fields = builder.getSchema().getFields();
        for (unsigned left = fields.size() == 0 ? 0 : next_.below(5); left != 0; --left) {
            const auto field = fields[next_.below(fields.size())];
            if (depth < 5 || !is_pointer(field.getType()) || field.getType().isText()) {
                put(field, builder, depth);
            }
        }
    }

    void put(capnp::StructSchema::Field field, DynamicStruct::Builder builder, unsigned depth)
    {
        if (field.getType().isAnyPointer() && !is_active(builder, field)) {
            builder.clear(field); // sets the union
        }
        put(field_place{builder, field}, field.getType(), depth);
    }

    void step()
    {
        auto holder = some_struct();
        const auto fields = holder.getSchema().getFields();
        if (fields.size() == 0) {
            return;
        }
        const auto field = fields[next_.below(fields.size())];
        const auto type = field.getType();
        const unsigned choice = next_.below(24);
        if (choice == 0) {
            return drop();
        }
        if (choice <= 3) {
            return blob(holder);
        }
        if (choice == 4) {
            return attach(holder, field);
        }
        if (choice == 5) {
            return holder.clear(field);
        }
        if (is_pointer(type) && !is_group(field) && is_active(holder, field)) {
            if (choice <= 13 && holder.has(field)) {
                return change(holder, field, choice);
            }
            if (choice == 14) { // a default becomes part of the message
                static_cast<void>(holder.get(field));
                return;
            }
        }
        put(field, holder, 0);
    }

    /// What is done to a pointer that is set.
    void change(DynamicStruct::Builder holder, capnp::StructSchema::Field field, unsigned choice)
    {
        const auto type = field.getType();
        switch (choice) {
        case 6:
        case 7: pool_.push_back({type, holder.disown(field)}); return;
        case 8: static_cast<void>(holder.disown(field)); return;
        case 9:
        case 10:
            if (type.isText() || type.isData() || type.isList()) {
                auto changed = truncated(holder.disown(field), type, count(), place_->message());
                if (next_.one_in(4)) {
                    pool_.push_back({type, kj::mv(changed)});
                } else {
                    holder.adopt(field, kj::mv(changed));
                }
            }
            return;
        case 11: {
            auto orphanage = place_->message().getOrphanage();
            if (type.isStruct()) {
                const auto copied = holder.get(field).as<DynamicStruct>().asReader();
                const auto words = copied.totalSize().wordCount;
                sum_ += words;
                if (words < 100) {
                    pool_.push_back({type, orphanage.newOrphanCopy(copied)});
                }
            } else if (type.isText()) {
                pool_.push_back({type, orphanage.newOrphanCopy(holder.get(field).as<capnp::Text>().asReader())});
            } else if (type.isData()) {
                pool_.push_back({type, orphanage.newOrphanCopy(holder.get(field).as<capnp::Data>().asReader())});
            } else if (may_be_blob(field)) {
                pool_.push_back({type, orphanage.newOrphanCopy(holder.get(field).as<DynamicList>().asReader())});
            }
            return;
        }
        case 12: // the same field of another struct of the type, or this one's own
            if (auto other = some_struct(); other.getSchema() == holder.getSchema()) {
                other.adopt(field, holder.disown(field));
            }
            return;
        default: {
            auto any = holder.get(field);
            sum_ = sum_ * 31 + static_cast<std::uint64_t>(any.getType());
            if (type.isText()) {
                sum_ += any.as<capnp::Text>().size();
            } else if (type.isList()) {
                sum_ += any.as<DynamicList>().size();
            }
        }
        }
    }

    void drop()
    {
        if (!pool_.empty()) {
            pool_.erase(pool_.begin() + next_.below(pool_.size()));
        }
    }

    /// An orphan that fits, or that goes where anything does.
    void attach(DynamicStruct::Builder holder, capnp::StructSchema::Field field)
    {
        const auto type = field.getType();
        const auto fits = [&](const kept& each) {
            if (is_group(field) || !type.isAnyPointer()) {
                return !is_group(field) && each.type == type;
            }
            return type.whichAnyPointerKind() == capnp::schema::Type::AnyPointer::Unconstrained::ANY_KIND &&
                   !each.type.isAnyPointer();
        };
        const auto found = std::find_if(pool_.begin(), pool_.end(), fits);
        if (found == pool_.end()) {
            return put(field, holder, 0);
        }
        auto orphan = kj::mv(found->orphan);
        pool_.erase(found);
        if (type.isAnyPointer() && !is_active(holder, field)) {
            holder.clear(field);
        }
        if (type.isAnyPointer()) {
            holder.get(field).as<AnyPointer>().adopt(kj::mv(orphan));
        } else {
            holder.adopt(field, kj::mv(orphan));
        }
    }

    void blob(DynamicStruct::Builder holder)
    {
        std::vector<capnp::StructSchema::Field> fields;
        for (const auto field : holder.getSchema().getFields()) {
            if (may_be_blob(field)) {
                fields.push_back(field);
            }
        }
        if (fields.empty()) {
            return;
        }
        const auto field = fields[next_.below(fields.size())];
        const std::size_t items = next_.one_in(8) ? next_.below(600) : next_.below(40);
        const std::size_t alignment = std::size_t{1} << (next_.one_in(20) ? next_.below(13) : next_.below(7));
        place_->place({holder, field, items, alignment, next_()});
        bool ended = false;
        for (unsigned left = next_.below(3); left != 0; --left) {
            switch (next_.below(4)) {
            case 0: put(root().getSchema().getFieldByName("filler"), root(), 4); break;
            case 1:
                pool_.push_back(
                    {which::TEXT, place_->message().getOrphanage().newOrphan<capnp::Text>(next_.below(99))});
                break;
            case 2: drop(); break;
            default:
                if (!ended && next_.one_in(3)) {
                    ended = true;
                    if (next_.one_in(2)) {
                        put(field, holder, 4);
                    } else {
                        pool_.push_back({field.getType(), holder.disown(field)});
                    }
                }
            }
        }
        if (items != 0 && next_.one_in(2)) {
            const auto fewer = next_.one_in(4) ? 0 : next_.below(items);
            sum_ = sum_ * 31 + (place_->shorten(fewer, ended) ? 1 : 0);
        }
    }

    numbers next_;
    workshop* place_;
    bool may_copy_;
    std::uint64_t sum_ = 0;
    std::vector<kept> pool_;
};

} // namespace

void heap_workshop::place(const blob_order& what)
{
    auto holder = what.holder;
    auto built = holder.init(what.field, static_cast<capnp::uint>(what.count));
    numbers next(what.content);
    with_item_of(what.field.getType(), [&](auto item) {
        using type = decltype(item);
        for (capnp::uint i = 0; i < what.count; ++i) {
            const auto each = item_of<type>(next());
            if constexpr (std::is_same_v<type, std::byte>) {
                built.as<capnp::Data>()[i] = static_cast<kj::byte>(each);
            } else {
                built.as<DynamicList>().set(i, each);
            }
        }
    });
    last_ = std::make_unique<blob_order>(what);
}

bool heap_workshop::shorten(std::size_t count, bool ended)
{
    if (!ended) {
        auto orphan = last_->holder.disown(last_->field);
        last_->holder.adopt(last_->field, truncated(kj::mv(orphan), last_->field.getType(),
                                                    static_cast<capnp::uint>(count), *message_));
    }
    return !ended;
}

std::uint64_t run(std::uint64_t seed, workshop& place)
{
    return program(seed, place).run();
}

} // namespace random_messages
