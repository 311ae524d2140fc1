// Miniport mode of the framework: WdfDeviceMiniportCreate and WdfDriverMiniportUnload are in wdf.h here.
#pragma once
#include <wdf.h>
