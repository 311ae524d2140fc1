#!/usr/bin/python3
"""Holds include/ddk against mingw-w64's headers: whatever both define must be the same.

Both sides are read by clang, ours for the MSVC target, theirs for the mingw target (the same processor, the same data
model). Names come from each side's syntax tree and macro list; values and layouts come from the compiler, asked by
generated probes. Compared are: sizes and alignments of types, offsets of members, enumerators and integer macros
(status values, control codes, flags), GUIDs, the order of virtual methods with their parameter counts, and the
parameter counts of functions. A difference fails unless oracle_exceptions.txt argues it; so does an exception that no
longer differs, and so does a run that compares fewer things than the floors below.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
FLOORS = {"type": 1000, "member": 2600, "enumerator": 650, "macro": 2900, "guid": 420, "method": 270, "function": 560}

# Names that each target's compiler or C library makes for itself.
OF_THE_COMPILER = re.compile(r"__|max_align_t|va_list|u?int_(fast|least)|U?INT_(FAST|LEAST)|WCHAR_M|WINT_M|MB_LEN_MAX|"
                             r"NTDDI_VERSION|PORTSIDE_|PTRDIFF_|SIG_ATOMIC")


class Side:
    def __init__(self, name, command, header, work):
        self.name, self.command, self.header, self.work = name, command, os.path.join(HERE, header), work
        self.dropped = set()

    def run(self, extra, source="", check=True):
        path = os.path.join(self.work, self.name + ".cpp")
        with open(path, "w") as f:
            f.write('#include "%s"\n' % self.header + source)
        p = subprocess.run(self.command + extra + [path], capture_output=True, text=True, errors="replace")
        if check and p.returncode:
            sys.exit("oracle: %s does not compile:\n%s" % (self.name, p.stderr[:4000]))
        return p

    def read(self):
        tree = self.run(["-fsyntax-only", "-Xclang", "-ast-dump", "-fno-color-diagnostics"]).stdout.split("\n")
        macros = self.run(["-E", "-dM"]).stdout
        self.macros = {m[1]: m[2].strip() for m in re.finditer(r"^#define (\w+) (.+)$", macros, re.M)}
        self.types, self.enumerators, self.guids = set(), set(), set()
        self.functions, self.records = {}, {}
        current = None
        for line in tree:
            m = re.match(r"([| `-]*)(\w+)Decl 0x\w+ (?:prev 0x\w+ )?<.*?> (?:<?[^ ]*:\d+(?::\d+)?>?(?:, [^ ]+>)? )?(.*)", line)
            if m:
                depth, kind, rest = len(m[1]), m[2], m[3]
                rest = re.sub(r"^((?:implicit|referenced|used|invalid|constexpr) )+", "", rest)
                self.declaration(depth, kind, rest)
            else:
                m = re.match(r"([| `-]*)(?:virtual )?public '(\w+)'", line)
                if m and self.current and len(m[1]) == self.depth + 2:
                    self.records[self.current]["base"] = m[2]

    current, depth = None, 0

    def declaration(self, depth, kind, rest):
        if self.current and depth <= self.depth:
            self.current = None
        if kind == "Typedef":
            m = re.match(r"(\w+) '", rest)
            if m:
                self.types.add(m[1])
        elif kind == "CXXRecord" and depth <= 4:
            m = re.match(r"(?:struct|class|union) (\w+) definition", rest)
            if m:
                self.types.add(m[1])
                self.current, self.depth = m[1], depth
                self.records[m[1]] = {"base": None, "methods": []}
        elif kind == "Enum":
            m = re.match(r"(\w+)", rest)
        elif kind == "EnumConstant":
            m = re.match(r"(\w+) '", rest)
            if m:
                self.enumerators.add(m[1])
        elif kind == "CXXMethod" and self.current and depth == self.depth + 2:
            m = re.match(r"(~?\w+) '(.*?)'(.*)", rest)
            if m and "virtual" in m[3]:
                self.records[self.current]["methods"].append((m[1], parameters(m[2])))
        elif kind == "Function" and depth <= 4:
            m = re.match(r"(\w+) '(.*?)'", rest)
            if m:
                self.functions[m[1]] = parameters(m[2])
        elif kind == "Var" and depth <= 4:
            m = re.match(r"(\w+) 'const (GUID|DEVPROPKEY|IID|CLSID)'", rest)
            if m:
                self.guids.add(m[1])

    def vtable(self, record):
        r = self.records.get(record)
        if r is None:
            return []
        table = list(self.vtable(r["base"])) if r["base"] else []
        have = {n for n, _ in table}
        # A slot that gives its struct through an explicit pointer, XTo, is the slot X of the MSVC target.
        methods = [(n[:-2], count - 1) if n.endswith("AddressTo") else (n, count) for n, count in r["methods"]]
        return table + [m for m in methods if m[0] not in have]

    def compilable(self, lines):
        """The indices of the lines that compile on this side; each line stands alone."""
        good = dict(lines)
        while True:
            order = sorted(good)
            source = "".join("#line %d \"probe\"\n%s\n" % (i + 1, good[i]) for i in order)
            p = self.run(["-fsyntax-only", "-ferror-limit=0", "-fno-caret-diagnostics"], source, check=False)
            if p.returncode == 0:
                return set(good)
            bad = {int(m[1]) - 1 for m in re.finditer(r"^probe:(\d+):\d+: (?:fatal )?error", p.stderr, re.M)}
            bad &= set(good)
            if not bad:
                sys.exit("oracle: probes of %s fail:\n%s" % (self.name, p.stderr[:3000]))
            for i in bad:
                del good[i]

    def ir(self, source):
        return self.run(["-S", "-emit-llvm", "-O0", "-o", "-"], source).stdout


def parameters(signature):
    """How many parameters a function type has, from its spelling."""
    start = signature.find("(")
    if start < 0:
        return -1
    depth, count, text = 0, 1, ""
    for c in signature[start:]:
        depth += c in "(<" and 1 or c in ")>" and -1 or 0
        if depth == 0:
            break
        count += c == "," and depth == 1
        text += c
    return 0 if text[1:].strip() in ("", "void", "VOID") else count


def both(a, b, lines):
    """Lines that compile on both sides."""
    keep = a.compilable(lines)
    keep = b.compilable({i: l for i, l in lines.items() if i in keep})
    return {i: l for i, l in lines.items() if i in keep}


def layouts(side, source, names):
    out = side.run(["-fsyntax-only", "-Xclang", "-fdump-record-layouts-complete"], source).stdout
    found = {}
    for dump in out.split("*** Dumping AST Record Layout")[1:]:
        lines = [l for l in dump.strip("\n").split("\n") if "|" in l]
        m = re.match(r"\s*0 \| struct oracle_(\w+)", lines[0]) if lines else None
        if not m or m[1] not in names:
            continue
        members, path = {}, []
        for l in lines[1:]:
            m = re.match(r"\s*(\d+(?::\d+-\d+)?) \| ( *)(.*)", l)
            if not m:
                s = re.search(r"sizeof=(\d+)(?:, dsize=\d+)?, align=(\d+)", l)
                if s:
                    found[m_name(lines)] = (int(s[1]), int(s[2]), members)
                continue
            level = len(m[2]) // 2
            text = re.sub(r"\((?:unnamed|anonymous) [^)]*\)", "", m[3]).rstrip()
            anonymous = re.fullmatch(r"(?:struct|union|class|enum)\s*(?:[\w:]*::)?\s*", text)
            field = None if anonymous else re.sub(r"\[.*", "", text.split()[-1].split("*")[-1])
            # A member of a type that has a name is compared under that name: only the first level and unnamed parts here.
            inside = path[:level - 1]
            path = inside + [(field, level == 1 or "(unnamed" in m[3] or "(anonymous" in m[3])]
            if field and all(open_ for _, open_ in inside):
                members[".".join(f for f, _ in path[1:] if f)] = m[1]
    return found


def m_name(lines):
    return re.match(r"\s*0 \| struct oracle_(\w+)", lines[0])[1]


def constants(text, prefix):
    found = {}
    for m in re.finditer(r"^@" + prefix + r"(\w+) = .*?(?:global|constant) i64 (-?\d+)", text, re.M):
        found[m[1]] = int(m[2])
    return found


def guid_values(text):
    """Every GUID or property key defined in a module, by name."""
    found = {}
    number = r"i\d+ (-?\d+)"
    pattern = (r"^@(?:\"?)(\w+)(?:\"?) = .*?\{ " + number + ", " + number + ", " + number +
               r", \[8 x i8\] (c\"(?:[^\"\\]|\\.)*\"|zeroinitializer) ?\}(?:, i32 (\d+) ?\})?")
    for m in re.finditer(pattern, text, re.M):
        if m[5] == "zeroinitializer":
            tail = bytes(8)
        else:
            tail = re.sub(rb"\\([0-9A-Fa-f]{2})", lambda x: bytes([int(x[1], 16)]), m[5][2:-1].encode("latin1"))
        found[m[1]] = "%08X-%04X-%04X-%s%s" % (int(m[2]) & 0xFFFFFFFF, int(m[3]) & 0xFFFF, int(m[4]) & 0xFFFF,
                                               tail.hex().upper(), "/" + m[6] if m[6] else "")
    return found


def compare(ours, theirs):
    """What both sides define: how many of each kind were compared, and what differs."""
    for side in (ours, theirs):
        side.read()

    compared = dict.fromkeys(FLOORS, 0)
    differences = {}

    def check(kind, name, a, b):
        compared[kind] += 1
        if a != b:
            differences["%s %s" % (kind, name)] = (a, b)

    # Types and members.
    names = sorted(n for n in ours.types & theirs.types if not n.startswith("_") or n[1:2].isupper())
    names = [n for n in names if not OF_THE_COMPILER.match(n)]
    lines = {i: "struct oracle_%s { %s m; };" % (n, n) for i, n in enumerate(names)}
    lines = both(ours, theirs, lines)
    source = "\n".join(lines.values())
    wanted = {names[i] for i in lines}
    # _X and X are one type in two spellings.
    twins = {n for n in wanted if n.startswith("_") and n[1:] in wanted}
    wanted -= twins
    mine, other = layouts(ours, source, wanted), layouts(theirs, source, wanted)
    for n in sorted(set(mine) & set(other)):
        check("type", n, mine[n][:2], other[n][:2])
        for member in sorted(set(mine[n][2]) & set(other[n][2])):
            check("member", n + "." + member, mine[n][2][member], other[n][2][member])

    # Enumerators and integer macros.
    for kind, names in (("enumerator", sorted(ours.enumerators & theirs.enumerators)),
                        ("macro", sorted(n for n in set(ours.macros) & set(theirs.macros) if not OF_THE_COMPILER.match(n)))):
        lines = {i: 'extern "C" { extern const long long oracle_%s; constexpr long long oracle_%s = (long long)(%s); }' %
                 (n, n, n) for i, n in enumerate(names)}
        source = "\n".join(both(ours, theirs, lines).values())
        a, b = constants(ours.ir(source), "oracle_"), constants(theirs.ir(source), "oracle_")
        for n in sorted(set(a) & set(b)):
            check(kind, n, a[n] & 0xFFFFFFFFFFFFFFFF, b[n] & 0xFFFFFFFFFFFFFFFF)

    # GUIDs: those of DEFINE_GUID from the modules themselves, those of kernel streaming by their STATIC_ lists.
    shared = sorted(ours.guids & theirs.guids)
    use = "extern \"C\" { extern const void* const oracle_use[]; const void* const oracle_use[] = {%s}; }" % (
        ", ".join("&" + n for n in shared))
    a, b = guid_values(ours.ir(use)), guid_values(theirs.ir(use))
    for n in shared:
        if n in a and n in b:
            check("guid", n, a[n], b[n])
    statics = {}
    for side in (ours, theirs):
        text = side.run(["-E", "-dM"]).stdout
        statics[side.name] = set(re.findall(r"^#define STATIC_(\w+) ", text, re.M))
    shared = sorted(statics[ours.name] & statics[theirs.name])
    lines = {i: 'struct oracle_%s { unsigned l; unsigned short w1, w2; unsigned char b[8]; }; extern "C" { extern const '
                'oracle_%s oracle_s_%s; const oracle_%s oracle_s_%s = {(unsigned)PORTSIDE_FIRST(STATIC_%s)}; }' %
                (n, n, n, n, n, n) for i, n in enumerate(shared)}
    head = ("#define PORTSIDE_FIRST_(l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) "
            "l, w1, w2, {b1, b2, b3, b4, b5, b6, b7, b8}\n#define PORTSIDE_FIRST(...) PORTSIDE_FIRST_(__VA_ARGS__)\n")
    lines = {i: l.replace("(unsigned)", "") for i, l in lines.items()}
    lines[-1] = head
    lines = both(ours, theirs, lines)
    source = "\n".join(lines[i] for i in sorted(lines))
    a, b = guid_values(ours.ir(source)), guid_values(theirs.ir(source))
    for n in shared:
        key = "oracle_s_" + n
        if key in a and key in b:
            check("guid", n, a[key], b[key])

    # Virtual methods, in order, with how many parameters each takes.
    for n in sorted(set(ours.records) & set(theirs.records)):
        a, b = ours.vtable(n), theirs.vtable(n)
        if not a or not b:
            continue
        a = [m for m in a if not m[0].startswith("~")]
        b = [m for m in b if not m[0].startswith("~")]
        check("method", n, [m[0] for m in a], [m[0] for m in b])
        for (x, px), (y, py) in zip(a, b):
            if x == y:
                check("method", n + "::" + x, px, py)

    for n in sorted(set(ours.functions) & set(theirs.functions)):
        if re.match(r"(Ke|Kf|Ex|Mm|Io|Ob|Ps|Po|Rtl|Zw|Hal|Dbg|Pc|Ks|Drm|Wdf|Etw|Se|vDbg|Interlocked)", n):
            check("function", n, ours.functions[n], theirs.functions[n])

    return compared, differences


def report(compared, differences, floors, exceptions, verbose, theirs):
    argued = {}
    if exceptions:
        with open(os.path.join(HERE, exceptions)) as f:
            for line in f:
                if line.strip() and not line.startswith("#"):
                    what, _, why = line.rstrip().partition(" : ")
                    argued[what.strip()] = why.strip()
    failed = False
    for d, (a, b) in differences.items():
        if d not in argued:
            print("DIFFERS %s: ours %s, %s %s" % (d, a, theirs, b))
            failed = True
        elif verbose:
            print("argued  %s: ours %s, %s %s (%s)" % (d, a, theirs, b, argued[d]))
    for d in argued:
        if d not in differences:
            print("STALE exception: %s" % d)
            failed = True
        elif not argued[d]:
            print("UNARGUED exception: %s" % d)
            failed = True
    for kind, floor in floors.items():
        print("%-11s %5d compared (floor %d)" % (kind, compared[kind], floor))
        if compared[kind] < floor:
            print("TOO FEW %ss compared: something hides the headers from this test" % kind)
            failed = True
    print("%d compared, %d argued exceptions" % (sum(compared.values()), len(argued)))
    return 1 if failed else 0


def common_options(clang):
    return [clang, "-w", "-fms-extensions"]


def msvc_side(o, work, name="ours"):
    return Side(name, common_options(o.clang) + ["--target=x86_64-pc-windows-msvc", "-std=c++20", "-ffreestanding",
                "-nostdlibinc", "-fms-compatibility", "-isystem", o.ddk, "-isystem", o.ddk + "/crt"], "our_side.h", work)


def arguments():
    p = argparse.ArgumentParser()
    p.add_argument("--clang", default="clang++-19")
    p.add_argument("--ddk", default=os.path.join(HERE, "../../include/ddk"))
    p.add_argument("--mingw", default="/usr/share/mingw-w64/include")
    p.add_argument("--verbose", action="store_true")
    return p.parse_args()


def main():
    o = arguments()
    with tempfile.TemporaryDirectory(prefix="oracle") as work:
        theirs = Side("mingw", common_options(o.clang) + ["--target=x86_64-w64-windows-gnu", "-std=gnu++20",
                      "-nostdlibinc", "-isystem", o.mingw + "/ddk", "-isystem", o.mingw], "mingw_side.h", work)
        compared, differences = compare(msvc_side(o, work), theirs)
    return report(compared, differences, FLOORS, "oracle_exceptions.txt", o.verbose, "mingw")


if __name__ == "__main__":
    sys.exit(main())
