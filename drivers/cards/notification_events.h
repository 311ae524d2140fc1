// NotificationEvents: the events that a stream signals when a packet is through. Its user's spin lock guards it: events
// are added at PASSIVE_LEVEL and signalled in a DPC.
#pragma once

#include "com_object.h"

class NotificationEvents {
 public:
  struct Entry {
    LIST_ENTRY link;
    PKEVENT event;
  };

  NotificationEvents() { InitializeListHead(&entries_); }

  // Pool, which is not to be had or given back under a spin lock.
  static Entry* make(PKEVENT event) {
    auto* entry = static_cast<Entry*>(ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(Entry), kPoolTag));
    if (entry) entry->event = event;
    return entry;
  }
  static void free(Entry* entry) { ExFreePoolWithTag(entry, kPoolTag); }

  void add_locked(Entry& entry) { InsertTailList(&entries_, &entry.link); }
  // nullptr as the event asks for any; nullptr as the result: it is not there.
  Entry* remove_locked(PKEVENT event) {
    for (LIST_ENTRY* link = entries_.Flink; link != &entries_; link = link->Flink) {
      Entry* entry = CONTAINING_RECORD(link, Entry, link);
      if (event && entry->event != event) continue;
      RemoveEntryList(link);
      return entry;
    }
    return nullptr;
  }
  void signal_locked() {
    for (LIST_ENTRY* link = entries_.Flink; link != &entries_; link = link->Flink)
      KeSetEvent(CONTAINING_RECORD(link, Entry, link)->event, IO_NO_INCREMENT, FALSE);
  }

 private:
  LIST_ENTRY entries_;
};
