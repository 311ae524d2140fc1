#pragma once
// Category names: the strings that Windows keeps below MediaCategories for the GUIDs of pins and nodes.

#include <wdm.h>

#include "ks/property_request.h"

namespace portside::portcls {

// KSPROPERTY_PIN_NAME, KSPROPERTY_TOPOLOGY_NAME: the value Name of
// HKLM\System\CurrentControlSet\Control\MediaCategories\{guid}. STATUS_OBJECT_NAME_NOT_FOUND when there is none.
Status answer_category_name(ks::PropertyRequest& request, const GUID* guid);

}  // namespace portside::portcls
