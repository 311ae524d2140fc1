# What `cmake --install` puts into a prefix, and the package file that find_package(Portside) reads, installed or not.
include(CMakePackageConfigHelpers)

set(portside_package lib/cmake/Portside)
set(portside_modules "${CMAKE_SOURCE_DIR}/cmake")

# For a build tree: find_package(Portside) with CMAKE_PREFIX_PATH (or Portside_DIR) set to it.
file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/PortsideConfig.cmake" CONTENT [[
# Portside as it stands in its build tree.
set(PORTSIDE_EXECUTABLE "@CMAKE_BINARY_DIR@/src/tools/portside/portside")
include("@portside_modules@/PortsideAddDriver.cmake")
]] @ONLY)
write_basic_package_version_file("${CMAKE_BINARY_DIR}/PortsideConfigVersion.cmake" VERSION ${PROJECT_VERSION}
                                 COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)

install(TARGETS portside RUNTIME DESTINATION bin)
install(DIRECTORY "${CMAKE_SOURCE_DIR}/include/ddk" DESTINATION include/portside)
install(FILES "${portside_modules}/PortsideConfig.cmake" "${portside_modules}/PortsideAddDriver.cmake"
              "${portside_modules}/driver_runtime.c" "${portside_modules}/driver_wdf_entry.cpp"
              "${portside_modules}/driver_coverage.c" "${portside_modules}/driver_globals.c"
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
