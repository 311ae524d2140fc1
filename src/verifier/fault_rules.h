#pragma once
// FaultRules: a bug check becomes a finding; a stray access is named by what lies, or lay, at its address. Pageable memory that was
// touched at DISPATCH_LEVEL is a finding without one.

#include <functional>
#include <optional>

#include "kernel/bug_check.h"
#include "kernel/pageable_observer.h"
#include "kernel/pool.h"
#include "memory/address_info.h"
#include "verifier/verifier.h"

namespace portside::verifier {

// What the host knows of addresses. All may be asked while the machine stops.
struct AddressKnowledge {
  std::function<std::optional<uint64_t>()> fault_address;  // of the fault that stops the machine
  std::function<memory::AddressInfo(uint64_t)> memory;
  std::function<std::optional<kernel::PoolAddress>(uint64_t)> pool;
  // Of an address that may not be touched at DISPATCH_LEVEL or above.
  struct Pageable {
    bool code = false;
    std::string name;
  };
  std::function<std::optional<Pageable>(uint64_t)> pageable;
  // Where the spin locks, or the other locks, were acquired that are held now. Empty: nobody knows.
  std::function<std::vector<LabelledStack>(bool spin_locks)> held_locks;
};

class FaultRules final : public kernel::BugCheckObserver, public kernel::PageableObserver {
 public:
  FaultRules(Verifier& verifier, AddressKnowledge knowledge) : verifier_(verifier), knowledge_(std::move(knowledge)) {}
  void on_bug_check(const kernel::BugCheckRecord& record) override;
  void on_pageable_touch(const kernel::PageableTouch& touch) override;

 private:
  // The stacks of a bug check that is no stray access, the place to look at first.
  std::vector<LabelledStack> stacks_of(const kernel::BugCheckRecord& record) const;
  bool report_access(const kernel::BugCheckRecord& record, uint64_t address);

  Verifier& verifier_;
  AddressKnowledge knowledge_;
};

}  // namespace portside::verifier
