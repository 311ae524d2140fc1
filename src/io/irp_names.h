#pragma once
// What people call an IRP's major function: "IRP_MJ_DEVICE_CONTROL".

#include <cstdint>
#include <string>

namespace portside::io {

std::string major_name(uint8_t major);

}  // namespace portside::io
