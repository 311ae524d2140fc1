#include "portcls/portcls.h"

#if __has_feature(address_sanitizer)
#include <sanitizer/lsan_interface.h>
#endif

#include <algorithm>

#include <fmt/format.h>

#include "kernel/kernel.h"
#include "portcls/adapter.h"
#include "portcls/port.h"
#include "portcls/stream_pages.h"

namespace portside::portcls {

PortCls::PortCls(const PortClsOptions& options)
    : options_(options), client_memory_(current<kernel::Kernel>().fault_hub()) {}

// An adapter that is still here was never removed: the machine has ended, or the driver refuses to go. To release its
// miniports would run the driver's code, which nothing may do any more: they are left as they are.
PortCls::~PortCls() {
  for (auto& adapter : adapters_) {
    [[maybe_unused]] Adapter* left = adapter.release();
#if __has_feature(address_sanitizer)
    __lsan_ignore_object(left);
#endif
  }
}

Result<std::unique_ptr<PortCls>> PortCls::create(const PortClsOptions& options) {
  return std::unique_ptr<PortCls>(new PortCls(options));
}

Adapter* PortCls::find_adapter(const DEVICE_OBJECT* device) const {
  const auto at = std::ranges::find_if(adapters_, [&](const auto& a) { return a->functional_device() == device; });
  return at == adapters_.end() ? nullptr : at->get();
}

bool PortCls::is_of_adapter(const DEVICE_OBJECT* device) const {
  return std::ranges::any_of(adapters_, [&](const auto& a) {
    return a->functional_device() == device || a->physical_device() == device || a->next_device() == device;
  });
}

void PortCls::add_adapter(std::unique_ptr<Adapter> adapter) { adapters_.push_back(std::move(adapter)); }

std::unique_ptr<Adapter> PortCls::remove_adapter(const DEVICE_OBJECT* device) {
  const auto at = std::ranges::find_if(adapters_, [&](const auto& a) { return a->functional_device() == device; });
  if (at == adapters_.end()) return nullptr;
  std::unique_ptr<Adapter> adapter = std::move(*at);
  adapters_.erase(at);
  return adapter;
}

std::vector<SubdeviceInfo> PortCls::subdevices(const DEVICE_OBJECT* device) const {
  std::vector<SubdeviceInfo> result;
  if (const Adapter* adapter = find_adapter(device))
    for (const Subdevice& subdevice : adapter->subdevices())
      result.push_back({subdevice.port->display_name(), subdevice.port->kind() == PortKind::kWaveRt, subdevice.links});
  return result;
}

Status PortCls::complete_property(PPCPROPERTY_REQUEST request, NTSTATUS status) {
  // "Never call this function with an NtStatus value of STATUS_PENDING" (PcCompletePendingPropertyRequest).
  if (status == STATUS_PENDING) {
    report_misuse(Misuse::kPendingCompletedWithPending, "PcCompletePendingPropertyRequest",
                  "NtStatus is STATUS_PENDING");
    return Status(StatusCode::kInvalidParameter, "STATUS_PENDING");
  }
  for (const auto& adapter : adapters_)
    if (adapter->pending_properties().complete(request, status).is_ok()) return Status::ok();
  report_misuse(Misuse::kPropertyNotPending, "PcCompletePendingPropertyRequest", "the property request is not pending");
  return Status(StatusCode::kInvalidParameter, "the property request is not pending");
}

NTSTATUS PortCls::refuse(RefusedClass refused) {
  observers_.notify(&PortClsObserver::on_class_refused, refused);
  refused_classes_.push_back(std::move(refused));
  return refused_classes_.back().status;
}

void PortCls::report_misuse(Misuse kind, std::string function, std::string sentence) {
  if (observers_.empty()) return;
  observers_.notify(&PortClsObserver::on_misuse,
                    MisuseEvent{kind, std::move(function), std::move(sentence), capture_stack(), false});
}

void PortCls::report_answer(Misuse kind, std::string function, std::string sentence, const StackTrace& place) {
  observers_.notify(&PortClsObserver::on_misuse,
                    MisuseEvent{kind, std::move(function), std::move(sentence), place, true});
}

void PortCls::note_replaced_unload(const void* driver) { replaced_unloads_[driver] = capture_stack(); }

void PortCls::judge_replaced_unload(const void* driver, bool is_still) {
  const auto at = replaced_unloads_.find(driver);
  if (at == replaced_unloads_.end()) return;
  const StackTrace stack = at->second;
  replaced_unloads_.erase(at);
  if (is_still)
    observers_.notify(
        &PortClsObserver::on_misuse,
        MisuseEvent{Misuse::kUnloadReplaced, "PcInitializeAdapterDriver",
                    "the driver's own DriverUnload, set before, is replaced and never called", stack, false});
}

void PortCls::keep_ended(std::unique_ptr<Port> port) { ended_ports_.push_back(std::move(port)); }

void PortCls::keep_pages(std::unique_ptr<StreamPages> pages) { kept_pages_.push_back(std::move(pages)); }

void PortCls::report_left_behind() {
  const auto tell = [this](LeakedObject left) { observers_.notify(&PortClsObserver::on_left_behind, left); };
  for (const Port* port : ports_) tell(port->as_leaked());
  for (const auto& pages : kept_pages_)
    if (pages->extra_references())
      tell({"IPortWaveRTStream of a closed stream", pages->extra_references(), LeftKind::kPageInterface,
            pages->referenced_at()});
  for (const DrmContents::Left& left : drm_.take_left())
    tell({fmt::format("DRM content {}", left.id), 1, LeftKind::kDrmContent, left.made_at});
}

}  // namespace portside::portcls
