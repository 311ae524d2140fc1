// Every property that the port answers, against bad sizes, wrong verbs, wrong targets and wrong states: the status that
// Windows documents (KSPROPERTY structure; KSPROPERTY_ITEM; Audio Property Handlers), and nothing changed.

#include <gtest/gtest.h>

#include "portcls/testing/changed_filters.h"

namespace portside::portcls::testing {
namespace {

enum class On { kFilter, kPin };

struct Row {
  const char* name;
  const GUID* set;
  ULONG id;
  On on;
  size_t descriptor;  // bytes of the property descriptor
  size_t value;       // bytes of a value of one size; 0: of any size, or none
  bool get, set_too;
  bool names_pin = false;
};

const Row kRows[] = {
    {"PIN_CINSTANCES", &KSPROPSETID_Pin, KSPROPERTY_PIN_CINSTANCES, On::kFilter, sizeof(KSP_PIN),
     sizeof(KSPIN_CINSTANCES), true, false, true},
    {"PIN_CTYPES", &KSPROPSETID_Pin, KSPROPERTY_PIN_CTYPES, On::kFilter, sizeof(KSPROPERTY), sizeof(ULONG), true,
     false},
    {"PIN_DATAFLOW", &KSPROPSETID_Pin, KSPROPERTY_PIN_DATAFLOW, On::kFilter, sizeof(KSP_PIN), sizeof(KSPIN_DATAFLOW),
     true, false, true},
    {"PIN_DATARANGES", &KSPROPSETID_Pin, KSPROPERTY_PIN_DATARANGES, On::kFilter, sizeof(KSP_PIN), 0, true, false, true},
    {"PIN_DATAINTERSECTION", &KSPROPSETID_Pin, KSPROPERTY_PIN_DATAINTERSECTION, On::kFilter,
     sizeof(KSP_PIN) + sizeof(KSMULTIPLE_ITEM), 0, true, false, true},
    {"PIN_INTERFACES", &KSPROPSETID_Pin, KSPROPERTY_PIN_INTERFACES, On::kFilter, sizeof(KSP_PIN), 0, true, false, true},
    {"PIN_MEDIUMS", &KSPROPSETID_Pin, KSPROPERTY_PIN_MEDIUMS, On::kFilter, sizeof(KSP_PIN), 0, true, false, true},
    {"PIN_COMMUNICATION", &KSPROPSETID_Pin, KSPROPERTY_PIN_COMMUNICATION, On::kFilter, sizeof(KSP_PIN),
     sizeof(KSPIN_COMMUNICATION), true, false, true},
    {"PIN_GLOBALCINSTANCES", &KSPROPSETID_Pin, KSPROPERTY_PIN_GLOBALCINSTANCES, On::kFilter, sizeof(KSP_PIN),
     sizeof(KSPIN_CINSTANCES), true, false, true},
    {"PIN_NECESSARYINSTANCES", &KSPROPSETID_Pin, KSPROPERTY_PIN_NECESSARYINSTANCES, On::kFilter, sizeof(KSP_PIN),
     sizeof(ULONG), true, false, true},
    {"PIN_PHYSICALCONNECTION", &KSPROPSETID_Pin, KSPROPERTY_PIN_PHYSICALCONNECTION, On::kFilter, sizeof(KSP_PIN), 0,
     true, false, true},
    {"PIN_CATEGORY", &KSPROPSETID_Pin, KSPROPERTY_PIN_CATEGORY, On::kFilter, sizeof(KSP_PIN), sizeof(GUID), true, false,
     true},
    {"PIN_NAME", &KSPROPSETID_Pin, KSPROPERTY_PIN_NAME, On::kFilter, sizeof(KSP_PIN), 0, true, false, true},
    {"PIN_CONSTRAINEDDATARANGES", &KSPROPSETID_Pin, KSPROPERTY_PIN_CONSTRAINEDDATARANGES, On::kFilter, sizeof(KSP_PIN),
     0, true, false, true},
    {"TOPOLOGY_CATEGORIES", &KSPROPSETID_Topology, KSPROPERTY_TOPOLOGY_CATEGORIES, On::kFilter, sizeof(KSPROPERTY), 0,
     true, false},
    {"TOPOLOGY_NODES", &KSPROPSETID_Topology, KSPROPERTY_TOPOLOGY_NODES, On::kFilter, sizeof(KSPROPERTY), 0, true,
     false},
    {"TOPOLOGY_CONNECTIONS", &KSPROPSETID_Topology, KSPROPERTY_TOPOLOGY_CONNECTIONS, On::kFilter, sizeof(KSPROPERTY), 0,
     true, false},
    {"TOPOLOGY_NAME", &KSPROPSETID_Topology, KSPROPERTY_TOPOLOGY_NAME, On::kFilter, sizeof(KSP_NODE), 0, true, false},
    {"CONNECTION_STATE", &KSPROPSETID_Connection, KSPROPERTY_CONNECTION_STATE, On::kPin, sizeof(KSPROPERTY),
     sizeof(KSSTATE), true, true},
    {"CONNECTION_DATAFORMAT", &KSPROPSETID_Connection, KSPROPERTY_CONNECTION_DATAFORMAT, On::kPin, sizeof(KSPROPERTY),
     0, true, true},
    {"AUDIO_POSITION", &KSPROPSETID_Audio, KSPROPERTY_AUDIO_POSITION, On::kPin, sizeof(KSPROPERTY),
     sizeof(KSAUDIO_POSITION), true, false},
    {"RTAUDIO_HWLATENCY", &KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_HWLATENCY, On::kPin, sizeof(KSPROPERTY),
     sizeof(KSRTAUDIO_HWLATENCY), true, false},
    {"RTAUDIO_BUFFER", &KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_BUFFER, On::kPin, sizeof(KSRTAUDIO_BUFFER_PROPERTY),
     sizeof(KSRTAUDIO_BUFFER), true, false},
    {"RTAUDIO_BUFFER_WITH_NOTIFICATION", &KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_BUFFER_WITH_NOTIFICATION, On::kPin,
     sizeof(KSRTAUDIO_BUFFER_PROPERTY_WITH_NOTIFICATION), sizeof(KSRTAUDIO_BUFFER), true, false},
    {"RTAUDIO_QUERY_NOTIFICATION_SUPPORT", &KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_QUERY_NOTIFICATION_SUPPORT,
     On::kPin, sizeof(KSPROPERTY), sizeof(BOOL), true, false},
};

class Mistakes : public ChangedFilters, public ::testing::WithParamInterface<Row> {
 protected:
  // A descriptor as long as it should be, longer, or cut.
  std::vector<std::byte> descriptor(ULONG flags, size_t bytes, ULONG pin = 0) const {
    std::vector<std::byte> all(std::max<size_t>({bytes, GetParam().descriptor, sizeof(KSP_NODE)}));
    KSP_PIN head{};
    head.Property = property(*GetParam().set, GetParam().id, flags);
    head.PinId = pin;
    std::memcpy(all.data(), &head, sizeof head);
    all.resize(bytes);
    return all;
  }
  NTSTATUS send(io::FileHandle file, ULONG flags, size_t descriptor_bytes, size_t room, ULONG pin = 0,
                uint64_t* information = nullptr) {
    const auto in = descriptor(flags, descriptor_bytes, pin);
    std::vector<std::byte> out(room);
    return control(file, IOCTL_KS_PROPERTY, in, out, information);
  }
};

TEST_P(Mistakes, AreStatusesAndChangeNothing) {
  const Row& row = GetParam();
  run([&] {
    ASSERT_TRUE(start().is_ok());
    const io::FileHandle wave = open_filter(), topology = open_filter(u"Topology");
    auto opened = open_pin(wave);
    ASSERT_TRUE(opened);
    const io::FileHandle pin = *opened;
    const io::FileHandle file = row.on == On::kFilter ? topology : pin, other = row.on == On::kFilter ? pin : topology;
    ASSERT_EQ(set_state(pin, KSSTATE_ACQUIRE), STATUS_SUCCESS);
    const auto calls = FakeDriver::log.calls;
    const auto states = FakeDriver::log.states;
    const auto buffers = streams_.buffers.size();

    // Descriptors that are cut.
    const ULONG verb = row.get ? KSPROPERTY_TYPE_GET : KSPROPERTY_TYPE_SET;
    for (size_t bytes = 0; bytes < row.descriptor; bytes += 4)
      EXPECT_EQ(send(file, verb, bytes, 256), STATUS_INVALID_BUFFER_SIZE) << row.name << " with " << bytes << " bytes";
    EXPECT_EQ(send(file, verb | KSPROPERTY_TYPE_TOPOLOGY, sizeof(KSPROPERTY), 256), STATUS_INVALID_BUFFER_SIZE)
        << "no KSP_NODE";

    // Values that do not fit.
    if (row.value) {
      uint64_t needed = 0;
      EXPECT_EQ(send(file, KSPROPERTY_TYPE_GET, row.descriptor, 0, 0, &needed), STATUS_BUFFER_OVERFLOW) << row.name;
      EXPECT_EQ(needed, row.value) << row.name;
      for (size_t room = 1; room < row.value; ++room)
        EXPECT_EQ(send(file, KSPROPERTY_TYPE_GET, row.descriptor, room), STATUS_BUFFER_TOO_SMALL)
            << row.name << " into " << room;
      if (row.set_too)
        for (size_t room = 0; room < row.value; ++room)
          EXPECT_EQ(send(file, KSPROPERTY_TYPE_SET, row.descriptor, room), STATUS_BUFFER_TOO_SMALL)
              << row.name << " from " << room;
    }

    // Requests that the property does not have, and that no property has.
    if (!row.set_too) EXPECT_EQ(send(file, KSPROPERTY_TYPE_SET, row.descriptor, 256), STATUS_NOT_FOUND) << row.name;
    for (const ULONG flags : {ULONG{KSPROPERTY_TYPE_SERIALIZERAW}, ULONG{KSPROPERTY_TYPE_UNSERIALIZERAW},
                              ULONG{KSPROPERTY_TYPE_DEFAULTVALUES}})
      EXPECT_EQ(send(file, flags, row.descriptor, 256), STATUS_NOT_FOUND) << row.name << " 0x" << std::hex << flags;
    for (const ULONG flags :
         {ULONG{0}, ULONG{KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET}, ULONG{0x80}, ULONG{0x40000000}})
      EXPECT_EQ(send(file, flags, row.descriptor, 256), STATUS_INVALID_PARAMETER)
          << row.name << " 0x" << std::hex << flags;

    // What the property does have.
    std::vector<std::byte> support(sizeof(ULONG));
    EXPECT_EQ(control(file, IOCTL_KS_PROPERTY, descriptor(KSPROPERTY_TYPE_BASICSUPPORT, row.descriptor), support),
              STATUS_SUCCESS)
        << row.name;
    EXPECT_EQ(*reinterpret_cast<const ULONG*>(support.data()),
              (row.get ? KSPROPERTY_TYPE_GET : 0u) | (row.set_too ? KSPROPERTY_TYPE_SET : 0u))
        << row.name;

    // The other kind of file; a node; a member that there is not; a pin that there is not.
    EXPECT_EQ(send(other, verb, std::max(row.descriptor, sizeof(KSP_PIN)), 256), STATUS_PROPSET_NOT_FOUND)
        << row.name << ": wrong target";
    if (row.set != &KSPROPSETID_Topology)
      EXPECT_EQ(send(file, verb | KSPROPERTY_TYPE_TOPOLOGY, std::max(row.descriptor, sizeof(KSP_NODE)), 256),
                row.on == On::kFilter ? STATUS_PROPSET_NOT_FOUND : STATUS_INVALID_PARAMETER)
          << row.name << ": asked of node 0, which only the topology filter has";
    if (row.names_pin)
      EXPECT_EQ(send(file, verb, row.descriptor, 256, 2), STATUS_INVALID_PARAMETER) << row.name << ": pin 2";
    KSP_PIN unknown = pin_ask(*row.set, 200, 0, verb);
    EXPECT_EQ(ask(file, unknown, 256).status, STATUS_NOT_FOUND) << row.name << ": an unknown member of the set";

    // Memory that is not the client's.
    auto* nowhere = reinterpret_cast<std::byte*>(0x10);
    const auto good = descriptor(verb, row.descriptor);
    EXPECT_EQ(control(file, IOCTL_KS_PROPERTY, {nowhere, row.descriptor}, support), STATUS_ACCESS_VIOLATION)
        << row.name;
    EXPECT_EQ(control(file, IOCTL_KS_PROPERTY, good, {nowhere, 64}), STATUS_ACCESS_VIOLATION) << row.name;

    // Nothing of it reached the driver or moved the stream.
    EXPECT_EQ(FakeDriver::log.calls, calls);
    EXPECT_EQ(FakeDriver::log.states, states);
    EXPECT_EQ(streams_.buffers.size(), buffers);
    KSSTATE state{};
    EXPECT_EQ(get(pin, KSPROPSETID_Connection, KSPROPERTY_CONNECTION_STATE, state), STATUS_SUCCESS);
    EXPECT_EQ(state, KSSTATE_ACQUIRE);
    close(pin);
    close(topology);
    close(wave);
  });
}

INSTANTIATE_TEST_SUITE_P(Properties, Mistakes, ::testing::ValuesIn(kRows),
                         [](const auto& info) { return std::string(info.param.name); });

class Order : public ChangedFilters {};

TEST_F(Order, StatesAndFormatsOutOfTurn) {
  run([&] {
    ASSERT_TRUE(start().is_ok());
    const io::FileHandle wave = open_filter();
    auto pin = open_pin(wave);
    ASSERT_TRUE(pin);
    EXPECT_EQ(set_state(*pin, static_cast<KSSTATE>(4)), STATUS_INVALID_PARAMETER) << "no such state";
    EXPECT_EQ(set_state(*pin, static_cast<KSSTATE>(-1)), STATUS_INVALID_PARAMETER);
    EXPECT_TRUE(FakeDriver::log.states.empty());
    KSRTAUDIO_BUFFER buffer{};
    ASSERT_EQ(get_buffer(*pin, 9600, buffer), STATUS_SUCCESS);
    ASSERT_EQ(set_state(*pin, KSSTATE_RUN), STATUS_SUCCESS);
    KSDATAFORMAT_WAVEFORMATEX other = wave_format(2, 44100, 16);
    const KSPROPERTY set_format =
        property(KSPROPSETID_Connection, KSPROPERTY_CONNECTION_DATAFORMAT, KSPROPERTY_TYPE_SET);
    EXPECT_EQ(control(*pin, IOCTL_KS_PROPERTY, bytes_of(set_format), std::as_writable_bytes(std::span(&other, 1))),
              STATUS_INVALID_DEVICE_STATE)
        << "not while it runs";
    KSDATAFORMAT_WAVEFORMATEX now{};
    EXPECT_EQ(get(*pin, KSPROPSETID_Connection, KSPROPERTY_CONNECTION_DATAFORMAT, now), STATUS_SUCCESS);
    EXPECT_EQ(now.WaveFormatEx.nSamplesPerSec, 48000u);
    ASSERT_EQ(set_state(*pin, KSSTATE_STOP), STATUS_SUCCESS);
    EXPECT_EQ(control(*pin, IOCTL_KS_PROPERTY, bytes_of(set_format), std::as_writable_bytes(std::span(&other, 1))),
              STATUS_SUCCESS);
    EXPECT_EQ(get(*pin, KSPROPSETID_Connection, KSPROPERTY_CONNECTION_DATAFORMAT, now), STATUS_SUCCESS);
    EXPECT_EQ(now.WaveFormatEx.nSamplesPerSec, 44100u) << "the answer follows the miniport's format";
    other.DataFormat.FormatSize = 16;
    EXPECT_EQ(control(*pin, IOCTL_KS_PROPERTY, bytes_of(set_format), std::as_writable_bytes(std::span(&other, 1))),
              STATUS_INVALID_BUFFER_SIZE);
    close(*pin);
    close(wave);
  });
}

TEST_F(Order, AfterTheDeviceHasGone) {
  run([&] {
    ASSERT_TRUE(start().is_ok());
    const io::FileHandle wave = open_filter();
    auto pin = open_pin(wave);
    ASSERT_TRUE(pin);
    ASSERT_TRUE(io_->pnp().surprise_remove(*node_));
    ULONG count = 0;
    EXPECT_EQ(get(wave, KSPROPSETID_Pin, KSPROPERTY_PIN_CTYPES, count), STATUS_DEVICE_REMOVED);
    EXPECT_EQ(set_state(*pin, KSSTATE_RUN), STATUS_DEVICE_REMOVED);
    EXPECT_FALSE(open_pin(wave));
    EXPECT_TRUE(std::ranges::none_of(FakeDriver::log.states, [](KSSTATE s) { return s == KSSTATE_RUN; }));
    close(*pin);
    close(wave);
  });
}

}  // namespace
}  // namespace portside::portcls::testing
