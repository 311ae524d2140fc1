// The conformance check: each assertion of how properties are answered fails on a driver made for it.

#include "conformance_fixture.h"
#include "io/io.h"
#include "verify/pin_conformance.h"
#include "verify/pin_properties.h"
#include "verify/position_drift.h"
#include "verify/property_sweep.h"

namespace portside::verify::testing {
namespace {

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
