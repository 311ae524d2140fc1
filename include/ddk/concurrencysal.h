// Annotations: see sal.h.
#pragma once
#include <sal.h>
