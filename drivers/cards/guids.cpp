// The GUIDs that the headers declare are defined here, once in the driver.
#include <initguid.h>

#include <portcls.h>
