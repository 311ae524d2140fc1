// TraceLogging for kernel-mode drivers (win32: traceloggingprovider): events that carry their own description, over the Etw
// functions. What is written, and where it was read:
//   provider  UINT16 size, name, traits ("Provider Traits"); given to EtwSetInformation, and the first data of each event
//   event     UINT16 size, tags (7 bits a byte, the highest first), name, then for each field: its name, in type (bit 7: an
//             out type follows; bit 6: a counted array; bit 5: an array of a fixed count), out type (bit 7: tags follow),
//             tags, and a fixed array's count
//   data      the fields' values, as TDH_INTYPE_... describes them
// Not here: TraceLoggingCustom, CustomAttribute and descriptions in the PDB (they are accepted and dropped).
#pragma once
#include <ntdef.h>
#include <portside/etw_provider.h>
#include <portside/tracelogging_deduce.h>
#include <portside/tracelogging_each.h>
#include <portside/tracelogging_fields.h>
#include <portside/tracelogging_passes.h>

// Opaque to a driver. The handle is a constant; what it points at changes when the provider is registered or listened to.
struct _TlgProvider_t {
  GUID Id;
  const VOID* Traits;
  USHORT TraitsSize;
  ULONG LevelPlus1;  // 0 while nobody listens
  ULONGLONG KeywordAny, KeywordAll;
  REGHANDLE RegHandle;
  PETWENABLECALLBACK EnableCallback;
  PVOID CallbackContext;
};
typedef const struct _TlgProvider_t* TraceLoggingHProvider;
typedef PETWENABLECALLBACK TLG_PENABLECALLBACK;

#define PORTSIDE_TLG_GUID(l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) {l, w1, w2, {b1, b2, b3, b4, b5, b6, b7, b8}}
#define PORTSIDE_TLG_GUID_BYTES(l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8)                                              \
  (l) & 0xFF, ((l) >> 8) & 0xFF, ((l) >> 16) & 0xFF, ((l) >> 24) & 0xFF, (w1) & 0xFF, ((w1) >> 8) & 0xFF, (w2) & 0xFF, \
      ((w2) >> 8) & 0xFF, b1, b2, b3, b4, b5, b6, b7, b8

// A trait is its size (3 more than its data), its type and its data.
#define TraceLoggingOptionGroup(...) (EtwProviderTraitTypeGroup, 16, PORTSIDE_TLG_GUID_BYTES(__VA_ARGS__))
#define PORTSIDE_TLG_TRAIT_MEMBER(i, trait) PORTSIDE_TLG_TRAIT_MEMBER_(i, PORTSIDE_TLG_UNWRAP trait)
#define PORTSIDE_TLG_TRAIT_MEMBER_(i, ...) PORTSIDE_TLG_TRAIT_MEMBER__(i, __VA_ARGS__)
#define PORTSIDE_TLG_TRAIT_MEMBER__(i, type, size, ...) UCHAR trait##i[3 + size];
#define PORTSIDE_TLG_TRAIT(i, trait) PORTSIDE_TLG_TRAIT_(PORTSIDE_TLG_UNWRAP trait)
#define PORTSIDE_TLG_TRAIT_(...) PORTSIDE_TLG_TRAIT__(__VA_ARGS__)
#define PORTSIDE_TLG_TRAIT__(type, size, ...) , {3 + size, 0, type, __VA_ARGS__}

#define TRACELOGGING_DECLARE_PROVIDER(handleVariable) extern const TraceLoggingHProvider handleVariable
#define TRACELOGGING_DEFINE_PROVIDER_STORAGE(storageVariable, providerName, providerId, ...)                    \
  static const struct {                                                                                         \
    UCHAR size[2];                                                                                              \
    CHAR name[sizeof(providerName)];                                                                            \
    PORTSIDE_TLG_EACH(PORTSIDE_TLG_TRAIT_MEMBER, __VA_ARGS__)                                                   \
  } storageVariable##_traits = {PORTSIDE_TLG_UINT16(sizeof(storageVariable##_traits)),                          \
                                providerName PORTSIDE_TLG_EACH(PORTSIDE_TLG_TRAIT, __VA_ARGS__)};               \
  static struct _TlgProvider_t storageVariable = {                                                              \
      PORTSIDE_TLG_GUID providerId, &storageVariable##_traits, sizeof(storageVariable##_traits), 0, 0, 0, 0, 0, 0}
#define TRACELOGGING_DEFINE_PROVIDER(handleVariable, providerName, providerId, ...)                                    \
  TRACELOGGING_DEFINE_PROVIDER_STORAGE(handleVariable##_storage, providerName, providerId __VA_OPT__(, ) __VA_ARGS__); \
  extern const TraceLoggingHProvider handleVariable;                                                                   \
  const TraceLoggingHProvider handleVariable = &handleVariable##_storage

#if PORTSIDE_DDK_WINDOWS
EXTERN_C_START
// Level 0 of a session is every level; no keyword asked for is every keyword (EnableTraceEx2).
FORCEINLINE VOID NTAPI PortsideTlgOnEnable(LPCGUID SourceId, ULONG ControlCode, UCHAR Level, ULONGLONG MatchAnyKeyword,
                                           ULONGLONG MatchAllKeyword, PEVENT_FILTER_DESCRIPTOR FilterData,
                                           PVOID CallbackContext) {
  struct _TlgProvider_t* const provider = (struct _TlgProvider_t*)CallbackContext;
  if (ControlCode == EVENT_CONTROL_CODE_ENABLE_PROVIDER) {
    provider->KeywordAny = MatchAnyKeyword ? MatchAnyKeyword : ~0ull;
    provider->KeywordAll = MatchAllKeyword;
    provider->LevelPlus1 = Level ? Level + 1u : 256;
  } else if (ControlCode == EVENT_CONTROL_CODE_DISABLE_PROVIDER) {
    provider->LevelPlus1 = 0;
  }
  if (provider->EnableCallback)
    provider->EnableCallback(SourceId, ControlCode, Level, MatchAnyKeyword, MatchAllKeyword, FilterData,
                             provider->CallbackContext);
}
FORCEINLINE NTSTATUS TraceLoggingSetInformation(TraceLoggingHProvider hProvider, EVENT_INFO_CLASS InformationClass,
                                                PVOID pvInformation, ULONG cbInformation) {
  return EtwSetInformation(hProvider->RegHandle, InformationClass, pvInformation, cbInformation);
}
FORCEINLINE NTSTATUS TraceLoggingRegisterEx(TraceLoggingHProvider hProvider, TLG_PENABLECALLBACK pEnableCallback,
                                            PVOID pCallbackContext) {
  struct _TlgProvider_t* const provider = (struct _TlgProvider_t*)hProvider;
  NTSTATUS status;
  provider->EnableCallback = pEnableCallback;
  provider->CallbackContext = pCallbackContext;
  status = EtwRegister(&provider->Id, PortsideTlgOnEnable, provider, &provider->RegHandle);
  if (NT_SUCCESS(status))
    TraceLoggingSetInformation(hProvider, EventProviderSetTraits, (PVOID)provider->Traits, provider->TraitsSize);
  else
    provider->RegHandle = 0;
  return status;
}
FORCEINLINE NTSTATUS TraceLoggingRegister(TraceLoggingHProvider hProvider) {
  return TraceLoggingRegisterEx(hProvider, NULL, NULL);
}
FORCEINLINE VOID TraceLoggingUnregister(TraceLoggingHProvider hProvider) {
  struct _TlgProvider_t* const provider = (struct _TlgProvider_t*)hProvider;
  const REGHANDLE handle = provider->RegHandle;
  provider->LevelPlus1 = 0;
  provider->RegHandle = 0;
  if (handle) EtwUnregister(handle);
}
FORCEINLINE BOOLEAN TraceLoggingProviderEnabled(TraceLoggingHProvider hProvider, UCHAR eventLevel, ULONGLONG eventKeyword) {
  return eventLevel < hProvider->LevelPlus1 &&
         (!eventKeyword || ((eventKeyword & hProvider->KeywordAny) &&
                            (eventKeyword & hProvider->KeywordAll) == hProvider->KeywordAll));
}
FORCEINLINE GUID TraceLoggingProviderId(TraceLoggingHProvider hProvider) { return hProvider->Id; }

// data[0] and data[1] are the descriptions; `count` counts them.
FORCEINLINE NTSTATUS PortsideTlgWrite(TraceLoggingHProvider Provider, PCEVENT_DESCRIPTOR Event, const VOID* Metadata,
                                      ULONG MetadataSize, LPCGUID ActivityId, LPCGUID RelatedActivityId, ULONG Count,
                                      PEVENT_DATA_DESCRIPTOR Data) {
  EventDataDescCreate(&Data[0], Provider->Traits, Provider->TraitsSize);
  Data[0].Type = EVENT_DATA_DESCRIPTOR_TYPE_PROVIDER_METADATA;
  EventDataDescCreate(&Data[1], Metadata, MetadataSize);
  Data[1].Type = EVENT_DATA_DESCRIPTOR_TYPE_EVENT_METADATA;
  return EtwWriteTransfer(Provider->RegHandle, Event, ActivityId, RelatedActivityId, Count, Data);
}
EXTERN_C_END
#endif

#define TraceLoggingWrite(hProvider, eventName, ...) \
  TraceLoggingWriteActivity(hProvider, eventName, NULL, NULL __VA_OPT__(, ) __VA_ARGS__)
#define TraceLoggingWriteActivity(hProvider, eventName, pActivityId, pRelatedActivityId, ...)                           \
  do {                                                                                                                  \
    const TraceLoggingHProvider portside_tlg_provider = (hProvider);                                                    \
    EVENT_DESCRIPTOR portside_tlg_event = {0, 0, 11, 5, 0, 0, 0}; /* channel 11 is TraceLogging's, level 5 the default */ \
    PORTSIDE_TLG_EACH(PORTSIDE_TLG_CONFIG, __VA_ARGS__)                                                                 \
    if (TraceLoggingProviderEnabled(portside_tlg_provider, portside_tlg_event.Level, portside_tlg_event.Keyword)) {     \
      static const struct {                                                                                             \
        UCHAR size[2];                                                                                                  \
        PORTSIDE_TLG_EVENT_TAG_MEMBER(PORTSIDE_TLG_EACH(PORTSIDE_TLG_EVENT_TAG, __VA_ARGS__))                           \
        CHAR name[sizeof(eventName)];                                                                                   \
        PORTSIDE_TLG_EACH(PORTSIDE_TLG_MEMBER, __VA_ARGS__)                                                             \
      } portside_tlg_metadata = {                                                                                       \
          PORTSIDE_TLG_UINT16(sizeof(portside_tlg_metadata)),                                                           \
          PORTSIDE_TLG_EVENT_TAG_BYTES(PORTSIDE_TLG_EACH(PORTSIDE_TLG_EVENT_TAG, __VA_ARGS__)),                         \
          eventName PORTSIDE_TLG_EACH(PORTSIDE_TLG_INIT, __VA_ARGS__)};                                                 \
      EVENT_DATA_DESCRIPTOR portside_tlg_data[2 PORTSIDE_TLG_EACH(PORTSIDE_TLG_COUNT, __VA_ARGS__)];                    \
      ULONG portside_tlg_count = 2;                                                                                     \
      PORTSIDE_TLG_EACH(PORTSIDE_TLG_DATA, __VA_ARGS__)                                                                 \
      PortsideTlgWrite(portside_tlg_provider, &portside_tlg_event, &portside_tlg_metadata,                              \
                       sizeof(portside_tlg_metadata), pActivityId, pRelatedActivityId, portside_tlg_count,              \
                       portside_tlg_data);                                                                              \
    }                                                                                                                   \
  } while (0)
