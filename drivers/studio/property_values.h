// Property values: the usual shapes of an answer, on top of the cable's property_support.h: one value that can be read,
// or read and written, and a list behind a KSMULTIPLE_ITEM.
#pragma once

#include "property_support.h"

// A value that can only be read: get() gives it.
template <class T, class Get>
NTSTATUS answer_value(PPCPROPERTY_REQUEST request, ULONG variant_type, Get get) {
  if (request->Verb & KSPROPERTY_TYPE_BASICSUPPORT) return answer_access_flags(request, variant_type);
  if (!(request->Verb & KSPROPERTY_TYPE_GET)) return STATUS_INVALID_DEVICE_REQUEST;
  const NTSTATUS status = check_value_size(request, sizeof(T));
  if (!NT_SUCCESS(status)) return status;
  *static_cast<T*>(request->Value) = get();
  request->ValueSize = sizeof(T);
  return STATUS_SUCCESS;
}

// A value that can be read and written: set(value) gives a status.
template <class T, class Get, class Set>
NTSTATUS handle_value(PPCPROPERTY_REQUEST request, ULONG variant_type, Get get, Set set) {
  if (!(request->Verb & KSPROPERTY_TYPE_SET)) return answer_value<T>(request, variant_type, get);
  const NTSTATUS status = check_value_size(request, sizeof(T));
  if (!NT_SUCCESS(status)) return status;
  return set(*static_cast<const T*>(request->Value));
}

// A KSMULTIPLE_ITEM and `count` items of `item_bytes`, each filled by fill(index, item).
template <class Fill>
NTSTATUS answer_list(PPCPROPERTY_REQUEST request, ULONG count, ULONG item_bytes, Fill fill) {
  if (request->Verb & KSPROPERTY_TYPE_BASICSUPPORT) return answer_access_flags(request, VT_ILLEGAL);
  if (!(request->Verb & KSPROPERTY_TYPE_GET)) return STATUS_INVALID_DEVICE_REQUEST;
  const ULONG bytes = sizeof(KSMULTIPLE_ITEM) + count * item_bytes;
  const NTSTATUS status = check_value_size(request, bytes);
  if (!NT_SUCCESS(status)) return status;
  auto* list = static_cast<KSMULTIPLE_ITEM*>(request->Value);
  list->Size = bytes;
  list->Count = count;
  RtlZeroMemory(list + 1, bytes - sizeof(KSMULTIPLE_ITEM));
  for (ULONG i = 0; i < count; ++i) fill(i, reinterpret_cast<UCHAR*>(list + 1) + i * static_cast<SIZE_T>(item_bytes));
  request->ValueSize = bytes;
  return STATUS_SUCCESS;
}

// The pin that a KSP_PIN names: what follows the KSPROPERTY. False: the request is not long enough to name one.
inline bool read_pin(PPCPROPERTY_REQUEST request, ULONG* pin) {
  if (!request->Instance || request->InstanceSize < sizeof(ULONG)) return false;
  *pin = *static_cast<const ULONG*>(request->Instance);
  return true;
}
