# portside_layer(NAME SOURCES ... APART ... DEPENDS ... LIBRARIES ... TESTS ... TESTS_APART ...)
#   One layer of src/: the library portside_NAME, and, from TESTS, the program portside_NAME_test.
#   APART and TESTS_APART: those of the sources that do not go together with others, because both have a name of the same spelling.
#   DEPENDS names layers (without the prefix); LIBRARIES names third-party targets.
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
if(PORTSIDE_BUILD_TESTS)
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()

option(PORTSIDE_PRECOMPILE "Precompile the standard headers that every source includes" ON)
if(PORTSIDE_PRECOMPILE)
  set(portside_common_headers <algorithm> <array> <atomic> <chrono> <cmath> <cstdint> <cstring> <deque> <expected> <filesystem>
      <fstream> <functional> <list> <map> <memory> <mutex> <optional> <set> <span> <string> <string_view> <thread>
      <unordered_map> <variant> <vector> <fmt/format.h>)
  file(WRITE "${CMAKE_BINARY_DIR}/precompiled.cpp" "")
  add_library(portside_precompiled STATIC "${CMAKE_BINARY_DIR}/precompiled.cpp")
  target_link_libraries(portside_precompiled PUBLIC fmt::fmt)
  target_precompile_headers(portside_precompiled PRIVATE ${portside_common_headers})
  if(PORTSIDE_BUILD_TESTS)
    add_executable(portside_precompiled_tests "${CMAKE_BINARY_DIR}/precompiled.cpp")
    target_link_libraries(portside_precompiled_tests PRIVATE fmt::fmt GTest::gmock GTest::gtest GTest::gtest_main)
    target_precompile_headers(portside_precompiled_tests PRIVATE ${portside_common_headers} <gtest/gtest.h> <gmock/gmock.h>)
  endif()
endif()

# Sources of one layer include nearly the same headers, and those are most of what compiling them takes: eight at a time are
# compiled together. The thread-safety preset goes without, so that a source that leans on its neighbour does not compile there.
option(PORTSIDE_TOGETHER "Compile the sources of a layer in groups" ON)
function(portside_compile_together target)
  if(PORTSIDE_TOGETHER)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
    set_source_files_properties(${ARGN} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  endif()
endfunction()

# portside_precompile_test(TARGET): the same for a test program.
function(portside_precompile_test target)
  if(PORTSIDE_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM portside_precompiled_tests)
  endif()
endfunction()

function(portside_layer name)
  cmake_parse_arguments(L "" "" "SOURCES;APART;DEPENDS;LIBRARIES;TESTS;TESTS_APART;TEST_DEPENDS" ${ARGN})
  if(L_SOURCES)
    add_library(portside_${name} STATIC ${L_SOURCES})
    set(scope PUBLIC)
  else()
    add_library(portside_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(portside_${name} ${scope} "${CMAKE_SOURCE_DIR}/src")
  target_link_libraries(portside_${name} ${scope} portside_ddk fmt::fmt Threads::Threads ${L_LIBRARIES})
  foreach(d IN LISTS L_DEPENDS)
    target_link_libraries(portside_${name} ${scope} portside_${d})
  endforeach()
  if(L_SOURCES)
    portside_compile_together(portside_${name} ${L_APART})
  endif()
  # Parsing the standard library is a third of the time that a source takes: once, for all layers. The thread-safety
  # preset goes without, so that a source that leans on it does not compile there.
  if(L_SOURCES AND PORTSIDE_PRECOMPILE)
    if(TARGET portside_precompiled)
      target_precompile_headers(portside_${name} REUSE_FROM portside_precompiled)
    endif()
  endif()
  if(PORTSIDE_BUILD_TESTS AND L_TESTS)
    add_executable(portside_${name}_test ${L_TESTS})
    target_link_libraries(portside_${name}_test PRIVATE portside_${name} GTest::gtest GTest::gmock GTest::gtest_main)
    foreach(d IN LISTS L_TEST_DEPENDS)
      target_link_libraries(portside_${name}_test PRIVATE portside_${d})
    endforeach()
    portside_precompile_test(portside_${name}_test)
    portside_compile_together(portside_${name}_test ${L_TESTS_APART})
    # One ctest entry a program: a process start costs more than most of our tests.
    add_test(NAME ${name} COMMAND portside_${name}_test)
  endif()
endfunction()

# Installs a loadable module. Debug information names the folders that it was built in, which are nothing to those who install it.
find_program(PORTSIDE_STRIP NAMES llvm-strip-19 llvm-strip strip REQUIRED)
function(portside_install_module target destination)
  install(TARGETS ${target} LIBRARY DESTINATION "${destination}")
  install(CODE "execute_process(COMMAND \"${PORTSIDE_STRIP}\" --strip-debug
                  \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${destination}/$<TARGET_FILE_NAME:${target}>\" COMMAND_ERROR_IS_FATAL ANY)")
endfunction()
