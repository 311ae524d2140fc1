// TraceLoggingValue's field: which it is, by the type of the value (win32: the table of its page). C++ alone.
#pragma once
#include <ntdef.h>
#include <portside/tracelogging_fields.h>
#include <portside/tracelogging_passes.h>

#ifdef __cplusplus
extern "C++" {

template <UCHAR kIn, UCHAR kOut = TlgOutNULL>
struct portside_tlg_scalar {
  static constexpr UCHAR in = kIn, out = kOut;
  template <class T>
  static void put(PEVENT_DATA_DESCRIPTOR data, const T& value) {
    EventDataDescCreate(data, &value, sizeof value);
  }
};
struct portside_tlg_string {
  static constexpr UCHAR in = TlgInANSISTRING, out = TlgOutNULL;
  static void put(PEVENT_DATA_DESCRIPTOR data, const char* value) {
    if (!value) value = "";
    EventDataDescCreate(data, value, PortsideTlgSize(value));
  }
};
struct portside_tlg_wide_string {
  static constexpr UCHAR in = TlgInUNICODESTRING, out = TlgOutNULL;
  template <class T>
  static void put(PEVENT_DATA_DESCRIPTOR data, const T* value) {
    static const T nothing = 0;
    if (!value) value = &nothing;
    EventDataDescCreate(data, value, PortsideTlgWideSize((const WCHAR*)value));
  }
};
struct portside_tlg_sid {
  static constexpr UCHAR in = TlgInSID, out = TlgOutNULL;
  static void put(PEVENT_DATA_DESCRIPTOR data, const VOID* value) {
    EventDataDescCreate(data, value, 8 + 4 * ((const UCHAR*)value)[1]);
  }
};

// Declared, never called: overload resolution does what the table says.
portside_tlg_scalar<TlgInUINT8, TlgOutBOOLEAN> portside_tlg_deduce(bool);
portside_tlg_scalar<TlgInUINT8, TlgOutSTRING> portside_tlg_deduce(char);
portside_tlg_scalar<TlgInUINT16, TlgOutSTRING> portside_tlg_deduce(char16_t);
portside_tlg_scalar<TlgInUINT16, TlgOutSTRING> portside_tlg_deduce(wchar_t);
portside_tlg_scalar<TlgInINT8> portside_tlg_deduce(signed char);
portside_tlg_scalar<TlgInUINT8> portside_tlg_deduce(unsigned char);
portside_tlg_scalar<TlgInINT16> portside_tlg_deduce(short);
portside_tlg_scalar<TlgInUINT16> portside_tlg_deduce(unsigned short);
portside_tlg_scalar<TlgInINT32> portside_tlg_deduce(int);
portside_tlg_scalar<TlgInUINT32> portside_tlg_deduce(unsigned int);
portside_tlg_scalar<sizeof(long) == 4 ? TlgInINT32 : TlgInINT64> portside_tlg_deduce(long);
portside_tlg_scalar<sizeof(long) == 4 ? TlgInUINT32 : TlgInUINT64> portside_tlg_deduce(unsigned long);
portside_tlg_scalar<TlgInINT64> portside_tlg_deduce(long long);
portside_tlg_scalar<TlgInUINT64> portside_tlg_deduce(unsigned long long);
portside_tlg_scalar<TlgInFLOAT> portside_tlg_deduce(float);
portside_tlg_scalar<TlgInDOUBLE> portside_tlg_deduce(double);
portside_tlg_scalar<TlgInGUID> portside_tlg_deduce(const GUID&);
portside_tlg_scalar<TlgInFILETIME> portside_tlg_deduce(const FILETIME&);
portside_tlg_scalar<TlgInSYSTEMTIME> portside_tlg_deduce(const SYSTEMTIME&);
template <class T>
portside_tlg_scalar<TlgInHEXINT64> portside_tlg_deduce(T*);
portside_tlg_string portside_tlg_deduce(char*);
portside_tlg_string portside_tlg_deduce(const char*);
portside_tlg_wide_string portside_tlg_deduce(char16_t*);
portside_tlg_wide_string portside_tlg_deduce(const char16_t*);
portside_tlg_wide_string portside_tlg_deduce(wchar_t*);
portside_tlg_wide_string portside_tlg_deduce(const wchar_t*);
portside_tlg_sid portside_tlg_deduce(struct _SID*);
portside_tlg_sid portside_tlg_deduce(const struct _SID*);

}  // extern "C++"
#endif
