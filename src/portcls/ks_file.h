#pragma once
// KsFile: an open file of an adapter: a filter or a pin. Its FILE_OBJECT's FsContext points here.

#include <wdm.h>

#include <memory>

#include "ks/event.h"
#include "ks/property_call.h"

namespace portside::portcls {

class FilterFile;
class PinFile;
class Port;

class KsFile {
 public:
  virtual ~KsFile() = default;

  virtual Port& port() const = 0;
  virtual FilterFile* as_filter() { return nullptr; }
  virtual PinFile* as_pin() { return nullptr; }

  // Each consumes the request: the IRP is completed or pending afterwards.
  virtual NTSTATUS property(std::unique_ptr<ks::PropertyCall> call) = 0;
  virtual NTSTATUS enable_event(const ks::EventRequest& request) = 0;
  virtual NTSTATUS disable_event(PIRP irp, void* client_data) = 0;
  // IRP_MJ_CLOSE, before the object goes: streams end, events are taken back.
  virtual void close(PIRP irp) = 0;

  FILE_OBJECT* file_object() const { return file_; }

  // The device was stopped, and perhaps started anew, under this file: it can only be closed.
  void detach() { detached_ = true; }
  bool detached() const { return detached_; }

 protected:
  explicit KsFile(FILE_OBJECT* file) : file_(file) {}

 private:
  FILE_OBJECT* file_;
  bool detached_ = false;
};

}  // namespace portside::portcls
