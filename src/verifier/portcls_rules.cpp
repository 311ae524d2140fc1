#include "verifier/portcls_rules.h"

#include <fmt/format.h>

namespace portside::verifier {
namespace {

using portcls::LeftKind;
using portcls::Misuse;

RuleId broken_rule(Misuse kind) {
  switch (kind) {
    case Misuse::kExtensionSizeIllegal: return RuleId::kDeviceExtensionSize;
    case Misuse::kPowerManagementRegisteredTwice: return RuleId::kPowerManagementRegisteredTwice;
    case Misuse::kPowerManagementNotRegistered: return RuleId::kPowerManagementNotRegistered;
    case Misuse::kPnpManagementRegisteredTwice: return RuleId::kPnpManagementRegisteredTwice;
    case Misuse::kPnpManagementNotRegistered: return RuleId::kPnpManagementNotRegistered;
    case Misuse::kCapabilityWeakened: return RuleId::kCapabilityWeakened;
    case Misuse::kPendingCompletedWithPending: return RuleId::kPropertyCompletedWithPending;
    case Misuse::kTooManySubdevices: return RuleId::kTooManySubdevices;
    case Misuse::kSubdeviceNameTaken: return RuleId::kSubdeviceNameTaken;
    case Misuse::kObjectMissing: return RuleId::kObjectMissing;
    case Misuse::kPortNotInitialised: return RuleId::kPortNotInitialised;
    case Misuse::kConnectionReversed: return RuleId::kPhysicalConnectionBroken;
    case Misuse::kConnectionsLeft: return RuleId::kPhysicalConnectionLeft;
    case Misuse::kUnloadReplaced: return RuleId::kUnloadReplaced;
    case Misuse::kPowerChangeUnseen: return RuleId::kPowerChangeUnseen;
    case Misuse::kDeviceDescriptionWrong: return RuleId::kDeviceDescriptionWrong;
    case Misuse::kForeignObject: return RuleId::kForeignPortObject;
    case Misuse::kDescriptorMalformed: return RuleId::kDescriptorMalformed;
    case Misuse::kDescriptorItemSize: return RuleId::kDescriptorItemSize;
    case Misuse::kConnectionOutOfRange: return RuleId::kConnectionOutOfRange;
    case Misuse::kPowerIrpRequested: return RuleId::kPowerIrpRequested;
    case Misuse::kPropertyNotPending: return RuleId::kPropertyNotPending;
    case Misuse::kPropertyValueTooLong: return RuleId::kPropertyValueTooLong;
    case Misuse::kPropertyValueUnwritten: return RuleId::kPropertyValueUnwritten;
    case Misuse::kPropertyOverflowWithoutSize: return RuleId::kPropertyOverflowWithoutSize;
    case Misuse::kPropertySlow: return RuleId::kPropertySlow;
    case Misuse::kIntersectionSizeQuery: return RuleId::kIntersectionSizeQuery;
    case Misuse::kIntersectionTooLong: return RuleId::kIntersectionTooLong;
    case Misuse::kIntersectionOutsideRange: return RuleId::kIntersectionOutsideRange;
    case Misuse::kIntersectionContradiction: return RuleId::kFormatContradicts;
    case Misuse::kIntersectionSpeakers: return RuleId::kSpeakersUnnamed;
    case Misuse::kIntersectionEndsSearch: return RuleId::kIntersectionEndsSearch;
    case Misuse::kEventNotAdded: return RuleId::kEventNotAdded;
    case Misuse::kEventUndeclared: return RuleId::kEventUndeclared;
    case Misuse::kEngineNodeInconsistent: return RuleId::kEngineNodeInconsistent;
    case Misuse::kStreamResourceInvalid: return RuleId::kStreamResourceInvalid;
    case Misuse::kReferenceMissing: return RuleId::kReferenceMissing;
    case Misuse::kReleasedTooOften: return RuleId::kReleasedTooOften;
    case Misuse::kInterfaceNotGiven: return RuleId::kInterfaceNotGiven;
    case Misuse::kUnknownInterfaceGiven: return RuleId::kUnknownInterfaceGiven;
    case Misuse::kPointerAfterRefusal: return RuleId::kPointerAfterRefusal;
    case Misuse::kHeldInterfaceRefused: return RuleId::kHeldInterfaceRefused;
    case Misuse::kIdentityDiffers: return RuleId::kIdentityDiffers;
  }
  return RuleId::kForeignPortObject;
}

}  // namespace

void PortClsRules::on_misuse(const portcls::MisuseEvent& event) {
  verifier_.report(broken_rule(event.kind), fmt::format("{}: {}.", event.function, event.sentence),
                   {{event.returned ? "returned by" : "called by", event.stack}});
}

// Ports and page interfaces may still be released: by an object that goes with the driver's device extension, say.
void PortClsRules::on_device_removed(PDEVICE_OBJECT, const std::vector<portcls::LeakedObject>& leaked) {
  for (const portcls::LeakedObject& left : leaked) {
    if (left.kind == LeftKind::kStreamResource)
      verifier_.report(RuleId::kStreamResourceLeft,
                       fmt::format("The device is removed, and this is still registered: {}.", left.what),
                       {{"added by", left.made_at}});
    if (left.kind == LeftKind::kPendingProperty)
      verifier_.report(RuleId::kPropertyNeverCompleted,
                       fmt::format("The device is removed, and this was never completed: {}.", left.what),
                       {{"returned by", left.made_at}});
  }
}

void PortClsRules::on_left_behind(const portcls::LeakedObject& left) {
  switch (left.kind) {
    case LeftKind::kPort:
      verifier_.report(RuleId::kPortLeaked,
                       fmt::format("The driver is unloaded, and the {} has {} references.", left.what, left.references),
                       {{"made by", left.made_at}});
      return;
    case LeftKind::kPageInterface:
      if (const auto count = static_cast<int32_t>(left.references); count < 0)
        return verifier_.report(RuleId::kReleasedTooOften,
                                fmt::format("The driver is unloaded, and has given back {} references to the {} more "
                                            "than it took.",
                                            -int64_t{count}, left.what),
                                {{"referenced by", left.made_at}});
      verifier_.report(
          RuleId::kPageInterfaceLeaked,
          fmt::format("The driver is unloaded, and has {} references to the {}.", left.references, left.what),
          {{"referenced by", left.made_at}});
      return;
    case LeftKind::kDrmContent:
      verifier_.report(RuleId::kDrmContentLeft,
                       fmt::format("The driver is unloaded, and has not destroyed {}.", left.what),
                       {{"created by", left.made_at}});
      return;
    case LeftKind::kStreamResource:
    case LeftKind::kPendingProperty: return;
  }
}

}  // namespace portside::verifier
