#pragma once
// PageableMemory: what Windows may page out, and so may not be touched at DISPATCH_LEVEL or above: an image's PAGE
// sections and paged pool. Under virtual time each range is inaccessible while the IRQL is raised. It is closed when the
// IRQL rises, and opened again by the first touch below DISPATCH_LEVEL: a driver that raises and lowers often, and
// touches nothing pageable meanwhile, pays nothing.
//
// Everything runs on the one host thread of virtual time; on_fault() runs in the signal, and allocates nothing.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace portside::kernel {

class Fault;
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

enum class PageableFault : uint8_t { kNotMine, kOpened, kForbidden };

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
  // For the report of a bug check, which reads driver memory at whatever IRQL, and for the host between two runs.
  void open_all();
  PageableFault on_fault(const Fault& fault);

  // Null for memory that is not pageable, or locked.
  const PageableRange* find(uint64_t address) const;

 private:
  PageableRange* range_at(uint64_t address);
  void open(PageableRange& range);

  const Kernel& kernel_;
  std::map<uint64_t, PageableRange> ranges_;
  std::vector<PageableRange*> open_;  // those to close; room for all is kept
};

}  // namespace portside::kernel
