# What every host target is compiled with. Drivers have rules of their own (PortsideAddDriver.cmake).
if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang" OR CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
  message(FATAL_ERROR "Portside is built with clang 19: use a preset (cmake --preset dev), or ./dev build.")
endif()

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_program(PORTSIDE_CCACHE ccache)
if(PORTSIDE_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime "${PORTSIDE_CCACHE}")
  set(CMAKE_C_COMPILER_LAUNCHER "${PORTSIDE_CCACHE}")
endif()

option(PORTSIDE_BUILD_TESTS "Build the tests" ON)
set(PORTSIDE_SANITIZE "" CACHE STRING "Sanitizers for the host: address,undefined or thread")
option(PORTSIDE_THREAD_SAFETY "Check clang's thread-safety annotations as errors" OFF)

# -fms-extensions: anonymous members and __declspec in the driver headers. Frame pointers: a driver's stack is
# walked through our frames by them (loader/stack_walk.h).
add_compile_options(-fms-extensions -fno-omit-frame-pointer -mno-omit-leaf-frame-pointer -fno-strict-aliasing
                    -Wall -Wextra -Wno-unused-parameter -Wno-microsoft -Wno-ignored-attributes
                    -Wno-missing-field-initializers -Wno-multichar)
# ccache sees through a precompiled header only when it holds no time stamp.
add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
add_link_options(-fuse-ld=lld)
if(PORTSIDE_SANITIZE)
  # vptr and function know only the Itanium ABI: foreign vtables are reported falsely (reference: UBSan and COM).
  # enum: a driver may pass any number where Windows declares an enumeration, and each is judged, not trusted.
  add_compile_options(-fsanitize=${PORTSIDE_SANITIZE} -fno-sanitize=vptr,function,enum -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=${PORTSIDE_SANITIZE})
  add_compile_definitions(PORTSIDE_SANITIZED=1)
endif()
if(PORTSIDE_THREAD_SAFETY)
  add_compile_options(-Wthread-safety -Wthread-safety-beta -Werror=thread-safety-analysis
                      -Werror=thread-safety-attributes -Werror=thread-safety-precise)
endif()
