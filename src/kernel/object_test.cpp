#include "kernel/object.h"

#include <gtest/gtest.h>

namespace portside::kernel {
namespace {

struct Listener : ObjectObserver {
  std::vector<ObjectMistake> mistakes;
  void on_mistake(const ObjectMistake& mistake) override { mistakes.push_back(mistake); }
};

struct ObjectTest : ::testing::Test {
  ObjectTest() { directory.observers().add(listener); }
  void insert(int& body, std::u16string name = u"", ObjectType* type = &object_types::kEvent) {
    ASSERT_TRUE(directory.insert({.type = type,
                                  .body = &body,
                                  .name = std::move(name),
                                  .on_delete = [this](void*) { ++deleted; },
                                  .on_last_handle_closed = [this](void*) { ++cleaned; }}));
  }
  ObjectDirectory directory;
  Listener listener;
  int deleted = 0, cleaned = 0;
  int a = 0, b = 0;
};

TEST_F(ObjectTest, LivesUntilTheLastReference) {
  insert(a);
  EXPECT_TRUE(directory.reference(&a, "ObfReferenceObject"));
  EXPECT_EQ(directory.dereference(&a, "ObfDereferenceObject").value(), 1u);
  EXPECT_EQ(deleted, 0);
  EXPECT_EQ(directory.dereference(&a, "ObfDereferenceObject").value(), 0u);
  EXPECT_EQ(deleted, 1);
  EXPECT_FALSE(directory.contains(&a));
}

TEST_F(ObjectTest, ADereferenceTooMuchIsToldWithTheObject) {
  insert(a, u"\\BaseNamedObjects\\A");
  (void)directory.dereference(&a, "x");
  const auto late = directory.dereference(&a, "ObfDereferenceObject");
  EXPECT_EQ(late.error().code(), StatusCode::kInvalidParameter);
  ASSERT_EQ(listener.mistakes.size(), 1u);
  EXPECT_EQ(listener.mistakes[0].fault, ObjectFault::kDeletedObject);
  EXPECT_EQ(listener.mistakes[0].object->name, u"\\BaseNamedObjects\\A");
  EXPECT_FALSE(listener.mistakes[0].object->deleted_at.empty());

  (void)directory.reference(&b, "ObfReferenceObject");
  EXPECT_EQ(listener.mistakes[1].fault, ObjectFault::kUnknownObject);
}

TEST_F(ObjectTest, AHandleHoldsAReference) {
  insert(a);
  void* handle = directory.open_handle(&a, 3, HandleKind::kUser, "ZwCreateEvent").value();
  void* second = directory.open_handle(&a, 1, HandleKind::kKernel, "ZwOpenEvent").value();
  EXPECT_NE(handle, second);
  EXPECT_EQ(reinterpret_cast<uint64_t>(handle) % 4, 0u);
  EXPECT_LT(static_cast<int64_t>(reinterpret_cast<uint64_t>(second)), 0) << "kernel handles are negative";
  (void)directory.dereference(&a, "");  // the creator's
  EXPECT_EQ(deleted, 0);
  EXPECT_EQ(directory.find_handle(handle)->access, 3u);

  EXPECT_EQ(directory.reference_by_handle(handle, &object_types::kEvent, "Ob").value(), &a);
  EXPECT_TRUE(directory.close_handle(handle, "ZwClose"));
  EXPECT_EQ(cleaned, 0);
  EXPECT_TRUE(directory.close_handle(second, "ZwClose"));
  EXPECT_EQ(cleaned, 1) << "the last handle is gone, the object is not";
  EXPECT_EQ(deleted, 0);
  (void)directory.dereference(&a, "");
  EXPECT_EQ(deleted, 1);
}

TEST_F(ObjectTest, BadHandlesAreNamed) {
  insert(a);
  void* handle = directory.open_handle(&a, 0, HandleKind::kKernel, "x").value();
  EXPECT_TRUE(directory.close_handle(handle, "ZwClose"));
  EXPECT_EQ(directory.close_handle(handle, "ZwClose").error().code(), StatusCode::kInvalidHandle);
  EXPECT_EQ(listener.mistakes.back().fault, ObjectFault::kClosedHandle);
  EXPECT_EQ(directory.reference_by_handle(reinterpret_cast<void*>(0x7770), nullptr, "Ob").error().code(),
            StatusCode::kInvalidHandle);
  EXPECT_EQ(listener.mistakes.back().fault, ObjectFault::kInvalidHandle);
  EXPECT_EQ(directory.close_handle(nullptr, "ZwClose").error().code(), StatusCode::kInvalidHandle);
  EXPECT_EQ(listener.mistakes.back().fault, ObjectFault::kInvalidHandle);
}

TEST_F(ObjectTest, TheTypeIsChecked) {
  insert(a);
  void* handle = directory.open_handle(&a, 0, HandleKind::kUser, "x").value();
  EXPECT_EQ(directory.reference_by_handle(handle, &object_types::kFile, "Ob").error().code(),
            StatusCode::kObjectTypeMismatch);
  EXPECT_EQ(listener.mistakes.back().fault, ObjectFault::kTypeMismatch);
  EXPECT_EQ(directory.find(&a)->references, 2) << "nothing was referenced";
  (void)directory.close_handle(handle, "");
}

TEST_F(ObjectTest, NamesIgnoreCaseAndCollide) {
  insert(a, u"\\BaseNamedObjects\\Tick");
  EXPECT_EQ(
      directory.insert({.type = &object_types::kEvent, .body = &b, .name = u"\\basenamedobjects\\TICK"}).error().code(),
      StatusCode::kObjectNameCollision);
  EXPECT_EQ(directory.reference_by_name(u"\\BASENAMEDOBJECTS\\tick", &object_types::kEvent).value(), &a);
  EXPECT_EQ(directory.reference_by_name(u"\\BaseNamedObjects\\Tick", &object_types::kFile).error().code(),
            StatusCode::kObjectTypeMismatch);
  EXPECT_EQ(directory.reference_by_name(u"\\BaseNamedObjects\\Tock", nullptr).error().code(),
            StatusCode::kObjectNameNotFound);
  directory.remove_name(&a);
  EXPECT_FALSE(directory.reference_by_name(u"\\BaseNamedObjects\\Tick", nullptr));
}

TEST_F(ObjectTest, LinksAreFollowedAndLoopsEnd) {
  insert(a, u"\\Device\\Cable", &object_types::kDevice);
  EXPECT_TRUE(directory.create_symbolic_link(u"\\DosDevices\\Cable", u"\\Device\\Cable"));
  EXPECT_EQ(directory.resolve(u"\\??\\CABLE\\Wave"), u"\\Device\\Cable\\Wave");
  EXPECT_EQ(directory.resolve(u"\\??\\Cabled"), u"\\??\\Cabled") << "a prefix ends where a name ends";
  EXPECT_EQ(directory.reference_by_name(u"\\??\\Cable", &object_types::kDevice).value(), &a);
  EXPECT_EQ(directory.create_symbolic_link(u"\\??\\cable", u"x").error().code(), StatusCode::kObjectNameCollision);
  EXPECT_TRUE(directory.create_symbolic_link(u"\\??\\Loop", u"\\??\\Loop"));
  EXPECT_EQ(directory.resolve(u"\\??\\Loop"), u"\\??\\Loop");
  EXPECT_TRUE(directory.delete_symbolic_link(u"\\??\\Cable"));
  EXPECT_EQ(directory.delete_symbolic_link(u"\\??\\Cable").error().code(), StatusCode::kObjectNameNotFound);
}

TEST_F(ObjectTest, PseudoHandles) {
  insert(a, u"", &object_types::kThread);
  directory.set_current_thread([this]() -> void* { return &a; });
  void* current_thread = reinterpret_cast<void*>(~uint64_t{1});
  EXPECT_EQ(directory.reference_by_handle(current_thread, &object_types::kThread, "Ob").value(), &a);
  EXPECT_TRUE(directory.close_handle(current_thread, "ZwClose"));
}

struct Files : ObjectSource {
  int body = 0, references = 1, cleaned = 0;
  ObjectType* type_of(const void* b) const override { return b == &body ? &object_types::kFile : nullptr; }
  Result<> reference(void*) override { return ++references, Result<>{}; }
  Result<> dereference(void*) override { return --references, Result<>{}; }
  void last_handle_closed(void*) override { ++cleaned; }
};

TEST_F(ObjectTest, ASourceCountsItsOwnObjects) {
  Files files;
  directory.add_source(files);
  EXPECT_TRUE(directory.reference(&files.body, "Ob"));
  EXPECT_EQ(files.references, 2);
  void* handle = directory.open_handle(&files.body, 0, HandleKind::kKernel, "x").value();
  EXPECT_EQ(directory.reference_by_handle(handle, &object_types::kFile, "Ob").value(), &files.body);
  EXPECT_TRUE(directory.close_handle(handle, "ZwClose"));
  EXPECT_EQ(files.cleaned, 1);
  EXPECT_EQ(files.references, 3);
  EXPECT_TRUE(listener.mistakes.empty());
  EXPECT_TRUE(directory.live_handles().empty());
}

}  // namespace
}  // namespace portside::kernel
