#include "portcls/resource_list.h"

#include <cstring>

#include "kernel/api_scope.h"
#include "kernel/services.h"

namespace portside::portcls {
namespace {
using kernel::ApiScope;
using kernel::kPassiveLevel;

size_t bytes_for(ULONG entries) {
  return offsetof(CM_RESOURCE_LIST, List) + offsetof(CM_FULL_RESOURCE_DESCRIPTOR, PartialResourceList) +
         offsetof(CM_PARTIAL_RESOURCE_LIST, PartialDescriptors) +
         size_t{entries} * sizeof(CM_PARTIAL_RESOURCE_DESCRIPTOR);
}
}  // namespace

void ResourceList::Block::reserve(const CM_RESOURCE_LIST* like, ULONG entries) {
  capacity_ = entries;
  words_.assign((bytes_for(entries) + sizeof(CM_RESOURCE_LIST) + 7) / 8, 0);
  list()->Count = 1;
  CM_FULL_RESOURCE_DESCRIPTOR& full = list()->List[0];
  if (like && like->Count) {
    full.InterfaceType = like->List[0].InterfaceType;
    full.BusNumber = like->List[0].BusNumber;
    full.PartialResourceList.Version = like->List[0].PartialResourceList.Version;
    full.PartialResourceList.Revision = like->List[0].PartialResourceList.Revision;
  } else {
    full.InterfaceType = Internal;
    full.PartialResourceList.Version = full.PartialResourceList.Revision = 1;
  }
}

void ResourceList::Block::copy(const CM_RESOURCE_LIST* source) {
  // PortCls knows one full descriptor, as plug and play hands out.
  const ULONG entries = source && source->Count ? source->List[0].PartialResourceList.Count : 0;
  reserve(source, entries);
  for (ULONG i = 0; i < entries; ++i) add(source->List[0].PartialResourceList.PartialDescriptors[i]);
}

ULONG ResourceList::Block::count() const {
  if (words_.empty()) return 0;
  return reinterpret_cast<const CM_RESOURCE_LIST*>(words_.data())->List[0].PartialResourceList.Count;
}

PCM_PARTIAL_RESOURCE_DESCRIPTOR ResourceList::Block::at(ULONG index) {
  return &list()->List[0].PartialResourceList.PartialDescriptors[index];
}

bool ResourceList::Block::add(const CM_PARTIAL_RESOURCE_DESCRIPTOR& entry) {
  const ULONG index = count();
  if (index >= capacity_) return false;
  std::memcpy(at(index), &entry, sizeof entry);
  ++list()->List[0].PartialResourceList.Count;
  return true;
}

PCM_PARTIAL_RESOURCE_DESCRIPTOR ResourceList::Block::find(CM_RESOURCE_TYPE type, ULONG index) {
  for (ULONG i = 0; i < count(); ++i)
    if (at(i)->Type == type && index-- == 0) return at(i);
  return nullptr;
}

ResourceList* ResourceList::create(const CM_RESOURCE_LIST* translated, const CM_RESOURCE_LIST* untranslated) {
  auto* list = new ResourceList;
  list->translated_.copy(translated);
  list->untranslated_.copy(untranslated);
  return list;
}

ResourceList* ResourceList::create_sublist(IResourceList* parent, ULONG entries) {
  auto* list = new ResourceList;
  list->translated_.reserve(parent->TranslatedList(), entries);
  list->untranslated_.reserve(parent->UntranslatedList(), entries);
  return list;
}

ULONG ResourceList::NumberOfEntries() {
  ApiScope scope("IResourceList::NumberOfEntries", kPassiveLevel, kPassiveLevel);
  return translated_.count();
}

ULONG ResourceList::NumberOfEntriesOfType(CM_RESOURCE_TYPE type) {
  ApiScope scope("IResourceList::NumberOfEntriesOfType", kPassiveLevel, kPassiveLevel);
  ULONG entries = 0;
  for (ULONG i = 0; i < translated_.count(); ++i) entries += translated_.at(i)->Type == type;
  return entries;
}

PCM_PARTIAL_RESOURCE_DESCRIPTOR ResourceList::FindTranslatedEntry(CM_RESOURCE_TYPE type, ULONG index) {
  ApiScope scope("IResourceList::FindTranslatedEntry", kPassiveLevel, kPassiveLevel);
  return translated_.find(type, index);
}

PCM_PARTIAL_RESOURCE_DESCRIPTOR ResourceList::FindUntranslatedEntry(CM_RESOURCE_TYPE type, ULONG index) {
  ApiScope scope("IResourceList::FindUntranslatedEntry", kPassiveLevel, kPassiveLevel);
  return untranslated_.find(type, index);
}

NTSTATUS ResourceList::AddEntry(PCM_PARTIAL_RESOURCE_DESCRIPTOR translated,
                                PCM_PARTIAL_RESOURCE_DESCRIPTOR untranslated) {
  ApiScope scope("IResourceList::AddEntry", kPassiveLevel, kPassiveLevel);
  if (kernel::made_to_fail(kernel::FailureKind::kResource, "IResourceList::AddEntry"))
    return STATUS_INSUFFICIENT_RESOURCES;
  if (!translated || !untranslated) return STATUS_INVALID_PARAMETER;
  // "If the resource list has no room for the entry" (IResourceList::AddEntry).
  if (!translated_.add(*translated)) return STATUS_INSUFFICIENT_RESOURCES;
  return untranslated_.add(*untranslated) ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

NTSTATUS ResourceList::AddEntryFromParent(IResourceList* parent, CM_RESOURCE_TYPE type, ULONG index) {
  ApiScope scope("IResourceList::AddEntryFromParent", kPassiveLevel, kPassiveLevel);
  if (kernel::made_to_fail(kernel::FailureKind::kResource, "IResourceList::AddEntryFromParent"))
    return STATUS_INSUFFICIENT_RESOURCES;
  if (!parent) return STATUS_INVALID_PARAMETER;
  PCM_PARTIAL_RESOURCE_DESCRIPTOR translated = parent->FindTranslatedEntry(type, index);
  PCM_PARTIAL_RESOURCE_DESCRIPTOR untranslated = parent->FindUntranslatedEntry(type, index);
  if (!translated || !untranslated) return STATUS_INVALID_PARAMETER;
  return AddEntry(translated, untranslated);
}

PCM_RESOURCE_LIST ResourceList::TranslatedList() {
  ApiScope scope("IResourceList::TranslatedList", kPassiveLevel, kPassiveLevel);
  return translated_.list();
}

PCM_RESOURCE_LIST ResourceList::UntranslatedList() {
  ApiScope scope("IResourceList::UntranslatedList", kPassiveLevel, kPassiveLevel);
  return untranslated_.list();
}

}  // namespace portside::portcls
