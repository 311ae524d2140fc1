// The C library of a driver, as far as ntoskrnl exports it. For driver targets alone.
#pragma once
#include <string.h>
