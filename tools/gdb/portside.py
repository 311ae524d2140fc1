"""gdb for drivers under Portside: `portside play ... --gdb`, or gdb -x portside.py --args portside play ...

When a driver's image is mapped, the symbols beside it are loaded at its address: NAME.dwarf, which portside_add_driver()
makes, or the image itself when it holds DWARF (mingw-w64). So `break DriverEntry` works before anything has run. A driver's
frames are unwound by the image's own .pdata. Without either file the functions have no names, and the frames are right.
"""
import os
import struct

import gdb
from gdb.unwinder import Unwinder

REGISTERS = ("rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15")


def read(address, count):
    return bytes(gdb.selected_inferior().read_memory(address, count))


def words(address, form):
    return struct.unpack(form, read(address, struct.calcsize(form)))


class Image:
    """A mapped PE image: where it lies, and its table of functions."""

    def __init__(self, path, base):
        self.path, self.base = path, base
        header = base + words(base + 0x3C, "<I")[0]
        self.end = base + words(header + 24 + 56, "<I")[0]
        self.preferred = None
        rva, size = words(header + 24 + 112 + 3 * 8, "<II")  # the exception directory
        self.functions = []
        if rva and size:
            table = read(base + rva, size)
            self.functions = [struct.unpack_from("<III", table, i) for i in range(0, size - 11, 12)]

    def load_symbols(self):
        stem = os.path.splitext(self.path)[0]
        for file in (stem + ".dwarf", self.path):
            sections = pe_sections(file)
            if sections and any(name.startswith(".debug_") or name.startswith("/") for name, _ in sections[1]):
                places = {name: self.base + rva for name, rva in sections[1]
                          if not name.startswith((".debug", "/", ".reloc")) and self.base + rva < self.end}
                text = places.pop(".text", None)
                if text is None:
                    continue
                command = "add-symbol-file '%s' 0x%x" % (file, text)
                for name, address in places.items():
                    command += " -s %s 0x%x" % (name, address)
                gdb.execute(command, to_string=True)
                return
        gdb.write("portside: no DWARF beside %s; its functions have no names here\n" % self.path)

    def function_at(self, rva):
        low, high = 0, len(self.functions)
        while low < high:
            middle = (low + high) // 2
            if self.functions[middle][1] <= rva:
                low = middle + 1
            else:
                high = middle
        if low < len(self.functions) and self.functions[low][0] <= rva:
            return self.functions[low]
        return None


def pe_sections(path):
    """(preferred base, [(name, rva)]) of an image file, or None."""
    try:
        with open(path, "rb") as file:
            data = file.read()
        header = struct.unpack_from("<I", data, 0x3C)[0]
        count, symbols, symbol_count, optional = struct.unpack_from("<HxxxxIIH", data, header + 6)
        strings = symbols + 18 * symbol_count
        found = []
        for i in range(count):
            at = header + 24 + optional + 40 * i
            name = data[at:at + 8].rstrip(b"\0").decode("ascii", "replace")
            if name.startswith("/") and symbols:
                start = strings + int(name[1:])
                name = data[start:data.index(b"\0", start)].decode("ascii", "replace")
            found.append((name, struct.unpack_from("<I", data, at + 12)[0]))
        return struct.unpack_from("<Q", data, header + 24 + 24)[0], found
    except (OSError, struct.error, ValueError):
        return None


IMAGES = {}


class ImageLoaded(gdb.Breakpoint):
    """portside_image_loaded(path, base) is called for each image when it can run, and before it does."""

    def __init__(self):
        super().__init__("portside_image_loaded", internal=True)
        self.silent = True

    def stop(self):
        frame = gdb.newest_frame()
        path = gdb.Value(int(frame.read_register("rdi"))).cast(gdb.lookup_type("char").pointer()).string()
        image = Image(path, int(frame.read_register("rsi")))
        IMAGES[image.base] = image
        image.load_symbols()
        return False


class FrameId:
    def __init__(self, sp, pc):
        self.sp, self.pc = sp, pc


class PdataUnwinder(Unwinder):
    """"x64 exception handling" (Microsoft Learn): what a function's prolog did is undone by its unwind codes."""

    def __init__(self):
        super().__init__("portside .pdata")

    def __call__(self, pending):
        pc = int(pending.read_register("rip")) & (1 << 64) - 1
        image = next((i for i in IMAGES.values() if i.base <= pc < i.end), None)
        if not image:
            return None
        context = {name: int(pending.read_register(name)) & (1 << 64) - 1 for name in REGISTERS}
        try:
            cfa = self.undo(image, pc - image.base, context)
        except (gdb.MemoryError, struct.error):
            return None
        unwound = pending.create_unwind_info(FrameId(gdb.Value(cfa), gdb.Value(pc)))
        long_type = gdb.lookup_type("unsigned long")
        for name, value in context.items():
            unwound.add_saved_register(name, gdb.Value(value).cast(long_type))
        unwound.add_saved_register("rip", gdb.Value(self.return_address).cast(long_type))
        return unwound

    def undo(self, image, rva, context):
        function = image.function_at(rva)
        while function:
            begin, _, info = function
            head, prolog, count, frame = words(image.base + info, "<BBBB")
            flags = head >> 3
            codes = read(image.base + info + 4, 2 * count)
            offset = rva - begin
            established = offset >= prolog or flags & 4
            if frame & 15 and (established or self.frame_set(codes, count, offset)):
                context["rsp"] = context[REGISTERS[frame & 15]] - 16 * (frame >> 4)
            i = 0
            while i < count:
                at, op = codes[2 * i], codes[2 * i + 1]
                kind, value = op & 15, op >> 4
                slots, small = self.slots(codes, i, kind, value)
                if established or at <= offset:
                    if kind == 0:  # push
                        context[REGISTERS[value]] = words(context["rsp"], "<Q")[0]
                        context["rsp"] += 8
                    elif kind in (1, 2):  # allocation
                        context["rsp"] += small
                    elif kind in (4, 5):  # a register saved at an offset
                        context[REGISTERS[value]] = words(context["rsp"] + small, "<Q")[0]
                i += slots
            if not flags & 4:  # chained: the primary entry follows the codes
                break
            function = words(image.base + info + 4 + 2 * ((count + 1) & ~1), "<III")
            rva = function[0] + 0x7FFFFFFF  # past its prolog
        self.return_address = words(context["rsp"], "<Q")[0]
        context["rsp"] += 8
        return context["rsp"]

    @staticmethod
    def slots(codes, i, kind, value):
        """(slots, the number that the code carries)"""
        def word(n):
            return struct.unpack_from("<H", codes, 2 * (i + n))[0]
        if kind == 1:
            return (2, 8 * word(1)) if value == 0 else (3, word(1) | word(2) << 16)
        if kind == 2:
            return 1, 8 * value + 8
        if kind == 4:
            return 2, 8 * word(1)
        if kind == 5:
            return 3, word(1) | word(2) << 16
        return {8: 2, 9: 3}.get(kind, 1), 0

    def frame_set(self, codes, count, offset):
        i = 0
        while i < count:
            kind, value = codes[2 * i + 1] & 15, codes[2 * i + 1] >> 4
            if kind == 3:
                return codes[2 * i] <= offset
            i += self.slots(codes, i, kind, value)[0]
        return False


gdb.execute("set breakpoint pending on")
gdb.execute("set confirm off")
# Portside answers cr8, KUSER_SHARED_DATA and page faults of drivers in handlers of its own, and its watchdog counts in signals;
# a fault that ends the machine stops here all the same, at the bug check.
for signal in ("SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE", "SIG37"):
    gdb.execute("handle %s nostop noprint pass" % signal, to_string=True)
ImageLoaded()
gdb.unwinder.register_unwinder(None, PdataUnwinder(), True)
gdb.execute("break portside::kernel::Kernel::bug_check", to_string=True)
