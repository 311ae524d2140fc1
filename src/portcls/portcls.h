#pragma once
// PortCls: the class driver of one machine: its adapters, its observers, its settings. A driver reaches it through
// portcls.sys's exports (exports/portcls_*.cpp), a client through IRPs alone.

#include <portcls.h>
#include <wdm.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/machine_context.h"
#include "base/observer.h"
#include "base/result.h"
#include "ks/client_memory.h"
#include "portcls/drm_contents.h"
#include "portcls/portcls_observer.h"
#include "portcls/refused_class.h"
#include "portcls/stream_observer.h"
#include "portcls/stream_resources.h"

namespace portside::portcls {

class Adapter;
class Port;
class StreamPages;

struct PortClsOptions {
  bool verify = true;  // record stacks and MDL histories with every page call
};

struct SubdeviceInfo {
  std::string name;      // also the reference string of its device interfaces
  bool wave_rt = false;  // else Topology
  std::vector<std::u16string> symbolic_links;
};

class PortCls {
 public:
  static constexpr LayerSlot kSlot = LayerSlot::kPortCls;

  // Needs memory, kernel and io installed in the current machine.
  static Result<std::unique_ptr<PortCls>> create(const PortClsOptions& options);
  ~PortCls();
  PortCls(const PortCls&) = delete;
  PortCls& operator=(const PortCls&) = delete;

  const PortClsOptions& options() const { return options_; }
  ObserverList<PortClsObserver>& observers() { return observers_; }
  ObserverList<StreamObserver>& stream_observers() { return stream_observers_; }

  // The adapter that PcAddAdapterDevice made for this functional device object, or null: the object is not ours.
  Adapter* find_adapter(const DEVICE_OBJECT* device) const;
  // Whether it is an adapter's functional device or the physical device below it.
  bool is_of_adapter(const DEVICE_OBJECT* device) const;
  void add_adapter(std::unique_ptr<Adapter> adapter);
  std::unique_ptr<Adapter> remove_adapter(const DEVICE_OBJECT* device);

  std::vector<SubdeviceInfo> subdevices(const DEVICE_OBJECT* device) const;

  // Every live port, registered or not.
  const std::vector<Port*>& ports() const { return ports_; }
  void add_port(Port& port) { ports_.push_back(&port); }
  void remove_port(Port& port) { std::erase(ports_, &port); }
  // One whose last reference was released.
  void keep_ended(std::unique_ptr<Port> port);

  StreamId next_stream_id() { return next_stream_id_++; }
  // PcCompletePendingPropertyRequest, whichever adapter the request belongs to.
  Status complete_property(PPCPROPERTY_REQUEST request, NTSTATUS status);
  DrmContents& drm() { return drm_; }
  StreamResources& stream_resources() { return stream_resources_; }
  // A class that a driver asked for and cannot have: kept, told, and the status for the driver given back.
  NTSTATUS refuse(RefusedClass refused);
  const std::vector<RefusedClass>& refused_classes() const { return refused_classes_; }
  void report_misuse(Misuse kind, std::string function, std::string sentence);
  // The same of what a driver's method or handler answered, when it has returned: `place` is where it begins.
  void report_answer(Misuse kind, std::string function, std::string sentence, const StackTrace& place);

  // PcInitializeAdapterDriver has put another DriverUnload in the place of the driver's own; and whether it is there still.
  void note_replaced_unload(const void* driver);
  void judge_replaced_unload(const void* driver, bool is_still);

  // The page interface of a stream whose driver still holds references to it when its device is gone.
  void keep_pages(std::unique_ptr<StreamPages> pages);
  // When no driver is loaded any more: tells of what they have not given back.
  void report_left_behind();

 private:
  explicit PortCls(const PortClsOptions& options);

  PortClsOptions options_;
  ks::ClientMemory client_memory_;
  ObserverList<PortClsObserver> observers_;
  ObserverList<StreamObserver> stream_observers_;
  std::vector<std::unique_ptr<Adapter>> adapters_;
  std::vector<Port*> ports_;
  std::vector<std::unique_ptr<Port>> ended_ports_;
  std::vector<std::unique_ptr<StreamPages>> kept_pages_;
  DrmContents drm_;
  StreamResources stream_resources_;
  std::vector<RefusedClass> refused_classes_;
  std::map<const void*, StackTrace> replaced_unloads_;  // by driver: who called PcInitializeAdapterDriver
  StreamId next_stream_id_ = 1;
};

}  // namespace portside::portcls
