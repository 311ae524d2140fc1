#pragma once
// InterruptSync: IInterruptSync. A list of service routines behind one interrupt, called in one of three ways, and
// routines that run exclusive of them.

#include <portcls.h>
#include <wdm.h>

#include <list>

#include "io/interrupt_table.h"
#include "portcls/com_ptr.h"

namespace portside::portcls {

class InterruptSync final : public ComObject<IInterruptSync, IID_IInterruptSync> {
 public:
  // STATUS_INVALID_PARAMETER when the list has no such interrupt.
  static NTSTATUS create(PINTERRUPTSYNC* sync, PRESOURCELIST resources, ULONG index, INTERRUPTSYNCMODE mode);

  STDMETHODIMP_(NTSTATUS) CallSynchronizedRoutine(PINTERRUPTSYNCROUTINE routine, PVOID context) override;
  STDMETHODIMP_(PKINTERRUPT) GetKInterrupt() override;
  STDMETHODIMP_(NTSTATUS) Connect() override;
  STDMETHODIMP_(void) Disconnect() override;
  STDMETHODIMP_(NTSTATUS) RegisterServiceRoutine(PINTERRUPTSYNCROUTINE routine, PVOID context, BOOLEAN first) override;

 private:
  struct Routine {
    PINTERRUPTSYNCROUTINE routine;
    PVOID context;
  };
  InterruptSync(const CM_PARTIAL_RESOURCE_DESCRIPTOR& interrupt, INTERRUPTSYNCMODE mode)
      : interrupt_(interrupt), mode_(mode) {}
  ~InterruptSync() override;
  bool serve();
  static BOOLEAN NTAPI on_interrupt(PKINTERRUPT interrupt, PVOID context);
  // Runs `body` where no interrupt is served: at the interrupt's IRQL with its lock, once it is connected.
  template <class Body>
  void exclusive(Body body);

  KSPIN_LOCK lock_ = 0;  // of its routines
  const CM_PARTIAL_RESOURCE_DESCRIPTOR interrupt_;
  const INTERRUPTSYNCMODE mode_;
  std::list<Routine> routines_;
  PKINTERRUPT kinterrupt_ = nullptr;  // while connected
};

}  // namespace portside::portcls
