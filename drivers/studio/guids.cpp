// The GUIDs that the headers declare are defined here, once in the driver: initguid.h turns the declarations that
// follow it into definitions.
#include <initguid.h>

#include <portcls.h>

#include "control.h"
