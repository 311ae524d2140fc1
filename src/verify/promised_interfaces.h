#pragma once
// Promised interfaces: what was registered for the device, by its INF's AddInterface lines or by the driver, against
// what the driver enables when it starts; and whether the way from a host pin ends at another filter: else it is no
// endpoint.

#include <vector>

#include "client/topology.h"
#include "verify/verdicts.h"

namespace portside::verify {

inline constexpr const char* kAddInterfacePage = "install/inf-addinterface-directive";
inline constexpr const char* kConnectionPage = "ddi/portcls/nf-portcls-pcregisterphysicalconnection";

void test_promised_interfaces(Verdicts& verdicts);
void test_endpoint_connected(Verdicts& verdicts, const client::Endpoint& endpoint,
                             const std::vector<client::FilterInfo>& filters);

}  // namespace portside::verify
