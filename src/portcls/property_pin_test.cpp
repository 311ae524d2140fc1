// KSPROPSETID_Pin, Topology, AudioSignalProcessing: no answer is a constant. Each test changes the descriptor, the
// miniport or the registry and sees the answer change.

#include <gtest/gtest.h>

#include "kernel/services.h"
#include "portcls/testing/changed_filters.h"

namespace portside::portcls::testing {
namespace {

class PinProperties : public ChangedFilters {
 protected:
  template <class T>
  T pin_value(io::FileHandle filter, ULONG id, ULONG pin, NTSTATUS expected = STATUS_SUCCESS) {
    T value{};
    EXPECT_EQ(get_pin(filter, id, pin, value), expected) << "property " << id;
    return value;
  }
  // The GUIDs, interfaces, ranges ... behind a KSMULTIPLE_ITEM, all of a size.
  template <class T>
  std::vector<T> list(io::FileHandle file, const KSP_PIN& request) {
    const Answer answer = ask(file, request, 4096);
    EXPECT_EQ(answer.status, STATUS_SUCCESS);
    if (answer.status < 0) return {};
    const auto* head = reinterpret_cast<const KSMULTIPLE_ITEM*>(answer.value.data());
    EXPECT_EQ(head->Size, sizeof *head + head->Count * sizeof(T));
    EXPECT_EQ(head->Size, answer.information);
    const auto* items = reinterpret_cast<const T*>(head + 1);
    return {items, items + head->Count};
  }
  static void name_in_registry(const GUID& guid, std::u16string_view name) {
    const std::u16string path =
        u"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\MediaCategories\\" + text_of(guid);
    EXPECT_TRUE(current<kernel::Services>().registry().set_string(path, u"Name", name));
  }
  static std::u16string text_of(const GUID& g) {
    char text[40];
    std::snprintf(text, sizeof text, "{%08X-%04X-%04X-%02X%02X-%02X%02X%02X%02X%02X%02X}", g.Data1, g.Data2, g.Data3,
                  g.Data4[0], g.Data4[1], g.Data4[2], g.Data4[3], g.Data4[4], g.Data4[5], g.Data4[6], g.Data4[7]);
    return {text, text + std::strlen(text)};
  }
  std::u16string pin_name_of(io::FileHandle filter, ULONG pin, NTSTATUS expected) {
    const Answer answer = ask(filter, pin_ask(KSPROPSETID_Pin, KSPROPERTY_PIN_NAME, pin), 256);
    EXPECT_EQ(answer.status, expected);
    if (answer.status < 0) return {};
    return reinterpret_cast<const char16_t*>(answer.value.data());
  }
};

TEST_F(PinProperties, FollowTheDescriptor) {
  run([&] {
    ASSERT_TRUE(start().is_ok());
    const io::FileHandle wave = open_filter();
    KSPIN_DESCRIPTOR& pin = wave_pins_[0].KsPinDescriptor;
    EXPECT_EQ(pin_value<KSPIN_DATAFLOW>(wave, KSPROPERTY_PIN_DATAFLOW, 0), KSPIN_DATAFLOW_IN);
    pin.DataFlow = KSPIN_DATAFLOW_OUT;
    EXPECT_EQ(pin_value<KSPIN_DATAFLOW>(wave, KSPROPERTY_PIN_DATAFLOW, 0), KSPIN_DATAFLOW_OUT);

    EXPECT_EQ(pin_value<KSPIN_COMMUNICATION>(wave, KSPROPERTY_PIN_COMMUNICATION, 0), KSPIN_COMMUNICATION_SINK);
    pin.Communication = KSPIN_COMMUNICATION_BOTH;
    EXPECT_EQ(pin_value<KSPIN_COMMUNICATION>(wave, KSPROPERTY_PIN_COMMUNICATION, 0), KSPIN_COMMUNICATION_BOTH);

    EXPECT_TRUE(pin_value<GUID>(wave, KSPROPERTY_PIN_CATEGORY, 0) == KSCATEGORY_AUDIO);
    pin.Category = &KSNODETYPE_HEADPHONES;
    EXPECT_TRUE(pin_value<GUID>(wave, KSPROPERTY_PIN_CATEGORY, 0) == KSNODETYPE_HEADPHONES);

    EXPECT_EQ(pin_value<KSPIN_CINSTANCES>(wave, KSPROPERTY_PIN_GLOBALCINSTANCES, 0).PossibleCount, 2u);
    EXPECT_EQ(pin_value<ULONG>(wave, KSPROPERTY_PIN_NECESSARYINSTANCES, 0), 0u);
    wave_pins_[0].MaxGlobalInstanceCount = 9;
    wave_pins_[0].MaxFilterInstanceCount = 7;
    wave_pins_[0].MinFilterInstanceCount = 3;
    EXPECT_EQ(pin_value<KSPIN_CINSTANCES>(wave, KSPROPERTY_PIN_GLOBALCINSTANCES, 0).PossibleCount, 9u);
    EXPECT_EQ(pin_value<KSPIN_CINSTANCES>(wave, KSPROPERTY_PIN_CINSTANCES, 0).PossibleCount, 7u);
    EXPECT_EQ(pin_value<ULONG>(wave, KSPROPERTY_PIN_NECESSARYINSTANCES, 0), 3u);

    ULONG count = 0;
    EXPECT_EQ(get(wave, KSPROPSETID_Pin, KSPROPERTY_PIN_CTYPES, count), STATUS_SUCCESS);
    EXPECT_EQ(count, 2u);
    kWaveFilter.PinCount = 1;
    EXPECT_EQ(get(wave, KSPROPSETID_Pin, KSPROPERTY_PIN_CTYPES, count), STATUS_SUCCESS);
    EXPECT_EQ(count, 1u);
    pin_value<KSPIN_DATAFLOW>(wave, KSPROPERTY_PIN_DATAFLOW, 1, STATUS_INVALID_PARAMETER);
    kWaveFilter.PinCount = 2;
    close(wave);
  });
}

TEST_F(PinProperties, ListsFollowTheDescriptor) {
  static const KSPIN_MEDIUM medium = {{{KSMEDIUMSETID_Standard, 4, 0}}};
  run([&] {
    ASSERT_TRUE(start().is_ok());
    const io::FileHandle wave = open_filter();
    const auto mediums = [&] { return list<KSPIN_MEDIUM>(wave, pin_ask(KSPROPSETID_Pin, KSPROPERTY_PIN_MEDIUMS, 0)); };
    ASSERT_EQ(mediums().size(), 1u);
    EXPECT_EQ(mediums()[0].Id, static_cast<ULONG>(KSMEDIUM_STANDARD_DEVIO));
    wave_pins_[0].KsPinDescriptor.MediumsCount = 1;
    wave_pins_[0].KsPinDescriptor.Mediums = &medium;
    EXPECT_EQ(mediums()[0].Id, 4u);

    const auto interfaces = [&](ULONG pin) {
      return list<KSPIN_INTERFACE>(wave, pin_ask(KSPROPSETID_Pin, KSPROPERTY_PIN_INTERFACES, pin));
    };
    EXPECT_EQ(interfaces(0)[0].Id, static_cast<ULONG>(KSINTERFACE_STANDARD_LOOPED_STREAMING));
    wave_pins_[0].KsPinDescriptor.Communication = KSPIN_COMMUNICATION_NONE;
    EXPECT_EQ(interfaces(0)[0].Id, static_cast<ULONG>(KSINTERFACE_STANDARD_STREAMING));

    for (const ULONG id : {ULONG{KSPROPERTY_PIN_DATARANGES}, ULONG{KSPROPERTY_PIN_CONSTRAINEDDATARANGES}}) {
      static KSDATARANGE_AUDIO other = make_range(6, 24, 96000, 96000);
      static PKSDATARANGE others[] = {&other.DataRange};
      wave_pins_[0].KsPinDescriptor.DataRanges = kWaveRanges;
      wave_pins_[0].KsPinDescriptor.DataRangesCount = 2;
      Answer answer = ask(wave, pin_ask(KSPROPSETID_Pin, id, 0), 1024);
      EXPECT_EQ(reinterpret_cast<const KSMULTIPLE_ITEM*>(answer.value.data())->Count, 2u);
      EXPECT_EQ(reinterpret_cast<const KSDATARANGE_AUDIO*>(answer.value.data() + 8)->MaximumChannels, 2u);
      wave_pins_[0].KsPinDescriptor.DataRanges = others;
      wave_pins_[0].KsPinDescriptor.DataRangesCount = 1;
      answer = ask(wave, pin_ask(KSPROPSETID_Pin, id, 0), 1024);
      EXPECT_EQ(reinterpret_cast<const KSMULTIPLE_ITEM*>(answer.value.data())->Count, 1u);
      EXPECT_EQ(reinterpret_cast<const KSDATARANGE_AUDIO*>(answer.value.data() + 8)->MaximumChannels, 6u);
      // Size and count alone fit a buffer of a KSMULTIPLE_ITEM.
      answer = ask(wave, pin_ask(KSPROPSETID_Pin, id, 0), sizeof(KSMULTIPLE_ITEM));
      EXPECT_EQ(answer.status, STATUS_SUCCESS);
      EXPECT_EQ(reinterpret_cast<const KSMULTIPLE_ITEM*>(answer.value.data())->Size,
                sizeof(KSMULTIPLE_ITEM) + sizeof(KSDATARANGE_AUDIO));
    }
    close(wave);
  });
}

TEST_F(PinProperties, NamesComeFromTheRegistry) {
  static const GUID own = {0x0DD5E7AA, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}};
  run([&] {
    ASSERT_TRUE(start().is_ok());
    const io::FileHandle topology = open_filter(u"Topology");
    pin_name_of(topology, 1, STATUS_OBJECT_NAME_NOT_FOUND);
    name_in_registry(KSNODETYPE_SPEAKER, u"Speakers");
    EXPECT_EQ(pin_name_of(topology, 1, STATUS_SUCCESS), u"Speakers") << "by the category";
    name_in_registry(KSNODETYPE_SPEAKER, u"Altavoces");
    EXPECT_EQ(pin_name_of(topology, 1, STATUS_SUCCESS), u"Altavoces");
    topology_pins_[1].KsPinDescriptor.Name = &own;
    name_in_registry(own, u"Wall of sound");
    EXPECT_EQ(pin_name_of(topology, 1, STATUS_SUCCESS), u"Wall of sound") << "a Name comes before the Category";
    topology_pins_[1].KsPinDescriptor.Name = nullptr;
    topology_pins_[1].KsPinDescriptor.Category = nullptr;
    pin_name_of(topology, 1, STATUS_NOT_FOUND);

    const auto node_name = [&](NTSTATUS expected, ULONG flags) -> std::u16string {
      KSP_NODE request = node_ask(KSPROPSETID_Topology, KSPROPERTY_TOPOLOGY_NAME, 0);
      request.Property.Flags = KSPROPERTY_TYPE_GET | flags;
      const Answer answer = ask(topology, request, 256);
      EXPECT_EQ(answer.status, expected);
      return answer.status < 0 ? u"" : std::u16string(reinterpret_cast<const char16_t*>(answer.value.data()));
    };
    node_name(STATUS_OBJECT_NAME_NOT_FOUND, 0);
    name_in_registry(KSNODETYPE_VOLUME, u"Volume");
    EXPECT_EQ(node_name(STATUS_SUCCESS, 0), u"Volume");
    EXPECT_EQ(node_name(STATUS_SUCCESS, KSPROPERTY_TYPE_TOPOLOGY), u"Volume") << "the one node property of the port's";
    nodes_[0].Name = &own;
    EXPECT_EQ(node_name(STATUS_SUCCESS, 0), u"Wall of sound");
    close(topology);
  });
}

class FakePinName final : public ComObject<IPinName, IID_IPinName> {
 public:
  STDMETHODIMP_(NTSTATUS) GetPinName(PIRP irp, PKSP_PIN pin, PVOID data) override {
    if (pin->PinId != 0) return STATUS_NOT_SUPPORTED;
    const ULONG bytes = static_cast<ULONG>((name.size() + 1) * sizeof(WCHAR));
    const ULONG room = IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl.OutputBufferLength;
    irp->IoStatus.Information = overstated ? room + 2 : bytes;
    if (room < bytes) return room ? STATUS_BUFFER_TOO_SMALL : STATUS_BUFFER_OVERFLOW;
    std::memcpy(data, name.c_str(), bytes);
    return STATUS_SUCCESS;
  }
  std::u16string name = u"Left wall";
  bool overstated = false;
};

TEST_F(PinProperties, IPinNameNamesAPinFirst) {
  run([&] {
    auto names = ComPtr<FakePinName>::adopt(new FakePinName);
    FakeDriver::further = [&](REFIID iid) -> IUnknown* {
      return IsEqualGUID(iid, IID_IPinName) ? names.get() : nullptr;
    };
    ASSERT_TRUE(start().is_ok());
    const io::FileHandle wave = open_filter();
    const KSP_PIN request = pin_ask(KSPROPSETID_Pin, KSPROPERTY_PIN_NAME, 0);
    const auto named = [&](ULONG room) { return ask(wave, request, room); };
    EXPECT_EQ(named(0).status, STATUS_BUFFER_OVERFLOW);
    EXPECT_EQ(named(0).information, 20u);
    EXPECT_EQ(named(6).status, STATUS_BUFFER_TOO_SMALL);
    for (const char16_t* name : {u"Left wall", u"Right"}) {
      names->name = name;
      const auto answer = named(64);
      EXPECT_EQ(answer.status, STATUS_SUCCESS);
      ASSERT_EQ(answer.information, (names->name.size() + 1) * sizeof(WCHAR));
      EXPECT_EQ(std::memcmp(answer.value.data(), name, answer.information), 0);
    }
    names->overstated = true;
    EXPECT_EQ(named(64).status, STATUS_UNSUCCESSFUL) << "more than the buffer holds";
    // A pin that the miniport does not name has its category's name.
    name_in_registry(KSCATEGORY_AUDIO, u"Audio");
    KSP_PIN other = request;
    other.PinId = 1;
    EXPECT_EQ(ask(wave, other, 64).status, STATUS_SUCCESS);
    close(wave);
    FakeDriver::further = {};
  });
}

class FakePinCount final : public ComObject<IPinCount, IID_IPinCount> {
 public:
  STDMETHODIMP_(void)
  PinCount(ULONG pin, PULONG necessary, PULONG current, PULONG possible, PULONG global_current,
           PULONG global_possible) override {
    asked.push_back({pin, *necessary, *current, *possible, *global_current, *global_possible});
    if (limit != ~0u) *possible = *global_possible = limit;
  }
  std::vector<std::array<ULONG, 6>> asked;
  ULONG limit = ~0u;
};

TEST_F(PinProperties, IPinCountSeesTheCountsAndChangesThem) {
  run([&] {
    auto count = ComPtr<FakePinCount>::adopt(new FakePinCount);
    FakeDriver::further = [&](REFIID iid) -> IUnknown* {
      return IsEqualGUID(iid, IID_IPinCount) ? count.get() : nullptr;
    };
    ASSERT_TRUE(start().is_ok());
    const io::FileHandle wave = open_filter();
    auto pin = open_pin(wave);
    ASSERT_TRUE(pin);
    count->asked.clear();
    KSPIN_CINSTANCES instances = pin_value<KSPIN_CINSTANCES>(wave, KSPROPERTY_PIN_CINSTANCES, 0);
    EXPECT_EQ(instances.PossibleCount, 2u);
    EXPECT_EQ(instances.CurrentCount, 1u);
    ASSERT_EQ(count->asked.size(), 1u);
    EXPECT_EQ(count->asked[0], (std::array<ULONG, 6>{0, 0, 1, 2, 1, 2}));
    count->limit = 1;  // the remaining resources do not allow another pin
    EXPECT_EQ(pin_value<KSPIN_CINSTANCES>(wave, KSPROPERTY_PIN_CINSTANCES, 0).PossibleCount, 1u);
    EXPECT_EQ(pin_value<KSPIN_CINSTANCES>(wave, KSPROPERTY_PIN_GLOBALCINSTANCES, 0).PossibleCount, 1u);
    EXPECT_FALSE(open_pin(wave)) << "and the pin is refused";
    count->limit = ~0u;
    auto second = open_pin(wave);
    EXPECT_TRUE(second);
    close(*second);
    close(*pin);
    close(wave);
    FakeDriver::further = {};
  });
}

class FakeModes final : public ComObject<IMiniportAudioSignalProcessing, IID_IMiniportAudioSignalProcessing> {
 public:
  STDMETHODIMP_(NTSTATUS) GetModes(ULONG pin, GUID* guids, ULONG* count) override {
    if (pin != 0) return STATUS_NOT_SUPPORTED;
    if (guids && *count < modes.size()) return STATUS_BUFFER_TOO_SMALL;
    *count = static_cast<ULONG>(modes.size());
    if (guids) std::ranges::copy(modes, guids);
    return STATUS_SUCCESS;
  }
  std::vector<GUID> modes;
};

TEST_F(PinProperties, ModesAreTheMiniports) {
  run([&] {
    auto modes = ComPtr<FakeModes>::adopt(new FakeModes);
    const auto request = [](ULONG pin) {
      return pin_ask(KSPROPSETID_AudioSignalProcessing, KSPROPERTY_AUDIOSIGNALPROCESSING_MODES, pin);
    };
    ASSERT_TRUE(start().is_ok());
    const io::FileHandle without = open_filter();
    EXPECT_EQ(ask(without, request(0), 256).status, STATUS_NOT_FOUND) << "the miniport has no such interface";
    close(without);
    ASSERT_TRUE(io_->pnp().remove(*node_));
    ASSERT_TRUE(io_->drivers().unload(driver_));

    FakeDriver::further = [&](REFIID iid) -> IUnknown* {
      return IsEqualGUID(iid, IID_IMiniportAudioSignalProcessing) ? modes.get() : nullptr;
    };
    ASSERT_TRUE(start().is_ok());
    const io::FileHandle wave = open_filter();
    EXPECT_EQ(list<GUID>(wave, request(0)).size(), 0u);
    modes->modes = {AUDIO_SIGNALPROCESSINGMODE_DEFAULT};
    EXPECT_EQ(list<GUID>(wave, request(0)).size(), 1u);
    modes->modes = {AUDIO_SIGNALPROCESSINGMODE_RAW, AUDIO_SIGNALPROCESSINGMODE_SPEECH};
    const std::vector<GUID> now = list<GUID>(wave, request(0));
    ASSERT_EQ(now.size(), 2u);
    EXPECT_TRUE(now[1] == AUDIO_SIGNALPROCESSINGMODE_SPEECH);
    EXPECT_EQ(ask(wave, request(1), 256).status, STATUS_NOT_SUPPORTED) << "a bridge pin: the miniport's word";
    EXPECT_EQ(ask(wave, request(2), 256).status, STATUS_INVALID_PARAMETER);
    close(wave);
    FakeDriver::further = {};
  });
}

TEST_F(PinProperties, TopologyFollowsTheDescriptor) {
  static const GUID categories[] = {KSCATEGORY_AUDIO, KSCATEGORY_TOPOLOGY, KSCATEGORY_RENDER};
  static const PCCONNECTION_DESCRIPTOR straight[] = {{PCFILTER_NODE, 0, PCFILTER_NODE, 1}};
  run([&] {
    ASSERT_TRUE(start().is_ok());
    const io::FileHandle topology = open_filter(u"Topology");
    KSP_PIN request = pin_ask(KSPROPSETID_Topology, KSPROPERTY_TOPOLOGY_NODES, 0);
    EXPECT_EQ(list<GUID>(topology, request).size(), 2u);
    nodes_[1].Type = &KSNODETYPE_AGC;
    EXPECT_TRUE(list<GUID>(topology, request)[1] == KSNODETYPE_AGC);
    kTopologyFilter.NodeCount = 1;
    EXPECT_EQ(list<GUID>(topology, request).size(), 1u);
    request.Property.Id = KSPROPERTY_TOPOLOGY_CONNECTIONS;
    EXPECT_EQ(list<KSTOPOLOGY_CONNECTION>(topology, request).size(), 3u);
    kTopologyFilter.Connections = straight;
    kTopologyFilter.ConnectionCount = 1;
    EXPECT_EQ(list<KSTOPOLOGY_CONNECTION>(topology, request).size(), 1u);
    request.Property.Id = KSPROPERTY_TOPOLOGY_CATEGORIES;
    EXPECT_EQ(list<GUID>(topology, request).size(), 2u) << "the port's own, as the miniport lists none";
    kTopologyFilter.Categories = categories;
    kTopologyFilter.CategoryCount = 3;
    EXPECT_EQ(list<GUID>(topology, request).size(), 3u);
    close(topology);
  });
}

TEST_F(PinProperties, APhysicalConnectionCanBeTakenBackAndMadeToAnother) {
  run([&] {
    ASSERT_TRUE(start().is_ok());
    const io::FileHandle wave = open_filter();
    const KSP_PIN request = pin_ask(KSPROPSETID_Pin, KSPROPERTY_PIN_PHYSICALCONNECTION, 1);
    EXPECT_EQ(reinterpret_cast<const KSPIN_PHYSICALCONNECTION*>(ask(wave, request, 512).value.data())->Pin, 0u);
    PUNREGISTERPHYSICALCONNECTION unregister = nullptr;
    ASSERT_EQ(
        FakeDriver::wave_port->QueryInterface(IID_IUnregisterPhysicalConnection, reinterpret_cast<PVOID*>(&unregister)),
        STATUS_SUCCESS);
    EXPECT_EQ(unregister->UnregisterPhysicalConnection(FakeDriver::device, FakeDriver::wave_port, 1,
                                                       FakeDriver::topology_port, 1),
              STATUS_NOT_FOUND)
        << "that wire does not exist";
    EXPECT_EQ(unregister->UnregisterPhysicalConnection(FakeDriver::device, FakeDriver::wave_port, 1,
                                                       FakeDriver::topology_port, 0),
              STATUS_SUCCESS);
    EXPECT_EQ(ask(wave, request, 512).status, STATUS_NOT_FOUND);
    UNICODE_STRING link;
    RtlInitUnicodeString(&link, u"\\??\\ELSEWHERE#{6994AD04-93EF-11D0-A3CC-00A0C9223196}\\mixer");
    EXPECT_EQ(PcRegisterPhysicalConnectionToExternal(FakeDriver::device, FakeDriver::wave_port, 1, &link, 6),
              STATUS_SUCCESS);
    const Answer external = ask(wave, request, 512);
    ASSERT_EQ(external.status, STATUS_SUCCESS);
    const auto* wire = reinterpret_cast<const KSPIN_PHYSICALCONNECTION*>(external.value.data());
    EXPECT_EQ(wire->Pin, 6u);
    EXPECT_EQ(std::u16string(wire->SymbolicLinkName), std::u16string(link.Buffer, link.Length / 2));
    EXPECT_EQ(
        unregister->UnregisterPhysicalConnectionToExternal(FakeDriver::device, FakeDriver::wave_port, 1, &link, 6),
        STATUS_SUCCESS);
    EXPECT_EQ(ask(wave, request, 512).status, STATUS_NOT_FOUND);
    EXPECT_EQ(PcRegisterPhysicalConnectionFromExternal(FakeDriver::device, &link, 2, FakeDriver::wave_port, 1),
              STATUS_SUCCESS);
    EXPECT_EQ(reinterpret_cast<const KSPIN_PHYSICALCONNECTION*>(ask(wave, request, 512).value.data())->Pin, 2u);
    EXPECT_EQ(
        unregister->UnregisterPhysicalConnectionFromExternal(FakeDriver::device, &link, 2, FakeDriver::wave_port, 1),
        STATUS_SUCCESS);
    unregister->Release();
    close(wave);
  });
}

}  // namespace
}  // namespace portside::portcls::testing
