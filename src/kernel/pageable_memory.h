#pragma once
// PageableMemory: what Windows may page out, and so may not be touched at DISPATCH_LEVEL or above: an image's PAGE
// sections and paged pool. Under virtual time each range is inaccessible while the IRQL is raised. It is closed when the
// IRQL rises, and opened again by the first touch below DISPATCH_LEVEL: a driver that raises and lowers often, and
// touches nothing pageable meanwhile, pays nothing.
//
// A touch that is not allowed opens the range as well, and is kept until somebody can be told (kernel/pageable_observer.h). Data is
// closed again then. Code is not: it would fault at each return into it. So of several functions of one section that run while the
// IRQL stays raised the first is told.
//
// Everything runs on the one host thread of virtual time; on_fault() runs in the signal, and allocates nothing.

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/stack.h"
#include "kernel/fault.h"
#include "kernel/irql.h"

namespace portside::kernel {

class Kernel;

struct PageableRange {
  uint64_t begin = 0;
  uint64_t end = 0;    // whole pages
  int protection = 0;  // PROT_* when it is open
  bool code = false;
  std::string name;    // "the pageable section PAGE of cable.sys"
  uint32_t locks = 0;  // MmProbeAndLockPages, MmLockPagableCodeSection: resident while it is not zero
  bool open = true;
};

// A touch at DISPATCH_LEVEL or above, as the signal saw it.
struct ForbiddenTouch {
  uint64_t address = 0;
  uint64_t rip = 0;
  FaultAccess access = FaultAccess::kUnknown;
  Irql irql = 0;
  uint32_t processor = 0;
  uint64_t thread_id = 0;
  std::array<char, 48> thread{};  // its name, which may be cut
  Nanoseconds time{};
  StackTrace stack;
};

class PageableMemory {
 public:
  explicit PageableMemory(const Kernel& kernel) : kernel_(kernel) {}

  // Pages that hold nothing else. A range is open until the IRQL rises.
  void add(PageableRange range);
  // The ranges in [begin, end) are pageable no longer, and open.
  void remove(uint64_t begin, uint64_t end);
  // Every range that [begin, end) touches stays open until it is unlocked as often.
  void lock(uint64_t begin, uint64_t end);
  void unlock(uint64_t begin, uint64_t end);

  bool any_open() const { return !open_.empty(); }
  // The IRQL is at DISPATCH_LEVEL or above from here on.
  void close();
  // What is no code, once a touch of it was told.
  void close_data();
  // For the report of a bug check, which reads driver memory at whatever IRQL, and for the host between two runs.
  void open_all();
  // False: the fault is not of pageable memory that was closed.
  bool on_fault(const Fault& fault);

  bool any_forbidden() const { return forbidden_count_ != 0; }
  // Hands them out, and forgets them.
  std::vector<ForbiddenTouch> take_forbidden();

  // Null for memory that is not pageable, or locked.
  const PageableRange* find(uint64_t address) const;

 private:
  PageableRange* range_at(uint64_t address);
  void open(PageableRange& range);
  void keep(const Fault& fault);

  const Kernel& kernel_;
  std::map<uint64_t, PageableRange> ranges_;
  std::vector<PageableRange*> open_;  // those to close; room for all is kept
  std::array<ForbiddenTouch, 8> forbidden_;
  size_t forbidden_count_ = 0;  // what finds no room is not kept: there is a call of the kernel soon
};

}  // namespace portside::kernel
