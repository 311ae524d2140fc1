// Kernel COM: class factories are not used by PortCls drivers of our family; the name exists for their includes.
#pragma once
#include <punknown.h>
