// The parameters of TraceLoggingWrite. Each wrapper macro gives a tuple, of which the passes of TraceLoggingWrite take what
// they need:
//   (config, what, value)                              level, keyword, opcode, channel, tag of the event
//   (field, n, put, in, out, (names), values...)       a field of n data descriptors; put says how they are filled
//   (fixed, n, put, in, out, (names), count, values...)
//   (packed, n, put, values...)                        data alone
// (names) is the text of the value, and after it what the driver gave: [name [, description [, tags]]].
#pragma once
#include <ntdef.h>
#include <portside/etw_provider.h>

// TDH_IN_TYPE and TDH_OUT_TYPE (win32: tdh), by the names that TraceLogging has for them.
enum TlgIn_t {
  TlgInNULL, TlgInUNICODESTRING, TlgInANSISTRING, TlgInINT8, TlgInUINT8, TlgInINT16, TlgInUINT16, TlgInINT32, TlgInUINT32,
  TlgInINT64, TlgInUINT64, TlgInFLOAT, TlgInDOUBLE, TlgInBOOL32, TlgInBINARY, TlgInGUID, TlgInFILETIME = 17,
  TlgInSYSTEMTIME, TlgInSID, TlgInHEXINT32, TlgInHEXINT64, TlgInCOUNTEDSTRING, TlgInCOUNTEDANSISTRING, TlgInSTRUCT,
  TlgInCcount = 0x20, TlgInVcount = 0x40, TlgInChain = 0x80,
  TlgInINTPTR = TlgInINT64, TlgInUINTPTR = TlgInUINT64, TlgInPOINTER = TlgInHEXINT64, TlgInLONG = TlgInINT32,
  TlgInULONG = TlgInUINT32, TlgInHEXLONG = TlgInHEXINT32
};
enum TlgOut_t {
  TlgOutNULL, TlgOutNOPRINT, TlgOutSTRING, TlgOutBOOLEAN, TlgOutHEX, TlgOutPID, TlgOutTID, TlgOutPORT, TlgOutIPV4,
  TlgOutIPV6, TlgOutSOCKETADDRESS, TlgOutXML, TlgOutJSON, TlgOutWIN32ERROR, TlgOutNTSTATUS, TlgOutHRESULT, TlgOutFILETIME,
  TlgOutSIGNED, TlgOutUNSIGNED, TlgOutUTF8 = 35, TlgOutPKCS7_WITH_TYPE_INFO, TlgOutCODE_POINTER, TlgOutDATETIME_UTC
};

#ifndef _FILETIME_
#define _FILETIME_
typedef struct _FILETIME { ULONG dwLowDateTime, dwHighDateTime; } FILETIME, *PFILETIME, *LPFILETIME;
#endif
#ifndef _SYSTEMTIME_
#define _SYSTEMTIME_
typedef struct _SYSTEMTIME {
  USHORT wYear, wMonth, wDayOfWeek, wDay, wHour, wMinute, wSecond, wMilliseconds;
} SYSTEMTIME, *PSYSTEMTIME, *LPSYSTEMTIME;
#endif
typedef const VOID* PORTSIDE_TLG_ADDRESS;

// The event.
#define TraceLoggingLevel(eventLevel) (config, level, eventLevel)
#define TraceLoggingKeyword(eventKeyword) (config, keyword, eventKeyword)
#define TraceLoggingOpcode(eventOpcode) (config, opcode, eventOpcode)
#define TraceLoggingChannel(eventChannel) (config, channel, eventChannel)
#define TraceLoggingEventTag(eventTag) (config, tag, eventTag)
#define TraceLoggingDescription(description) (config, nothing, 0)
#define TraceLoggingCustomAttribute(key, value) (config, nothing, 0)

// Fields of one size each are in a file of their own, by these three.
#define PORTSIDE_TLG_SCALAR(type, in, out, value, names) (field, 1, scalar, in, out, names, type, value)
#define PORTSIDE_TLG_ARRAY(type, in, out, values, count, names) \
  (field, 2, counted, in | TlgInVcount, out, names, type, values, count, 1, sizeof(type))
#define PORTSIDE_TLG_FIXED(type, in, out, values, count, names) \
  (fixed, 1, block, in | TlgInCcount, out, names, count, values, sizeof(type) * (count))
#include <portside/tracelogging_scalars.h>

#ifdef __cplusplus
#define TraceLoggingValue(value, ...)                                                                                  \
  (field, 1, deduced, decltype(portside_tlg_deduce(value))::in, decltype(portside_tlg_deduce(value))::out, \
   (#value __VA_OPT__(, ) __VA_ARGS__), value)
#endif
#define TraceLoggingString(pszValue, ...) \
  (field, 1, string, TlgInANSISTRING, TlgOutNULL, (#pszValue __VA_OPT__(, ) __VA_ARGS__), pszValue)
#define TraceLoggingUtf8String(pszValue, ...) \
  (field, 1, string, TlgInANSISTRING, TlgOutUTF8, (#pszValue __VA_OPT__(, ) __VA_ARGS__), pszValue)
#define TraceLoggingWideString(pszValue, ...) \
  (field, 1, wide, TlgInUNICODESTRING, TlgOutNULL, (#pszValue __VA_OPT__(, ) __VA_ARGS__), pszValue)
#define TraceLoggingString16(pszValue, ...) \
  (field, 1, wide, TlgInUNICODESTRING, TlgOutNULL, (#pszValue __VA_OPT__(, ) __VA_ARGS__), (PCWSTR)(pszValue))
#define TraceLoggingCountedString(pchValue, cchValue, ...) \
  (field, 2, counted, TlgInCOUNTEDANSISTRING, TlgOutNULL, (#pchValue __VA_OPT__(, ) __VA_ARGS__), CHAR, pchValue, cchValue, 1, 1)
#define TraceLoggingCountedUtf8String(pchValue, cchValue, ...) \
  (field, 2, counted, TlgInCOUNTEDANSISTRING, TlgOutUTF8, (#pchValue __VA_OPT__(, ) __VA_ARGS__), CHAR, pchValue, cchValue, 1, 1)
#define TraceLoggingCountedWideString(pchValue, cchValue, ...)                                                \
  (field, 2, counted, TlgInCOUNTEDSTRING, TlgOutNULL, (#pchValue __VA_OPT__(, ) __VA_ARGS__), WCHAR, pchValue, cchValue, \
   2, 2)
#define TraceLoggingCountedString16(pchValue, cchValue, ...) \
  (field, 2, counted, TlgInCOUNTEDSTRING, TlgOutNULL, (#pchValue __VA_OPT__(, ) __VA_ARGS__), WCHAR, (PCWSTR)(pchValue), \
   cchValue, 2, 2)
#define TraceLoggingAnsiString(pValue, ...) \
  (field, 2, buffer, TlgInCOUNTEDANSISTRING, TlgOutNULL, (#pValue __VA_OPT__(, ) __VA_ARGS__), STRING, pValue)
#define TraceLoggingUnicodeString(pValue, ...) \
  (field, 2, buffer, TlgInCOUNTEDSTRING, TlgOutNULL, (#pValue __VA_OPT__(, ) __VA_ARGS__), UNICODE_STRING, pValue)
#define TraceLoggingSid(pValue, ...) (field, 1, sid, TlgInSID, TlgOutNULL, (#pValue __VA_OPT__(, ) __VA_ARGS__), pValue)
#define TraceLoggingBinary(pValue, cbValue, ...) \
  (field, 2, counted, TlgInBINARY, TlgOutNULL, (#pValue __VA_OPT__(, ) __VA_ARGS__), VOID, pValue, cbValue, 1, 1)
#define TraceLoggingBinaryEx(pValue, cbValue, outType, ...) \
  (field, 2, counted, TlgInBINARY, outType, (#pValue __VA_OPT__(, ) __VA_ARGS__), VOID, pValue, cbValue, 1, 1)
#define TraceLoggingIPv6Address(pValue, ...) \
  (field, 2, counted, TlgInBINARY, TlgOutIPV6, (#pValue __VA_OPT__(, ) __VA_ARGS__), VOID, pValue, 16, 1, 1)
#define TraceLoggingSocketAddress(pValue, cbValue, ...) \
  (field, 2, counted, TlgInBINARY, TlgOutSOCKETADDRESS, (#pValue __VA_OPT__(, ) __VA_ARGS__), VOID, pValue, cbValue, 1, 1)
#define TraceLoggingBinaryBuffer(pValue, StructType, ...) \
  (field, 2, buffer, TlgInBINARY, TlgOutNULL, (#pValue __VA_OPT__(, ) __VA_ARGS__), StructType, pValue)
#define TraceLoggingBinaryBufferEx(pValue, StructType, outType, ...) \
  (field, 2, buffer, TlgInBINARY, outType, (#pValue __VA_OPT__(, ) __VA_ARGS__), StructType, pValue)

// A structure has the number of its fields for an out type, and no data of its own.
#define TraceLoggingStruct(fieldCount, ...) (field, 0, nothing, TlgInSTRUCT, fieldCount, ("" __VA_OPT__(, ) __VA_ARGS__))
#define TraceLoggingPackedStruct TraceLoggingStruct
#define TraceLoggingPackedStructArray(fieldCount, ...) \
  (field, 0, nothing, TlgInSTRUCT | TlgInVcount, fieldCount, ("" __VA_OPT__(, ) __VA_ARGS__))
#define TraceLoggingPackedMetadata(inType, ...) (field, 0, nothing, inType, TlgOutNULL, ("" __VA_OPT__(, ) __VA_ARGS__))
#define TraceLoggingPackedMetadataEx(inType, outType, ...) (field, 0, nothing, inType, outType, ("" __VA_OPT__(, ) __VA_ARGS__))
#define TraceLoggingPackedField(pValue, cbValue, inType, ...) \
  (field, 1, block, inType, TlgOutNULL, (#pValue __VA_OPT__(, ) __VA_ARGS__), pValue, cbValue)
#define TraceLoggingPackedFieldEx(pValue, cbValue, inType, outType, ...) \
  (field, 1, block, inType, outType, (#pValue __VA_OPT__(, ) __VA_ARGS__), pValue, cbValue)
#define TraceLoggingPackedData(pValue, cbValue) (packed, 1, block, pValue, cbValue)
