#include "portcls/rebalance.h"

#include "kernel/kernel.h"
#include "portcls/adapter.h"
#include "portcls/interface_check.h"
#include "portcls/pin_file.h"
#include "portcls/portcls.h"

namespace portside::portcls {

Status Rebalance::register_management(IUnknown* unknown, const char* function) {
  if (!unknown) {
    adapter_.port_cls().report_misuse(Misuse::kObjectMissing, function, "Unknown is NULL");
    return Status(StatusCode::kInvalidParameter, "no object");
  }
  if (management_ && !replaceable_) {
    adapter_.port_cls().report_misuse(Misuse::kPnpManagementRegisteredTwice, function,
                                      "the adapter's PnP management is registered already");
    return Status(StatusCode::kInvalidDeviceState, "registered already");
  }
  auto management = ComPtr<IAdapterPnpManagement>::query(unknown, IID_IAdapterPnpManagement);
  if (!management) return Status(StatusCode::kInvalidParameter, "the object does not offer IAdapterPnpManagement");
  ReferenceCheck references(adapter_.port_cls(), "the object for PnP management");
  check_interfaces(references, *unknown, {{IID_IAdapterPnpManagement, "IAdapterPnpManagement"}});
  management_ = std::move(management);
  replaceable_ = false;
  return Status::ok();
}

Status Rebalance::unregister_management(const char* function) {
  if (!management_) {
    adapter_.port_cls().report_misuse(Misuse::kPnpManagementNotRegistered, function,
                                      "the adapter's PnP management is not registered");
    return Status(StatusCode::kInvalidDeviceState, "not registered");
  }
  management_.reset();
  return Status::ok();
}

NTSTATUS Rebalance::allowed() const {
  // Which status Windows refuses with is written nowhere: a guess.
  if (management_ && management_->GetSupportedRebalanceType() != PcRebalanceRemoveSubdevices)
    return STATUS_UNSUCCESSFUL;
  if (!adapter_.has_files()) return STATUS_SUCCESS;
  if (!management_) return STATUS_DEVICE_BUSY;
  for (PinFile* pin : adapter_.pins())
    if (!pin->ended() && pin->stream().state() > KSSTATE_STOP && !pin->stream().survives_rebalance())
      return STATUS_DEVICE_BUSY;
  return STATUS_SUCCESS;
}

NTSTATUS Rebalance::query_stop() {
  if (const NTSTATUS status = allowed(); status < 0) return status;
  stop_pending_ = true;
  if (management_) management_->PnpQueryStop();
  return STATUS_SUCCESS;
}

void Rebalance::cancel_stop() {
  // "It is possible for the Miniport to receive PnpCancelStop even without previously receiving a PnpQueryStop."
  if (management_) management_->PnpCancelStop();
  stop_pending_ = false;
}

void Rebalance::stop() {
  if (management_) management_->PnpStop();
  stop_pending_ = false;
  replaceable_ = true;
}

void Rebalance::hold_create() {
  if (stop_pending_)
    current<kernel::Kernel>().yield_until([this] { return !stop_pending_; }, "an open during a stop that is pending");
}

}  // namespace portside::portcls
