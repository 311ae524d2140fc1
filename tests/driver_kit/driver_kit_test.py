#!/usr/bin/env python3
"""portside_add_driver(), from outside: builds small drivers in a folder of their own and looks at the images.

usage: driver_kit_test.py FOLDER_OF_THE_CMAKE_MODULES
"""
import os
import re
import subprocess
import sys
import tempfile
import unittest

MODULES = ""

PROJECT = """
cmake_minimum_required(VERSION 3.25)
project(kit LANGUAGES NONE)
list(APPEND CMAKE_MODULE_PATH "%s")
include(PortsideAddDriver)
%s
"""

DRIVER = r"""
#include <WDM.H>
#include "Sub\Common.h"
#pragma code_seg("PAGE")
extern "C" NTSTATUS paged_function(volatile int* p) {
  PAGED_CODE();
  __try {
    return *p;
  } __except (EXCEPTION_EXECUTE_HANDLER) {
    return kFallback;
  }
}
#pragma code_seg("INIT")
extern "C" NTSTATUS DriverEntry(PDRIVER_OBJECT, PUNICODE_STRING) {
  volatile double half = 0.5;
  LARGE_INTEGER frequency;
  KeQueryPerformanceCounter(&frequency);
  DbgPrint("%d", static_cast<int>(half * 4));
  return paged_function(nullptr);
}
"""


class DriverKit(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root = folder.name

    def build(self, name, cmake, **files):
        """Configures and builds a project of `files`; returns (success, output, build folder)."""
        root = os.path.join(self.root, name)
        for path, text in {"CMakeLists.txt": PROJECT % (MODULES, cmake), **files}.items():
            path = os.path.join(root, path.replace("__", "/").replace("_DOT_", "."))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
        build = os.path.join(root, "build")
        output = ""
        for command in (["cmake", "-G", "Ninja", "-S", root, "-B", build], ["cmake", "--build", build]):
            run = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
            output += run.stdout + run.stderr
            if run.returncode:
                return False, output, build
        return True, output, build

    def inspect(self, image, *options):
        return subprocess.run(["llvm-readobj-19", *options, image], capture_output=True, text=True, check=True).stdout

    def test_builds_an_image_as_the_kit_would(self):
        # A header in the wrong case, one behind a backslash, structured exceptions, pageable and discarded code.
        ok, output, build = self.build("good", "portside_add_driver(good SOURCES main.cpp)", main_DOT_cpp=DRIVER,
                                       **{"sub/COMMON.H": "constexpr NTSTATUS kFallback = STATUS_ACCESS_VIOLATION;\n"})
        self.assertTrue(ok, output)
        self.assertNotIn("warning", output)
        image = os.path.join(build, "good.sys")
        text = self.inspect(image, "--file-headers", "--sections", "--coff-imports", "--coff-debug-directory")
        self.assertIn("IMAGE_SUBSYSTEM_NATIVE", text)
        self.assertIn("PDBFileName: good.pdb", text)  # beside the image, and no path of this machine
        self.assertIn("Symbol: __C_specific_handler", text)
        self.assertIn("Name: HAL.dll", text)
        self.assertIn("Symbol: KeQueryPerformanceCounter", text)
        self.assertNotIn("CheckSum: 0x0\n", text)
        for section, discarded in (("PAGE", False), ("INIT", True)):
            block = re.search(r"Name: %s .*?Characteristics \[(.*?)\]" % section, text, re.S)
            self.assertIsNotNone(block, section)
            self.assertEqual("MEM_DISCARDABLE" in block.group(1), discarded, section)
        # Every function has unwind data, and lines are found through the PDB.
        self.assertIn("UNW_ExceptionHandler", subprocess.run(
            ["llvm-objdump-19", "-u", image], capture_output=True, text=True, check=True).stdout)
        entry = re.search(r"AddressOfEntryPoint: (0x[0-9A-F]+)", text).group(1)
        lines = subprocess.run(["llvm-symbolizer-19", f"--obj={image}", "--relative-address", entry],
                               capture_output=True, text=True, check=True).stdout
        self.assertRegex(lines, r"DriverEntry\n.*main\.cpp:\d+")

    def test_the_same_sources_make_the_same_image(self):
        images = []
        for name in ("one", "two"):
            ok, output, build = self.build(name, "portside_add_driver(same SOURCES main.c)",
                                           main_DOT_c="#include <wdm.h>\nNTSTATUS DriverEntry(PDRIVER_OBJECT d, "
                                                      "PUNICODE_STRING p) { return 0; }\n")
            self.assertTrue(ok, output)
            with open(os.path.join(build, "same.sys"), "rb") as f:
                images.append(f.read())
        self.assertEqual(len(images[0]), len(images[1]))

    def test_a_driver_s_own_CUnknown_takes_precedence_over_the_library_s(self):
        # Both use wdm.h's port intrinsics and wdmsec.lib; one brings CUnknown along, as drivers do that link no stdunk.lib.
        own = r"""
            CUnknown::CUnknown(PUNKNOWN outer) : m_lRefCount(41), m_pUnknownOuter(outer) {}
            CUnknown::~CUnknown() {}
            STDMETHODIMP_(ULONG) CUnknown::NonDelegatingAddRef() { return ++m_lRefCount; }
            STDMETHODIMP_(ULONG) CUnknown::NonDelegatingRelease() { return --m_lRefCount; }
            STDMETHODIMP_(NTSTATUS) CUnknown::NonDelegatingQueryInterface(REFIID, PVOID*) { return STATUS_NOINTERFACE; }
            """
        main = r"""
            #define PUT_GUIDS_HERE
            #include <portcls.h>
            #include <stdunk.h>
            #include <wdmsec.h>
            %s
            #ifndef _KERNEL_MODE
            #error Microsoft's compiler defines it for a kernel-mode driver
            #endif
            class Thing : public IUnknown, public CUnknown {
             public:
              DECLARE_STD_UNKNOWN();
              DEFINE_STD_CONSTRUCTOR(Thing);
            };
            STDMETHODIMP_(NTSTATUS) Thing::NonDelegatingQueryInterface(REFIID iid, PVOID* out) {
              return CUnknown::NonDelegatingQueryInterface(iid, out);
            }
            extern "C" NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING name) {
              PDEVICE_OBJECT device;
              __outdword(0xCF8, __indword(0xCFC) + NTDDI_VERSION);
              if (new (NonPagedPoolNx, 'gniT') Thing(nullptr))
                return IoCreateDeviceSecure(driver, 0, name, FILE_DEVICE_UNKNOWN, 0, FALSE, &SDDL_DEVOBJ_SYS_ALL_ADM_ALL,
                                            nullptr, &device);
              return STATUS_INSUFFICIENT_RESOURCES;
            }
            """
        for name, body in (("library", ""), ("own", own)):
            ok, output, build = self.build(
                name, "portside_add_driver(thing SOURCES main.cpp DEFINITIONS NTDDI_VERSION=NTDDI_WIN10_RS5 _KERNEL_MODE)",
                main_DOT_cpp=main % body)
            self.assertTrue(ok, output)
            self.assertNotIn("warning", output)
            imports = self.inspect(os.path.join(build, "thing.sys"), "--coff-imports")
            self.assertIn("Symbol: IoCreateDevice", imports)
            symbols = subprocess.run(["llvm-pdbutil-19", "dump", "-modules", os.path.join(build, "thing.pdb")],
                                     capture_output=True, text=True, check=True).stdout
            self.assertEqual("driver_stdunk" in symbols, name == "library", symbols)
            self.assertIn("driver_ports", symbols)

    def test_trace_messages_and_resources_are_left_out(self):
        ok, output, build = self.build(
            "traced", "portside_add_driver(traced SOURCES main.cpp Trace.h traced.rc INCLUDES inc)",
            Trace_DOT_h="// begin_wpp config\n// FUNC TraceEvents(LEVEL, FLAGS, MSG, ...);\n"
                        "//   FUNC TraceInfo{LEVEL=TRACE_LEVEL_INFORMATION}(MSG, ...);\n// end_wpp\n",
            traced_DOT_rc="#include <windows.h>\n",
            inc__sub_DOT_h="#include \"sub.tmh\"\n",
            main_DOT_cpp="""#include <ntddk.h>
                #include "trace.h"
                #include "main.tmh"
                #include "sub.h"
                extern "C" NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path) {
                  WPP_INIT_TRACING(driver, path);
                  TraceEvents(TRACE_LEVEL_ERROR, NO_SUCH_FLAG, "status %!STATUS!", STATUS_SUCCESS);
                  TraceInfo("path %wZ", path);
                  DoTraceMessage(NO_SUCH_FLAG, "done");
                  WPP_CLEANUP(driver);
                  return STATUS_SUCCESS;
                }
                """)
        self.assertTrue(ok, output)
        self.assertNotIn("warning", output)

    def test_interfaces_in_c(self):
        # A miniport of functions and a table of them, and a port's methods called through its own.
        ok, output, build = self.build("c", "portside_add_driver(c SOURCES main.c)", main_DOT_c=r"""
            #include <initguid.h>
            #include <portcls.h>
            typedef struct { IMiniportTopology base; PPORTTOPOLOGY port; LONG references; } Topology;
            static NTSTATUS NTAPI query(IMiniportTopology* self, REFIID iid, PVOID* out) {
              if (!IsEqualGUID(iid, &IID_IUnknown) && !IsEqualGUID(iid, &IID_IMiniport)) return STATUS_NOINTERFACE;
              self->lpVtbl->AddRef(self);
              *out = self;
              return STATUS_SUCCESS;
            }
            static ULONG NTAPI add_ref(IMiniportTopology* self) { return InterlockedIncrement(&((Topology*)self)->references); }
            static ULONG NTAPI release(IMiniportTopology* self) { return InterlockedDecrement(&((Topology*)self)->references); }
            static NTSTATUS NTAPI describe(IMiniportTopology* self, PPCFILTER_DESCRIPTOR* out) { return STATUS_NOT_IMPLEMENTED; }
            static NTSTATUS NTAPI intersect(IMiniportTopology* self, ULONG pin, PKSDATARANGE a, PKSDATARANGE b, ULONG n, PVOID out,
                                            PULONG length) { return STATUS_NOT_IMPLEMENTED; }
            static NTSTATUS NTAPI init(IMiniportTopology* self, PUNKNOWN adapter, PRESOURCELIST list, PPORTTOPOLOGY port) {
              ((Topology*)self)->port = port;
              return list->lpVtbl->NumberOfEntries(list) ? STATUS_SUCCESS : STATUS_DEVICE_CONFIGURATION_ERROR;
            }
            static IMiniportTopologyVtbl methods = {query, add_ref, release, describe, intersect, init};
            C_ASSERT(FIELD_OFFSET(IMiniportWaveRTStreamNotificationVtbl, AllocateBufferWithNotification) == 11 * sizeof(void*));
            C_ASSERT(sizeof(IPortWaveRTStreamVtbl) == 10 * sizeof(void*));
            C_ASSERT(sizeof(IDmaChannelSlaveVtbl) == 19 * sizeof(void*));
            C_ASSERT(FIELD_OFFSET(IAdapterPowerManagement3Vtbl, PowerChangeState3) == 7 * sizeof(void*));
            static Topology topology = {{&methods}};
            NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path) {
              PPORT port;
              NTSTATUS status = PcNewPort(&port, &CLSID_PortTopology);
              if (!NT_SUCCESS(status)) return status;
              status = port->lpVtbl->Init(port, NULL, NULL, (PUNKNOWN)&topology, NULL, NULL);
              port->lpVtbl->Release(port);
              return status;
            }
            """)
        self.assertTrue(ok, output)
        self.assertNotIn("warning", output)
        self.assertIn("Symbol: PcNewPort", self.inspect(os.path.join(build, "c.sys"), "--coff-imports"))

    def test_an_unknown_function_fails_at_link_by_name(self):
        ok, output, _ = self.build(
            "unknown", "portside_add_driver(bad SOURCES main.cpp)",
            main_DOT_cpp='#include <wdm.h>\nextern "C" NTSTATUS KeSetEvnt(void*);\n'
                         'extern "C" NTSTATUS DriverEntry(PDRIVER_OBJECT d, PUNICODE_STRING) { return KeSetEvnt(d); }\n')
        self.assertFalse(ok)
        self.assertIn("undefined symbol: KeSetEvnt", output)

    def test_a_library_that_is_not_named_is_not_linked(self):
        ok, output, _ = self.build(
            "unnamed", "portside_add_driver(bad SOURCES main.cpp LIBS ntoskrnl)",
            main_DOT_cpp='#include <wdm.h>\nextern "C" NTSTATUS PcDispatchIrp(PDEVICE_OBJECT, PIRP);\n'
                         'extern "C" NTSTATUS DriverEntry(PDRIVER_OBJECT, PUNICODE_STRING) '
                         '{ return PcDispatchIrp(nullptr, nullptr); }\n')
        self.assertFalse(ok)
        self.assertIn("undefined symbol: PcDispatchIrp", output)

    def test_an_inx_is_stamped_whatever_its_encoding(self):
        for name, encoding in (("narrow", "utf-8"), ("wide", "utf-16")):
            root = os.path.join(self.root, name)
            os.makedirs(root)
            with open(os.path.join(root, "x.INX"), "wb") as f:
                f.write("[Models.NT$ARCH$]\r\n; \u00e9 $KMDFVERSION$ $OTHER$\r\n".encode(encoding))
            ok, output, build = self.build(
                name, "portside_add_driver(x SOURCES MAIN.c INF x.inx)",
                main_DOT_c="#include <wdm.h>\nNTSTATUS DriverEntry(PDRIVER_OBJECT d, PUNICODE_STRING p) { return 0; }\n")
            self.assertTrue(ok, output)
            with open(os.path.join(build, "x.inf"), "rb") as f:
                self.assertEqual(f.read().decode(encoding), "[Models.NTamd64]\r\n; \u00e9 1.33 $OTHER$\r\n")

    def test_the_image_and_the_file_for_gdb_have_one_layout(self):
        ok, output, build = self.build("layout", "portside_add_driver(good SOURCES main.cpp)", main_DOT_cpp=DRIVER,
                                       **{"sub/COMMON.H": "constexpr NTSTATUS kFallback = STATUS_ACCESS_VIOLATION;\n"})
        self.assertTrue(ok, output)
        places = []
        for file in ("good.sys", "good.dwarf"):
            text = self.inspect(os.path.join(build, file), "--sections")
            places.append({m[0]: m[1] for m in re.findall(r"Name: (\S+) .*?VirtualAddress: (\S+)", text, re.S)
                           if not m[0].startswith((".debug", ".reloc"))})
        self.assertEqual(places[0], places[1])
        self.assertIn("PAGE", places[0])
        self.assertNotIn(".debug_info", self.inspect(os.path.join(build, "good.sys"), "--sections"))

    def test_wrong_arguments_are_told(self):
        for cmake, sentence in (
                ("portside_add_driver(a SOURCES CMakeLists.txt LIBS user32)", "no import list for 'user32'"),
                ("portside_add_driver(a SOURCES CMakeLists.txt COMPILER msvc)", "COMPILER is clang or mingw"),
                ("portside_add_driver(a SOURCES CMakeLists.txt SANITIZE valgrind)", "SANITIZE is address or undefined, not 'valgrind'"),
                ("portside_add_driver(a SOURCES CMakeLists.txt COVERAGE COMPILER mingw)", "need COMPILER clang"),
                ("portside_add_driver(a SOURCES x.cpp)", "there is no file"),
                ("portside_add_driver(a SOURCES CMakeLists.txt INCLUDES nowhere)", "there is no folder"),
                ("portside_add_driver(a SOURCES CMakeLists.txt KMFD)", "there is no file"),
                ("portside_add_driver_test(t DRIVER none COMMAND play)", "'none' is no driver"),
                ("portside_add_driver(a)", "needs SOURCES")):
            ok, output, _ = self.build("wrong", cmake)
            self.assertFalse(ok)
            self.assertIn(sentence, " ".join(output.split()))


if __name__ == "__main__":
    MODULES = os.path.abspath(sys.argv.pop(1))
    unittest.main()
