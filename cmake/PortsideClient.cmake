# find_package(Portside COMPONENTS client): Portside::client, what an application links to play and record through a driver host.
if("client" IN_LIST Portside_FIND_COMPONENTS)
  include(CMakeFindDependencyMacro)
  find_dependency(fmt)
  find_dependency(Threads)
  include("${portside_client_targets}")
  set(Portside_client_FOUND TRUE)
endif()
