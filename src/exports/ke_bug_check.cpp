// What drivers ask to be called when the machine bug-checks (wdm: KeRegisterBugCheckCallback, KeRegisterBugCheckReasonCallback).

#include <algorithm>
#include <vector>

#include "exports/api.h"
#include "kernel/kernel.h"
#include "kernel/spin_locks.h"

using namespace portside;
using namespace portside::exports;

namespace {

// KBUGCHECK_CALLBACK_RECORD.State; the names of the states are documented nowhere but in the headers' enumeration.
constexpr UCHAR kEmpty = 0, kInserted = 1, kStarted = 2, kFinished = 3;

// One a machine, held by its Services. It stands at the kernel's seam from the first registration on, until the machine ends.
class BugCheckCallbacks final : public kernel::BugCheckObserver {
 public:
  BugCheckCallbacks() { current<kernel::Kernel>().bug_check_observers().add(*this); }

  bool add(PKBUGCHECK_CALLBACK_RECORD record) { return add(plain_, record); }
  bool add(PKBUGCHECK_REASON_CALLBACK_RECORD record) { return add(with_reason_, record); }
  bool remove(PKBUGCHECK_CALLBACK_RECORD record) { return remove(plain_, record); }
  bool remove(PKBUGCHECK_REASON_CALLBACK_RECORD record) { return remove(with_reason_, record); }

  // At HIGH_LEVEL, once, on the thread that stops the machine; a callback that bug-checks itself ends it at once.
  void on_bug_check(const kernel::BugCheckRecord&) override {
    kernel::Kernel& machine = current<kernel::Kernel>();
    if (!machine.on_simulated_thread() || (plain_.empty() && with_reason_.empty())) return;
    if (machine.current_irql() < kHighLevel) machine.raise_irql(kHighLevel, "KeBugCheckEx");
    for (PKBUGCHECK_CALLBACK_RECORD record : std::vector(plain_)) {
      record->State = kStarted;
      record->CallbackRoutine(record->Buffer, record->Length);
      record->State = kFinished;
    }
    for (PKBUGCHECK_REASON_CALLBACK_RECORD record : std::vector(with_reason_)) {
      // Only data for the dump is asked for: no pages are added to a dump that is not written.
      if (record->Reason != KbCallbackSecondaryDumpData) continue;
      KBUGCHECK_SECONDARY_DUMP_DATA data{};
      record->State = kStarted;
      record->CallbackRoutine(record->Reason, record, &data, sizeof data);
      record->State = kFinished;
    }
  }

 private:
  template <class Record>
  bool add(std::vector<Record>& list, Record record) {
    if (record->State != kEmpty) return false;
    record->State = kInserted;
    list.push_back(record);
    return true;
  }
  template <class Record>
  bool remove(std::vector<Record>& list, Record record) {
    if (std::erase(list, record) == 0) return false;
    record->State = kEmpty;
    return true;
  }
  std::vector<PKBUGCHECK_CALLBACK_RECORD> plain_;
  std::vector<PKBUGCHECK_REASON_CALLBACK_RECORD> with_reason_;
};

// The list may be changed at any IRQL: its lock is taken at HIGH_LEVEL.
template <class Act>
BOOLEAN locked(Act act) {
  struct Lock {
    uint64_t word = 0;
  };
  auto& callbacks = services().state<BugCheckCallbacks>();
  auto& lock = services().state<Lock>();
  kernel::Kernel& machine = current<kernel::Kernel>();
  kernel::IrqlScope raised(machine, std::max(machine.current_irql(), kDispatchLevel));
  machine.spin_locks().acquire_at_level(&lock.word, "KeRegisterBugCheckCallback");
  const bool done = act(callbacks);
  machine.spin_locks().release_from_level(&lock.word, "KeRegisterBugCheckCallback");
  return done;
}

}  // namespace

extern "C" {

BOOLEAN NTAPI KeRegisterBugCheckCallback(PKBUGCHECK_CALLBACK_RECORD CallbackRecord,
                                         PKBUGCHECK_CALLBACK_ROUTINE CallbackRoutine, PVOID Buffer, ULONG Length,
                                         PUCHAR Component) {
  ApiScope scope("KeRegisterBugCheckCallback");
  if (CallbackRecord->State != kEmpty) return FALSE;
  CallbackRecord->CallbackRoutine = CallbackRoutine;
  CallbackRecord->Buffer = Buffer;
  CallbackRecord->Length = Length;
  CallbackRecord->Component = Component;
  return locked([&](BugCheckCallbacks& callbacks) { return callbacks.add(CallbackRecord); });
}
BOOLEAN NTAPI KeDeregisterBugCheckCallback(PKBUGCHECK_CALLBACK_RECORD CallbackRecord) {
  ApiScope scope("KeDeregisterBugCheckCallback");
  return locked([&](BugCheckCallbacks& callbacks) { return callbacks.remove(CallbackRecord); });
}
BOOLEAN NTAPI KeRegisterBugCheckReasonCallback(PKBUGCHECK_REASON_CALLBACK_RECORD CallbackRecord,
                                               PKBUGCHECK_REASON_CALLBACK_ROUTINE CallbackRoutine,
                                               KBUGCHECK_CALLBACK_REASON Reason, PUCHAR Component) {
  ApiScope scope("KeRegisterBugCheckReasonCallback");
  if (CallbackRecord->State != kEmpty) return FALSE;
  CallbackRecord->CallbackRoutine = CallbackRoutine;
  CallbackRecord->Reason = Reason;
  CallbackRecord->Component = Component;
  return locked([&](BugCheckCallbacks& callbacks) { return callbacks.add(CallbackRecord); });
}
BOOLEAN NTAPI KeDeregisterBugCheckReasonCallback(PKBUGCHECK_REASON_CALLBACK_RECORD CallbackRecord) {
  ApiScope scope("KeDeregisterBugCheckReasonCallback");
  return locked([&](BugCheckCallbacks& callbacks) { return callbacks.remove(CallbackRecord); });
}

}  // extern "C"

namespace portside::exports {
namespace {
constexpr char kNoDump[] =
    "no dump is written: of the reasons KbCallbackSecondaryDumpData alone is called, and its data dropped";
const Export kKeBugCheckRows[] = {
    EXPORT(NtosKrnl, KeRegisterBugCheckCallback),
    EXPORT(NtosKrnl, KeDeregisterBugCheckCallback),
    EXPORT_PARTIAL(NtosKrnl, KeRegisterBugCheckReasonCallback, kNoDump),
    EXPORT(NtosKrnl, KeDeregisterBugCheckReasonCallback),
};
}  // namespace
const ExportSet kKeBugCheckExports{kKeBugCheckRows};
}  // namespace portside::exports
