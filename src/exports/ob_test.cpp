#include "exports/export_fixture.h"

namespace portside::exports {
namespace {

using kernel::ObjectFault;

struct ObTest : ExportFixture {};

OBJECT_ATTRIBUTES named(UNICODE_STRING& name, ULONG flags = OBJ_KERNEL_HANDLE) {
  OBJECT_ATTRIBUTES attributes;
  InitializeObjectAttributes(&attributes, &name, flags, nullptr, nullptr);
  return attributes;
}

TEST_F(ObTest, AnEventBehindAHandle) {
  run([&] {
    HANDLE handle = nullptr;
    ASSERT_EQ(ZwCreateEvent(&handle, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE), STATUS_SUCCESS);
    PVOID body = nullptr;
    ASSERT_EQ(ObReferenceObjectByHandle(handle, EVENT_MODIFY_STATE, *ExEventObjectType, KernelMode, &body, nullptr),
              STATUS_SUCCESS);
    auto* event = static_cast<PKEVENT>(body);
    EXPECT_EQ(KeReadStateEvent(event), 0);
    LONG previous = 7;
    EXPECT_EQ(ZwSetEvent(handle, &previous), STATUS_SUCCESS);
    EXPECT_EQ(previous, 0);
    EXPECT_NE(KeReadStateEvent(event), 0);
    LARGE_INTEGER now{};
    EXPECT_EQ(ZwWaitForSingleObject(handle, FALSE, &now), STATUS_SUCCESS);
    EXPECT_EQ(ZwClose(handle), STATUS_SUCCESS);
    EXPECT_NE(KeReadStateEvent(event), 0) << "the reference keeps it alive";
    EXPECT_EQ(ObDereferenceObject(event), 0);
  });
  EXPECT_TRUE(object_mistakes.seen.empty());
  EXPECT_TRUE(services_->objects().live_handles().empty());
}

// Who touches an event after its last reference has gone touches a freed block, and is told who closed it.
TEST_F(ObTest, AnEventGoesWithItsLastReference) {
  run([&] {
    HANDLE handle = nullptr;
    UNICODE_STRING name = unicode(u"\\BaseNamedObjects\\Late");
    const PKEVENT event = IoCreateSynchronizationEvent(&name, &handle);
    ASSERT_NE(event, nullptr);
    const KernelAddress address(reinterpret_cast<uint64_t>(event));
    ASSERT_TRUE(services_->pool().describe(address));
    EXPECT_EQ(services_->pool().describe(address)->where, kernel::PoolAddress::Where::kInside);
    ObReferenceObject(event);
    EXPECT_EQ(ZwClose(handle), STATUS_SUCCESS);
    EXPECT_EQ(services_->pool().describe(address)->where, kernel::PoolAddress::Where::kInside);
    ObDereferenceObject(event);
    ASSERT_TRUE(services_->pool().describe(address));
    EXPECT_EQ(services_->pool().describe(address)->where, kernel::PoolAddress::Where::kFreed);
  });
}

TEST_F(ObTest, HandlesAreChecked) {
  run([&] {
    PVOID body = &body;
    EXPECT_EQ(
        ObReferenceObjectByHandle(reinterpret_cast<HANDLE>(uint64_t{0x1234}), 0, nullptr, KernelMode, &body, nullptr),
        STATUS_INVALID_HANDLE);
    EXPECT_EQ(body, nullptr);
    HANDLE handle = nullptr;
    ASSERT_EQ(ZwCreateEvent(&handle, EVENT_QUERY_STATE, nullptr, SynchronizationEvent, TRUE), STATUS_SUCCESS);
    EXPECT_EQ(ObReferenceObjectByHandle(handle, 0, *IoFileObjectType, KernelMode, &body, nullptr),
              STATUS_OBJECT_TYPE_MISMATCH);
    EXPECT_EQ(ObReferenceObjectByHandle(handle, EVENT_MODIFY_STATE, *ExEventObjectType, UserMode, &body, nullptr),
              STATUS_ACCESS_DENIED)
        << "a user's handle without the right";
    EXPECT_EQ(ZwClose(handle), STATUS_SUCCESS);
    EXPECT_EQ(ZwClose(handle), STATUS_INVALID_HANDLE);
    UNICODE_STRING name = unicode(u"\\BaseNamedObjects\\K");
    OBJECT_ATTRIBUTES attributes = named(name);
    ASSERT_EQ(ZwCreateEvent(&handle, EVENT_ALL_ACCESS, &attributes, NotificationEvent, FALSE), STATUS_SUCCESS);
    EXPECT_EQ(ObReferenceObjectByHandle(handle, 0, nullptr, UserMode, &body, nullptr), STATUS_INVALID_HANDLE)
        << "a kernel handle is not for users";
    EXPECT_EQ(ZwClose(handle), STATUS_SUCCESS);
  });
  ASSERT_EQ(object_mistakes.seen.size(), 3u);
  EXPECT_EQ(object_mistakes.seen[0].fault, ObjectFault::kInvalidHandle);
  EXPECT_EQ(object_mistakes.seen[1].fault, ObjectFault::kTypeMismatch);
  EXPECT_EQ(object_mistakes.seen[2].fault, ObjectFault::kClosedHandle);
}

TEST_F(ObTest, NamedEventsAreShared) {
  run([&] {
    UNICODE_STRING name = unicode(u"\\BaseNamedObjects\\Portside");
    HANDLE first = nullptr, second = nullptr;
    PKEVENT event = IoCreateNotificationEvent(&name, &first);
    ASSERT_NE(event, nullptr);
    EXPECT_NE(KeReadStateEvent(event), 0) << "new ones are signalled";
    EXPECT_EQ(IoCreateNotificationEvent(&name, &second), event);
    EXPECT_NE(first, second);
    OBJECT_ATTRIBUTES attributes = named(name);
    HANDLE third = nullptr;
    EXPECT_EQ(ZwCreateEvent(&third, EVENT_ALL_ACCESS, &attributes, NotificationEvent, FALSE),
              STATUS_OBJECT_NAME_COLLISION);
    attributes.Attributes |= OBJ_OPENIF;
    EXPECT_EQ(ZwCreateEvent(&third, EVENT_ALL_ACCESS, &attributes, NotificationEvent, FALSE),
              STATUS_OBJECT_NAME_EXISTS);
    for (HANDLE handle : {first, second, third}) EXPECT_EQ(ZwClose(handle), STATUS_SUCCESS);
    EXPECT_EQ(ZwCreateEvent(&third, EVENT_ALL_ACCESS, &attributes, NotificationEvent, FALSE), STATUS_SUCCESS)
        << "the name went with the object";
    EXPECT_EQ(ZwClose(third), STATUS_SUCCESS);
  });
}

TEST_F(ObTest, PointersAreReferenceCounted) {
  kernel::MisuseLog misuses;
  machine->misuse_observers().add(misuses);
  run([&] {
    HANDLE handle = nullptr;
    PVOID body = nullptr;
    ASSERT_EQ(ZwCreateEvent(&handle, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE), STATUS_SUCCESS);
    ASSERT_EQ(ObReferenceObjectByHandle(handle, 0, nullptr, KernelMode, &body, nullptr), STATUS_SUCCESS);
    EXPECT_EQ(ObReferenceObject(body), 3);
    EXPECT_EQ(ObReferenceObjectByPointer(body, 0, *PsThreadType, KernelMode), STATUS_OBJECT_TYPE_MISMATCH);
    EXPECT_EQ(ObReferenceObjectByPointer(body, 0, *ExEventObjectType, KernelMode), STATUS_SUCCESS);
    HANDLE other = nullptr;
    EXPECT_EQ(ObOpenObjectByPointer(body, OBJ_KERNEL_HANDLE, nullptr, EVENT_ALL_ACCESS, *ExEventObjectType, KernelMode,
                                    &other),
              STATUS_SUCCESS);
    EXPECT_EQ(ZwClose(other), STATUS_SUCCESS);
    EXPECT_EQ(ZwClose(handle), STATUS_SUCCESS);
    for (int left = 2; left >= 0; --left) EXPECT_EQ(ObDereferenceObject(body), left);
    EXPECT_EQ(ObDereferenceObject(body), 0);
    int local = 0;
    EXPECT_EQ(ObReferenceObject(&local), 0);
  });
  ASSERT_EQ(misuses.seen.size(), 1u);
  EXPECT_EQ(misuses.seen[0].kind, kernel::MisuseKind::kNotReferenced);
  ASSERT_EQ(object_mistakes.seen.size(), 1u);
  EXPECT_EQ(object_mistakes.seen[0].fault, ObjectFault::kUnknownObject);
}

TEST_F(ObTest, AnyThreadIsAnObject) {
  run([&] {
    PVOID body = nullptr;
    EXPECT_EQ(ObReferenceObjectByHandle(NtCurrentThread(), 0, *PsThreadType, KernelMode, &body, nullptr),
              STATUS_SUCCESS);
    EXPECT_EQ(body, static_cast<PVOID>(PsGetCurrentThread()));
    ObDereferenceObject(body);
    EXPECT_NE(ObReferenceObject(PsGetCurrentThread()), 0);
    ObDereferenceObject(PsGetCurrentThread());
    HANDLE handle = nullptr;
    EXPECT_EQ(
        ObOpenObjectByPointer(body, OBJ_KERNEL_HANDLE, nullptr, THREAD_ALL_ACCESS, *PsThreadType, KernelMode, &handle),
        STATUS_SUCCESS);
    EXPECT_EQ(ZwClose(handle), STATUS_SUCCESS);
    EXPECT_EQ(ObReferenceObjectByHandle(NtCurrentProcess(), 0, *PsProcessType, KernelMode, &body, nullptr),
              STATUS_SUCCESS);
    ObDereferenceObject(body);
  });
  EXPECT_TRUE(object_mistakes.seen.empty());
}

TEST_F(ObTest, NamesOfObjects) {
  run([&] {
    UNICODE_STRING name = unicode(u"\\BaseNamedObjects\\N");
    HANDLE handle = nullptr;
    PKEVENT event = IoCreateSynchronizationEvent(&name, &handle);
    alignas(8) char buffer[100];
    auto* information = reinterpret_cast<POBJECT_NAME_INFORMATION>(buffer);
    ULONG needed = 0;
    EXPECT_EQ(ObQueryNameString(event, information, 0, &needed), STATUS_INFO_LENGTH_MISMATCH);
    EXPECT_EQ(needed, sizeof(OBJECT_NAME_INFORMATION) + 2 * 20);
    EXPECT_EQ(ObQueryNameString(event, information, needed, &needed), STATUS_SUCCESS);
    EXPECT_EQ(text_of(information->Name), u"\\BaseNamedObjects\\N");
    EXPECT_EQ(ZwClose(handle), STATUS_SUCCESS);
  });
}

}  // namespace
}  // namespace portside::exports
