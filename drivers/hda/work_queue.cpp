// WorkQueue. See work_queue.h. Not pageable: request() is called in a DPC.
#include "work_queue.h"

#include "spin_lock_guard.h"

NTSTATUS WorkQueue::create(PDEVICE_OBJECT device, Job job, void* context) {
  KeInitializeSpinLock(&lock_);
  KeInitializeEvent(&idle_, NotificationEvent, TRUE);
  item_ = IoAllocateWorkItem(device);
  if (!item_) return STATUS_INSUFFICIENT_RESOURCES;
  job_ = job;
  context_ = context;
  closed_ = false;
  return STATUS_SUCCESS;
}

void WorkQueue::close() {
  if (!item_) return;
  {
    SpinLockGuard guard(lock_);
    closed_ = true;
  }
  KeWaitForSingleObject(&idle_, Executive, KernelMode, FALSE, nullptr);
  IoFreeWorkItem(item_);
  item_ = nullptr;
}

void WorkQueue::request() {
  SpinLockGuard guard(lock_);
  if (closed_) return;
  wanted_ = true;
  if (running_) return;
  running_ = true;
  KeClearEvent(&idle_);
  IoQueueWorkItem(item_, &WorkQueue::run, DelayedWorkQueue, this);
}

void WorkQueue::run(PDEVICE_OBJECT, PVOID context) {
  auto* queue = static_cast<WorkQueue*>(context);
  for (;;) {
    {
      SpinLockGuard guard(queue->lock_);
      if (!queue->wanted_ || queue->closed_) {
        queue->running_ = false;
        // Under the lock: who waits for it frees nothing before the lock is free.
        KeSetEvent(&queue->idle_, IO_NO_INCREMENT, FALSE);
        return;
      }
      queue->wanted_ = false;
    }
    queue->job_(queue->context_);
  }
}
