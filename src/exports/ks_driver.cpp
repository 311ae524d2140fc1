// ks.sys: what PortCls drivers reach of it.

#include "exports/api.h"

#include <ks.h>

using namespace portside::exports;

extern "C" {

// "KsNullDriverUnload is used when a driver has no other tasks to do at unload."
VOID NTAPI KsNullDriverUnload(PDRIVER_OBJECT driver) {
  ApiScope scope("KsNullDriverUnload", kPassiveLevel, kPassiveLevel);
}

}  // extern "C"

namespace portside::exports {

namespace {
const Export kKsDriverRows[] = {
    EXPORT(Ks, KsNullDriverUnload),
};
}  // namespace
const ExportSet kKsDriverExports{kKsDriverRows};

}  // namespace portside::exports
