# portside_add_driver(NAME
#   SOURCES a.cpp b.c ...        [INF name.inf]        [OUTPUT_NAME file name without .sys, default NAME]
#   [INCLUDES dir ...]           [DEFINES X Y=1 ...]   [OPTIONS compiler options ...]
#   [LIBS ntoskrnl hal portcls ks drmk wdf]            default: ntoskrnl hal portcls ks
#   [COMPILER clang|mingw]       [STANDARD c++20]      [INSTRUMENT asan|ubsan|coverage ...])
#
# Builds NAME.sys (with NAME.pdb, or with DWARF inside under mingw) in the current binary folder, from sources as they are
# written for Microsoft's compiler, with neither Windows nor its kit:
#   clang  clang's MSVC target and lld-link against include/ddk;
#   mingw  mingw-w64's g++ with mingw-w64's own headers: a second opinion on ours.
# A driver may import what imports/*.txt list (what Microsoft documents) from the LIBS it names; anything else fails
# here, at link time, by name. portside_driver_path(NAME variable) tells where the .sys is.

set(PORTSIDE_DRIVER_CMAKE_DIR "${CMAKE_CURRENT_LIST_DIR}")
get_filename_component(PORTSIDE_DDK_DIR "${CMAKE_CURRENT_LIST_DIR}/../include/ddk" ABSOLUTE)

find_program(PORTSIDE_DRIVER_CC NAMES clang-19 REQUIRED)
find_program(PORTSIDE_DRIVER_CXX NAMES clang++-19 REQUIRED)
find_program(PORTSIDE_DRIVER_LINK NAMES lld-link-19 REQUIRED)
find_program(PORTSIDE_MINGW_CXX NAMES x86_64-w64-mingw32-g++-posix x86_64-w64-mingw32-g++)
find_program(PORTSIDE_MINGW_DLLTOOL NAMES x86_64-w64-mingw32-dlltool)
find_program(PORTSIDE_CCACHE ccache)

# The library a driver names -> the image that its import table will name.
set(PORTSIDE_IMAGE_ntoskrnl ntoskrnl.exe)
set(PORTSIDE_IMAGE_hal HAL.dll)
set(PORTSIDE_IMAGE_portcls portcls.sys)
set(PORTSIDE_IMAGE_ks ks.sys)
set(PORTSIDE_IMAGE_drmk drmk.sys)
set(PORTSIDE_IMAGE_wdf WDFLDR.SYS)
set(PORTSIDE_IMAGE_sanitizer portside_sanitizer.sys)  # callbacks of instrumented drivers, bound to the host's runtimes

# The import library of `lib` in `output`; flavour is `lib` (lld-link) or `a` (mingw). Made once a build folder.
function(portside_import_library lib flavour output)
  set(image "${PORTSIDE_IMAGE_${lib}}")
  if(NOT image)
    message(FATAL_ERROR "portside_add_driver: no import list for '${lib}'. Known: ntoskrnl hal portcls ks drmk wdf.")
  endif()
  set(folder "${CMAKE_BINARY_DIR}/imports")
  set(result "${folder}/${lib}.${flavour}")
  set(${output} "${result}" PARENT_SCOPE)
  get_property(made GLOBAL PROPERTY "PORTSIDE_IMPORTS_${lib}_${flavour}")
  if(made)
    return()
  endif()
  set_property(GLOBAL PROPERTY "PORTSIDE_IMPORTS_${lib}_${flavour}" TRUE)

  file(GLOB lists CONFIGURE_DEPENDS "${PORTSIDE_DRIVER_CMAKE_DIR}/imports/*.txt")
  string(TOLOWER "${image}" wanted)
  set(names "")
  foreach(list IN LISTS lists)
    get_filename_component(stem "${list}" NAME)
    string(TOLOWER "${stem}" stem)
    if(stem STREQUAL "${wanted}.txt" OR stem STREQUAL "${wanted}.extra.txt")
      file(STRINGS "${list}" lines REGEX "^[A-Za-z_]")
      list(APPEND names ${lines})
      set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${list}")
    endif()
  endforeach()
  list(SORT names)
  list(REMOVE_DUPLICATES names)
  list(JOIN names "\n  " body)
  file(CONFIGURE OUTPUT "${folder}/${lib}.def" CONTENT "LIBRARY \"${image}\"\nEXPORTS\n  ${body}\n")
  if(flavour STREQUAL "lib")
    execute_process(COMMAND ${PORTSIDE_DRIVER_LINK} /lib /machine:x64 "/def:${folder}/${lib}.def" "/out:${result}"
                    RESULT_VARIABLE failed ERROR_VARIABLE why)
  else()
    execute_process(COMMAND ${PORTSIDE_MINGW_DLLTOOL} -d "${folder}/${lib}.def" -l "${result}"
                    RESULT_VARIABLE failed ERROR_VARIABLE why)
  endif()
  if(failed)
    message(FATAL_ERROR "portside_add_driver: the import library of ${image} cannot be made: ${why}")
  endif()
endfunction()

# A file-system overlay in which the headers below `folders` are found whatever case an #include spells them in: driver
# sources grew up on file systems that do not care.
function(portside_case_overlay output)
  set(entries "")
  foreach(folder IN LISTS ARGN)
    file(GLOB_RECURSE headers CONFIGURE_DEPENDS "${folder}/*.h" "${folder}/*.H" "${folder}/*.hpp" "${folder}/*.inl"
                                                "${folder}/*.tmh")
    foreach(header IN LISTS headers)
      list(APPEND entries "{ \"name\": \"${header}\", \"type\": \"file\", \"external-contents\": \"${header}\" }")
    endforeach()
  endforeach()
  list(REMOVE_DUPLICATES entries)
  list(JOIN entries ",\n  " body)
  file(CONFIGURE OUTPUT "${output}" CONTENT "{ \"version\": 0, \"case-sensitive\": false, \"roots\": [\n  ${body}\n] }\n")
endfunction()

function(portside_driver_path name variable)
  get_target_property(path ${name} PORTSIDE_SYS)
  set(${variable} "${path}" PARENT_SCOPE)
endfunction()

function(portside_add_driver name)
  cmake_parse_arguments(D "" "INF;OUTPUT_NAME;COMPILER;STANDARD" "SOURCES;INCLUDES;DEFINES;OPTIONS;LIBS;INSTRUMENT" ${ARGN})
  if(D_UNPARSED_ARGUMENTS OR NOT D_SOURCES)
    message(FATAL_ERROR "portside_add_driver(${name}): needs SOURCES, and does not know: ${D_UNPARSED_ARGUMENTS}")
  endif()
  foreach(default "OUTPUT_NAME=${name}" "COMPILER=clang" "STANDARD=c++20")
    string(REGEX MATCH "^([A-Z_]+)=(.*)$" _ "${default}")
    if(NOT D_${CMAKE_MATCH_1})
      set(D_${CMAKE_MATCH_1} "${CMAKE_MATCH_2}")
    endif()
  endforeach()
  if(NOT D_LIBS)
    set(D_LIBS ntoskrnl hal portcls ks)
  endif()

  set(work "${CMAKE_CURRENT_BINARY_DIR}/${name}.dir")
  file(MAKE_DIRECTORY "${work}")
  set(include_dirs "")
  foreach(dir IN LISTS D_INCLUDES)
    get_filename_component(dir "${dir}" ABSOLUTE)
    list(APPEND include_dirs "${dir}")
  endforeach()
  set(source_dirs "")
  foreach(source IN LISTS D_SOURCES)
    get_filename_component(source "${source}" ABSOLUTE)
    get_filename_component(dir "${source}" DIRECTORY)
    list(APPEND source_dirs "${dir}")
  endforeach()
  list(REMOVE_DUPLICATES source_dirs)

  set(options "")
  foreach(definition IN LISTS D_DEFINES)
    list(APPEND options "-D${definition}")
  endforeach()
  foreach(dir IN LISTS include_dirs)
    list(APPEND options "-I${dir}")
  endforeach()

  if(D_COMPILER STREQUAL "clang")
    portside_driver_with_clang()
  elseif(D_COMPILER STREQUAL "mingw")
    portside_driver_with_mingw()
  else()
    message(FATAL_ERROR "portside_add_driver(${name}): COMPILER is clang or mingw, not '${D_COMPILER}'")
  endif()

  set(products "${sys}")
  if(D_INF)
    get_filename_component(inf "${D_INF}" ABSOLUTE)
    set(copy "${CMAKE_CURRENT_BINARY_DIR}/${D_OUTPUT_NAME}.inf")
    add_custom_command(OUTPUT "${copy}" COMMAND ${CMAKE_COMMAND} -E copy "${inf}" "${copy}" DEPENDS "${inf}" VERBATIM)
    list(APPEND products "${copy}")
  endif()
  add_custom_target(${name} ALL DEPENDS ${products})
  set_target_properties(${name} PROPERTIES PORTSIDE_SYS "${sys}")
endfunction()

# The two macros below run in portside_add_driver's scope and set `sys`.

macro(portside_driver_with_clang)
  portside_case_overlay("${work}/case.yaml" "${PORTSIDE_DDK_DIR}" ${source_dirs} ${include_dirs})
  set(compile
    --target=x86_64-pc-windows-msvc -fms-compatibility-version=19.40 -fms-extensions -fms-compatibility
    -fdelayed-template-parsing
    -ffreestanding -nostdlibinc            # clang's own stddef.h and intrin.h, nothing of this machine
    -isystem "${PORTSIDE_DDK_DIR}" -isystem "${PORTSIDE_DDK_DIR}/crt" -ivfsoverlay "${work}/case.yaml"
    -funwind-tables -fasync-exceptions     # .pdata for every function; __try sees a fault of its own function
    -fno-optimize-sibling-calls            # a report's stack names every function that was in the call
    -O1 -g -gcodeview -fno-strict-aliasing -fno-delete-null-pointer-checks
    -D_AMD64_ -D_WIN64 -DNTDDI_VERSION=0x0A00000C -D_WIN32_WINNT=0x0A00 -DWINVER=0x0A00 -DDEPRECATE_DDK_FUNCTIONS=1
    -Wall -Wno-microsoft -Wno-unknown-pragmas -Wno-ignored-attributes -Wno-pragma-pack -Wno-missing-braces -Wno-multichar
    -Wno-ignored-pragma-intrinsic -Wno-nonportable-include-path -Wno-delayed-template-parsing-in-cxx20)
  set(libs ${D_LIBS})
  set(runtime "${PORTSIDE_DRIVER_CMAKE_DIR}/driver_runtime.c")
  set(entry DriverEntry)
  if("wdf" IN_LIST libs)
    list(APPEND runtime "${PORTSIDE_DRIVER_CMAKE_DIR}/driver_wdf_entry.cpp")
    set(entry FxDriverEntry)
  endif()
  foreach(instrument IN LISTS D_INSTRUMENT)
    if(instrument STREQUAL "asan")
      # What the kernel build of ASan emits is calls and a shadow offset: the host's own runtime answers both.
      list(APPEND compile -Xclang -fsanitize=kernel-address "SHELL:-mllvm -asan-instrumentation-with-call-threshold=0"
           "SHELL:-mllvm -asan-mapping-offset=0x7fff8000" "SHELL:-mllvm -asan-globals=0")
    elseif(instrument STREQUAL "ubsan")
      list(APPEND compile -fsanitize=undefined -fno-sanitize=vptr,function)
    elseif(instrument STREQUAL "coverage")
      list(APPEND compile -fsanitize-coverage=inline-8bit-counters,pc-table)
      list(APPEND runtime "${PORTSIDE_DRIVER_CMAKE_DIR}/driver_coverage.c")
      set(entry PortsideInstrumentedEntry)
    else()
      message(FATAL_ERROR "portside_add_driver(${name}): INSTRUMENT is asan, ubsan or coverage, not '${instrument}'")
    endif()
    list(APPEND libs sanitizer)
  endforeach()
  list(REMOVE_DUPLICATES libs)
  string(REPLACE "SHELL:-mllvm " "-mllvm;" compile "${compile}")

  set(objects "")
  set(index 0)
  foreach(source IN LISTS D_SOURCES runtime)
    get_filename_component(source "${source}" ABSOLUTE)
    get_filename_component(stem "${source}" NAME)
    math(EXPR index "${index} + 1")
    set(object "${work}/${index}-${stem}.obj")
    if(stem MATCHES "\\.[cC]$")
      set(compiler ${PORTSIDE_DRIVER_CC} -std=c17)
    else()
      set(compiler ${PORTSIDE_DRIVER_CXX} -std=${D_STANDARD} -fno-exceptions -fno-rtti -fno-threadsafe-statics)
    endif()
    set(instrumented ${compile})
    # A goto past an initialiser, common in samples, makes clang 19 crash under -fasync-exceptions: only files that
    # have a __try get it.
    file(STRINGS "${source}" has_try REGEX "__try" LIMIT_COUNT 1)
    if(NOT has_try)
      list(REMOVE_ITEM instrumented -fasync-exceptions)
    endif()
    if(source IN_LIST runtime)
      list(FILTER instrumented EXCLUDE REGEX "^-fsanitize-coverage")  # it is what registers the others
    endif()
    add_custom_command(OUTPUT "${object}"
      COMMAND ${PORTSIDE_CCACHE} ${compiler} ${instrumented} ${options} ${D_OPTIONS} -MD -MF "${object}.d"
              -c "${source}" -o "${object}"
      DEPENDS "${source}" DEPFILE "${object}.d" COMMENT "Driver ${D_OUTPUT_NAME}: ${stem}" VERBATIM)
    list(APPEND objects "${object}")
  endforeach()

  set(import_libs "")
  foreach(lib IN LISTS libs)
    portside_import_library(${lib} lib path)
    list(APPEND import_libs "${path}")
  endforeach()
  set(sys "${CMAKE_CURRENT_BINARY_DIR}/${D_OUTPUT_NAME}.sys")
  set(pdb "${CMAKE_CURRENT_BINARY_DIR}/${D_OUTPUT_NAME}.pdb")
  add_custom_command(OUTPUT "${sys}" BYPRODUCTS "${pdb}"
    COMMAND ${PORTSIDE_DRIVER_LINK} /nologo /driver /subsystem:native /entry:${entry} /machine:x64 /nodefaultlib
            /base:0x140000000 /dynamicbase /nxcompat /tsaware:no /release /opt:ref /opt:noicf /Brepro
            /section:INIT,erd              # as the kit's linker marks it: discarded after DriverEntry
            /debug "/pdb:${pdb}" "/pdbaltpath:%_PDB%" "/out:${sys}" ${objects} ${import_libs}
    DEPENDS ${objects} ${import_libs} COMMENT "Driver ${D_OUTPUT_NAME}.sys" VERBATIM)
endmacro()

macro(portside_driver_with_mingw)
  if(NOT PORTSIDE_MINGW_CXX OR NOT PORTSIDE_MINGW_DLLTOOL)
    message(FATAL_ERROR "portside_add_driver(${name}): no mingw-w64 compiler (Debian: g++-mingw-w64-x86-64-posix)")
  endif()
  execute_process(COMMAND ${PORTSIDE_MINGW_CXX} -print-sysroot OUTPUT_VARIABLE ignored OUTPUT_STRIP_TRAILING_WHITESPACE)
  set(objects "")
  set(index 0)
  foreach(source IN LISTS D_SOURCES)
    get_filename_component(source "${source}" ABSOLUTE)
    get_filename_component(stem "${source}" NAME)
    math(EXPR index "${index} + 1")
    set(object "${work}/${index}-${stem}.obj")
    # <ddk/portcls.h> and its like are in mingw-w64's include path; -idirafter lets them find each other.
    add_custom_command(OUTPUT "${object}"
      COMMAND ${PORTSIDE_MINGW_CXX} -std=${D_STANDARD} -fno-exceptions -fno-rtti -fno-threadsafe-statics -fms-extensions
              -mno-stack-arg-probe -O1 -gdwarf-4 -fno-strict-aliasing -idirafter /usr/share/mingw-w64/include/ddk
              -D_AMD64_ -D_WIN64 ${options} ${D_OPTIONS} -MD -MF "${object}.d" -c "${source}" -o "${object}"
      DEPENDS "${source}" DEPFILE "${object}.d" COMMENT "Driver ${D_OUTPUT_NAME} (mingw-w64): ${stem}" VERBATIM)
    list(APPEND objects "${object}")
  endforeach()
  set(import_libs "")
  set(own_libs "")
  foreach(lib IN LISTS D_LIBS)
    if(lib MATCHES "^(ntoskrnl|hal|ks)$")
      list(APPEND own_libs "-l${lib}")     # mingw-w64's first; ours for what is newer than it
    endif()
    portside_import_library(${lib} a path)
    list(APPEND import_libs "${path}")
  endforeach()
  set(sys "${CMAKE_CURRENT_BINARY_DIR}/${D_OUTPUT_NAME}.sys")
  add_custom_command(OUTPUT "${sys}"
    COMMAND ${PORTSIDE_MINGW_CXX} -nostdlib -nostartfiles -Wl,--subsystem,native -Wl,--entry,DriverEntry
            -Wl,--image-base,0x140000000 -Wl,--dynamicbase -Wl,--nxcompat -Wl,--file-alignment,0x200
            -Wl,--no-insert-timestamp -o "${sys}" ${objects} ${own_libs} ${import_libs}
    DEPENDS ${objects} ${import_libs} COMMENT "Driver ${D_OUTPUT_NAME}.sys (mingw-w64)" VERBATIM)
endmacro()
