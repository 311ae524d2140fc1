// SharedInterrupt: a card's interrupt on a line that others may share. The service routine is called for their interrupts
// too, and has to say which are its own: it takes the causes away, so that the line falls, and leaves the work to a DPC.
// Two interrupts may find one DPC: causes are collected.
#pragma once

#include <portcls.h>

class SharedInterrupt {
 public:
  // At DIRQL, while hear() says so. False: it was not this card. True: the line falls, and the DPC is called, with what
  // `causes` has been given of it.
  typedef bool (*Service)(void* context, ULONG* causes);
  // At DISPATCH_LEVEL.
  typedef void (*Deferred)(void* context, ULONG causes);

  SharedInterrupt(Service service, Deferred deferred, void* context);
  SharedInterrupt(const SharedInterrupt&) = delete;
  SharedInterrupt& operator=(const SharedInterrupt&) = delete;

  // PASSIVE_LEVEL, all three. After disconnect() neither routine runs; it may be called again.
  NTSTATUS connect(PRESOURCELIST resources);
  void disconnect();
  // Whether the service routine may look at registers: not while the device sleeps, and others share its line. At first
  // it may not.
  void hear(bool wanted);

 private:
  struct Change {
    SharedInterrupt* interrupt;
    bool wanted;
  };
  static NTSTATUS on_interrupt(IInterruptSync* sync, PVOID context);
  static NTSTATUS on_hear(IInterruptSync* sync, PVOID context);
  static KDEFERRED_ROUTINE on_dpc;

  const Service service_;
  const Deferred deferred_;
  void* const context_;
  IInterruptSync* sync_ = nullptr;
  bool hears_ = false;  // looked at in the service routine, and changed in step with it
  KDPC dpc_;
  volatile LONG pending_ = 0;  // causes for the DPC
};
