# find_package(Portside): portside_add_driver(), portside_add_driver_test() and PORTSIDE_EXECUTABLE, from an installed prefix.
get_filename_component(PORTSIDE_PREFIX "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
set(PORTSIDE_DDK_DIR "${PORTSIDE_PREFIX}/include/portside/ddk")
set(PORTSIDE_EXECUTABLE "${PORTSIDE_PREFIX}/bin/portside")
include("${CMAKE_CURRENT_LIST_DIR}/PortsideAddDriver.cmake")
set(portside_client_targets "${CMAKE_CURRENT_LIST_DIR}/PortsideClientTargets.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/PortsideClient.cmake")
