// The self test: a property whose answer takes time. A property handler runs while the filter is locked, so what takes
// long is done elsewhere: the handler answers STATUS_PENDING, and a work item completes the request
// (PcCompletePendingPropertyRequest).
#include "control.h"
#include "property_values.h"
#include "wave_miniport.h"

#pragma code_seg("PAGE")

namespace {

struct SelfTest {
  PIO_WORKITEM work_item;
  PPCPROPERTY_REQUEST request;
  Studio* studio;
};

IO_WORKITEM_ROUTINE run_self_test;
void run_self_test(PDEVICE_OBJECT, PVOID context) {
  PAGED_CODE();
  auto* test = static_cast<SelfTest*>(context);
  // The test: each bit answers for one thing that has to be so.
  ULONG passed = 0;
  if (test->studio->mixer().rate() != 0) passed |= 1;
  if (test->studio->settings().channels != 0) passed |= 2;
  if (test->studio->plugged(kOutputJack)) passed |= 4;
  if (test->studio->plugged(kInputJack)) passed |= 8;
  *static_cast<ULONG*>(test->request->Value) = passed;
  test->request->ValueSize = sizeof(ULONG);
  PPCPROPERTY_REQUEST request = test->request;
  test->studio->Release();
  IoFreeWorkItem(test->work_item);
  ExFreePoolWithTag(test, kPoolTag);
  PcCompletePendingPropertyRequest(request, STATUS_SUCCESS);
}

}  // namespace

NTSTATUS WaveMiniport::on_self_test(PPCPROPERTY_REQUEST request) {
  PAGED_CODE();
  if (request->Verb & KSPROPERTY_TYPE_BASICSUPPORT) return answer_access_flags(request, VT_UI4);
  const NTSTATUS status = check_value_size(request, sizeof(ULONG));
  if (!NT_SUCCESS(status)) return status;
  Studio& studio = of(request->MajorTarget).studio();
  auto* test = static_cast<SelfTest*>(ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(SelfTest), kPoolTag));
  if (!test) return STATUS_INSUFFICIENT_RESOURCES;
  test->work_item = IoAllocateWorkItem(studio.functional_device());
  if (!test->work_item) {
    ExFreePoolWithTag(test, kPoolTag);
    return STATUS_INSUFFICIENT_RESOURCES;
  }
  test->request = request;
  test->studio = &studio;
  studio.AddRef();
  IoQueueWorkItem(test->work_item, &run_self_test, DelayedWorkQueue, test);
  return STATUS_PENDING;
}

#pragma code_seg()
