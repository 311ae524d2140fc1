// The audio module: a trim that applications find, ask and set (KSPROPSETID_AudioModule; "Implementing Audio Module
// Discovery", audio). Asked of the filter it is the template for streams to come; asked of a pin, that stream's own.
#include "control.h"
#include "property_values.h"
#include "stream_object.h"
#include "wave_miniport.h"

#pragma code_seg("PAGE")

namespace {

constexpr ULONG kInstanceId = 1;

}  // namespace

NTSTATUS WaveMiniport::on_module_descriptors(PPCPROPERTY_REQUEST request) {
  PAGED_CODE();
  return answer_list(request, 1, sizeof(KSAUDIOMODULE_DESCRIPTOR), [](ULONG, PVOID item) {
    auto* descriptor = static_cast<KSAUDIOMODULE_DESCRIPTOR*>(item);
    descriptor->ClassId = STUDIO_TRIM_MODULE;
    descriptor->InstanceId = kInstanceId;
    descriptor->VersionMajor = 1;
    RtlCopyMemory(descriptor->Name, L"Trim", sizeof(L"Trim"));
  });
}

NTSTATUS WaveMiniport::on_module_command(PPCPROPERTY_REQUEST request) {
  PAGED_CODE();
  if (request->Verb & KSPROPERTY_TYPE_BASICSUPPORT) return answer_access_flags(request, VT_ILLEGAL);
  // KSAUDIOMODULE_PROPERTY less its KSPROPERTY, and the module's own command. The GUID and the ULONG are 20 bytes, but
  // a KSAUDIOMODULE_PROPERTY is a multiple of 8 long.
  struct Instance {
    GUID class_id;
    ULONG instance_id, padding;
    STUDIO_TRIM_COMMAND command;
  };
  static_assert(FIELD_OFFSET(Instance, command) + sizeof(KSPROPERTY) == sizeof(KSAUDIOMODULE_PROPERTY));
  if (!request->Instance || request->InstanceSize < sizeof(Instance)) return STATUS_INVALID_PARAMETER;
  const auto& instance = *static_cast<const Instance*>(request->Instance);
  if (!IsEqualGUID(instance.class_id, STUDIO_TRIM_MODULE) || instance.instance_id != kInstanceId)
    return STATUS_INVALID_PARAMETER;
  const NTSTATUS status = check_value_size(request, sizeof(LONG));
  if (!NT_SUCCESS(status)) return status;

  WaveMiniport& miniport = of(request->MajorTarget);
  Voice* voice = request->MinorTarget ? &StudioStream::of(request->MinorTarget).voice() : nullptr;
  if (instance.command.Command == STUDIO_TRIM_SET) {
    const LONG trim = instance.command.Trim;
    if (trim < 0 || trim > kUnityTrim) return STATUS_INVALID_PARAMETER;
    // One aligned LONG, which the mixer reads whole.
    if (voice) {
      voice->trim = trim;
    } else {
      miniport.studio().set_trim(trim);
    }
    miniport.notify_module_changed(trim);
  } else if (instance.command.Command != STUDIO_TRIM_GET) {
    return STATUS_INVALID_PARAMETER;
  }
  *static_cast<LONG*>(request->Value) = voice ? voice->trim : miniport.studio().trim();
  request->ValueSize = sizeof(LONG);
  return STATUS_SUCCESS;
}

NTSTATUS WaveMiniport::on_module_notification_id(PPCPROPERTY_REQUEST request) {
  PAGED_CODE();
  return answer_value<GUID>(request, VT_CLSID, [&] { return of(request->MajorTarget).studio().notification_id(); });
}

// IPortClsNotifications::SendNotification: "a KSAUDIOMODULE_NOTIFICATION structure", and what the module likes behind
// it.
void WaveMiniport::notify_module_changed(LONG trim) {
  PAGED_CODE();
  struct Notification {
    KSAUDIOMODULE_NOTIFICATION header;
    LONG trim;
  };
  PPCNOTIFICATION_BUFFER buffer;
  if (!notifications_ ||
      !NT_SUCCESS(notifications_->AllocNotificationBuffer(NonPagedPoolNx, sizeof(Notification), &buffer)))
    return;
  auto* notification = reinterpret_cast<Notification*>(buffer->NotificationBuffer);
  RtlZeroMemory(notification, sizeof(*notification));
  notification->header.ProviderId.DeviceId = studio_->notification_id();
  notification->header.ProviderId.ClassId = STUDIO_TRIM_MODULE;
  notification->header.ProviderId.InstanceId = kInstanceId;
  notification->trim = trim;
  notifications_->SendNotification(&KSNOTIFICATIONID_AudioModule, buffer);
  notifications_->FreeNotificationBuffer(buffer);
}

#pragma code_seg()
