// Settings. See settings.h.
#include "settings.h"

#include "com_object.h"
#include "formats.h"

#pragma code_seg("PAGE")

namespace {

// IRegistryKey::QueryValueKey fills a KEY_VALUE_PARTIAL_INFORMATION, whose data follow it.
struct Value {
  KEY_VALUE_PARTIAL_INFORMATION information;
  UCHAR room[64];
};

bool query(IRegistryKey* key, PCWSTR name, Value& value) {
  PAGED_CODE();
  UNICODE_STRING text;
  RtlInitUnicodeString(&text, name);
  ULONG bytes = 0;
  return NT_SUCCESS(key->QueryValueKey(&text, KeyValuePartialInformation, &value, sizeof(value), &bytes));
}

void read_number(IRegistryKey* key, PCWSTR name, ULONG& number, ULONG low, ULONG high) {
  PAGED_CODE();
  Value value;
  if (!query(key, name, value) || value.information.Type != REG_DWORD || value.information.DataLength != sizeof(ULONG))
    return;
  RtlCopyMemory(&number, value.information.Data, sizeof(number));
  if (number < low) number = low;
  if (number > high) number = high;
}

template <SIZE_T N>
void read_text(IRegistryKey* key, PCWSTR name, WCHAR (&text)[N]) {
  PAGED_CODE();
  Value value;
  if (!query(key, name, value) || value.information.Type != REG_SZ) return;
  SIZE_T count = value.information.DataLength / sizeof(WCHAR);
  if (count > N - 1) count = N - 1;  // a registry string need not end in a zero; ours does
  RtlCopyMemory(text, value.information.Data, count * sizeof(WCHAR));
  text[count] = 0;
}

}  // namespace

void Settings::read(PDEVICE_OBJECT device) {
  PAGED_CODE();
  // PcNewRegistryKey: DriverRegistryKey is the key that the AddReg of the INF's DDInstall section fills.
  ComPointer<IRegistryKey> key;
  const NTSTATUS status =
      PcNewRegistryKey(key.receive(), nullptr, DriverRegistryKey, KEY_READ, device, nullptr, nullptr, 0, nullptr);
  if (!NT_SUCCESS(status)) return;
  read_number(key.get(), L"Channels", channels, 1, kMaxChannels);
  read_number(key.get(), L"OutputPlugged", output_plugged, 0, 1);
  read_number(key.get(), L"InputPlugged", input_plugged, 0, 1);
  read_number(key.get(), L"CodecDelay", codec_delay_hns, 0, 1000000);
  read_number(key.get(), L"RecordToFile", record_to_file, 0, 1);
  read_text(key.get(), L"SinkName", name);
}

#pragma code_seg()
