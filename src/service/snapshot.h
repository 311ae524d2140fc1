#pragma once
// The snapshot that a watcher reads: JSON of version 1 (docs/serve.md).

#include <span>
#include <string>

#include "service/endpoint_table.h"
#include "service/stream_host.h"

namespace portside::host {
class Machine;
class ProcessorLoad;
}  // namespace portside::host

namespace portside::service {

std::string snapshot_of(host::Machine& machine, const host::ProcessorLoad& load, const std::string& driver,
                        const EndpointTable& endpoints, std::span<const StreamSight> streams);

}  // namespace portside::service
