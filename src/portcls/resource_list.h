#pragma once
// ResourceList: IResourceList, the resources that PortCls hands to StartDevice, and the lists that PcNewResourceList and
// PcNewResourceSublist make.

#include <portcls.h>
#include <wdm.h>

#include <vector>

#include "portcls/com_ptr.h"

namespace portside::portcls {

class ResourceList final : public ComObject<IResourceList, IID_IResourceList> {
 public:
  // A copy of the two lists; either may be null (a root-enumerated device has no resources).
  static ResourceList* create(const CM_RESOURCE_LIST* translated, const CM_RESOURCE_LIST* untranslated);
  // An empty list of the same interface type and bus as `parent`, with room for `entries`.
  static ResourceList* create_sublist(IResourceList* parent, ULONG entries);

  STDMETHODIMP_(ULONG) NumberOfEntries() override;
  STDMETHODIMP_(ULONG) NumberOfEntriesOfType(CM_RESOURCE_TYPE type) override;
  STDMETHODIMP_(PCM_PARTIAL_RESOURCE_DESCRIPTOR) FindTranslatedEntry(CM_RESOURCE_TYPE type, ULONG index) override;
  STDMETHODIMP_(PCM_PARTIAL_RESOURCE_DESCRIPTOR) FindUntranslatedEntry(CM_RESOURCE_TYPE type, ULONG index) override;
  STDMETHODIMP_(NTSTATUS)
  AddEntry(PCM_PARTIAL_RESOURCE_DESCRIPTOR translated, PCM_PARTIAL_RESOURCE_DESCRIPTOR untranslated) override;
  STDMETHODIMP_(NTSTATUS) AddEntryFromParent(IResourceList* parent, CM_RESOURCE_TYPE type, ULONG index) override;
  STDMETHODIMP_(PCM_RESOURCE_LIST) TranslatedList() override;
  STDMETHODIMP_(PCM_RESOURCE_LIST) UntranslatedList() override;

 private:
  // One CM_RESOURCE_LIST with a fixed capacity, so that pointers into it stay good.
  class Block {
   public:
    void copy(const CM_RESOURCE_LIST* source);
    void reserve(const CM_RESOURCE_LIST* like, ULONG entries);
    bool add(const CM_PARTIAL_RESOURCE_DESCRIPTOR& entry);
    ULONG count() const;
    PCM_PARTIAL_RESOURCE_DESCRIPTOR at(ULONG index);
    PCM_PARTIAL_RESOURCE_DESCRIPTOR find(CM_RESOURCE_TYPE type, ULONG index);
    PCM_RESOURCE_LIST list() { return words_.empty() ? nullptr : reinterpret_cast<PCM_RESOURCE_LIST>(words_.data()); }

   private:
    std::vector<uint64_t> words_;
    ULONG capacity_ = 0;
  };
  ResourceList() = default;

  Block translated_, untranslated_;
};

}  // namespace portside::portcls
