# portside_add_driver(NAME
#   SOURCES a.cpp b.c ...                   any case, / or \\; headers and resources (.rc, .mc) among them are left out
#   [INF name.inf | name.inx]               put beside the .sys; an .inx is stamped ($ARCH$, $KMDFVERSION$ and their kin)
#   [INCLUDE_DIRECTORIES dir ...] [DEFINITIONS X Y=1 ...] [OPTIONS compiler options ...]       short: INCLUDES, DEFINES
#   [LIBRARIES ntoskrnl hal portcls ks drmk wdf]   what it imports from; default ntoskrnl hal portcls ks.   short: LIBS
#   [KMDF]                                  uses the framework: wdf besides, and its entry point
#   [SANITIZE address undefined]            checks compiled in; the findings are Portside's (docs/decisions/0009)
#   [PREEMPTIBLE]                         threads may change at its loads and stores too: `portside verify --checks schedules`
#   [COVERAGE]                              counters compiled in: `portside play ... --coverage FILE`
#   [COMPILER clang|mingw] [STANDARD c++20] [OUTPUT_NAME file name without .sys, default NAME])
#
# Builds NAME.sys in the current binary folder, with NAME.pdb for reports and NAME.dwarf for gdb (DWARF inside the image
# under mingw), from sources as they are written for Microsoft's compiler, with neither Windows nor its kit:
#   clang  clang's MSVC target and lld-link against include/ddk;
#   mingw  mingw-w64's g++ with mingw-w64's own headers: a second opinion on ours.
# A driver may import what imports/*.txt list (what Microsoft documents) from the LIBRARIES it names; anything else fails
# here, at link time, by name. portside_driver_path(NAME variable) tells where the .sys is.
#
# portside_add_driver_test(NAME DRIVER driver COMMAND play song.wav --identical ...)
# makes a test for ctest of a command of portside, which gets --driver added. Files are looked for beside CMakeLists.txt.

set(PORTSIDE_DRIVER_CMAKE_DIR "${CMAKE_CURRENT_LIST_DIR}")
if(NOT PORTSIDE_DDK_DIR)
  get_filename_component(PORTSIDE_DDK_DIR "${CMAKE_CURRENT_LIST_DIR}/../include/ddk" ABSOLUTE)
endif()

foreach(tool "CC;clang-19;clang" "CXX;clang++-19;clang++" "LINK;lld-link-19;lld-link" "OBJCOPY;llvm-objcopy-19;llvm-objcopy")
  list(POP_FRONT tool name)
  find_program(PORTSIDE_DRIVER_${name} NAMES ${tool})
  if(NOT PORTSIDE_DRIVER_${name})
    list(GET tool 0 tool)
    message(FATAL_ERROR "Portside builds drivers with LLVM 19, and ${tool} is not here (Debian: clang-19 lld-19 llvm-19).")
  endif()
endforeach()
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

# What tracewpp writes: for each #include "x.tmh" of `files` that no folder has, a header in `folder` in which the functions for
# trace messages come to nothing: DoTraceMessage, and those that a "begin_wpp config" block names (FUNC TraceEvents(LEVEL, ...)).
function(portside_trace_headers folder)
  set(names "")
  set(functions "")
  foreach(file IN LISTS ARGN)
    file(STRINGS "${file}" lines REGEX "^[ \t]*#[ \t]*include[ \t]*\"[^\"]+\\.[tT][mM][hH]\"|^[ \t/*]*FUNC[ \t]+[A-Za-z_]")
    foreach(line IN LISTS lines)
      if(line MATCHES "include[ \t]*\"([^\"]+)\"")
        string(REPLACE "\\" "/" name "${CMAKE_MATCH_1}")
        get_filename_component(beside "${file}" DIRECTORY)
        if(NOT EXISTS "${beside}/${name}")
          list(APPEND names "${name}")
          set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
        endif()
      elseif(line MATCHES "FUNC[ \t]+([A-Za-z_0-9]+)")
        list(APPEND functions "${CMAKE_MATCH_1}")
      endif()
    endforeach()
  endforeach()
  if(NOT names)
    return()
  endif()
  list(REMOVE_DUPLICATES names)
  list(REMOVE_DUPLICATES functions)
  set(body "#include <portside/wpp.h>\n")
  foreach(function IN LISTS functions)
    string(APPEND body "#undef ${function}\n#define ${function}(...) ((void)0)\n")
  endforeach()
  foreach(name IN LISTS names)
    file(CONFIGURE OUTPUT "${folder}/${name}" CONTENT "${body}" @ONLY)
  endforeach()
endfunction()

# `path` as an absolute path of a file that exists, although it may be spelt with backslashes and in another case.
function(portside_find_file_of what path output)
  file(TO_CMAKE_PATH "${path}" path)
  get_filename_component(path "${path}" ABSOLUTE)
  if(NOT EXISTS "${path}")
    get_filename_component(wanted "${path}" NAME)
    get_filename_component(folder "${path}" DIRECTORY)
    string(TOLOWER "${wanted}" wanted)
    file(GLOB candidates "${folder}/*")
    foreach(candidate IN LISTS candidates)
      get_filename_component(name "${candidate}" NAME)
      string(TOLOWER "${name}" name)
      if(name STREQUAL wanted)
        set(path "${candidate}")
      endif()
    endforeach()
  endif()
  if(NOT EXISTS "${path}")
    get_property(generated SOURCE "${path}" PROPERTY GENERATED)
    if(NOT generated)
      message(FATAL_ERROR "${what}: there is no file ${path}")
    endif()
  endif()
  set(${output} "${path}" PARENT_SCOPE)
endfunction()

function(portside_driver_path name variable)
  if(NOT TARGET ${name})
    message(FATAL_ERROR "portside_driver_path: '${name}' is no driver that portside_add_driver made")
  endif()
  get_target_property(path ${name} PORTSIDE_SYS)
  set(${variable} "${path}" PARENT_SCOPE)
endfunction()

function(portside_add_driver name)
  cmake_parse_arguments(D "KMDF;PREEMPTIBLE;COVERAGE" "INF;OUTPUT_NAME;COMPILER;STANDARD"
    "SOURCES;INCLUDES;INCLUDE_DIRECTORIES;DEFINES;DEFINITIONS;OPTIONS;LIBS;LIBRARIES;SANITIZE" ${ARGN})
  if(D_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "portside_add_driver(${name}): does not know '${D_UNPARSED_ARGUMENTS}'")
  endif()
  if(NOT D_SOURCES)
    message(FATAL_ERROR "portside_add_driver(${name}): needs SOURCES")
  endif()
  list(APPEND D_INCLUDES ${D_INCLUDE_DIRECTORIES})
  list(APPEND D_DEFINES ${D_DEFINITIONS})
  list(APPEND D_LIBS ${D_LIBRARIES})
  foreach(default "OUTPUT_NAME=${name}" "COMPILER=clang" "STANDARD=c++20")
    string(REGEX MATCH "^([A-Z_]+)=(.*)$" _ "${default}")
    if(NOT D_${CMAKE_MATCH_1})
      set(D_${CMAKE_MATCH_1} "${CMAKE_MATCH_2}")
    endif()
  endforeach()
  if(NOT D_LIBS)
    set(D_LIBS ntoskrnl hal portcls ks)
  endif()
  if(D_KMDF)
    list(APPEND D_LIBS wdf)
  endif()
  string(REPLACE "," ";" D_SANITIZE "${D_SANITIZE}")
  foreach(check IN LISTS D_SANITIZE)
    if(NOT check MATCHES "^(address|undefined)$")
      message(FATAL_ERROR "portside_add_driver(${name}): SANITIZE is address or undefined, not '${check}'")
    endif()
  endforeach()

  if(D_PREEMPTIBLE AND "address" IN_LIST D_SANITIZE)
    message(FATAL_ERROR "portside_add_driver(${name}): PREEMPTIBLE and SANITIZE address exclude each other; the latter lets threads change at loads and stores too")
  endif()

  set(work "${CMAKE_CURRENT_BINARY_DIR}/${name}.dir")
  file(MAKE_DIRECTORY "${work}")
  set(include_dirs "")
  foreach(dir IN LISTS D_INCLUDES)
    file(TO_CMAKE_PATH "${dir}" dir)
    get_filename_component(dir "${dir}" ABSOLUTE)
    if(NOT IS_DIRECTORY "${dir}")
      message(FATAL_ERROR "portside_add_driver(${name}): there is no folder ${dir}")
    endif()
    list(APPEND include_dirs "${dir}")
  endforeach()
  set(sources "")
  set(source_dirs "")
  # Headers come in with a glob; resources (versions, message tables) are nothing that a driver reads of itself.
  list(FILTER D_SOURCES EXCLUDE REGEX "\\.([hH]|[hH][pP][pP]|[iI][nN][lL]|[rR][cC]|[mM][cC]|[mM][oO][fF])$")
  foreach(source IN LISTS D_SOURCES)
    portside_find_file_of("portside_add_driver(${name})" "${source}" source)
    list(APPEND sources "${source}")
    get_filename_component(dir "${source}" DIRECTORY)
    list(APPEND source_dirs "${dir}")
  endforeach()
  set(D_SOURCES ${sources})
  list(REMOVE_DUPLICATES source_dirs)
  set(traced ${sources})
  foreach(dir IN LISTS include_dirs source_dirs)
    file(GLOB headers "${dir}/*.h" "${dir}/*.H" "${dir}/*.hpp")
    list(APPEND traced ${headers})
  endforeach()
  list(REMOVE_DUPLICATES traced)
  portside_trace_headers("${work}/tmh" ${traced})
  if(IS_DIRECTORY "${work}/tmh")
    list(APPEND include_dirs "${work}/tmh")
  endif()

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
    if(D_SANITIZE OR D_COVERAGE OR D_PREEMPTIBLE)
      message(FATAL_ERROR "portside_add_driver(${name}): SANITIZE, PREEMPTIBLE and COVERAGE need COMPILER clang")
    endif()
    portside_driver_with_mingw()
  else()
    message(FATAL_ERROR "portside_add_driver(${name}): COMPILER is clang or mingw, not '${D_COMPILER}'")
  endif()

  set(products "${sys}")
  if(D_INF)
    portside_find_file_of("portside_add_driver(${name})" "${D_INF}" inf)
    set(copy "${CMAKE_CURRENT_BINARY_DIR}/${D_OUTPUT_NAME}.inf")
    # Some keep the source of their INF under the INF's own name.
    file(STRINGS "${inf}" variables REGEX "\\$(ARCH|KMDFVERSION|KMDFCOINSTALLERVERSION|UMDFVERSION)\\$")
    if(inf MATCHES "\\.[iI][nN][xX]$" OR variables)
      portside_stamp_inf("${inf}" "${copy}")
    else()
      add_custom_command(OUTPUT "${copy}" COMMAND ${CMAKE_COMMAND} -E copy "${inf}" "${copy}" DEPENDS "${inf}" VERBATIM)
    endif()
    list(APPEND products "${copy}")
  endif()
  add_custom_target(${name} ALL DEPENDS ${products})
  set_target_properties(${name} PROPERTIES PORTSIDE_SYS "${sys}")
endfunction()

# What StampInf does to an .inx (Microsoft Learn, "Stampinf Command Options"), byte by byte, as one may be UTF-8 or UTF-16.
# The date and version of DriverVer stay as they are written: a build is the same tomorrow.
function(portside_stamp_inf inx inf)
  set(script "")
  foreach(pair "ARCH;amd64" "KMDFVERSION;1.33" "KMDFCOINSTALLERVERSION;01033" "UMDFVERSION;2.33.0")
    list(GET pair 0 variable)
    list(GET pair 1 value)
    set(wide_variable "\\$\\x00")
    string(REGEX REPLACE "(.)" "\\1\\\\x00" wide "${variable}")
    string(APPEND wide_variable "${wide}\\$\\x00")
    string(REGEX REPLACE "(.)" "\\1\\\\x00" wide_value "${value}")
    string(APPEND script "s/\\$${variable}\\$/${value}/g\ns/${wide_variable}/${wide_value}/g\n")
  endforeach()
  set(script_file "${CMAKE_BINARY_DIR}/portside_stamp.sed")
  file(CONFIGURE OUTPUT "${script_file}" CONTENT "${script}" @ONLY)
  add_custom_command(OUTPUT "${inf}" COMMAND ${CMAKE_COMMAND} -E copy "${inx}" "${inf}"
                     COMMAND ${CMAKE_COMMAND} -E env LC_ALL=C sed -i -f "${script_file}" "${inf}"
                     DEPENDS "${inx}" "${script_file}" VERBATIM)
endfunction()

function(portside_add_driver_test name)
  cmake_parse_arguments(T "" "DRIVER" "COMMAND" ${ARGN})
  if(NOT T_DRIVER OR NOT T_COMMAND OR T_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "portside_add_driver_test(${name}): needs DRIVER and COMMAND, and nothing else")
  endif()
  if(NOT TARGET ${T_DRIVER})
    message(FATAL_ERROR "portside_add_driver_test(${name}): '${T_DRIVER}' is no driver that portside_add_driver made")
  endif()
  portside_driver_path(${T_DRIVER} sys)
  list(POP_FRONT T_COMMAND verb)
  set(arguments "")
  foreach(argument IN LISTS T_COMMAND)
    if(NOT argument MATCHES "^-" AND EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${argument}")
      set(argument "${CMAKE_CURRENT_SOURCE_DIR}/${argument}")
    endif()
    list(APPEND arguments "${argument}")
  endforeach()
  if(verb STREQUAL "imports")
    list(APPEND arguments "${sys}")
  else()
    list(APPEND arguments --driver "${sys}")
  endif()
  if(TARGET portside)
    set(program $<TARGET_FILE:portside>)
  elseif(PORTSIDE_EXECUTABLE)
    set(program "${PORTSIDE_EXECUTABLE}")
  else()
    message(FATAL_ERROR "portside_add_driver_test(${name}): where the program portside is, is not known: use find_package(Portside)")
  endif()
  add_test(NAME ${name} COMMAND ${program} ${verb} ${arguments})
endfunction()

# The two macros below run in portside_add_driver's scope and set `sys`.

macro(portside_driver_with_clang)
  portside_case_overlay("${work}/case.yaml" "${PORTSIDE_DDK_DIR}" ${source_dirs} ${include_dirs})
  # What Microsoft's build systems define for a kernel-mode driver (/kernel: _KERNEL_MODE). An author's own values take precedence.
  set(defaults "")
  foreach(default _KERNEL_MODE=1 _AMD64_ AMD64 _WIN64 WINNT=1 NTDDI_VERSION=0x0A00000C _WIN32_WINNT=0x0A00 WINVER=0x0A00
                  DEPRECATE_DDK_FUNCTIONS=1)
    string(REGEX REPLACE "=.*" "" macro "${default}")
    set(given ${D_DEFINES})
    list(FILTER given INCLUDE REGEX "^${macro}(=|$)")
    if(NOT given)
      list(APPEND defaults "-D${default}")
    endif()
  endforeach()
  set(compile
    --target=x86_64-pc-windows-msvc -fms-compatibility-version=19.40 -fms-extensions -fms-compatibility
    -fdelayed-template-parsing
    -ffreestanding -nostdlibinc            # clang's own stddef.h and intrin.h, nothing of this machine
    -isystem "${PORTSIDE_DDK_DIR}" -isystem "${PORTSIDE_DDK_DIR}/crt" -ivfsoverlay "${work}/case.yaml"
    -funwind-tables -fasync-exceptions     # .pdata for every function; __try sees a fault of its own function
    -fno-optimize-sibling-calls            # a report's stack names every function that was in the call
    # clang inlines over the borders of sections: a resident function that takes a spin lock would lie, inlined, in the pageable one that
    # calls it. What is not written inline stays where #pragma code_seg and alloc_text put it.
    -finline-hint-functions
    -fcheck-new                            # as Microsoft's compiler: a constructor is not run on the NULL of an operator new
    -fno-aligned-allocation                # C++17's operator new(size, align_val_t), which no driver has: pool is aligned to 16
    # Linkage names are mangled as the MSVC target does, which gdb cannot read: without them it makes names of its own.
    -O1 -g -gcodeview -gdwarf-4 -mllvm -dwarf-linkage-names=Abstract -fno-strict-aliasing -fno-delete-null-pointer-checks
    ${defaults}
    # Errors to clang and silence to Microsoft's compiler; old sources lean on both: pasting what makes no token, and a
    # constant cast to an enumeration that has no such value; a constant in braces that its field is too small for.
    -Wno-invalid-token-paste -Wno-enum-constexpr-conversion -Wno-c++11-narrowing
    -Wall -Wno-microsoft -Wno-unknown-pragmas -Wno-ignored-attributes -Wno-pragma-pack -Wno-missing-braces -Wno-multichar
    -Wno-writable-strings -Wno-reorder-ctor -Wno-macro-redefined
    -Wno-ignored-pragma-intrinsic -Wno-nonportable-include-path -Wno-delayed-template-parsing-in-cxx20)
  set(libs ${D_LIBS})
  set(runtime "${PORTSIDE_DRIVER_CMAKE_DIR}/driver_runtime.c")
  # In a library, so that a driver gets what it uses, and nothing of what it has itself (Microsoft's: stdunk.lib, wdmsec.lib, ksguid.lib).
  set(library "")
  foreach(member stdunk.cpp wdmsec.c ports.c ksguid.c)
    list(APPEND library "${PORTSIDE_DRIVER_CMAKE_DIR}/driver_${member}")
  endforeach()
  set(entry DriverEntry)
  if("wdf" IN_LIST libs)
    list(APPEND runtime "${PORTSIDE_DRIVER_CMAKE_DIR}/driver_wdf_entry.cpp")
    set(entry FxDriverEntry)
  endif()
  # What instruments a driver is for its own sources alone: the files of the kit are what it leans on.
  set(checks "")
  set(next_entry ${entry})
  if("address" IN_LIST D_SANITIZE)
    # As the kernel's ASan, but with a call for every check and every change of the shadow: the image holds no address of
    # a shadow, and works wherever the host keeps one.
    list(APPEND checks -Xclang -fsanitize=kernel-address -Xclang -fsanitize-recover=kernel-address
         -Xclang -fsanitize-address-use-after-scope)
    foreach(setting instrumentation-with-call-threshold=0 mapping-offset=0 max-inline-poisoning-size=0
                    kernel-mem-intrinsic-prefix=1 globals=1 use-odr-indicator=0)
      list(APPEND checks -mllvm -asan-${setting})
    endforeach()
    list(APPEND runtime "${PORTSIDE_DRIVER_CMAKE_DIR}/driver_globals.c")
    set(entry PortsideInstrumentedEntry)
  endif()
  if("undefined" IN_LIST D_SANITIZE)
    list(APPEND checks -fsanitize=undefined -fno-sanitize=vptr,function)
  endif()
  if(D_PREEMPTIBLE)
    # ThreadSanitizer's instrumentation, of which clang's driver says that this target has no runtime: ours is in src/sanitizer.
    list(APPEND checks -include "${PORTSIDE_DRIVER_CMAKE_DIR}/driver_preemptible.h" -Xclang -fsanitize=thread)
    foreach(setting instrument-func-entry-exit=0 handle-cxx-exceptions=0 distinguish-volatile=1
                    instrument-read-before-write=1)
      list(APPEND checks -mllvm -tsan-${setting})
    endforeach()
  endif()
  if(D_SANITIZE OR D_PREEMPTIBLE)
    list(APPEND libs sanitizer)
  endif()
  if(D_COVERAGE)
    list(APPEND checks -fprofile-instr-generate -fcoverage-mapping)
    list(APPEND runtime "${PORTSIDE_DRIVER_CMAKE_DIR}/driver_coverage.c")
  endif()
  list(REMOVE_DUPLICATES libs)

  set(objects "")
  set(dwarf_objects "")
  set(library_objects "")
  set(library_dwarf_objects "")
  set(index 0)
  foreach(source IN LISTS D_SOURCES runtime library)
    get_filename_component(source "${source}" ABSOLUTE)
    get_filename_component(stem "${source}" NAME)
    math(EXPR index "${index} + 1")
    set(object "${work}/${index}-${stem}.obj")
    if(stem MATCHES "\\.[cC]$")
      set(compiler ${PORTSIDE_DRIVER_CC} -std=c17)
    else()
      set(compiler ${PORTSIDE_DRIVER_CXX} -std=${D_STANDARD} -fno-exceptions -fno-rtti -fno-threadsafe-statics)
    endif()
    set(flags ${compile})
    # A goto past an initialiser, common in samples, makes clang 19 crash under -fasync-exceptions: only files that
    # have a __try get it.
    set(has_try "")
    if(EXISTS "${source}")
      file(STRINGS "${source}" has_try REGEX "__try" LIMIT_COUNT 1)
    endif()
    if(NOT has_try)
      list(REMOVE_ITEM flags -fasync-exceptions)
    endif()
    if(source IN_LIST runtime)
      list(APPEND flags ${options} -DPORTSIDE_NEXT_ENTRY=${next_entry})
    else()
      list(APPEND flags ${checks} ${options} ${D_OPTIONS})
    endif()
    # The image carries no DWARF; the file for gdb is linked from the same objects with theirs.
    add_custom_command(OUTPUT "${object}" BYPRODUCTS "${object}.dwarf"
      COMMAND ${PORTSIDE_CCACHE} ${compiler} ${flags} -MD -MF "${object}.d" -MT "${object}" -c "${source}" -o "${object}.dwarf"
      COMMAND ${PORTSIDE_DRIVER_OBJCOPY} "--remove-section=.debug_*" "${object}.dwarf" "${object}"
      DEPENDS "${source}" DEPFILE "${object}.d" COMMENT "Driver ${D_OUTPUT_NAME}: ${stem}" VERBATIM)
    if(source IN_LIST library)
      list(APPEND library_objects "${object}")
      list(APPEND library_dwarf_objects "${object}.dwarf")
    else()
      list(APPEND objects "${object}")
      list(APPEND dwarf_objects "${object}.dwarf")
    endif()
  endforeach()
  add_custom_command(OUTPUT "${work}/library.lib" BYPRODUCTS "${work}/library.dwarf.lib"
    COMMAND ${PORTSIDE_DRIVER_LINK} /lib /machine:x64 "/out:${work}/library.lib" ${library_objects}
    COMMAND ${PORTSIDE_DRIVER_LINK} /lib /machine:x64 "/out:${work}/library.dwarf.lib" ${library_dwarf_objects}
    DEPENDS ${library_objects} COMMENT "Driver ${D_OUTPUT_NAME}: library.lib" VERBATIM)

  set(import_libs "")
  foreach(lib IN LISTS libs)
    portside_import_library(${lib} lib path)
    list(APPEND import_libs "${path}")
  endforeach()
  set(sys "${CMAKE_CURRENT_BINARY_DIR}/${D_OUTPUT_NAME}.sys")
  set(pdb "${CMAKE_CURRENT_BINARY_DIR}/${D_OUTPUT_NAME}.pdb")
  set(dwarf "${CMAKE_CURRENT_BINARY_DIR}/${D_OUTPUT_NAME}.dwarf")
  set(link ${PORTSIDE_DRIVER_LINK} /nologo /driver /subsystem:native /entry:${entry} /machine:x64 /nodefaultlib
      /base:0x140000000 /dynamicbase /nxcompat /tsaware:no /release /opt:ref /opt:noicf /Brepro
      /section:INIT,erd)                   # as the kit's linker marks it: discarded after DriverEntry
  add_custom_command(OUTPUT "${sys}" BYPRODUCTS "${pdb}" "${dwarf}"
    COMMAND ${link} /debug "/pdb:${pdb}" "/pdbaltpath:%_PDB%" "/out:${sys}" ${objects} "${work}/library.lib" ${import_libs}
    COMMAND ${link} /debug:dwarf /ignore:longsections "/out:${dwarf}" ${dwarf_objects} "${work}/library.dwarf.lib" ${import_libs}
    DEPENDS ${objects} "${work}/library.lib" ${import_libs} COMMENT "Driver ${D_OUTPUT_NAME}.sys" VERBATIM)
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
