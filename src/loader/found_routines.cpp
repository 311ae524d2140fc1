#include "loader/found_routines.h"

namespace portside::loader {

void* FoundRoutines::find(std::string_view name) {
  constexpr std::string_view kKernel = "ntoskrnl.exe";
  if (name.empty()) return nullptr;
  MutexLock lock(mutex_);
  if (const auto known = found_.find(name); known != found_.end()) return known->second.address;
  const auto resolved = resolver_.resolve({kKernel, name, 0});
  if (!resolved || !resolved->address) return nullptr;
  Found& found = found_[std::string(name)];
  found.record = {.target = resolved->address,
                  .hooks = &hooks_,
                  .dll = std::string(kKernel),
                  .name = std::string(name),
                  .is_data = resolved->is_data};
  found.address = resolved->address;
  if (resolved->is_data || resolved->direct) return found.address;
  auto thunk = ThunkBlock::create(1);
  if (!thunk) return found.address;  // no memory for a thunk: the function itself, whose caller a report will not name
  void* code = (*thunk)->add(found.record);
  if (!(*thunk)->seal()) return found.address;
  found.thunk = std::move(*thunk);
  return found.address = code;
}

}  // namespace portside::loader
