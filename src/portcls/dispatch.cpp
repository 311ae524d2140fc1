// Adapter::dispatch: which IRP goes where. Files are opened, asked and closed here; plug and play and power have files of
// their own.

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "io/io.h"
#include "kernel/kernel.h"
#include "kernel/services.h"
#include "kernel/thread.h"
#include "ks/method_request.h"
#include "ks/pin_connect.h"
#include "ks/property_names.h"
#include "portcls/adapter.h"
#include "portcls/filter_file.h"
#include "portcls/pin_file.h"
#include "portcls/port.h"

namespace portside::portcls {
namespace {

bool same_name(std::u16string_view a, std::u16string_view b) {
  const auto fold = [](char16_t c) { return c >= u'a' && c <= u'z' ? static_cast<char16_t>(c - 32) : c; };
  return std::ranges::equal(a, b, {}, fold, fold);
}

std::span<const std::byte> name_bytes(const FILE_OBJECT& file) {
  return {reinterpret_cast<const std::byte*>(file.FileName.Buffer),
          file.FileName.Buffer ? file.FileName.Length : size_t{0}};
}

}  // namespace

NTSTATUS Adapter::dispatch(PIRP irp) {
  const IO_STACK_LOCATION& location = *IoGetCurrentIrpStackLocation(irp);
  switch (location.MajorFunction) {
    case IRP_MJ_CREATE: return dispatch_create(irp);
    case IRP_MJ_CLOSE: return dispatch_close(irp);
    case IRP_MJ_DEVICE_CONTROL: {
      ControlGuard guard(control_lock_);  // of the list of files too: another thread may open or close one
      KsFile* file = file_of(location.FileObject);
      if (!file) return io::complete_with(irp, STATUS_INVALID_DEVICE_REQUEST);
      // A port that has ended was released too often, with files open.
      if (removed_ || file->detached() || !file->port().miniport()) return refuse_control(irp, *file);
      if (const Status awake = power_.access(); !awake.is_ok()) return io::complete_with(irp, awake.nt());
      const NTSTATUS status = dispatch_control(irp, *file);
      power_.update_busy();
      return status;
    }
    case IRP_MJ_PNP: return dispatch_pnp(irp);
    case IRP_MJ_POWER: return power_.dispatch(irp);
    case IRP_MJ_SYSTEM_CONTROL: return pass_down(irp);
    case IRP_MJ_CLEANUP: return io::complete_with(irp, STATUS_SUCCESS);
    default:
      // READ, WRITE, FLUSH_BUFFERS and the security requests: a WaveRT pin moves no data by IRP.
      return io::complete_with(irp, STATUS_INVALID_DEVICE_REQUEST);
  }
}

KsFile* Adapter::file_of(const FILE_OBJECT* object) const {
  if (!object) return nullptr;
  const auto at = std::ranges::find_if(files_, [&](const auto& file) { return file->file_object() == object; });
  return at == files_.end() ? nullptr : at->get();
}

Result<std::unique_ptr<KsFile>> Adapter::open(PIRP, FILE_OBJECT& file) {
  if (removed_) return fail(StatusCode::kDeviceRemoved, "the device has been removed");
  if (!started_) return fail(StatusCode::kDeviceNotReady, "the device is not started");
  if (file.RelatedFileObject) {
    KsFile* parent = file_of(file.RelatedFileObject);
    FilterFile* filter = parent ? parent->as_filter() : nullptr;
    if (!filter) return fail(StatusCode::kObjectNameNotFound, "the name is relative to no filter");
    const ks::CreateName name = ks::parse_create_name(name_bytes(file));
    if (name.kind != ks::CreateKind::kPin)
      return fail(StatusCode::kObjectNameNotFound,
                  "below a filter there are pins alone: no clocks, allocators or nodes");
    return PinFile::create(*filter, &file, name.parameters);
  }
  const auto bytes = name_bytes(file);
  std::u16string_view name(reinterpret_cast<const char16_t*>(bytes.data()), bytes.size() / sizeof(char16_t));
  if (name.starts_with(u'\\')) name.remove_prefix(1);
  const auto at = std::ranges::find_if(subdevices_, [&](const Subdevice& s) { return same_name(s.name, name); });
  if (at == subdevices_.end()) return fail(StatusCode::kObjectNameNotFound, "no subdevice has this name");
  return FilterFile::create(*at->port, &file);
}

NTSTATUS Adapter::dispatch_create(PIRP irp) {
  FILE_OBJECT* object = IoGetCurrentIrpStackLocation(irp)->FileObject;
  if (!object) return io::complete_with(irp, STATUS_INVALID_PARAMETER);
  rebalance_.hold_create();
  ControlGuard guard(control_lock_);
  if (started_ && !removed_)
    if (const Status awake = power_.access(); !awake.is_ok()) return io::complete_with(irp, awake.nt());
  auto opened = open(irp, *object);
  if (!opened) {
    current<kernel::Services>().refusals().note(opened.error().sentence());
    return io::complete_with(irp, opened.error().nt());
  }
  object->FsContext = opened->get();
  files_.push_back(std::move(*opened));
  return io::complete_with(irp, STATUS_SUCCESS);
}

NTSTATUS Adapter::dispatch_close(PIRP irp) {
  FILE_OBJECT* object = IoGetCurrentIrpStackLocation(irp)->FileObject;
  {
    ControlGuard guard(control_lock_);
    const auto at = std::ranges::find_if(files_, [&](const auto& file) { return file->file_object() == object; });
    if (at != files_.end()) {
      // Out of the list first: a pin that goes may be the last to hold its filter, whose close then comes from here.
      std::unique_ptr<KsFile> gone = std::move(*at);
      files_.erase(at);
      Port& port = gone->port();
      const auto keep = ComPtr<IUnknown>::share(port.unknown());
      gone->close(irp);
      power_.update_busy();
      object->FsContext = nullptr;
      gone.reset();
      const bool in_use = std::ranges::any_of(files_, [&](const auto& file) { return &file->port() == &port; });
      if (!in_use && !find_subdevice(&port)) port.release_miniport();
    }
  }
  return io::complete_with(irp, STATUS_SUCCESS);
}

namespace {

// A property that is asked of a filter or a pin, whoever answers it.
class AskedProperty final : public kernel::Activity {
 public:
  explicit AskedProperty(const ks::PropertyRequest& request)
      : set_(request.set), id_(request.id), verb_(request.verb), node_(request.node) {
    // A copy: the request's own may be gone when the machine ends.
    if (request.is_set()) {
      bytes_ = std::min(request.value.size(), head_.size());
      std::copy_n(request.value.begin(), bytes_, head_.begin());
    }
  }
  std::string text() const override {
    std::string out = fmt::format("{}, {}", ks::property_name(set_, id_), ks::verb_name(verb_));
    if (node_) out += fmt::format(", node {}", *node_);
    return bytes_ == 0 ? out : out + ", " + ks::words_text(std::span(head_).first(bytes_));
  }

 private:
  GUID set_;
  uint32_t id_, verb_;
  std::optional<uint32_t> node_;
  std::array<std::byte, 16> head_{};  // of the value that a set brings
  size_t bytes_ = 0;
};

}  // namespace

// Behind the file there is nothing any more. A malformed request is still told as one, and events can be taken back.
NTSTATUS Adapter::refuse_control(PIRP irp, KsFile& file) {
  const auto& control = IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl;
  if (control.IoControlCode == IOCTL_KS_PROPERTY) {
    auto call = ks::PropertyCall::begin(irp);
    if (!call) return io::complete_with(irp, call.error().nt());
    return (*call)->end(
        Status(StatusCode::kDeviceRemoved, removed_ ? "the device has been removed" : "the device was stopped"));
  }
  if (control.IoControlCode == IOCTL_KS_DISABLE_EVENT) return dispatch_control(irp, file);
  return io::complete_with(irp, STATUS_DEVICE_REMOVED);
}

NTSTATUS Adapter::dispatch_control(PIRP irp, KsFile& file) {
  const auto& control = IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl;
  switch (control.IoControlCode) {
    case IOCTL_KS_PROPERTY: {
      auto call = ks::PropertyCall::begin(irp);
      if (!call) return io::complete_with(irp, call.error().nt());
      const AskedProperty asked((*call)->request());
      const kernel::ServingScope serving(*current<kernel::Kernel>().current_thread(), {.activity = &asked});
      return file.property(std::move(*call));
    }
    case IOCTL_KS_ENABLE_EVENT: {
      auto request = ks::EventRequest::begin(irp);
      if (!request) return io::complete_with(irp, request.error().nt());
      return file.enable_event(*request);
    }
    case IOCTL_KS_DISABLE_EVENT: {
      auto data = ks::event_to_disable(irp);
      if (!data) return io::complete_with(irp, data.error().nt());
      return file.disable_event(irp, *data);
    }
    case IOCTL_KS_METHOD: {
      // "The port drivers never handle method requests, and they never forward these requests to miniport drivers for
      // handling" (Audio Endpoints, Properties and Events).
      auto request = ks::MethodRequest::begin(irp);
      if (!request) return io::complete_with(irp, request.error().nt());
      if (request->node && *request->node >= file.port().description().node_count())
        return io::complete_with(irp, STATUS_INVALID_PARAMETER);
      return io::complete_with(irp, static_cast<NTSTATUS>(StatusCode::kPropsetNotFound));
    }
    default: return io::complete_with(irp, STATUS_INVALID_DEVICE_REQUEST);
  }
}

}  // namespace portside::portcls
