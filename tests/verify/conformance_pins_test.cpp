// The conformance check: each assertion of pins and of the topology fails on a driver made for it.

#include "conformance_fixture.h"
#include "io/io.h"
#include "kernel/kernel.h"
#include "kernel/machine_clock.h"
#include "verify/all_endpoints.h"
#include "verify/filter_event_test.h"
#include "verify/filter_roles.h"
#include "verify/mode_test.h"
#include "verify/node_test.h"
#include "verify/pin_conformance.h"
#include "verify/pin_properties.h"
#include "verify/position_drift.h"
#include "verify/property_sweep.h"
#include "verify/topology_test.h"

namespace portside::verify::testing {
namespace {

// Pin 2's jacks, of which there is one, whatever the list counts.
template <class Item>
NTSTATUS answer_jack(PPCPROPERTY_REQUEST r, const Item& item, ULONG count = 1) {
  const std::pair answer{KSMULTIPLE_ITEM{sizeof(KSMULTIPLE_ITEM) + sizeof item, count}, item};
  static_assert(sizeof answer == sizeof(KSMULTIPLE_ITEM) + sizeof item);
  if (*static_cast<ULONG*>(r->Instance) != 2) return STATUS_NOT_SUPPORTED;
  const bool asks = r->ValueSize == 0, fits = r->ValueSize >= sizeof answer;
  r->ValueSize = sizeof answer;
  if (!fits) return asks ? STATUS_BUFFER_OVERFLOW : STATUS_BUFFER_TOO_SMALL;
  std::memcpy(r->Value, &answer, sizeof answer);
  return STATUS_SUCCESS;
}

// ---- Pins ----
TEST_F(Conformance, APinWithoutEventsFails) {
  with_driver([&] {
    Wayward::notification = false;
    test_pin_conformance(verdicts_, render_, true);
    expect_broken("pin conformance", RuleId::kPinNotEventDriven);
    clear();
    test_pin_conformance(verdicts_, render_, false);
    expect_all(Outcome::kNotApplicable);
  });
}
TEST_F(Conformance, ModesWithoutRawAndDefaultFail) {
  with_driver([&] {
    const auto asked = [&] {
      clear();
      const auto filter = client::read_filter(filter_.symbolic_link);
      ASSERT_TRUE(filter);
      test_pin_properties(verdicts_, *filter, filter->pins[0]);
    };
    asked();
    EXPECT_EQ(only("processing modes").outcome, Outcome::kPassed) << only("processing modes").sentence;
    Wayward::modes = {AUDIO_SIGNALPROCESSINGMODE_COMMUNICATIONS};
    asked();
    expect_broken("processing modes", RuleId::kNoRawOrDefault);
    Wayward::modes = {AUDIO_SIGNALPROCESSINGMODE_RAW, GUID{}};
    asked();
    expect_broken("processing modes", RuleId::kModesMalformed);
    Wayward::modes = {AUDIO_SIGNALPROCESSINGMODE_RAW, AUDIO_SIGNALPROCESSINGMODE_RAW};
    asked();
    EXPECT_EQ(only("processing modes").outcome, Outcome::kWarned) << "no page forbids it";
    EXPECT_TRUE(verdicts_.broken.empty());
  });
}
TEST_F(Conformance, AModeThatNobodyHasIsNotToBeTaken) {
  with_driver([&] {
    Wayward::modes = {AUDIO_SIGNALPROCESSINGMODE_RAW};
    test_unknown_mode(verdicts_, render_);
    expect_broken("unknown mode", RuleId::kUndeclaredModeTaken);
    clear();
    Wayward::on_new_format = [](const KSDATAFORMAT& format) -> NTSTATUS {
      return format.Flags & KSDATAFORMAT_ATTRIBUTES ? STATUS_NOT_SUPPORTED : STATUS_SUCCESS;
    };
    test_unknown_mode(verdicts_, render_);
    expect_all(Outcome::kPassed);
  });
}
TEST_F(Conformance, APreferredFormatThatIsNoneOfThePinsFails) {
  with_driver([&] {
    client::AudioFormat preferred = kFormat;
    Wayward::on_format = [&](PPCPROPERTY_REQUEST r) -> NTSTATUS {
      if (r->Verb & KSPROPERTY_TYPE_SET) {
        const auto* proposed = static_cast<const KSDATAFORMAT_WAVEFORMATEXTENSIBLE*>(r->Value);
        return proposed->WaveFormatExt.dwChannelMask == preferred.effective_channel_mask() ? STATUS_SUCCESS
                                                                                           : STATUS_NO_MATCH;
      }
      const std::vector<std::byte> block = client::format_block(preferred);
      if (r->ValueSize == 0) {
        r->ValueSize = static_cast<ULONG>(block.size());
        return STATUS_BUFFER_OVERFLOW;
      }
      if (r->ValueSize < block.size()) return STATUS_BUFFER_TOO_SMALL;
      std::memcpy(r->Value, block.data(), block.size());
      r->ValueSize = static_cast<ULONG>(block.size());
      return STATUS_SUCCESS;
    };
    test_pin_properties(verdicts_, filter_, filter_.pins[0]);
    EXPECT_EQ(only("preferred format").outcome, Outcome::kPassed) << only("preferred format").sentence;
    EXPECT_EQ(only("pin instances").outcome, Outcome::kPassed);
    clear();
    // The channels of a microphone array are no speaker's: the mask 0 is another than the usual one.
    preferred.channel_mask = 0;
    test_pin_properties(verdicts_, filter_, filter_.pins[0]);
    EXPECT_EQ(only("preferred format").outcome, Outcome::kPassed) << only("preferred format").sentence;
    clear();
    preferred.channel_mask.reset();
    preferred.rate_hz = 96000;
    test_pin_properties(verdicts_, filter_, filter_.pins[0]);
    expect_broken("preferred format", RuleId::kPreferredFormatRefused);
  });
}
TEST_F(Conformance, EndpointsThatDoNotStreamTogetherFail) {
  with_driver([&] {
    Wayward::one_stream = true;
    test_all_endpoints(verdicts_, {render_, capture_});
    expect_broken("all endpoints at once", RuleId::kEndpointsNotTogether);
    clear();
    Wayward::one_stream = false;
    // Each by itself stands as well: that is not for want of streaming together.
    Wayward::stands_after_ms = 50;
    test_all_endpoints(verdicts_, {render_, capture_});
    EXPECT_EQ(only("all endpoints at once").outcome, Outcome::kFailed);
    EXPECT_NE(only("all endpoints at once").sentence.find("so it is by itself"), std::string::npos)
        << only("all endpoints at once").sentence;
    EXPECT_TRUE(verdicts_.broken.empty());
  });
}

TEST_F(Conformance, ModesThatDoNotStreamTogetherFail) {
  with_driver([&] {
    Subject raw = render_;
    render_.processing = AUDIO_SIGNALPROCESSINGMODE_DEFAULT;
    raw.processing = AUDIO_SIGNALPROCESSINGMODE_RAW;
    test_modes_together(verdicts_, {render_, raw});
    expect_all(Outcome::kPassed);
    clear();
    Wayward::stands_after_ms = 100;
    test_modes_together(verdicts_, {render_, raw});
    expect_broken("modes together", RuleId::kEndpointsNotTogether);
    clear();
    Wayward::one_stream = true;
    test_modes_together(verdicts_, {render_, raw});
    expect_broken("modes together", RuleId::kEndpointsNotTogether);
    clear();
    render_.endpoint.pin.possible_instances = 1;
    test_modes_together(verdicts_, {render_, raw});
    expect_all(Outcome::kNotApplicable);
  });
}

// ---- Topology ----
TEST_F(Conformance, ConnectionsThatLeadNowhereFail) {
  with_driver([&] {
    client::FilterInfo filter = filter_;
    filter.connections[0].to_node = 7;
    test_connections(verdicts_, filter);
    EXPECT_TRUE(broke(RuleId::kTopologyBroken)) << only("topology").sentence;
    clear();
    filter = filter_;
    std::swap(filter.connections[2].from_pin, filter.connections[2].to_pin);
    test_connections(verdicts_, filter);
    EXPECT_TRUE(broke(RuleId::kTopologyBroken)) << only("topology").sentence;
    clear();
    filter = filter_;
    filter.connections.pop_back();
    test_connections(verdicts_, filter);
    expect_broken("topology", RuleId::kPinUnreachable);
    clear();
    filter = filter_;
    filter.nodes.push_back({1, KSNODETYPE_MUTE});
    test_connections(verdicts_, filter);
    expect_broken("topology", RuleId::kTopologyBroken);
    clear();
    filter = filter_;
    filter.pins[2].category = {};
    test_connections(verdicts_, filter);
    expect_broken("topology", RuleId::kPinCategoryMissing);
    clear();
    filter = filter_;
    filter.pins[0].possible_instances = 0;
    test_connections(verdicts_, filter);
    expect_broken("topology", RuleId::kPinInstancesWrong);
    clear();
    filter = filter_;
    filter.nodes[0].type = KSNODETYPE_MUTE;
    filter.nodes.resize(1);
    test_node_properties(verdicts_, filter);
    expect_broken("node properties", RuleId::kNodePropertyMissing);
  });
}
TEST_F(Conformance, ANodeThatIsPassedByFails) {
  with_driver([&] {
    const auto nodes_with = [&](const GUID& type, client::ConnectionInfo second) {
      client::FilterInfo filter = filter_;
      filter.nodes = {{0, type}, {1, KSNODETYPE_MUTE}};
      filter.connections = {{std::nullopt, 0, 0, 1}, second, {1, std::nullopt, 0, 1}};
      clear();
      test_node_pins(verdicts_, filter);
    };
    nodes_with(KSNODETYPE_VOLUME, {0, 1, 0, 1});
    expect_all(Outcome::kPassed);
    // KSNODEPIN_STANDARD_OUT and KSNODEPIN_STANDARD_IN in each other's place.
    nodes_with(KSNODETYPE_VOLUME, {0, 1, 1, 1});
    expect_broken("node pins", RuleId::kTopologyBroken);
    nodes_with(KSNODETYPE_VOLUME, {0, 1, 0, 0});
    expect_broken("node pins", RuleId::kTopologyBroken);
    // Nothing comes out of the first, and nothing into the second.
    nodes_with(KSNODETYPE_VOLUME, {std::nullopt, std::nullopt, 0, 1});
    expect_broken("node pins", RuleId::kTopologyBroken);
    // A node whose page counts no streams may begin or end one.
    nodes_with(KSNODETYPE_SYNTHESIZER, {std::nullopt, 1, 0, 1});
    expect_all(Outcome::kPassed);
  });
}
TEST_F(Conformance, PhysicalConnectionsThatLeadNowhereFail) {
  with_driver([&] {
    client::FilterInfo streamed = filter_;
    streamed.pins[0].connection = client::PhysicalConnection{u"\\??\\x\\Wayward", 1};
    clear();
    test_physical_connections(verdicts_, {streamed});
    expect_broken("physical connection", RuleId::kPhysicalConnectionBroken);
    for (const auto& [name, pin] : {std::pair<const char16_t*, uint32_t>{u"\\??\\x\\Nobody", 0},
                                    {u"\\??\\x\\Wayward", 9},
                                    {u"\\??\\x\\Wayward", 1}}) {
      client::FilterInfo filter = filter_;
      filter.pins[2].connection = client::PhysicalConnection{name, pin};
      clear();
      test_physical_connections(verdicts_, {filter});
      expect_broken("physical connection", RuleId::kPhysicalConnectionBroken);
    }
    client::FilterInfo filter = filter_;
    filter.pins[2].connection = client::PhysicalConnection{u"\\??\\x\\Wayward", 0};
    clear();
    test_physical_connections(verdicts_, {filter});
    expect_all(Outcome::kPassed);
  });
}
TEST_F(Conformance, MicrophonesThatAreCountedAndNotThereFail) {
  with_driver([&] {
    USHORT count = 2;
    Wayward::on_microphones = [&](PPCPROPERTY_REQUEST r) -> NTSTATUS {
      struct {
        KSAUDIO_MIC_ARRAY_GEOMETRY head;
        KSAUDIO_MICROPHONE_COORDINATES second;
      } answer{};
      if (*static_cast<ULONG*>(r->Instance) != 3) return STATUS_NOT_SUPPORTED;
      answer.head.usVersion = 0x0100;
      answer.head.usNumberOfMicrophones = count;
      const ULONG bytes =
          offsetof(KSAUDIO_MIC_ARRAY_GEOMETRY, KsMicCoord) + 2 * ULONG{sizeof(KSAUDIO_MICROPHONE_COORDINATES)};
      if (r->ValueSize < bytes) {
        const bool asks = r->ValueSize == 0;
        r->ValueSize = bytes;
        return asks ? STATUS_BUFFER_OVERFLOW : STATUS_BUFFER_TOO_SMALL;
      }
      std::memcpy(r->Value, &answer, bytes);
      r->ValueSize = bytes;
      return STATUS_SUCCESS;
    };
    test_microphones(verdicts_, filter_);
    expect_all(Outcome::kPassed);
    clear();
    count = 4;
    test_microphones(verdicts_, filter_);
    expect_broken("microphone array", RuleId::kMicArrayMalformed);
  });
}
TEST_F(Conformance, AJackThatIsEmptyAndNobodyLooksFails) {
  with_driver([&] {
    KSJACK_DESCRIPTION jack{};
    KSJACK_DESCRIPTION2 capabilities{};
    Wayward::on_jack = [&](PPCPROPERTY_REQUEST r) { return answer_jack(r, jack); };
    Wayward::on_jack_capabilities = [&](PPCPROPERTY_REQUEST r) { return answer_jack(r, capabilities); };
    client::FilterInfo filter = filter_;
    filter.pins.resize(3);
    test_jacks(verdicts_, filter);
    expect_broken("jack descriptions", RuleId::kUnpluggedUndetected);
    clear();
    capabilities.JackCapabilities = 0xCDCD'CDCD;
    test_jacks(verdicts_, filter);
    expect_broken("jack descriptions", RuleId::kJacksMalformed);
    for (const bool detects : {true, false}) {
      clear();
      capabilities.JackCapabilities = detects ? JACKDESC2_PRESENCE_DETECT_CAPABILITY : 0;
      jack.IsConnected = !detects;
      test_jacks(verdicts_, filter);
      expect_all(Outcome::kPassed);
    }
  });
}
TEST_F(Conformance, AJackThatChangesInSilenceFails) {
  with_driver([&] {
    // Plugged in and out every 100 ms; with the event, or without.
    enum class Told { kNever, kNoEvent, kAtOnce } told = Told::kNever;
    bool plugged = false;
    kernel::Kernel& kernel = current<kernel::Kernel>();
    IPortEvents* events = nullptr;
    ASSERT_EQ(Wayward::port->QueryInterface(IID_IPortEvents, reinterpret_cast<PVOID*>(&events)), STATUS_SUCCESS);
    Wayward::on_event = [&](PPCEVENT_REQUEST r) {
      if (r->Verb == PCEVENT_VERB_ADD) events->AddEventToEventList(r->EventEntry);
      return STATUS_SUCCESS;
    };
    Wayward::on_jack = [&](PPCPROPERTY_REQUEST r) -> NTSTATUS {
      const bool is = kernel.clock().now() / std::chrono::milliseconds(100) % 2 != 0;
      if (std::exchange(plugged, is) != is && told == Told::kAtOnce) {
        GUID set = KSEVENTSETID_PinCapsChange;
        events->GenerateEventList(&set, KSEVENT_PINCAPS_JACKINFOCHANGE, TRUE, 2, FALSE, 0);
      }
      KSJACK_DESCRIPTION jack{};
      jack.IsConnected = plugged;
      return answer_jack(r, jack);
    };
    client::FilterInfo filter = filter_;
    filter.pins.resize(3);
    filter.nodes.clear();
    for (const Told now : {Told::kNoEvent, Told::kNever, Told::kAtOnce}) {
      told = now;
      kWaywardFilterTable.EventCount = told == Told::kNoEvent ? 0 : 1;
      clear();
      test_filter_events(verdicts_, filter);
      if (told == Told::kAtOnce) expect_all(Outcome::kPassed);
      else expect_broken("jack events", RuleId::kJackChangeUntold);
    }
    events->Release();
  });
}
TEST_F(Conformance, AMultiplexerThatTakesWhatIsNoInputFails) {
  with_driver([&] {
    kWaywardNodeTable.PropertyCount = 3;
    client::FilterInfo filter = filter_;
    filter.nodes[0].type = KSNODETYPE_MUX;
    filter.connections = {{.from_node = 0, .to_node = std::nullopt, .from_pin = 0},
                          {.from_node = std::nullopt, .to_node = 0, .to_pin = 1},
                          {.from_node = std::nullopt, .to_node = 0, .to_pin = 2}};
    const auto asked = [&] {
      clear();
      Wayward::source = 2;
      test_multiplexers(verdicts_, filter);
    };
    asked();
    expect_all(Outcome::kPassed);
    EXPECT_EQ(Wayward::source, 2u) << "as it was";
    Wayward::most_source = 3;
    asked();
    expect_broken("multiplexer", RuleId::kMuxSourceWrong);
    Wayward::most_source = 2;
    Wayward::least_source = 0;
    asked();
    expect_broken("multiplexer", RuleId::kMuxSourceWrong);
  });
}
TEST_F(Conformance, APeakMeterThatIsNotResetIsToldOf) {
  with_driver([&] {
    kWaywardNodeTable.PropertyCount = 2;
    client::FilterInfo filter = filter_;
    filter.nodes[0].type = KSNODETYPE_PEAKMETER;
    Wayward::peak = 1000;
    test_peak_meters(verdicts_, filter);
    expect_all(Outcome::kPassed);
    clear();
    Wayward::peak = 1000;
    Wayward::keeps_peak = true;
    test_peak_meters(verdicts_, filter);
    expect_broken("peak meter", RuleId::kPeakMeterNotReset);
  });
}
TEST_F(Conformance, JacksWithAWrongCountFail) {
  with_driver([&] {
    ULONG count = 1;
    Wayward::on_jack = [&](PPCPROPERTY_REQUEST r) { return answer_jack(r, KSJACK_DESCRIPTION{}, count); };
    client::FilterInfo filter = filter_;
    filter.pins.resize(3);
    test_jacks(verdicts_, filter);
    expect_all(Outcome::kPassed);
    clear();
    count = 2;
    test_jacks(verdicts_, filter);
    expect_broken("jack descriptions", RuleId::kJacksMalformed);
    clear();
    // The pin that answers leads to another filter.
    count = 1;
    filter.pins[2].connection = client::PhysicalConnection{};
    test_jacks(verdicts_, filter);
    expect_broken("jack descriptions", RuleId::kJacksMalformed);
  });
}

}  // namespace
}  // namespace portside::verify::testing
