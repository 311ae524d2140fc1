#pragma once
// RegistryKeyObject: IRegistryKey over a registry handle.

#include <portcls.h>
#include <wdm.h>

#include <string>

#include "portcls/com_ptr.h"

namespace portside::portcls {

// The arguments of PcNewRegistryKey and IPort::NewRegistryKey.
struct RegistryKeySpec {
  PDEVICE_OBJECT device = nullptr;
  ULONG type = 0;  // GeneralRegistryKey ... DeviceInterfaceRegistryKey
  ACCESS_MASK access = 0;
  POBJECT_ATTRIBUTES attributes = nullptr;  // GeneralRegistryKey alone
  ULONG options = 0;
  std::u16string symbolic_link;  // DeviceInterfaceRegistryKey alone
};

class RegistryKeyObject final : public ComObject<IRegistryKey, IID_IRegistryKey> {
 public:
  // A status as PcNewRegistryKey returns it; `disposition` may be null.
  static NTSTATUS create(const RegistryKeySpec& spec, PREGISTRYKEY* key, PULONG disposition);

  STDMETHODIMP_(NTSTATUS)
  QueryKey(KEY_INFORMATION_CLASS kind, PVOID information, ULONG bytes, PULONG result_bytes) override;
  STDMETHODIMP_(NTSTATUS)
  EnumerateKey(ULONG index, KEY_INFORMATION_CLASS kind, PVOID information, ULONG bytes, PULONG result_bytes) override;
  STDMETHODIMP_(NTSTATUS)
  QueryValueKey(PUNICODE_STRING name, KEY_VALUE_INFORMATION_CLASS kind, PVOID information, ULONG bytes,
                PULONG result_bytes) override;
  STDMETHODIMP_(NTSTATUS)
  EnumerateValueKey(ULONG index, KEY_VALUE_INFORMATION_CLASS kind, PVOID information, ULONG bytes,
                    PULONG result_bytes) override;
  STDMETHODIMP_(NTSTATUS) SetValueKey(PUNICODE_STRING name, ULONG type, PVOID data, ULONG bytes) override;
  STDMETHODIMP_(NTSTATUS) QueryRegistryValues(PRTL_QUERY_REGISTRY_TABLE table, PVOID context) override;
  STDMETHODIMP_(NTSTATUS)
  NewSubKey(IRegistryKey** key, PUNKNOWN outer, ACCESS_MASK access, PUNICODE_STRING name, ULONG options,
            PULONG disposition) override;
  STDMETHODIMP_(NTSTATUS) DeleteKey() override;

 private:
  RegistryKeyObject(HANDLE handle, bool general) : handle_(handle), general_(general) {}
  ~RegistryKeyObject() override;

  HANDLE handle_;
  bool general_;  // opened with GeneralRegistryKey: only such a key may be deleted
  bool deleted_ = false;
};

}  // namespace portside::portcls
