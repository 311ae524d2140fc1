#pragma once
// WaitBlock: one object that one waiting thread waits for. Linked into the object's WaitListHead, so it begins with a
// LIST_ENTRY, as Windows' KWAIT_BLOCK does.

#include <cstdint>
#include <vector>

struct _DISPATCHER_HEADER;

namespace portside::kernel {

class ThreadObject;

struct WaitBlock {
  WaitBlock* flink = nullptr;  // LIST_ENTRY
  WaitBlock* blink = nullptr;
  ThreadObject* thread = nullptr;
  _DISPATCHER_HEADER* object = nullptr;
  uint32_t key = 0;  // index in the caller's array
};

inline constexpr uint32_t kMaximumWaitObjects = 64;

// Everything about the wait that a thread is in.
struct WaitRegistration {
  std::vector<WaitBlock> blocks;  // grows once to the widest wait the thread has made
  uint32_t count = 0;
  bool all = false;
  bool linked = false;
  bool has_timeout = false;
  int32_t status = 0;  // NTSTATUS to return, once woken
};

}  // namespace portside::kernel
