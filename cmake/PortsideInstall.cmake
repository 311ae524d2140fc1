# What `cmake --install` puts into a prefix, and the package file that find_package(Portside) reads, installed or not.
include(CMakePackageConfigHelpers)

set(portside_package lib/cmake/Portside)
set(portside_modules "${CMAKE_SOURCE_DIR}/cmake")

# For a build tree: find_package(Portside) with CMAKE_PREFIX_PATH (or Portside_DIR) set to it.
file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/PortsideConfig.cmake" CONTENT [[
# Portside as it stands in its build tree.
set(PORTSIDE_EXECUTABLE "@CMAKE_BINARY_DIR@/src/tools/portside/portside")
include("@portside_modules@/PortsideAddDriver.cmake")
set(portside_client_targets "@CMAKE_BINARY_DIR@/PortsideClientTargets.cmake")
include("@portside_modules@/PortsideClient.cmake")
]] @ONLY)
write_basic_package_version_file("${CMAKE_BINARY_DIR}/PortsideConfigVersion.cmake" VERSION ${PROJECT_VERSION}
                                 COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)

install(TARGETS portside RUNTIME DESTINATION bin)

# Portside::client: base and wire alone, as one archive, with the headers that portside/client.h includes.
add_library(portside-client STATIC $<TARGET_OBJECTS:portside_base> $<TARGET_OBJECTS:portside_wire>)
# Debug information names the folders that it was built in, which are nothing to those who install it.
add_custom_command(TARGET portside-client POST_BUILD COMMAND "${PORTSIDE_STRIP}" --strip-debug "$<TARGET_FILE:portside-client>" VERBATIM)
target_link_libraries(portside-client PUBLIC fmt::fmt Threads::Threads)
target_compile_features(portside-client PUBLIC cxx_std_23)
target_include_directories(portside-client INTERFACE "$<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/include;${CMAKE_SOURCE_DIR}/src>" "$<INSTALL_INTERFACE:include;include/portside>")
set_target_properties(portside-client PROPERTIES EXPORT_NAME client)
add_library(Portside::client ALIAS portside-client)
install(TARGETS portside-client EXPORT PortsideClient ARCHIVE DESTINATION lib)
install(EXPORT PortsideClient NAMESPACE Portside:: DESTINATION ${portside_package} FILE PortsideClientTargets.cmake)
export(TARGETS portside-client NAMESPACE Portside:: FILE "${CMAKE_BINARY_DIR}/PortsideClientTargets.cmake")
install(FILES "${CMAKE_SOURCE_DIR}/include/portside/client.h" DESTINATION include/portside)
install(FILES "${CMAKE_SOURCE_DIR}/src/base/result.h" "${CMAKE_SOURCE_DIR}/src/base/status.h" DESTINATION include/portside/base)
file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/portside@.service" CONTENT [[
# systemctl --user start portside@cable: serves the driver ~/.local/share/portside/cable/cable.inf to this user's programs.
[Unit]
Description=Windows audio driver %i
Documentation=man:portside(1)

[Service]
ExecStart=@CMAKE_INSTALL_PREFIX@/bin/portside serve --driver %h/.local/share/portside/%i/%i.inf
RuntimeDirectory=portside-%i
RuntimeDirectoryMode=0700
Environment=PORTSIDE_SOCKET=%t/portside-%i/host
Restart=on-abnormal
LimitRTPRIO=20

[Install]
WantedBy=default.target
]] @ONLY)
install(FILES "${CMAKE_BINARY_DIR}/portside@.service" DESTINATION lib/systemd/user)
install(DIRECTORY "${CMAKE_SOURCE_DIR}/include/ddk" DESTINATION include/portside)
install(FILES "${portside_modules}/PortsideConfig.cmake" "${portside_modules}/PortsideAddDriver.cmake"
              "${portside_modules}/PortsideClient.cmake"
              "${portside_modules}/driver_runtime.c" "${portside_modules}/driver_wdf_entry.cpp"
              "${portside_modules}/driver_coverage.c" "${portside_modules}/driver_globals.c" "${portside_modules}/driver_preemptible.h"
              "${portside_modules}/driver_stdunk.cpp" "${portside_modules}/driver_wdmsec.c" "${portside_modules}/driver_ports.c"
              "${portside_modules}/driver_ksguid.c"
              "${CMAKE_BINARY_DIR}/PortsideConfigVersion.cmake"
        DESTINATION ${portside_package})
install(DIRECTORY "${portside_modules}/imports" DESTINATION ${portside_package} FILES_MATCHING PATTERN "*.txt")
install(FILES "${CMAKE_SOURCE_DIR}/tools/gdb/portside.py" DESTINATION share/portside/gdb)

# The manual and the completions are what the program prints.
install(CODE "
  foreach(page \"man|share/man/man1/portside.1\" \"completion bash|share/bash-completion/completions/portside\"
               \"completion zsh|share/zsh/site-functions/_portside\"
               \"completion fish|share/fish/vendor_completions.d/portside.fish\")
    string(REGEX MATCH \"^([^|]*)[|](.*)$\" _ \"\${page}\")
    set(file \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/\${CMAKE_MATCH_2}\")
    separate_arguments(words UNIX_COMMAND \"\${CMAKE_MATCH_1}\")
    get_filename_component(folder \"\${file}\" DIRECTORY)
    file(MAKE_DIRECTORY \"\${folder}\")
    message(STATUS \"Installing: \${file}\")
    execute_process(COMMAND \"$<TARGET_FILE:portside>\" \${words} OUTPUT_FILE \"\${file}\" RESULT_VARIABLE failed)
    if(failed)
      message(FATAL_ERROR \"portside \${words} failed\")
    endif()
  endforeach()")
