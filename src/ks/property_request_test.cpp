#include "ks/property_request.h"

#include <gtest/gtest.h>

#include <cstring>

#include "ks/multiple_item.h"

namespace portside::ks {
namespace {

const GUID kSetA = {0xAAAAAAAA, 1, 2, {3}};
const GUID kSetB = {0xBBBBBBBB, 1, 2, {3}};

struct Volume {
  LONG value = 7;
};
Status get_volume(Volume& v, PropertyRequest& r) { return r.answer(v.value); }
Status set_volume(Volume& v, PropertyRequest& r) {
  v.value = *r.value_as<LONG>();
  return Status::ok();
}
Status get_name(Volume&, PropertyRequest& r) { return r.answer(std::as_bytes(std::span(u"name", 5))); }
const PropertyItem<Volume> kItems[] = {
    {{.id = 1, .descriptor_bytes = sizeof(KSP_PIN), .value_bytes = sizeof(LONG)}, get_volume, set_volume},
    {{.id = 2}, get_name},
};
const PropertySet<Volume> kSets[] = {{&kSetA, kItems}};

// A request as a client would send it, and what became of it.
struct Asked {
  Asked(const GUID& set, uint32_t id, uint32_t flags, size_t descriptor_bytes, size_t value_bytes)
      : descriptor(descriptor_bytes), value(value_bytes) {
    KSPROPERTY property{};
    property.Set = set;
    property.Id = id;
    property.Flags = flags;
    std::memcpy(descriptor.data(), &property, std::min(descriptor_bytes, sizeof property));
  }
  Status send() {
    request.value = value;
    if (Status status = parse_property(descriptor, request); !status.is_ok()) return status;
    return dispatch_property(std::span<const PropertySet<Volume>>(kSets), target, request);
  }
  std::vector<std::byte> descriptor, value;
  PropertyRequest request;
  Volume target;
};

TEST(PropertyRequest, ShortBuffersAreRefused) {
  EXPECT_EQ(Asked(kSetA, 1, KSPROPERTY_TYPE_GET, sizeof(KSPROPERTY) - 1, 4).send().code(),
            StatusCode::kInvalidBufferSize);
  EXPECT_EQ(Asked(kSetA, 1, KSPROPERTY_TYPE_GET, sizeof(KSPROPERTY), 4).send().code(), StatusCode::kInvalidBufferSize)
      << "the item wants a KSP_PIN";
  EXPECT_EQ(Asked(kSetA, 1, KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_TOPOLOGY, sizeof(KSPROPERTY), 4).send().code(),
            StatusCode::kInvalidBufferSize)
      << "TOPOLOGY wants a KSP_NODE";
  EXPECT_EQ(Asked(kSetA, 1, KSPROPERTY_TYPE_GET, sizeof(KSP_PIN), 3).send().code(), StatusCode::kBufferTooSmall);
  EXPECT_EQ(Asked(kSetA, 1, KSPROPERTY_TYPE_SET, sizeof(KSP_PIN), 3).send().code(), StatusCode::kBufferTooSmall);
  EXPECT_EQ(Asked(kSetA, 1, KSPROPERTY_TYPE_SET, sizeof(KSP_PIN), 0).send().code(), StatusCode::kBufferTooSmall);
}

TEST(PropertyRequest, AnEmptyBufferLearnsTheSize) {
  Asked fixed(kSetA, 1, KSPROPERTY_TYPE_GET, sizeof(KSP_PIN), 0);
  EXPECT_EQ(fixed.send().code(), StatusCode::kBufferOverflow);
  EXPECT_EQ(fixed.request.information, 4u);
  Asked varying(kSetA, 2, KSPROPERTY_TYPE_GET, sizeof(KSPROPERTY), 0);
  EXPECT_EQ(varying.send().code(), StatusCode::kBufferOverflow);
  EXPECT_EQ(varying.request.information, 10u);
  EXPECT_EQ(Asked(kSetA, 2, KSPROPERTY_TYPE_GET, sizeof(KSPROPERTY), 9).send().code(), StatusCode::kBufferTooSmall);
}

TEST(PropertyRequest, GetsAndSets) {
  Asked get(kSetA, 1, KSPROPERTY_TYPE_GET, sizeof(KSP_PIN), 8);
  EXPECT_TRUE(get.send().is_ok());
  EXPECT_EQ(get.request.information, 4u) << "a larger buffer is filled as far as the value goes";
  EXPECT_EQ(static_cast<int>(get.value[0]), 7);
  Asked set(kSetA, 1, KSPROPERTY_TYPE_SET, sizeof(KSP_PIN), 4);
  set.value[0] = std::byte{9};
  EXPECT_TRUE(set.send().is_ok());
  EXPECT_EQ(set.target.value, 9);
}

TEST(PropertyRequest, UnknownSetsMembersAndVerbs) {
  EXPECT_EQ(Asked(kSetB, 1, KSPROPERTY_TYPE_GET, sizeof(KSP_PIN), 4).send().code(), StatusCode::kPropsetNotFound);
  EXPECT_EQ(Asked(kSetA, 9, KSPROPERTY_TYPE_GET, sizeof(KSP_PIN), 4).send().code(), StatusCode::kNotFound);
  EXPECT_EQ(Asked(kSetA, 2, KSPROPERTY_TYPE_SET, sizeof(KSP_PIN), 4).send().code(), StatusCode::kNotFound)
      << "read-only";
  EXPECT_EQ(Asked(kSetA, 1, KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET, sizeof(KSP_PIN), 4).send().code(),
            StatusCode::kInvalidParameter);
  EXPECT_EQ(Asked(kSetA, 1, 0, sizeof(KSP_PIN), 4).send().code(), StatusCode::kInvalidParameter);
  EXPECT_TRUE(Asked(kSetA, 77, KSPROPERTY_TYPE_SETSUPPORT, sizeof(KSPROPERTY), 0).send().is_ok());
}

TEST(PropertyRequest, BasicSupportTellsAccessByBufferSize) {
  Asked flags(kSetA, 1, KSPROPERTY_TYPE_BASICSUPPORT, sizeof(KSPROPERTY), sizeof(ULONG));
  EXPECT_TRUE(flags.send().is_ok());
  EXPECT_EQ(static_cast<uint32_t>(flags.value[0]), static_cast<uint32_t>(KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET));
  Asked described(kSetA, 2, KSPROPERTY_TYPE_BASICSUPPORT, sizeof(KSPROPERTY), sizeof(KSPROPERTY_DESCRIPTION));
  EXPECT_TRUE(described.send().is_ok());
  const auto* description = reinterpret_cast<const KSPROPERTY_DESCRIPTION*>(described.value.data());
  EXPECT_EQ(description->AccessFlags, static_cast<ULONG>(KSPROPERTY_TYPE_GET));
  EXPECT_EQ(description->DescriptionSize, sizeof(KSPROPERTY_DESCRIPTION));
  EXPECT_EQ(Asked(kSetA, 1, KSPROPERTY_TYPE_BASICSUPPORT, sizeof(KSPROPERTY), 2).send().code(),
            StatusCode::kBufferTooSmall);
}

TEST(PropertyRequest, RelationsAndSerializationOfNothing) {
  Asked relations(kSetA, 1, KSPROPERTY_TYPE_RELATIONS, sizeof(KSPROPERTY), sizeof(KSMULTIPLE_ITEM));
  EXPECT_TRUE(relations.send().is_ok());
  EXPECT_EQ(reinterpret_cast<const KSMULTIPLE_ITEM*>(relations.value.data())->Count, 0u);
  Asked size(kSetA, 1, KSPROPERTY_TYPE_SERIALIZESIZE, sizeof(KSPROPERTY), sizeof(ULONG));
  EXPECT_TRUE(size.send().is_ok());
  EXPECT_EQ(Asked(kSetA, 1, KSPROPERTY_TYPE_SERIALIZERAW, sizeof(KSPROPERTY), 4).send().code(), StatusCode::kNotFound);
}

TEST(MultipleItem, ListsBySize) {
  MultipleItemBuilder list(true);
  list.add(uint32_t{1});
  list.add(uint32_t{2});
  const auto bytes = list.bytes();
  EXPECT_EQ(bytes.size(), 8u + 8u + 4u) << "items stand at quad boundaries, the last is not padded";
  std::vector<std::byte> room(8);
  PropertyRequest request;
  request.value = room;
  EXPECT_TRUE(answer_list(request, bytes).is_ok()) << "exactly a KSMULTIPLE_ITEM: size and count alone";
  EXPECT_EQ(reinterpret_cast<const KSMULTIPLE_ITEM*>(room.data())->Size, 20u);
  EXPECT_EQ(reinterpret_cast<const KSMULTIPLE_ITEM*>(room.data())->Count, 2u);
  room.resize(19);
  request.value = room;
  EXPECT_EQ(answer_list(request, bytes).code(), StatusCode::kBufferTooSmall);
  request.value = {};
  EXPECT_EQ(answer_list(request, bytes).code(), StatusCode::kBufferOverflow);
  EXPECT_EQ(request.information, 20u);
}

TEST(SetList, NamesEachSetOnce) {
  std::vector<std::byte> room(64);
  PropertyRequest request;
  request.value = room;
  EXPECT_TRUE(answer_set_list(request, {kSetA, kSetB, kSetA}).is_ok());
  EXPECT_EQ(request.information, 2 * sizeof(GUID));
}

}  // namespace
}  // namespace portside::ks
