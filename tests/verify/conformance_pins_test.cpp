// The conformance check: each assertion of pins, topology and properties fails on a driver made for it.

#include "conformance_fixture.h"
#include "io/io.h"
#include "verify/all_endpoints.h"
#include "verify/mode_test.h"
#include "verify/pin_conformance.h"
#include "verify/pin_properties.h"
#include "verify/position_drift.h"
#include "verify/property_sweep.h"
#include "verify/topology_test.h"

namespace portside::verify::testing {
namespace {

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
    Wayward::stands_after_ms = 50;
    test_all_endpoints(verdicts_, {render_, capture_});
    expect_broken("all endpoints at once", RuleId::kEndpointsNotTogether);
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
    filter.nodes[0].type = KSNODETYPE_MUTE;
    filter.nodes.resize(1);
    test_node_properties(verdicts_, filter);
    expect_broken("node properties", RuleId::kNodePropertyMissing);
  });
}
TEST_F(Conformance, PhysicalConnectionsThatLeadNowhereFail) {
  with_driver([&] {
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
TEST_F(Conformance, JacksWithAWrongCountFail) {
  with_driver([&] {
    ULONG count = 1;
    Wayward::on_jack = [&](PPCPROPERTY_REQUEST r) -> NTSTATUS {
      struct {
        KSMULTIPLE_ITEM head;
        KSJACK_DESCRIPTION jack;
      } answer{};
      if (*static_cast<ULONG*>(r->Instance) != 2) return STATUS_NOT_SUPPORTED;
      answer.head = {sizeof answer, count};
      if (r->ValueSize < sizeof answer) {
        const bool asks = r->ValueSize == 0;
        r->ValueSize = sizeof answer;
        return asks ? STATUS_BUFFER_OVERFLOW : STATUS_BUFFER_TOO_SMALL;
      }
      std::memcpy(r->Value, &answer, sizeof answer);
      r->ValueSize = sizeof answer;
      return STATUS_SUCCESS;
    };
    client::FilterInfo filter = filter_;
    filter.pins.resize(3);
    test_jacks(verdicts_, filter);
    expect_all(Outcome::kPassed);
    clear();
    count = 2;
    test_jacks(verdicts_, filter);
    expect_broken("jack descriptions", RuleId::kJacksMalformed);
  });
}

// ---- Properties ----
class PropertyConformance : public Conformance {
 protected:
  void sweep_node(const std::function<void()>& judge) {
    with_driver([&] {
      const auto file = client::KsFile::open(filter_.symbolic_link);
      ASSERT_TRUE(file);
      sweep_properties(verdicts_, PropertyTarget(*file, PropertyTarget::Kind::kNode, 0, 1), "the node");
      judge();
    });
  }
  void expect_robustness_fails(RuleId rule) {
    sweep_node([&] { expect_broken("property robustness", rule); });
  }
};

TEST_F(PropertyConformance, ARightHandlerPasses) {
  sweep_node([&] {
    expect_all(Outcome::kPassed);
    EXPECT_GE(measured("property robustness", "properties answered"), 1);
    EXPECT_GT(measured("property robustness", "requests"), 500);
    EXPECT_EQ(Wayward::volume, -5 * 65536) << "as it was";
  });
}
TEST_F(PropertyConformance, AHandlerThatDoesNotLookAtSizesFails) {
  Wayward::on_property = [](PPCPROPERTY_REQUEST r) -> NTSTATUS {
    if (r->Verb == KSPROPERTY_TYPE_SET && r->ValueSize < sizeof(LONG)) return STATUS_SUCCESS;
    return Wayward::volume_of(r);
  };
  expect_robustness_fails(RuleId::kShortBufferTaken);
}
TEST_F(PropertyConformance, AHandlerThatGivesHalfAValueFails) {
  Wayward::on_property = [](PPCPROPERTY_REQUEST r) -> NTSTATUS {
    if (r->Verb != KSPROPERTY_TYPE_GET || r->ValueSize == 0 || r->ValueSize >= sizeof(LONG))
      return Wayward::volume_of(r);
    std::memcpy(r->Value, &Wayward::volume, r->ValueSize);
    return STATUS_SUCCESS;
  };
  expect_robustness_fails(RuleId::kShortBufferTaken);
}
TEST_F(PropertyConformance, ARefusalThatChangesTheValueFails) {
  Wayward::on_property = [](PPCPROPERTY_REQUEST r) -> NTSTATUS {
    if (r->Verb == KSPROPERTY_TYPE_SET && r->ValueSize < sizeof(LONG)) Wayward::volume -= 65536;
    return Wayward::volume_of(r);
  };
  expect_robustness_fails(RuleId::kRefusedSetChanged);
}
// What a port refuses before a handler sees it, a driver can still answer that takes requests out of PortCls' hands:
// drivers hook that table.
class HookedConformance : public PropertyConformance {
 protected:
  using Hook = std::function<std::optional<NTSTATUS>(const KSPROPERTY& request, ULONG in, void* value, ULONG out,
                                                     ULONG_PTR& information)>;
  static inline Hook hook;

  static NTSTATUS NTAPI dispatch(PDEVICE_OBJECT device, PIRP irp) {
    const IO_STACK_LOCATION& at = *IoGetCurrentIrpStackLocation(irp);
    const auto& control = at.Parameters.DeviceIoControl;
    KSPROPERTY request{};
    std::memcpy(&request, control.Type3InputBuffer, std::min<size_t>(sizeof request, control.InputBufferLength));
    ULONG_PTR information = 0;
    if (control.IoControlCode == IOCTL_KS_PROPERTY)
      if (const auto status =
              hook(request, control.InputBufferLength, irp->UserBuffer, control.OutputBufferLength, information))
        return io::complete_with(irp, *status, information);
    return PcDispatchIrp(device, irp);
  }
  void with_hook(Hook with, const std::function<void()>& body) {
    with_driver([&] {
      hook = std::move(with);
      driver_->MajorFunction[IRP_MJ_DEVICE_CONTROL] = dispatch;
      body();
      driver_->MajorFunction[IRP_MJ_DEVICE_CONTROL] = PcDispatchIrp;
    });
  }
  void sweep_filter() {
    const auto file = client::KsFile::open(filter_.symbolic_link);
    ASSERT_TRUE(file);
    sweep_properties(verdicts_, PropertyTarget(*file, PropertyTarget::Kind::kFilter), "the filter");
  }
  static bool is(const KSPROPERTY& request, const GUID& set, ULONG id) {
    return request.Set == set && request.Id == id;
  }
};

TEST_F(HookedConformance, ADriverThatTakesAnyRequestFails) {
  const auto hook_it = [](const KSPROPERTY& r, ULONG, void*, ULONG, ULONG_PTR&) -> std::optional<NTSTATUS> {
    if (is(r, KSPROPSETID_Topology, KSPROPERTY_TOPOLOGY_NODES) && r.Flags == 0x40000000) return STATUS_SUCCESS;
    return std::nullopt;
  };
  with_hook(hook_it, [&] {
    sweep_filter();
    expect_broken("property robustness", RuleId::kUnknownRequestTaken);
  });
}
TEST_F(HookedConformance, ADriverThatKnowsEveryPropertyFails) {
  const auto hook_it = [](const KSPROPERTY& r, ULONG, void*, ULONG, ULONG_PTR&) -> std::optional<NTSTATUS> {
    if (r.Id == 0x7FFF && r.Set == KSPROPSETID_Topology) return STATUS_SUCCESS;
    return std::nullopt;
  };
  with_hook(hook_it, [&] {
    sweep_filter();
    expect_broken("property robustness", RuleId::kUnknownPropertyTaken);
  });
}
TEST_F(HookedConformance, ADriverThatDoesNotLookAtDescriptorsFails) {
  const auto hook_it = [](const KSPROPERTY& r, ULONG in, void*, ULONG, ULONG_PTR&) -> std::optional<NTSTATUS> {
    if (in == sizeof(KSPROPERTY) - 1 && r.Set == KSPROPSETID_Topology) return STATUS_SUCCESS;
    return std::nullopt;
  };
  with_hook(hook_it, [&] {
    sweep_filter();
    expect_broken("property robustness", RuleId::kShortDescriptorTaken);
  });
}
TEST_F(HookedConformance, AFilterThatAnswersWithMoreThanItSaysFails) {
  const auto hook_it = [](const KSPROPERTY& r, ULONG, void* value, ULONG out,
                          ULONG_PTR& information) -> std::optional<NTSTATUS> {
    if (!is(r, KSPROPSETID_General, KSPROPERTY_GENERAL_COMPONENTID) || r.Flags != KSPROPERTY_TYPE_GET || out < 16)
      return std::nullopt;
    information = 8;
    std::memset(value, 0, 16);
    return STATUS_SUCCESS;
  };
  with_hook(hook_it, [&] {
    sweep_filter();
    EXPECT_TRUE(broke(RuleId::kAnswerBeyondBuffer)) << only("property robustness").sentence;
  });
}
TEST_F(HookedConformance, APinThatIsNotRealTimeFails) {
  const auto hook_it = [](const KSPROPERTY& r, ULONG, void*, ULONG, ULONG_PTR&) -> std::optional<NTSTATUS> {
    if (r.Set == KSPROPSETID_RtAudio) return STATUS_PROPSET_NOT_FOUND;
    return std::nullopt;
  };
  with_hook(hook_it, [&] {
    test_pin_conformance(verdicts_, render_, true);
    expect_broken("pin conformance", RuleId::kPinNotRealTime);
  });
}
TEST_F(HookedConformance, APinThatCannotCountItsInstancesFails) {
  bool answers = true;
  const auto hook_it = [&](const KSPROPERTY& r, ULONG, void* value, ULONG out,
                           ULONG_PTR& information) -> std::optional<NTSTATUS> {
    if (!is(r, KSPROPSETID_Pin, KSPROPERTY_PIN_CINSTANCES) || out < sizeof(KSPIN_CINSTANCES)) return std::nullopt;
    if (!answers) return STATUS_NOT_IMPLEMENTED;
    const KSPIN_CINSTANCES count{1, 2};
    std::memcpy(value, &count, sizeof count);
    information = sizeof count;
    return STATUS_SUCCESS;
  };
  with_hook(hook_it, [&] {
    for (const bool says : {true, false}) {
      answers = says;
      clear();
      test_pin_properties(verdicts_, filter_, filter_.pins[2]);
      expect_broken("pin instances", RuleId::kPinInstancesWrong);
    }
  });
}
TEST_F(HookedConformance, APositionThatIsReadSlowlyFails) {
  const auto hook_it = [](const KSPROPERTY& r, ULONG, void*, ULONG, ULONG_PTR&) -> std::optional<NTSTATUS> {
    if (is(r, KSPROPSETID_Audio, KSPROPERTY_AUDIO_POSITION)) KeStallExecutionProcessor(1500);
    return std::nullopt;
  };
  with_hook(hook_it, [&] {
    test_drift(verdicts_, render_, published_);
    expect_broken("drift and jitter", RuleId::kPositionReadSlow);
  });
}
TEST_F(PropertyConformance, SupportThatDoesNotAgreeFails) {
  Wayward::on_description = [](Wayward::Description& d) {
    d.head.AccessFlags = KSPROPERTY_TYPE_SET | KSPROPERTY_TYPE_BASICSUPPORT;
  };
  sweep_node([&] { expect_broken("property support", RuleId::kSupportInconsistent); });
}
TEST_F(PropertyConformance, SupportForWhatIsNotThereFails) {
  Wayward::on_property = [](PPCPROPERTY_REQUEST r) -> NTSTATUS {
    return r->Verb & KSPROPERTY_TYPE_BASICSUPPORT ? Wayward::volume_of(r) : STATUS_NOT_IMPLEMENTED;
  };
  sweep_node([&] { expect_broken("property support", RuleId::kSupportInconsistent); });
}
TEST_F(PropertyConformance, AHandlerThatAnswersForPinsThatAreNotThereFails) {
  with_driver([&] {
    Wayward::on_jack = [](PPCPROPERTY_REQUEST r) -> NTSTATUS {
      if (r->Verb & KSPROPERTY_TYPE_BASICSUPPORT) {
        // The access flags alone, and they promise no more.
        if (r->ValueSize != sizeof(ULONG)) return STATUS_BUFFER_TOO_SMALL;
        *static_cast<ULONG*>(r->Value) = KSPROPERTY_TYPE_GET;
        r->ValueSize = sizeof(ULONG);
        return STATUS_SUCCESS;
      }
      if (r->Verb != KSPROPERTY_TYPE_GET) return STATUS_INVALID_PARAMETER;
      if (r->InstanceSize < sizeof(ULONG)) return STATUS_INVALID_PARAMETER;
      const KSMULTIPLE_ITEM none{sizeof none, 0};
      if (r->ValueSize < sizeof none) {
        const bool asks = r->ValueSize == 0;
        r->ValueSize = sizeof none;
        return asks ? STATUS_BUFFER_OVERFLOW : STATUS_BUFFER_TOO_SMALL;
      }
      std::memcpy(r->Value, &none, sizeof none);
      r->ValueSize = sizeof none;
      return STATUS_SUCCESS;
    };
    const auto file = client::KsFile::open(filter_.symbolic_link);
    ASSERT_TRUE(file);
    sweep_properties(verdicts_, PropertyTarget(*file, PropertyTarget::Kind::kPin, 2, 4), "the pin");
    expect_broken("property robustness", RuleId::kWrongTargetTaken);
  });
}

}  // namespace
}  // namespace portside::verify::testing
