// After this include every DEFINE_GUID of the file defines its GUID.
#define INITGUID
#include <guiddef.h>
