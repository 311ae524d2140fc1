// Memory, strings, collections and registry keys: WdfMemory*, WdfString*, WdfCollection*, WdfRegistry*.

#include <algorithm>
#include <cstring>

#include "io/text.h"
#include "kernel/api_scope.h"
#include "kernel/services.h"
#include "wdf/function_table.h"
#include "wdf/wdf.h"

namespace portside::wdf {

MemoryObject::~MemoryObject() {
  // A machine that ends with objects left has no pool any more.
  MachineContext* machine = MachineContext::current();
  kernel::Services* services = machine ? machine->find<kernel::Services>() : nullptr;
  if (owned && buffer && services) (void)services->pool().free(buffer, tag, "WdfObjectDelete");
}

void CollectionObject::stop() {
  auto held = std::exchange(items, {});
  for (Object* item : held) (void)current<Wdf>().objects().dereference(*item);
}

namespace {

using kernel::ApiScope;
using kernel::kDispatchLevel;
using kernel::kPassiveLevel;
using Globals = PWDF_DRIVER_GLOBALS;

Wdf& wdf() { return current<Wdf>(); }
kernel::Services& services() { return current<kernel::Services>(); }

template <class T, class Handle>
NTSTATUS create(Globals globals, const char* function, std::unique_ptr<T> object, PWDF_OBJECT_ATTRIBUTES attributes,
                Handle* out) {
  Binding& binding = wdf().binding(globals, function);
  if (!out) return STATUS_INVALID_PARAMETER;
  *out = nullptr;
  if (kernel::made_to_fail(kernel::FailureKind::kObject, function)) return STATUS_INSUFFICIENT_RESOURCES;
  auto made = wdf().objects().insert(std::move(object), binding, attributes, binding.driver);
  if (!made) return made.error().nt();
  *out = reinterpret_cast<Handle>((*made)->handle());
  return STATUS_SUCCESS;
}

NTSTATUS NTAPI impl_WdfMemoryCreate(Globals globals, PWDF_OBJECT_ATTRIBUTES attributes, POOL_TYPE type, ULONG tag,
                                    SIZE_T bytes, WDFMEMORY* memory, PVOID* buffer) {
  ApiScope scope("WdfMemoryCreate", kPassiveLevel, kDispatchLevel);
  if (buffer) *buffer = nullptr;
  if (!bytes) return STATUS_INVALID_PARAMETER;
  if (kernel::made_to_fail(kernel::FailureKind::kPool, "WdfMemoryCreate")) return STATUS_INSUFFICIENT_RESOURCES;
  auto object = std::make_unique<MemoryObject>();
  object->bytes = bytes;
  object->tag = tag ? tag : globals->DriverTag;
  object->owned = true;
  // The framework frees it with the object, so a block that stays is the framework's.
  auto block =
      services().pool().allocate({.bytes = bytes,
                                  .tag = object->tag,
                                  .kind = type == PagedPool ? kernel::PoolKind::kPaged : kernel::PoolKind::kNonPaged,
                                  .contents = kernel::PoolContents::kUninitialized,
                                  .owner = kernel::PoolOwner::kRuntime,
                                  .api = "WdfMemoryCreate"});
  if (!block) return STATUS_INSUFFICIENT_RESOURCES;
  object->buffer = *block;
  NTSTATUS status = create(globals, "WdfMemoryCreate", std::move(object), attributes, memory);
  if (NT_SUCCESS(status) && buffer) *buffer = *block;
  return status;
}

NTSTATUS NTAPI impl_WdfMemoryCreatePreallocated(Globals globals, PWDF_OBJECT_ATTRIBUTES attributes, PVOID buffer,
                                                SIZE_T bytes, WDFMEMORY* memory) {
  ApiScope scope("WdfMemoryCreatePreallocated", kPassiveLevel, kDispatchLevel);
  if (!buffer || !bytes) return STATUS_INVALID_PARAMETER;
  auto object = std::make_unique<MemoryObject>();
  object->buffer = buffer;
  object->bytes = bytes;
  return create(globals, "WdfMemoryCreatePreallocated", std::move(object), attributes, memory);
}

PVOID NTAPI impl_WdfMemoryGetBuffer(Globals, WDFMEMORY memory, SIZE_T* bytes) {
  ApiScope scope("WdfMemoryGetBuffer", kPassiveLevel, kDispatchLevel);
  auto& object = wdf().get<MemoryObject>(memory, "WdfMemoryGetBuffer");
  if (bytes) *bytes = object.bytes;
  return object.buffer;
}

NTSTATUS NTAPI impl_WdfMemoryAssignBuffer(Globals, WDFMEMORY memory, PVOID buffer, SIZE_T bytes) {
  ApiScope scope("WdfMemoryAssignBuffer", kPassiveLevel, kDispatchLevel);
  auto& object = wdf().get<MemoryObject>(memory, "WdfMemoryAssignBuffer");
  // Only for a memory object that was made over a buffer of the driver's own.
  if (object.owned || !buffer || !bytes) return STATUS_INVALID_PARAMETER;
  object.buffer = buffer;
  object.bytes = bytes;
  return STATUS_SUCCESS;
}

NTSTATUS NTAPI impl_WdfStringCreate(Globals globals, PCUNICODE_STRING text, PWDF_OBJECT_ATTRIBUTES attributes,
                                    WDFSTRING* string) {
  ApiScope scope("WdfStringCreate", kPassiveLevel, kPassiveLevel);
  auto object = std::make_unique<StringObject>();
  object->text = io::copy_of(text);
  return create(globals, "WdfStringCreate", std::move(object), attributes, string);
}

VOID NTAPI impl_WdfStringGetUnicodeString(Globals, WDFSTRING string, PUNICODE_STRING text) {
  ApiScope scope("WdfStringGetUnicodeString", kPassiveLevel, kPassiveLevel);
  *text = io::unicode_over(wdf().get<StringObject>(string, "WdfStringGetUnicodeString").text);
}

NTSTATUS NTAPI impl_WdfCollectionCreate(Globals globals, PWDF_OBJECT_ATTRIBUTES attributes, WDFCOLLECTION* collection) {
  ApiScope scope("WdfCollectionCreate", kPassiveLevel, kDispatchLevel);
  return create(globals, "WdfCollectionCreate", std::make_unique<CollectionObject>(), attributes, collection);
}

CollectionObject& collection_of(WDFCOLLECTION handle, const char* function) {
  return wdf().get<CollectionObject>(handle, function);
}

ULONG NTAPI impl_WdfCollectionGetCount(Globals, WDFCOLLECTION collection) {
  ApiScope scope("WdfCollectionGetCount", kPassiveLevel, kDispatchLevel);
  return static_cast<ULONG>(collection_of(collection, "WdfCollectionGetCount").items.size());
}

NTSTATUS NTAPI impl_WdfCollectionAdd(Globals, WDFCOLLECTION collection, WDFOBJECT object) {
  ApiScope scope("WdfCollectionAdd", kPassiveLevel, kDispatchLevel);
  if (kernel::made_to_fail(kernel::FailureKind::kObject, "WdfCollectionAdd")) return STATUS_INSUFFICIENT_RESOURCES;
  auto& c = collection_of(collection, "WdfCollectionAdd");
  Object& item = wdf().any(object, "WdfCollectionAdd");
  wdf().objects().reference(item);
  c.items.push_back(&item);
  return STATUS_SUCCESS;
}

void take_out(CollectionObject& collection, size_t index) {
  Object* item = collection.items[index];
  collection.items.erase(collection.items.begin() + static_cast<ptrdiff_t>(index));
  (void)wdf().objects().dereference(*item);
}

VOID NTAPI impl_WdfCollectionRemove(Globals, WDFCOLLECTION collection, WDFOBJECT object) {
  ApiScope scope("WdfCollectionRemove", kPassiveLevel, kDispatchLevel);
  auto& c = collection_of(collection, "WdfCollectionRemove");
  Object& item = wdf().any(object, "WdfCollectionRemove");
  auto it = std::ranges::find(c.items, &item);
  if (it == c.items.end()) wdf().violation("WdfCollectionRemove", object, "the object is not in the collection");
  take_out(c, static_cast<size_t>(it - c.items.begin()));
}

VOID NTAPI impl_WdfCollectionRemoveItem(Globals, WDFCOLLECTION collection, ULONG index) {
  ApiScope scope("WdfCollectionRemoveItem", kPassiveLevel, kDispatchLevel);
  auto& c = collection_of(collection, "WdfCollectionRemoveItem");
  if (index >= c.items.size())
    wdf().violation("WdfCollectionRemoveItem", collection, "the index is beyond the collection's end");
  take_out(c, index);
}

WDFOBJECT item_at(CollectionObject& c, size_t index) {
  return index < c.items.size() ? c.items[index]->handle() : nullptr;
}

WDFOBJECT NTAPI impl_WdfCollectionGetItem(Globals, WDFCOLLECTION collection, ULONG index) {
  ApiScope scope("WdfCollectionGetItem", kPassiveLevel, kDispatchLevel);
  return item_at(collection_of(collection, "WdfCollectionGetItem"), index);
}

WDFOBJECT NTAPI impl_WdfCollectionGetFirstItem(Globals, WDFCOLLECTION collection) {
  ApiScope scope("WdfCollectionGetFirstItem", kPassiveLevel, kDispatchLevel);
  return item_at(collection_of(collection, "WdfCollectionGetFirstItem"), 0);
}

WDFOBJECT NTAPI impl_WdfCollectionGetLastItem(Globals, WDFCOLLECTION collection) {
  ApiScope scope("WdfCollectionGetLastItem", kPassiveLevel, kDispatchLevel);
  auto& c = collection_of(collection, "WdfCollectionGetLastItem");
  return item_at(c, c.items.size() - 1);
}

NTSTATUS NTAPI impl_WdfDriverOpenParametersRegistryKey(Globals globals, WDFDRIVER driver, ACCESS_MASK,
                                                       PWDF_OBJECT_ATTRIBUTES attributes, WDFKEY* key) {
  ApiScope scope("WdfDriverOpenParametersRegistryKey", kPassiveLevel, kPassiveLevel);
  auto& object = wdf().get<DriverObject>(driver, "WdfDriverOpenParametersRegistryKey");
  auto opened = services().registry().create(nullptr, object.registry_path + u"\\Parameters", false, true);
  if (!opened) return opened.error().nt();
  auto made = std::make_unique<KeyObject>();
  made->key = opened->key;
  return create(globals, "WdfDriverOpenParametersRegistryKey", std::move(made), attributes, key);
}

VOID NTAPI impl_WdfRegistryClose(Globals, WDFKEY key) {
  ApiScope scope("WdfRegistryClose", kPassiveLevel, kPassiveLevel);
  wdf().objects().remove(wdf().get<KeyObject>(key, "WdfRegistryClose"));
}

NTSTATUS NTAPI impl_WdfRegistryQueryULong(Globals, WDFKEY key, PCUNICODE_STRING name, PULONG value) {
  ApiScope scope("WdfRegistryQueryULong", kPassiveLevel, kPassiveLevel);
  if (kernel::made_to_fail(kernel::FailureKind::kRegistry, "WdfRegistryQueryULong"))
    return STATUS_INSUFFICIENT_RESOURCES;
  auto& object = wdf().get<KeyObject>(key, "WdfRegistryQueryULong");
  if (!name || !value) return STATUS_INVALID_PARAMETER;
  auto found = services().registry().value(object.key, io::copy_of(name));
  if (!found) return found.error().nt();
  kernel::give_strange_value(*found, "WdfRegistryQueryULong");
  // WdfRegistryQueryULong, Return value: the value is not REG_DWORD.
  if (found->type != REG_DWORD || found->data.size() != sizeof(ULONG)) return STATUS_OBJECT_TYPE_MISMATCH;
  std::memcpy(value, found->data.data(), sizeof(ULONG));
  return STATUS_SUCCESS;
}

NTSTATUS NTAPI impl_WdfRegistryAssignULong(Globals, WDFKEY key, PCUNICODE_STRING name, ULONG value) {
  ApiScope scope("WdfRegistryAssignULong", kPassiveLevel, kPassiveLevel);
  if (kernel::made_to_fail(kernel::FailureKind::kRegistry, "WdfRegistryAssignULong"))
    return STATUS_INSUFFICIENT_RESOURCES;
  auto& object = wdf().get<KeyObject>(key, "WdfRegistryAssignULong");
  auto set =
      services().registry().set_value(object.key, io::copy_of(name), REG_DWORD, std::as_bytes(std::span(&value, 1)));
  return set ? STATUS_SUCCESS : set.error().nt();
}

NTSTATUS NTAPI impl_WdfRegistryAssignString(Globals, WDFKEY key, PCUNICODE_STRING name, WDFSTRING string) {
  ApiScope scope("WdfRegistryAssignString", kPassiveLevel, kPassiveLevel);
  if (kernel::made_to_fail(kernel::FailureKind::kRegistry, "WdfRegistryAssignString"))
    return STATUS_INSUFFICIENT_RESOURCES;
  auto& object = wdf().get<KeyObject>(key, "WdfRegistryAssignString");
  const std::u16string& text = wdf().get<StringObject>(string, "WdfRegistryAssignString").text;
  auto set = services().registry().set_value(object.key, io::copy_of(name), REG_SZ,
                                             std::as_bytes(std::span(text.c_str(), text.size() + 1)));
  return set ? STATUS_SUCCESS : set.error().nt();
}

const TableSlot kSlots[] = {
    PORTSIDE_WDF_SLOT(WdfMemoryCreate, PFN_WDFMEMORYCREATE),
    PORTSIDE_WDF_SLOT(WdfMemoryCreatePreallocated, PFN_WDFMEMORYCREATEPREALLOCATED),
    PORTSIDE_WDF_SLOT(WdfMemoryGetBuffer, PFN_WDFMEMORYGETBUFFER),
    PORTSIDE_WDF_SLOT(WdfMemoryAssignBuffer, PFN_WDFMEMORYASSIGNBUFFER),
    PORTSIDE_WDF_SLOT(WdfStringCreate, PFN_WDFSTRINGCREATE),
    PORTSIDE_WDF_SLOT(WdfStringGetUnicodeString, PFN_WDFSTRINGGETUNICODESTRING),
    PORTSIDE_WDF_SLOT(WdfCollectionCreate, PFN_WDFCOLLECTIONCREATE),
    PORTSIDE_WDF_SLOT(WdfCollectionGetCount, PFN_WDFCOLLECTIONGETCOUNT),
    PORTSIDE_WDF_SLOT(WdfCollectionAdd, PFN_WDFCOLLECTIONADD),
    PORTSIDE_WDF_SLOT(WdfCollectionRemove, PFN_WDFCOLLECTIONREMOVE),
    PORTSIDE_WDF_SLOT(WdfCollectionRemoveItem, PFN_WDFCOLLECTIONREMOVEITEM),
    PORTSIDE_WDF_SLOT(WdfCollectionGetItem, PFN_WDFCOLLECTIONGETITEM),
    PORTSIDE_WDF_SLOT(WdfCollectionGetFirstItem, PFN_WDFCOLLECTIONGETFIRSTITEM),
    PORTSIDE_WDF_SLOT(WdfCollectionGetLastItem, PFN_WDFCOLLECTIONGETLASTITEM),
    PORTSIDE_WDF_SLOT(WdfDriverOpenParametersRegistryKey, PFN_WDFDRIVEROPENPARAMETERSREGISTRYKEY),
    PORTSIDE_WDF_SLOT(WdfRegistryClose, PFN_WDFREGISTRYCLOSE),
    PORTSIDE_WDF_SLOT(WdfRegistryQueryULong, PFN_WDFREGISTRYQUERYULONG),
    PORTSIDE_WDF_SLOT(WdfRegistryAssignULong, PFN_WDFREGISTRYASSIGNULONG),
    PORTSIDE_WDF_SLOT(WdfRegistryAssignString, PFN_WDFREGISTRYASSIGNSTRING),
};

}  // namespace

std::span<const TableSlot> data_functions() { return kSlots; }

}  // namespace portside::wdf
