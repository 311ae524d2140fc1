// Automation tables: what a driver's handler is given, what the port answers in its place, serialised sets, and requests
// that stay pending.

#include <gtest/gtest.h>

#include "ks/serialized_set.h"
#include "portcls/guarded_buffer.h"
#include "portcls/testing/changed_filters.h"

namespace portside::portcls::testing {
namespace {

class Automation : public ChangedFilters {};

constexpr ULONG kGetSet = KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET;
const GUID kOwnSet = {0x0DD5E7AA, 0x1111, 0x4222, {1, 2, 3, 4, 5, 6, 7, 8}};

// Sets that no port knows go through untouched, whatever their descriptor: a KSP_PIN, a KSP_PINMODE, a module's.
TEST_F(Automation, ASetOfTheDriversOwnPassesThroughUntouched) {
  struct Case {
    const GUID* set;
    ULONG id;
    const char* name;
  };
  const Case cases[] = {{&KSPROPSETID_Jack, KSPROPERTY_JACK_DESCRIPTION, "jack"},
                        {&KSPROPSETID_Jack, KSPROPERTY_JACK_DESCRIPTION2, "jack 2"},
                        {&KSPROPSETID_Jack, KSPROPERTY_JACK_SINK_INFO, "sink"},
                        {&KSPROPSETID_Jack, KSPROPERTY_JACK_CONTAINERID, "container"},
                        {&KSPROPSETID_Jack, KSPROPERTY_JACK_DESCRIPTION3, "jack 3"},
                        {&KSPROPSETID_General, KSPROPERTY_GENERAL_COMPONENTID, "component"},
                        {&KSPROPSETID_AudioEffectsDiscovery, KSPROPERTY_AUDIOEFFECTSDISCOVERY_EFFECTSLIST, "effects"},
                        {&KSPROPSETID_AudioModule, KSPROPERTY_AUDIOMODULE_DESCRIPTORS, "modules"},
                        {&KSPROPSETID_AudioModule, KSPROPERTY_AUDIOMODULE_COMMAND, "module command"},
                        {&KSPROPSETID_AudioModule, KSPROPERTY_AUDIOMODULE_NOTIFICATION_DEVICE_ID, "module device"},
                        {&KSPROPSETID_SoundDetector, KSPROPERTY_SOUNDDETECTOR_SUPPORTEDPATTERNS, "patterns"},
                        {&KSPROPSETID_SoundDetector, KSPROPERTY_SOUNDDETECTOR_ARMED, "armed"},
                        {&KSPROPSETID_Pin, KSPROPERTY_PIN_PROPOSEDATAFORMAT, "proposed format"},
                        {&KSPROPSETID_Pin, KSPROPERTY_PIN_PROPOSEDATAFORMAT2, "proposed format of a mode"},
                        {&KSPROPSETID_Pin, KSPROPERTY_PIN_MODEDATAFORMATS, "formats of a mode"},
                        {&kOwnSet, 77, "vendor's"}};
  run([&] {
    ASSERT_TRUE(start().is_ok());
    const io::FileHandle wave = open_filter();
    for (const Case& c : cases) {
      struct {
        KSP_PIN pin;
        GUID more;
      } request{pin_ask(*c.set, c.id, 1), kOwnSet};
      // Without an item nobody answers; the set is not even known, unless the port knows it.
      kWaveFilter.AutomationTable = nullptr;
      const NTSTATUS unknown = *c.set == KSPROPSETID_Pin ? STATUS_NOT_FOUND : STATUS_PROPSET_NOT_FOUND;
      EXPECT_EQ(ask(wave, request, 64).status, unknown) << c.name;

      const PCPROPERTY_ITEM item = {c.set, c.id, kGetSet, Echo::handle};
      const PCAUTOMATION_TABLE table = table_of({&item, 1});
      kWaveFilter.AutomationTable = &table;
      Echo::reset();
      Echo::values[c.id] = as_bytes(uint64_t{0x1122334455667788});
      EXPECT_EQ(ask(wave, request, 0).status, STATUS_BUFFER_OVERFLOW) << c.name;
      EXPECT_EQ(ask(wave, request, 0).information, 8u) << c.name;
      EXPECT_EQ(ask(wave, request, 7).status, STATUS_BUFFER_TOO_SMALL) << c.name;
      const Answer answer = ask(wave, request, 64);
      EXPECT_EQ(answer.status, STATUS_SUCCESS) << c.name;
      EXPECT_EQ(answer.information, 8u) << c.name;
      EXPECT_EQ(std::memcmp(answer.value.data(), Echo::values[c.id].data(), 8), 0) << c.name;

      const Seen& seen = Echo::seen.back();
      EXPECT_EQ(seen.item, &item) << c.name;
      EXPECT_EQ(seen.verb, static_cast<ULONG>(KSPROPERTY_TYPE_GET));
      EXPECT_EQ(seen.node, ~0u) << "no node";
      EXPECT_EQ(seen.minor, nullptr) << "a filter";
      EXPECT_NE(seen.major, nullptr);
      EXPECT_EQ(seen.value_size, 64u);
      EXPECT_TRUE(seen.irp);
      ASSERT_EQ(seen.instance.size(), sizeof request - sizeof(KSPROPERTY)) << "what follows the KSPROPERTY";
      EXPECT_EQ(std::memcmp(seen.instance.data(), reinterpret_cast<const std::byte*>(&request) + sizeof(KSPROPERTY),
                            seen.instance.size()),
                0);
    }
    close(wave);
  });
}

// The guard page behind a block of pool begins at a multiple of 16: so near to it that half of a number is not read whole.
TEST_F(Automation, WhatAHandlerReadsEndsBeforeTheGuardPage) {
  run([&] {
    for (size_t bytes = 1; bytes <= 40; ++bytes) {
      const std::vector<std::byte> contents(bytes, std::byte{0x5A});
      auto buffer = GuardedBuffer::create(contents, "the buffer under test");
      ASSERT_TRUE(buffer);
      EXPECT_EQ(std::memcmp(buffer->pointer(), contents.data(), bytes), 0);
      const auto at = reinterpret_cast<uintptr_t>(buffer->pointer());
      const size_t alignment = bytes < 4 ? 1 : bytes < 8 ? 4 : 8;
      EXPECT_EQ(at % alignment, 0u) << bytes;
      EXPECT_LT((at + bytes + 15) / 16 * 16 - (at + bytes), alignment) << bytes;
      const GuardedBuffer moved = std::move(*buffer);
      EXPECT_EQ(reinterpret_cast<uintptr_t>(moved.pointer()), at);
    }
  });
}

TEST_F(Automation, TheRequestNamesPinAndNode) {
  static const PCPROPERTY_ITEM item = {&kOwnSet, 5, kGetSet, Echo::handle};
  static const PCAUTOMATION_TABLE table = table_of({&item, 1});
  run([&] {
    ASSERT_TRUE(start().is_ok());
    wave_pins_[0].AutomationTable = &table;
    const io::FileHandle wave = open_filter();
    auto pin = open_pin(wave);
    ASSERT_TRUE(pin);
    EXPECT_EQ(ask(wave, property(kOwnSet, 5, KSPROPERTY_TYPE_GET), 8).status, STATUS_PROPSET_NOT_FOUND)
        << "the pin's, not the filter's";
    Echo::values[5] = as_bytes(uint32_t{7});
    EXPECT_EQ(ask(*pin, property(kOwnSet, 5, KSPROPERTY_TYPE_GET), 4).status, STATUS_SUCCESS);
    ASSERT_EQ(Echo::seen.size(), 1u);
    EXPECT_NE(Echo::seen[0].minor, nullptr) << "the stream";
    EXPECT_TRUE(Echo::seen[0].instance_null) << "nothing follows the KSPROPERTY: NULL, and size 0";
    EXPECT_TRUE(ask(*pin, property(kOwnSet, 5, KSPROPERTY_TYPE_GET), 0).status == STATUS_BUFFER_OVERFLOW);
    EXPECT_TRUE(Echo::seen[1].value_null);

    // A node of the pin's filter: the node's table, with both the stream and the node's id.
    static const PCNODE_DESCRIPTOR node = {0, &table, &KSNODETYPE_VOLUME, nullptr};
    kWaveFilter.NodeCount = 1;
    kWaveFilter.NodeSize = sizeof node;
    kWaveFilter.Nodes = &node;
    EXPECT_EQ(ask(*pin, node_ask(kOwnSet, 5, 0), 4).status, STATUS_SUCCESS);
    EXPECT_EQ(Echo::seen.back().node, 0u);
    EXPECT_NE(Echo::seen.back().minor, nullptr);
    EXPECT_TRUE(Echo::seen.back().instance_null) << "the KSP_NODE is the head";
    EXPECT_EQ(Echo::seen.back().verb, static_cast<ULONG>(KSPROPERTY_TYPE_GET)) << "without KSPROPERTY_TYPE_TOPOLOGY";
    EXPECT_EQ(ask(wave, node_ask(kOwnSet, 5, 0), 4).status, STATUS_SUCCESS);
    EXPECT_EQ(Echo::seen.back().minor, nullptr) << "asked of the filter";
    EXPECT_EQ(ask(*pin, node_ask(kOwnSet, 5, 1), 4).status, STATUS_INVALID_PARAMETER) << "no such node";
    close(*pin);
    close(wave);
  });
}

TEST_F(Automation, WhatAnItemLeavesOutThePortAnswers) {
  run([&] {
    ASSERT_TRUE(start().is_ok());
    const io::FileHandle wave = open_filter();
    for (const ULONG flags : {ULONG{KSPROPERTY_TYPE_GET}, ULONG{KSPROPERTY_TYPE_SET}, kGetSet}) {
      const PCPROPERTY_ITEM item = {&kOwnSet, 5, flags, Echo::handle};
      const PCAUTOMATION_TABLE table = table_of({&item, 1});
      kWaveFilter.AutomationTable = &table;
      Echo::reset();
      Answer support = ask(wave, property(kOwnSet, 5, KSPROPERTY_TYPE_BASICSUPPORT), sizeof(ULONG));
      EXPECT_EQ(support.status, STATUS_SUCCESS);
      EXPECT_EQ(*reinterpret_cast<ULONG*>(support.value.data()), flags) << "the access flags";
      support = ask(wave, property(kOwnSet, 5, KSPROPERTY_TYPE_BASICSUPPORT), sizeof(KSPROPERTY_DESCRIPTION));
      EXPECT_EQ(reinterpret_cast<KSPROPERTY_DESCRIPTION*>(support.value.data())->AccessFlags, flags);
      EXPECT_EQ(reinterpret_cast<KSPROPERTY_DESCRIPTION*>(support.value.data())->DescriptionSize,
                sizeof(KSPROPERTY_DESCRIPTION));
      const Answer relations = ask(wave, property(kOwnSet, 5, KSPROPERTY_TYPE_RELATIONS), sizeof(KSMULTIPLE_ITEM));
      EXPECT_EQ(relations.status, STATUS_SUCCESS);
      EXPECT_EQ(reinterpret_cast<const KSMULTIPLE_ITEM*>(relations.value.data())->Count, 0u);
      EXPECT_EQ(ask(wave, property(kOwnSet, 5, KSPROPERTY_TYPE_RELATIONS), 0).information, sizeof(KSMULTIPLE_ITEM));
      const Answer room = ask(wave, property(kOwnSet, 5, KSPROPERTY_TYPE_RELATIONS), sizeof(ULONG));
      EXPECT_EQ(*reinterpret_cast<const ULONG*>(room.value.data()), sizeof(KSMULTIPLE_ITEM)) << "the room a list needs";
      const Answer size = ask(wave, property(kOwnSet, 5, KSPROPERTY_TYPE_SERIALIZESIZE), sizeof(ULONG));
      EXPECT_EQ(*reinterpret_cast<const ULONG*>(size.value.data()), 0u);
      EXPECT_TRUE(Echo::seen.empty()) << "the handler was not asked for any of it";
      if (!(flags & KSPROPERTY_TYPE_GET))
        EXPECT_EQ(ask(wave, property(kOwnSet, 5, KSPROPERTY_TYPE_GET), 8).status, STATUS_NOT_FOUND);
      if (!(flags & KSPROPERTY_TYPE_SET))
        EXPECT_EQ(ask(wave, property(kOwnSet, 5, KSPROPERTY_TYPE_SET), 8).status, STATUS_NOT_FOUND);
      EXPECT_EQ(ask(wave, property(kOwnSet, 5, kGetSet), 8).status, STATUS_INVALID_PARAMETER) << "two requests in one";
      EXPECT_EQ(ask(wave, property(kOwnSet, 5, 0), 8).status, STATUS_INVALID_PARAMETER) << "none";
      EXPECT_EQ(ask(wave, property(kOwnSet, 6, KSPROPERTY_TYPE_GET), 8).status, STATUS_NOT_FOUND) << "another member";
    }
    kWaveFilter.AutomationTable = nullptr;
    close(wave);
  });
}

TEST_F(Automation, ADriversHandlerComesBeforeThePortOnAFilterAndAfterItOnAPin) {
  static const PCPROPERTY_ITEM name = {&KSPROPSETID_Pin, KSPROPERTY_PIN_CTYPES, KSPROPERTY_TYPE_GET, Echo::handle};
  static const PCPROPERTY_ITEM state = {&KSPROPSETID_Connection, KSPROPERTY_CONNECTION_STATE, kGetSet, Echo::handle};
  static const PCAUTOMATION_TABLE on_filter = table_of({&name, 1}), on_pin = table_of({&state, 1});
  run([&] {
    ASSERT_TRUE(start().is_ok());
    kWaveFilter.AutomationTable = &on_filter;
    wave_pins_[0].AutomationTable = &on_pin;
    const io::FileHandle wave = open_filter();
    Echo::values[KSPROPERTY_PIN_CTYPES] = as_bytes(ULONG{41});
    ULONG count = 0;
    EXPECT_EQ(get(wave, KSPROPSETID_Pin, KSPROPERTY_PIN_CTYPES, count), STATUS_SUCCESS);
    EXPECT_EQ(count, 41u);
    auto pin = open_pin(wave);
    ASSERT_TRUE(pin);
    Echo::reset();
    EXPECT_EQ(set_state(*pin, KSSTATE_ACQUIRE), STATUS_SUCCESS);
    EXPECT_TRUE(Echo::seen.empty()) << "a stream's state is the port's";
    EXPECT_EQ(FakeDriver::log.states, std::vector<KSSTATE>{KSSTATE_ACQUIRE});
    close(*pin);
    close(wave);
  });
}

TEST_F(Automation, ASetIsSerialisedOutOfItsItems) {
  constexpr ULONG kSerial = kGetSet | KSPROPERTY_TYPE_SERIALIZESIZE;
  static const PCPROPERTY_ITEM items[] = {
      {&kOwnSet, 1, kSerial, Echo::handle}, {&kOwnSet, 2, kGetSet, Echo::handle}, {&kOwnSet, 3, kSerial, Echo::handle}};
  static const PCAUTOMATION_TABLE table = table_of(items);
  run([&] {
    ASSERT_TRUE(start().is_ok());
    kWaveFilter.AutomationTable = &table;
    const io::FileHandle wave = open_filter();
    Echo::values[1] = as_bytes(uint16_t{0x1234});
    Echo::values[3] = as_bytes(uint64_t{99});
    const KSPROPERTY request = property(kOwnSet, 0, KSPROPERTY_TYPE_SERIALIZESET);
    const Answer size = ask(wave, request, 0);
    EXPECT_EQ(size.status, STATUS_BUFFER_OVERFLOW);
    const Answer serialised = ask(wave, request, size.information);
    ASSERT_EQ(serialised.status, STATUS_SUCCESS);
    const auto read = ks::read_serialized_set(kOwnSet, serialised.value);
    ASSERT_TRUE(read) << read.error().to_string();
    ASSERT_EQ(read->size(), 2u) << "the item without a serialised size is not part of it";
    EXPECT_EQ((*read)[0].id, 1u);
    EXPECT_EQ((*read)[0].value.size(), 2u);

    Echo::values[1] = as_bytes(uint16_t{0});
    Echo::values[3] = as_bytes(uint64_t{0});
    std::vector<std::byte> back = serialised.value;
    EXPECT_EQ(control(wave, IOCTL_KS_PROPERTY, bytes_of(property(kOwnSet, 0, KSPROPERTY_TYPE_UNSERIALIZESET)), back),
              STATUS_SUCCESS);
    EXPECT_EQ(Echo::values[1], as_bytes(uint16_t{0x1234}));
    EXPECT_EQ(Echo::values[3], as_bytes(uint64_t{99}));

    // One property that cannot be set: nothing is.
    ks::SerializedSetBuilder wrong(kOwnSet);
    wrong.add({}, 1, bytes_of(uint16_t{1}));
    wrong.add({}, 2, bytes_of(uint16_t{1}));
    std::vector<std::byte> bad(wrong.bytes().begin(), wrong.bytes().end());
    EXPECT_EQ(control(wave, IOCTL_KS_PROPERTY, bytes_of(property(kOwnSet, 0, KSPROPERTY_TYPE_UNSERIALIZESET)), bad),
              STATUS_NOT_FOUND);
    EXPECT_EQ(Echo::values[1], as_bytes(uint16_t{0x1234}));
    bad.resize(bad.size() - 1);
    EXPECT_EQ(control(wave, IOCTL_KS_PROPERTY, bytes_of(property(kOwnSet, 0, KSPROPERTY_TYPE_UNSERIALIZESET)), bad),
              STATUS_INVALID_BUFFER_SIZE);
    kWaveFilter.AutomationTable = nullptr;
    close(wave);
  });
}

// A handler that pends and is completed by a DPC, in the middle of serialising.
struct LatePart {
  static inline KTIMER timer;
  static inline KDPC dpc;
  static inline PPCPROPERTY_REQUEST request = nullptr;
  static NTSTATUS NTAPI handle(PPCPROPERTY_REQUEST r) {
    if (r->Verb & KSPROPERTY_TYPE_SERIALIZESIZE) {
      *static_cast<ULONG*>(r->Value) = 4;
      r->ValueSize = 4;
      return STATUS_SUCCESS;
    }
    request = r;
    KeInitializeTimer(&timer);
    KeInitializeDpc(&dpc, on_dpc, nullptr);
    LARGE_INTEGER due;
    due.QuadPart = -50'000;
    KeSetTimer(&timer, due, &dpc);
    return STATUS_PENDING;
  }
  static void NTAPI on_dpc(PKDPC, PVOID, PVOID, PVOID) {
    *static_cast<ULONG*>(request->Value) = 0xCAFE;
    request->ValueSize = 4;
    PcCompletePendingPropertyRequest(request, STATUS_SUCCESS);
  }
};

TEST_F(Automation, APartThatPendsIsWaitedFor) {
  static const PCPROPERTY_ITEM item = {&kOwnSet, 1, kGetSet | KSPROPERTY_TYPE_SERIALIZESIZE, LatePart::handle};
  static const PCAUTOMATION_TABLE table = table_of({&item, 1});
  run([&] {
    ASSERT_TRUE(start().is_ok());
    kWaveFilter.AutomationTable = &table;
    const io::FileHandle wave = open_filter();
    const Answer serialised = ask(wave, property(kOwnSet, 0, KSPROPERTY_TYPE_SERIALIZESET), 256);
    ASSERT_EQ(serialised.status, STATUS_SUCCESS);
    const auto read = ks::read_serialized_set(kOwnSet, std::span(serialised.value).first(serialised.information));
    ASSERT_TRUE(read);
    ASSERT_EQ(read->size(), 1u);
    EXPECT_EQ(*reinterpret_cast<const ULONG*>((*read)[0].value.data()), 0xCAFEu);
    kWaveFilter.AutomationTable = nullptr;
    close(wave);
  });
}

// The driver makes its pending request cancellable, as the IRP in PCPROPERTY_REQUEST lets it.
struct Cancellable {
  static inline PPCPROPERTY_REQUEST request = nullptr;
  static NTSTATUS NTAPI handle(PPCPROPERTY_REQUEST r) {
    request = r;
    IoSetCancelRoutine(r->Irp, on_cancel);
    return STATUS_PENDING;
  }
  static void NTAPI on_cancel(PDEVICE_OBJECT, PIRP irp) {
    IoReleaseCancelSpinLock(irp->CancelIrql);
    PcCompletePendingPropertyRequest(request, STATUS_CANCELLED);
  }
};

TEST_F(Automation, APendingRequestIsCancelledByTheDriversRoutine) {
  static const PCPROPERTY_ITEM item = {&kOwnSet, 1, kGetSet, Cancellable::handle};
  static const PCAUTOMATION_TABLE table = table_of({&item, 1});
  run([&] {
    ASSERT_TRUE(start().is_ok());
    kWaveFilter.AutomationTable = &table;
    const io::FileHandle wave = open_filter();
    const KSPROPERTY request = property(kOwnSet, 1, KSPROPERTY_TYPE_GET);
    ULONG value = 5;
    auto sent = io_->requests().start_device_control(wave, IOCTL_KS_PROPERTY, bytes_of(request),
                                                     std::as_writable_bytes(std::span(&value, 1)));
    ASSERT_TRUE(sent);
    ASSERT_TRUE(io_->requests().cancel(*sent));
    auto outcome = io_->requests().wait(*sent);
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->status, STATUS_CANCELLED);
    EXPECT_EQ(value, 5u) << "an error takes no bytes home";
    EXPECT_EQ(ask(wave, property(KSPROPSETID_Pin, KSPROPERTY_PIN_CTYPES, KSPROPERTY_TYPE_GET), 4).status,
              STATUS_SUCCESS);
    kWaveFilter.AutomationTable = nullptr;
    close(wave);
  });
}

TEST_F(Automation, AFileClosedWhileARequestPendsWaitsForIt) {
  run([&] {
    ASSERT_TRUE(start().is_ok());
    const io::FileHandle topology = open_filter(u"Topology");
    PPCPROPERTY_REQUEST pending = nullptr;
    FakeDriver::on_property = [&](PPCPROPERTY_REQUEST r) {
      pending = r;
      return STATUS_PENDING;
    };
    KSNODEPROPERTY_AUDIO_CHANNEL request{};
    request.NodeProperty.Property =
        property(KSPROPSETID_Audio, KSPROPERTY_AUDIO_VOLUMELEVEL, KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_TOPOLOGY);
    LONG value = 0;
    auto sent = io_->requests().start_device_control(topology, IOCTL_KS_PROPERTY, bytes_of(request),
                                                     std::as_writable_bytes(std::span(&value, 1)));
    ASSERT_TRUE(sent);
    // The handle goes; the IRP holds the file. The driver's request and its buffers are still good.
    EXPECT_TRUE(io_->requests().close(topology));
    ASSERT_TRUE(pending);
    *static_cast<LONG*>(pending->Value) = 42;
    pending->ValueSize = sizeof(LONG);
    EXPECT_EQ(PcCompletePendingPropertyRequest(pending, STATUS_SUCCESS), STATUS_SUCCESS);
    auto outcome = io_->requests().wait(*sent);
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->status, STATUS_SUCCESS);
    EXPECT_EQ(value, 42);
    EXPECT_TRUE(portcls_.misuses.empty());
  });
}

}  // namespace
}  // namespace portside::portcls::testing
