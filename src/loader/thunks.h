#pragma once
// Import thunks: the small piece of code that each imported function is bound to. It records the driver's registers in
// the shadow call stack (loader/shadow_stack.h), calls the host function with the arguments untouched, and takes the
// record away when it returns. About 6 ns a round trip.

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"

namespace portside::loader {

class LoaderHooks;

// One import of one image. The thunk holds its address: it never moves while the image is loaded.
struct ImportRecord {
  void* target = nullptr;        // thunks.S reads it: first
  LoaderHooks* hooks = nullptr;  // told when a missing import is called
  std::string dll;
  std::string name;  // "#12" for an ordinal
  bool missing = false;
  bool is_data = false;
  uint32_t slot_rva = 0;  // of its word in the import address table
};

class ThunkBlock {
 public:
  static Result<std::unique_ptr<ThunkBlock>> create(size_t capacity);
  ~ThunkBlock();
  ThunkBlock(const ThunkBlock&) = delete;
  ThunkBlock& operator=(const ThunkBlock&) = delete;

  void* add(const ImportRecord& import);
  // Makes the block executable and read-only.
  Result<> seal();
  bool contains(uint64_t address) const { return address - base_ < bytes_; }

 private:
  ThunkBlock(uint64_t base, size_t bytes) : base_(base), bytes_(bytes) {}
  uint64_t base_;
  size_t bytes_;
  size_t used_ = 0;
};

// Where a host function called through a thunk returns to. In a walk by frame pointers this address says: go on at the
// top of the shadow call stack.
uint64_t import_return_address();

}  // namespace portside::loader
