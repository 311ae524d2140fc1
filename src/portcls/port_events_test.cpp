// KS events: pins and nodes, kinds of notification, one-shot events, interrupts, files that close, miniports that go.

#include <gtest/gtest.h>

#include "ks/event.h"
#include "portcls/testing/changed_filters.h"

namespace portside::portcls::testing {
namespace {

class Events : public ChangedFilters {
 protected:
  // Filter-wide events, as drivers with jack detection have them: the table is the filter's, the pin is named by a KSE_PIN.
  void start_with_jack_event(ULONG flags = KSEVENT_TYPE_ENABLE | KSEVENT_TYPE_ONESHOT | KSEVENT_TYPE_BASICSUPPORT) {
    item_ = {&KSEVENTSETID_PinCapsChange, KSEVENT_PINCAPS_JACKINFOCHANGE, flags, FakeDriver::event};
    table_ = {0, 0, nullptr, 0, 0, nullptr, sizeof item_, 1, &item_, 0};
    ASSERT_TRUE(start().is_ok());
    kTopologyFilter.AutomationTable = &table_;
    ASSERT_EQ(FakeDriver::topology_port->QueryInterface(IID_IPortEvents, reinterpret_cast<PVOID*>(&events_)),
              STATUS_SUCCESS);
    FakeDriver::on_event = [this](PPCEVENT_REQUEST request) {
      verbs_.push_back(request->Verb);
      if (request->Verb == PCEVENT_VERB_ADD) events_->AddEventToEventList(request->EventEntry);
      return verdict_;
    };
  }
  static KSE_PIN jack_ask(ULONG pin, ULONG flags = KSEVENT_TYPE_ENABLE) {
    KSE_PIN request{};
    request.Event.Set = KSEVENTSETID_PinCapsChange;
    request.Event.Id = KSEVENT_PINCAPS_JACKINFOCHANGE;
    request.Event.Flags = flags;
    request.PinId = pin;
    return request;
  }
  template <class Request>
  NTSTATUS enable(io::FileHandle file, const Request& request, KSEVENTDATA& data) {
    return control(file, IOCTL_KS_ENABLE_EVENT, bytes_of(request), std::as_writable_bytes(std::span(&data, 1)));
  }
  void generate(BOOL pin_event = FALSE, ULONG pin = 0) {
    GUID set = KSEVENTSETID_PinCapsChange;
    events_->GenerateEventList(&set, KSEVENT_PINCAPS_JACKINFOCHANGE, pin_event, pin, FALSE, 0);
  }
  static bool take(ClientEvent& event) { return KeResetEvent(&event.event) != 0; }
  static KSEVENTDATA by_handle(const ClientEvent& event) {
    KSEVENTDATA data{};
    data.NotificationType = KSEVENTF_EVENT_HANDLE;
    data.EventHandle.Event = event.handle;
    return data;
  }

  PCEVENT_ITEM item_{};
  PCAUTOMATION_TABLE table_{};
  PPORTEVENTS events_ = nullptr;
  std::vector<ULONG> verbs_;
  NTSTATUS verdict_ = STATUS_SUCCESS;
};

TEST_F(Events, APinIsNamedByItsFactory) {
  run([&] {
    start_with_jack_event();
    const io::FileHandle topology = open_filter(u"Topology");
    ClientEvent zero, one, whole;
    create_event(zero);
    create_event(one);
    create_event(whole);
    KSEVENTDATA data_zero = by_handle(zero), data_one = by_handle(one), data_whole = by_handle(whole);
    EXPECT_EQ(enable(topology, jack_ask(0), data_zero), STATUS_SUCCESS);
    EXPECT_EQ(enable(topology, jack_ask(1), data_one), STATUS_SUCCESS);
    EXPECT_EQ(enable(topology, jack_ask(0).Event, data_whole), STATUS_SUCCESS) << "a KSEVENT alone: the filter's";
    EXPECT_EQ(enable(topology, jack_ask(2), data_one), STATUS_INVALID_PARAMETER) << "no such pin";
    generate(TRUE, 1);
    EXPECT_FALSE(take(zero));
    EXPECT_TRUE(take(one));
    EXPECT_FALSE(take(whole)) << "it has no pin id that matches";
    generate();
    EXPECT_TRUE(take(zero) && take(one) && take(whole)) << "without a pin every entry is meant";
    events_->GenerateEventList(nullptr, KSEVENT_PINCAPS_JACKINFOCHANGE, TRUE, 0, FALSE, 0);
    EXPECT_TRUE(take(zero)) << "no set matches all sets";
    events_->GenerateEventList(nullptr, KSEVENT_PINCAPS_FORMATCHANGE, FALSE, 0, FALSE, 0);
    EXPECT_FALSE(take(zero)) << "another event";
    close(topology);
    EXPECT_EQ(std::ranges::count(verbs_, ULONG{PCEVENT_VERB_REMOVE}), 3);
    events_->Release();
  });
}

TEST_F(Events, SupportFollowsTheTableAndTheHandler) {
  run([&] {
    start_with_jack_event(KSEVENT_TYPE_ENABLE | KSEVENT_TYPE_BASICSUPPORT);
    const io::FileHandle topology = open_filter(u"Topology");
    const auto query = [&](KSE_PIN request, std::span<std::byte> out = {}, uint64_t* information = nullptr) {
      return control(topology, IOCTL_KS_ENABLE_EVENT, bytes_of(request), out, information);
    };
    EXPECT_EQ(query(jack_ask(0, KSEVENT_TYPE_SETSUPPORT)), STATUS_SUCCESS);
    EXPECT_EQ(query(jack_ask(0, KSEVENT_TYPE_BASICSUPPORT)), STATUS_SUCCESS);
    EXPECT_EQ(verbs_, std::vector<ULONG>{PCEVENT_VERB_SUPPORT});
    verdict_ = STATUS_NOT_SUPPORTED;
    EXPECT_EQ(query(jack_ask(0, KSEVENT_TYPE_BASICSUPPORT)), STATUS_NOT_SUPPORTED) << "the handler's word";
    item_.Flags = KSEVENT_TYPE_ENABLE;
    verbs_.clear();
    EXPECT_EQ(query(jack_ask(0, KSEVENT_TYPE_BASICSUPPORT)), STATUS_SUCCESS) << "not asked: the item is there";
    EXPECT_TRUE(verbs_.empty());

    KSE_PIN all{};
    all.Event.Flags = KSEVENT_TYPE_SETSUPPORT;
    uint64_t needed = 0;
    EXPECT_EQ(query(all, {}, &needed), STATUS_BUFFER_OVERFLOW);
    ASSERT_EQ(needed, sizeof(GUID));
    GUID set{};
    EXPECT_EQ(query(all, std::as_writable_bytes(std::span(&set, 1)), &needed), STATUS_SUCCESS);
    EXPECT_TRUE(set == KSEVENTSETID_PinCapsChange);
    EXPECT_EQ(query(all, std::as_writable_bytes(std::span(&set, 1)).first(8)), STATUS_BUFFER_TOO_SMALL);
    KSE_PIN other = jack_ask(0, KSEVENT_TYPE_SETSUPPORT);
    other.Event.Set = KSEVENTSETID_AudioControlChange;
    EXPECT_EQ(query(other), STATUS_PROPSET_NOT_FOUND) << "that one is a node's";
    kTopologyFilter.AutomationTable = nullptr;
    EXPECT_EQ(query(jack_ask(0, KSEVENT_TYPE_SETSUPPORT)), STATUS_PROPSET_NOT_FOUND) << "the table is gone";
    close(topology);
    events_->Release();
  });
}

TEST_F(Events, MistakesChangeNothing) {
  run([&] {
    start_with_jack_event(KSEVENT_TYPE_ENABLE);
    const io::FileHandle topology = open_filter(u"Topology");
    ClientEvent event;
    create_event(event);
    KSEVENTDATA data = by_handle(event);
    EXPECT_EQ(enable(topology, jack_ask(0, KSEVENT_TYPE_ONESHOT), data), STATUS_NOT_FOUND)
        << "the item's flags have ENABLE alone";
    EXPECT_EQ(enable(topology, jack_ask(0, KSEVENT_TYPE_ENABLEBUFFERED), data), STATUS_NOT_FOUND);
    EXPECT_EQ(enable(topology, jack_ask(0, 0), data), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(enable(topology, jack_ask(0, KSEVENT_TYPE_ENABLE | KSEVENT_TYPE_ONESHOT), data),
              STATUS_INVALID_PARAMETER);
    KSE_PIN wrong = jack_ask(0);
    wrong.Event.Id = KSEVENT_PINCAPS_FORMATCHANGE;
    EXPECT_EQ(enable(topology, wrong, data), STATUS_NOT_FOUND);
    for (const ULONG type :
         {KSEVENTF_EVENT_OBJECT, KSEVENTF_SEMAPHORE_OBJECT, KSEVENTF_DPC, KSEVENTF_WORKITEM, 0x40, 0}) {
      KSEVENTDATA kernel_only = data;
      kernel_only.NotificationType = type;
      EXPECT_EQ(enable(topology, jack_ask(0), kernel_only), STATUS_INVALID_PARAMETER) << type << ": from user mode";
    }
    data.NotificationType = KSEVENTF_SEMAPHORE_HANDLE;
    EXPECT_EQ(enable(topology, jack_ask(0), data), STATUS_OBJECT_TYPE_MISMATCH) << "the handle is an event's";
    EXPECT_TRUE(verbs_.empty()) << "the driver was never asked";
    data = by_handle(event);
    verdict_ = STATUS_INSUFFICIENT_RESOURCES;
    EXPECT_EQ(enable(topology, jack_ask(0), data), STATUS_INSUFFICIENT_RESOURCES) << "the driver's refusal";
    generate();
    EXPECT_FALSE(take(event)) << "and it is not in the list";
    close(topology);
    EXPECT_EQ(verbs_, std::vector<ULONG>{PCEVENT_VERB_ADD});
    events_->Release();
  });
}

TEST_F(Events, OneShotIsTheNextOneAlone) {
  run([&] {
    start_with_jack_event();
    const io::FileHandle topology = open_filter(u"Topology");
    ClientEvent event;
    create_event(event);
    KSEVENTDATA data = by_handle(event);
    EXPECT_EQ(enable(topology, jack_ask(1, KSEVENT_TYPE_ONESHOT), data), STATUS_SUCCESS);
    generate();
    EXPECT_TRUE(take(event));
    generate();
    EXPECT_FALSE(take(event));
    close(topology);
    events_->Release();
  });
}

TEST_F(Events, AboveDispatchLevelADpcSignals) {
  run([&] {
    start_with_jack_event();
    const io::FileHandle topology = open_filter(u"Topology");
    ClientEvent event;
    create_event(event);
    KSEVENTDATA data = by_handle(event);
    EXPECT_EQ(enable(topology, jack_ask(1), data), STATUS_SUCCESS);
    KIRQL old;
    KeRaiseIrql(5, &old);
    generate(TRUE, 1);
    EXPECT_EQ(KeReadStateEvent(&event.event), 0) << "not at device IRQL";
    generate(TRUE, 0);  // one call's parameters are kept: this one is missed
    KeLowerIrql(old);
    EXPECT_TRUE(take(event));
    close(topology);
    events_->Release();
  });
}

TEST_F(Events, EveryKindOfNotification) {
  run([&] {
    ASSERT_TRUE(start().is_ok());
    KSEMAPHORE semaphore;
    KeInitializeSemaphore(&semaphore, 0, 5);
    KSEVENTDATA data{};
    data.NotificationType = KSEVENTF_SEMAPHORE_OBJECT;
    data.SemaphoreObject.Semaphore = &semaphore;
    data.SemaphoreObject.Adjustment = 3;
    auto target = ks::EventTarget::create(data, KernelMode);
    ASSERT_TRUE(target);
    target->signal();
    EXPECT_EQ(KeReadStateSemaphore(&semaphore), 3);
    target->signal();
    EXPECT_EQ(KeReadStateSemaphore(&semaphore), 3) << "beyond the limit nothing is released";

    auto& objects = services_->objects();
    ASSERT_TRUE(objects.insert({.type = &kernel::object_types::kSemaphore, .body = &semaphore}));
    data = {};
    data.NotificationType = KSEVENTF_SEMAPHORE_HANDLE;
    data.SemaphoreHandle.Semaphore = *objects.open_handle(&semaphore, 0x1F0003, kernel::HandleKind::kUser, "test");
    data.SemaphoreHandle.Adjustment = 1;
    {
      auto by_handle = ks::EventTarget::create(data, UserMode);
      ASSERT_TRUE(by_handle);
      by_handle->signal();
    }
    EXPECT_EQ(KeReadStateSemaphore(&semaphore), 4);

    static int dpcs, works;
    dpcs = works = 0;
    KDPC dpc;
    KeInitializeDpc(&dpc, [](PKDPC, PVOID, PVOID, PVOID) __attribute__((ms_abi)) { ++dpcs; }, nullptr);
    data = {};
    data.NotificationType = KSEVENTF_DPC;
    data.Dpc.Dpc = &dpc;
    ks::EventTarget::create(data, KernelMode)->signal();
    EXPECT_EQ(dpcs, 1);

    static WORK_QUEUE_ITEM work;
    work = {};
    work.WorkerRoutine = [](PVOID) __attribute__((ms_abi)) { ++works; };
    data = {};
    data.NotificationType = KSEVENTF_WORKITEM;
    data.WorkItem.WorkQueueItem = &work;
    data.WorkItem.WorkQueueType = DelayedWorkQueue;
    auto by_work = ks::EventTarget::create(data, KernelMode);
    ASSERT_TRUE(by_work);
    by_work->signal();
    by_work->signal();  // still queued: once
    LARGE_INTEGER wait;
    wait.QuadPart = -10'000;
    KeDelayExecutionThread(KernelMode, FALSE, &wait);
    EXPECT_EQ(works, 1);
    data.NotificationType = KSEVENTF_KSWORKITEM;
    EXPECT_EQ(ks::EventTarget::create(data, KernelMode).error().code(), StatusCode::kNotSupported);
  });
}

TEST_F(Events, AMiniportThatGoesIsToldBeforeItDoes) {
  run([&] {
    start_with_jack_event();
    const io::FileHandle topology = open_filter(u"Topology");
    ClientEvent event;
    create_event(event);
    KSEVENTDATA data = by_handle(event);
    EXPECT_EQ(enable(topology, jack_ask(1), data), STATUS_SUCCESS);
    events_->Release();
    int alive = 0;
    FakeDriver::on_event = [&](PPCEVENT_REQUEST request) {
      if (request->Verb == PCEVENT_VERB_REMOVE) alive = FakeDriver::live_miniports;
      verbs_.push_back(request->Verb);
      return STATUS_SUCCESS;
    };
    ASSERT_TRUE(io_->pnp().surprise_remove(*node_));
    close(topology);
    EXPECT_EQ(std::ranges::count(verbs_, ULONG{PCEVENT_VERB_REMOVE}), 1) << "once, by the file or by the device";
    EXPECT_GT(alive, 0);
  });
}

}  // namespace
}  // namespace portside::portcls::testing
