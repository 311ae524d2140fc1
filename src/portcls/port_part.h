#pragma once
// PortPart: one more interface of a port, as an object that counts for the port.

#include "portcls/port.h"

namespace portside::portcls {

template <class Interface>
class PortPart : public Interface {
 public:
  explicit PortPart(Port& port) : port_(port) {}
  virtual ~PortPart() = default;
  STDMETHODIMP_(NTSTATUS) QueryInterface(REFIID iid, PVOID* object) final { return port_.query(iid, object); }
  STDMETHODIMP_(ULONG) AddRef() final { return port_.add_reference(); }
  STDMETHODIMP_(ULONG) Release() final { return port_.release_reference(); }

 protected:
  Port& port_;
};

}  // namespace portside::portcls
