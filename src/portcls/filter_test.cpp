// Filters: opening by interface, pin factories, intersection, topology, node properties and events. Everything goes
// through IRPs, as a client's requests do.

#include <gtest/gtest.h>

#include "ks/data_format.h"
#include "portcls/testing/portcls_fixture.h"

namespace portside::portcls::testing {
namespace {

class Filter : public PortClsMachine {};

TEST_F(Filter, SubdevicesBecomeInterfacesAndFilters) {
  run([&] {
    ASSERT_TRUE(start().is_ok());
    EXPECT_EQ(portcls_.registered, (std::vector<std::string>{"Wave", "Topology"}));
    EXPECT_FALSE(link_of(KSCATEGORY_RENDER, u"Wave").empty()) << "one interface a category";
    EXPECT_FALSE(link_of(KSCATEGORY_TOPOLOGY, u"Topology").empty()) << "the port's own list, as the miniport has none";
    const io::FileHandle filter = open_filter();
    close(filter);
    EXPECT_EQ(io_->requests().open(std::u16string(link_of(KSCATEGORY_AUDIO, u"Wave")) + u"X").error().code(),
              StatusCode::kObjectNameNotFound);
    EXPECT_GT(FakeDriver::hooked_irps, 0) << "the driver hooked IRP_MJ_PNP";
  });
}

TEST_F(Filter, PinFactoriesAreEnumerated) {
  run([&] {
    ASSERT_TRUE(start().is_ok());
    const io::FileHandle filter = open_filter();
    ULONG count = 0;
    EXPECT_EQ(get(filter, KSPROPSETID_Pin, KSPROPERTY_PIN_CTYPES, count), STATUS_SUCCESS);
    EXPECT_EQ(count, 2u);
    KSPIN_DATAFLOW flow{};
    EXPECT_EQ(get_pin(filter, KSPROPERTY_PIN_DATAFLOW, 0, flow), STATUS_SUCCESS);
    EXPECT_EQ(flow, KSPIN_DATAFLOW_IN);
    KSPIN_COMMUNICATION communication{};
    EXPECT_EQ(get_pin(filter, KSPROPERTY_PIN_COMMUNICATION, 1, communication), STATUS_SUCCESS);
    EXPECT_EQ(communication, KSPIN_COMMUNICATION_NONE);
    KSPIN_CINSTANCES instances{};
    EXPECT_EQ(get_pin(filter, KSPROPERTY_PIN_CINSTANCES, 0, instances), STATUS_SUCCESS);
    EXPECT_EQ(instances.PossibleCount, 2u);
    EXPECT_EQ(instances.CurrentCount, 0u);
    GUID category{};
    EXPECT_EQ(get_pin(filter, KSPROPERTY_PIN_CATEGORY, 0, category), STATUS_SUCCESS);
    EXPECT_TRUE(category == KSCATEGORY_AUDIO);
    EXPECT_EQ(get_pin(filter, KSPROPERTY_PIN_DATAFLOW, 2, flow), STATUS_INVALID_PARAMETER) << "no such pin";
    EXPECT_EQ(get(filter, KSPROPSETID_Pin, KSPROPERTY_PIN_DATAFLOW, flow), STATUS_INVALID_BUFFER_SIZE) << "no KSP_PIN";
    EXPECT_EQ(get(filter, KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_HWLATENCY, flow), STATUS_PROPSET_NOT_FOUND)
        << "the target is a pin";
    struct {
      KSMULTIPLE_ITEM list;
      KSPIN_INTERFACE interfaces[4];
    } interfaces{};
    EXPECT_EQ(get_pin(filter, KSPROPERTY_PIN_INTERFACES, 0, interfaces), STATUS_SUCCESS);
    EXPECT_GE(interfaces.list.Count, 1u);
    EXPECT_EQ(interfaces.interfaces[0].Id, static_cast<ULONG>(KSINTERFACE_STANDARD_LOOPED_STREAMING));
    close(filter);
  });
}

TEST_F(Filter, DataRangesCarryAttributeListsCountedAsRanges) {
  run([&] {
    ASSERT_TRUE(start().is_ok());
    const io::FileHandle filter = open_filter();
    KSP_PIN ask{};
    ask.Property = property(KSPROPSETID_Pin, KSPROPERTY_PIN_DATARANGES, KSPROPERTY_TYPE_GET);
    uint64_t needed = 0;
    EXPECT_EQ(control(filter, IOCTL_KS_PROPERTY, bytes_of(ask), {}, &needed), STATUS_BUFFER_OVERFLOW);
    std::vector<std::byte> answer(needed);
    EXPECT_EQ(control(filter, IOCTL_KS_PROPERTY, bytes_of(ask), answer), STATUS_SUCCESS);
    const auto& list = *reinterpret_cast<const KSMULTIPLE_ITEM*>(answer.data());
    EXPECT_EQ(list.Size, needed);
    EXPECT_EQ(list.Count, 2u) << "a range and its attribute list";
    const auto& range = *reinterpret_cast<const KSDATARANGE_AUDIO*>(answer.data() + 8);
    EXPECT_EQ(range.MaximumChannels, 2u);
    const auto& attributes =
        *reinterpret_cast<const KSMULTIPLE_ITEM*>(answer.data() + 8 + ks::align_quad(sizeof range));
    EXPECT_EQ(attributes.Count, 1u);
    std::vector<std::byte> small(needed - 1);
    EXPECT_EQ(control(filter, IOCTL_KS_PROPERTY, bytes_of(ask), small), STATUS_BUFFER_TOO_SMALL);
    close(filter);
  });
}

struct Intersection {
  KSP_PIN pin;
  KSMULTIPLE_ITEM list;
  KSDATARANGE_AUDIO range;
};

TEST_F(Filter, IntersectionAsksTheMiniportThenThePort) {
  run([&] {
    ASSERT_TRUE(start().is_ok());
    const io::FileHandle filter = open_filter();
    Intersection ask{};
    ask.pin.Property = property(KSPROPSETID_Pin, KSPROPERTY_PIN_DATAINTERSECTION, KSPROPERTY_TYPE_GET);
    ask.list = {sizeof ask.list + sizeof ask.range, 1};
    ask.range = make_range(8, 32, 8000, 44100);
    KSDATAFORMAT_WAVEFORMATEX format{};
    auto out = std::as_writable_bytes(std::span(&format, 1));
    EXPECT_EQ(control(filter, IOCTL_KS_PROPERTY, bytes_of(ask), out), STATUS_SUCCESS);
    EXPECT_EQ(format.WaveFormatEx.nSamplesPerSec, 44100u);
    EXPECT_EQ(format.WaveFormatEx.nChannels, 2);
    EXPECT_EQ(format.WaveFormatEx.wBitsPerSample, 16);
    uint64_t needed = 0;
    EXPECT_EQ(control(filter, IOCTL_KS_PROPERTY, bytes_of(ask), {}, &needed), STATUS_BUFFER_OVERFLOW);
    EXPECT_EQ(needed, sizeof format);
    FakeDriver::intersection = STATUS_NO_MATCH;
    EXPECT_EQ(control(filter, IOCTL_KS_PROPERTY, bytes_of(ask), out), STATUS_NO_MATCH);
    FakeDriver::intersection = STATUS_NOT_IMPLEMENTED;
    ask.range.DataRange.SubFormat = KSDATAFORMAT_SUBTYPE_IEEE_FLOAT;
    EXPECT_EQ(control(filter, IOCTL_KS_PROPERTY, bytes_of(ask), out), STATUS_NO_MATCH);
    ask.list.Count = 1000;
    EXPECT_EQ(control(filter, IOCTL_KS_PROPERTY, bytes_of(ask), out), STATUS_INVALID_BUFFER_SIZE);
    close(filter);
  });
}

TEST_F(Filter, TopologyAndItsWires) {
  run([&] {
    ASSERT_TRUE(start().is_ok());
    const io::FileHandle topology = open_filter(u"Topology");
    struct {
      KSMULTIPLE_ITEM list;
      GUID nodes[2];
    } nodes{};
    EXPECT_EQ(get(topology, KSPROPSETID_Topology, KSPROPERTY_TOPOLOGY_NODES, nodes), STATUS_SUCCESS);
    EXPECT_EQ(nodes.list.Count, 2u);
    EXPECT_TRUE(nodes.nodes[0] == KSNODETYPE_VOLUME);
    struct {
      KSMULTIPLE_ITEM list;
      KSTOPOLOGY_CONNECTION connections[3];
    } connections{};
    EXPECT_EQ(get(topology, KSPROPSETID_Topology, KSPROPERTY_TOPOLOGY_CONNECTIONS, connections), STATUS_SUCCESS);
    EXPECT_EQ(connections.list.Count, 3u);
    EXPECT_EQ(connections.connections[0].FromNode, KSFILTER_NODE);

    // The wire from the wave filter's bridge to this one, from both ends.
    const io::FileHandle wave = open_filter();
    std::vector<std::byte> answer(512);
    KSP_PIN ask{};
    ask.Property = property(KSPROPSETID_Pin, KSPROPERTY_PIN_PHYSICALCONNECTION, KSPROPERTY_TYPE_GET);
    ask.PinId = 1;
    EXPECT_EQ(control(wave, IOCTL_KS_PROPERTY, bytes_of(ask), answer), STATUS_SUCCESS);
    const auto& wire = *reinterpret_cast<const KSPIN_PHYSICALCONNECTION*>(answer.data());
    EXPECT_EQ(wire.Pin, 0u);
    EXPECT_EQ(std::u16string(wire.SymbolicLinkName), link_of(KSCATEGORY_AUDIO, u"Topology"));
    EXPECT_EQ(control(topology, IOCTL_KS_PROPERTY, bytes_of(ask), answer), STATUS_NOT_FOUND)
        << "pin 1 there is the speaker";
    close(wave);
    close(topology);
  });
}

TEST_F(Filter, NodePropertiesReachTheMiniportsTable) {
  run([&] {
    ASSERT_TRUE(start().is_ok());
    const io::FileHandle topology = open_filter(u"Topology");
    KSNODEPROPERTY_AUDIO_CHANNEL ask{};
    ask.NodeProperty.Property =
        property(KSPROPSETID_Audio, KSPROPERTY_AUDIO_VOLUMELEVEL, KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_TOPOLOGY);
    LONG value = 1;
    auto out = std::as_writable_bytes(std::span(&value, 1));
    EXPECT_EQ(control(topology, IOCTL_KS_PROPERTY, bytes_of(ask), out), STATUS_SUCCESS)
        << "an item wider than documented: the stride counts";
    EXPECT_EQ(value, FakeDriver::volume);
    ask.NodeProperty.Property.Flags = KSPROPERTY_TYPE_SET | KSPROPERTY_TYPE_TOPOLOGY;
    value = -65536;
    EXPECT_EQ(control(topology, IOCTL_KS_PROPERTY, bytes_of(ask), out), STATUS_SUCCESS);
    EXPECT_EQ(FakeDriver::volume, -65536);
    uint64_t needed = 0;
    ask.NodeProperty.Property.Flags = KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_TOPOLOGY;
    EXPECT_EQ(control(topology, IOCTL_KS_PROPERTY, bytes_of(ask), {}, &needed), STATUS_BUFFER_OVERFLOW);
    EXPECT_EQ(needed, sizeof(LONG));
    EXPECT_EQ(control(topology, IOCTL_KS_PROPERTY, bytes_of(ask), out.first(2)), STATUS_BUFFER_TOO_SMALL);

    // The mute item leaves basic support to the port.
    ask.NodeProperty.NodeId = 1;
    ask.NodeProperty.Property =
        property(KSPROPSETID_Audio, KSPROPERTY_AUDIO_MUTE, KSPROPERTY_TYPE_BASICSUPPORT | KSPROPERTY_TYPE_TOPOLOGY);
    EXPECT_EQ(control(topology, IOCTL_KS_PROPERTY, bytes_of(ask), out), STATUS_SUCCESS);
    EXPECT_EQ(static_cast<ULONG>(value), static_cast<ULONG>(KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET));

    ask.NodeProperty.NodeId = 0;
    ask.NodeProperty.Property.Flags = KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_TOPOLOGY;
    EXPECT_EQ(control(topology, IOCTL_KS_PROPERTY, bytes_of(ask), out), STATUS_NOT_FOUND)
        << "the volume node has no mute";
    ask.NodeProperty.NodeId = 2;
    EXPECT_EQ(control(topology, IOCTL_KS_PROPERTY, bytes_of(ask), out), STATUS_INVALID_PARAMETER) << "no such node";
    const KSPROPERTY no_node = property(KSPROPSETID_Audio, KSPROPERTY_AUDIO_MUTE, KSPROPERTY_TYPE_GET);
    EXPECT_EQ(control(topology, IOCTL_KS_PROPERTY, bytes_of(no_node), out), STATUS_PROPSET_NOT_FOUND);
    close(topology);
  });
}

TEST_F(Filter, APendingPropertyIsCompletedLater) {
  run([&] {
    ASSERT_TRUE(start().is_ok());
    const io::FileHandle topology = open_filter(u"Topology");
    PPCPROPERTY_REQUEST pending = nullptr;
    FakeDriver::on_property = [&](PPCPROPERTY_REQUEST request) {
      pending = request;
      return STATUS_PENDING;
    };
    KSNODEPROPERTY_AUDIO_CHANNEL ask{};
    ask.NodeProperty.Property =
        property(KSPROPSETID_Audio, KSPROPERTY_AUDIO_VOLUMELEVEL, KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_TOPOLOGY);
    LONG value = 0;
    auto sent = io_->requests().start_device_control(topology, IOCTL_KS_PROPERTY, bytes_of(ask),
                                                     std::as_writable_bytes(std::span(&value, 1)));
    ASSERT_TRUE(sent);
    ASSERT_TRUE(pending);
    EXPECT_EQ(PcCompletePendingPropertyRequest(pending, STATUS_PENDING), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(portcls_.misuses, std::vector<Misuse>{Misuse::kPendingCompletedWithPending});
    *static_cast<LONG*>(pending->Value) = 42;
    EXPECT_EQ(PcCompletePendingPropertyRequest(pending, STATUS_SUCCESS), STATUS_SUCCESS);
    auto outcome = io_->requests().wait(*sent);
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->status, STATUS_SUCCESS);
    EXPECT_EQ(value, 42);
    EXPECT_EQ(PcCompletePendingPropertyRequest(pending, STATUS_SUCCESS), STATUS_INVALID_PARAMETER) << "twice";
    close(topology);
  });
}

TEST_F(Filter, SetSupportAndSetLists) {
  run([&] {
    ASSERT_TRUE(start().is_ok());
    const io::FileHandle filter = open_filter();
    EXPECT_EQ(
        control(filter, IOCTL_KS_PROPERTY, bytes_of(property(KSPROPSETID_Pin, 0, KSPROPERTY_TYPE_SETSUPPORT)), {}),
        STATUS_SUCCESS);
    EXPECT_EQ(
        control(filter, IOCTL_KS_PROPERTY, bytes_of(property(KSPROPSETID_RtAudio, 0, KSPROPERTY_TYPE_SETSUPPORT)), {}),
        STATUS_PROPSET_NOT_FOUND);
    uint64_t needed = 0;
    EXPECT_EQ(
        control(filter, IOCTL_KS_PROPERTY, bytes_of(property(GUID{}, 0, KSPROPERTY_TYPE_SETSUPPORT)), {}, &needed),
        STATUS_BUFFER_OVERFLOW);
    EXPECT_EQ(needed % sizeof(GUID), 0u);
    EXPECT_GE(needed, 2 * sizeof(GUID));
    close(filter);
  });
}

TEST_F(Filter, ClientMistakesAreStatuses) {
  run([&] {
    ASSERT_TRUE(start().is_ok());
    const io::FileHandle filter = open_filter();
    const KSPROPERTY good = property(KSPROPSETID_Pin, KSPROPERTY_PIN_CTYPES, KSPROPERTY_TYPE_GET);
    ULONG value = 0;
    auto out = std::as_writable_bytes(std::span(&value, 1));
    auto* nowhere = reinterpret_cast<std::byte*>(0x10);
    EXPECT_EQ(control(filter, IOCTL_KS_PROPERTY, {nowhere, sizeof good}, out), STATUS_ACCESS_VIOLATION);
    EXPECT_EQ(control(filter, IOCTL_KS_PROPERTY, bytes_of(good), {nowhere, sizeof value}), STATUS_ACCESS_VIOLATION);
    EXPECT_EQ(control(filter, IOCTL_KS_PROPERTY, {}, out), STATUS_INVALID_BUFFER_SIZE);
    EXPECT_EQ(control(filter, IOCTL_KS_METHOD, bytes_of(good), out), STATUS_PROPSET_NOT_FOUND);
    EXPECT_EQ(control(filter, 0x2F0FFF, bytes_of(good), out), STATUS_INVALID_DEVICE_REQUEST);
    EXPECT_EQ(control(filter, IOCTL_KS_PROPERTY, bytes_of(good), out), STATUS_SUCCESS) << "and nothing has changed";
    close(filter);
  });
}

TEST_F(Filter, EventsAreEnabledSignalledAndDisabled) {
  run([&] {
    ASSERT_TRUE(start().is_ok());
    PPORTEVENTS events = nullptr;
    ASSERT_EQ(FakeDriver::topology_port->QueryInterface(IID_IPortEvents, reinterpret_cast<PVOID*>(&events)),
              STATUS_SUCCESS);
    int removed = 0;
    FakeDriver::on_event = [&](PPCEVENT_REQUEST request) {
      if (request->Verb == PCEVENT_VERB_ADD) events->AddEventToEventList(request->EventEntry);
      removed += request->Verb == PCEVENT_VERB_REMOVE;
      return STATUS_SUCCESS;
    };
    const io::FileHandle topology = open_filter(u"Topology");
    ClientEvent event;
    create_event(event);
    KSE_NODE ask{};
    ask.Event.Set = KSEVENTSETID_AudioControlChange;
    ask.Event.Id = KSEVENT_CONTROL_CHANGE;
    ask.Event.Flags = KSEVENT_TYPE_ENABLE | KSEVENT_TYPE_TOPOLOGY;
    KSEVENTDATA data{};
    data.NotificationType = KSEVENTF_EVENT_HANDLE;
    data.EventHandle.Event = event.handle;
    auto out = std::as_writable_bytes(std::span(&data, 1));
    EXPECT_EQ(control(topology, IOCTL_KS_ENABLE_EVENT, bytes_of(ask), out), STATUS_SUCCESS);
    GUID set = KSEVENTSETID_AudioControlChange;
    events->GenerateEventList(&set, KSEVENT_CONTROL_CHANGE, FALSE, 0, TRUE, 1);
    EXPECT_EQ(KeReadStateEvent(&event.event), 0) << "another node";
    events->GenerateEventList(&set, KSEVENT_CONTROL_CHANGE, FALSE, 0, TRUE, 0);
    EXPECT_NE(KeReadStateEvent(&event.event), 0);
    EXPECT_EQ(control(topology, IOCTL_KS_DISABLE_EVENT, bytes_of(data), {}), STATUS_SUCCESS);
    EXPECT_EQ(control(topology, IOCTL_KS_DISABLE_EVENT, bytes_of(data), {}), STATUS_UNSUCCESSFUL);
    EXPECT_EQ(removed, 1);

    EXPECT_EQ(control(topology, IOCTL_KS_ENABLE_EVENT, bytes_of(ask), out), STATUS_SUCCESS);
    data.EventHandle.Event = reinterpret_cast<HANDLE>(0xBAD0);
    EXPECT_EQ(control(topology, IOCTL_KS_ENABLE_EVENT, bytes_of(ask), out), STATUS_INVALID_HANDLE);
    EXPECT_EQ(control(topology, IOCTL_KS_ENABLE_EVENT, bytes_of(ask), out.first(4)), STATUS_INVALID_BUFFER_SIZE);
    ask.NodeId = 1;
    EXPECT_EQ(control(topology, IOCTL_KS_ENABLE_EVENT, bytes_of(ask), out), STATUS_PROPSET_NOT_FOUND);
    close(topology);
    EXPECT_EQ(removed, 2) << "what the closing client forgot";
    events->Release();
  });
}

}  // namespace
}  // namespace portside::portcls::testing
