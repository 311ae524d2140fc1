#!/usr/bin/env python3
"""What the sources say of interfaces and properties, to hold the support table against.

interface_rows.py ROOT prints fresh rows for src/portcls/interfaces.inc, keeping the grades and notes that stand there.
"""
import os
import re
import sys

# Interfaces that a driver implements and Portside calls; all others are the other way round.
OF_DRIVERS = re.compile(r"^(IMiniport|IPin(Count|Name)$|IAdapter|IPowerNotify$|IServiceSink$|IMusicTechnology$|IDrmAudioStream$)")
COM = ("QueryInterface", "AddRef", "Release")


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def read_interfaces(root):
    """{interface: (base, [methods of its own])} in the order of the headers."""
    folder = os.path.join(root, "include/ddk/portside")
    interfaces = {}
    for name in sorted(os.listdir(folder)):
        # pc_wavecyclic.h: declared for sources that name its types, and Portside has no such port.
        if not name.startswith(("pc_", "drm_")) or name == "pc_wavecyclic.h":
            continue
        text = read(os.path.join(folder, name))
        # An interface that others are derived from has its methods in a macro, which C needs to repeat them.
        macros = {}
        for macro, body in re.findall(r"^#define ((?:DEFINE_ABSTRACT|PORTSIDE_DMA)_\w+)(?:\(\))? ((?:.*\\\n)*.*)\n", text, re.M):
            macros[macro] = macros.get(macro, "") + body  # of every target
        for match in re.finditer(r"DECLARE_INTERFACE_\((\w+), (\w+)\) \{(.*?)\n\};", text, re.S):
            body = re.sub(r"PORTSIDE_INHERITED\(\w+\(\)\)", "", match.group(3))
            for _ in range(2):  # one names the other
                body = re.sub(r"\b((?:DEFINE_ABSTRACT|PORTSIDE_DMA)_\w+)(?:\(\))?", lambda m: macros.get(m[1], ""), body)
            methods = re.findall(r"STDMETHOD(?:_\(\w+\W*, (\w+)\)|\((\w+)\))", body)
            own = [a or b for a, b in methods if (a or b) not in COM]
            interfaces[match.group(1)] = (match.group(2), own)
    return interfaces


def read_rows(root):
    """{(interface, method): (grade, note)} and the order."""
    text = read(os.path.join(root, "src/portcls/interfaces.inc"))
    return {(i, m): (g, n) for i, m, g, n in re.findall(r'^METHOD\((\w+), (\w+), k(\w+), "(.*)"\)$', text, re.M)}


def host_sources(root):
    for layer in ("ks", "portcls", "exports", "io"):
        for directory, _, names in os.walk(os.path.join(root, "src", layer)):
            for name in names:
                if name.endswith((".h", ".cpp")) and not name.endswith(("_test.cpp", "_fixture.h", "_fixture.cpp")) and "testing" not in directory:
                    yield read(os.path.join(directory, name))


class Evidence:
    """Which interfaces our classes derive from, and which methods our code calls through a pointer."""

    def __init__(self, root, interfaces):
        text = "\n".join(host_sources(root))
        self.called = set(re.findall(r"(?:->|\.)(\w+)\(", text)) | set(re.findall(r"&\w+::(\w+)", text))
        bases = re.findall(r"class \w+(?: final)? : ([^{;]*)\{", text)
        # A class template's argument: WaveRtPort = PortObject<IPortWaveRT, ...>.
        bases += re.findall(r"\b\w+<(IPort\w*|I[A-Z]\w+)\b", text)
        bases += re.findall(r"using Interface = (I\w+);", text)
        self.implemented = set(re.findall(r"\bI[A-Z]\w+", " ".join(bases)))
        for name in list(self.implemented):  # with an interface come those it inherits
            while name in interfaces:
                self.implemented.add(name)
                name = interfaces[name][0]

    def has(self, interface, method):
        return method in self.called if OF_DRIVERS.match(interface) else interface in self.implemented


def main(root):
    interfaces, rows = read_interfaces(root), {}
    if os.path.exists(os.path.join(root, "src/portcls/interfaces.inc")):
        rows = read_rows(root)
    evidence = Evidence(root, interfaces)
    for interface, (base, methods) in interfaces.items():
        if not methods:
            continue
        print(f"\nINTERFACE({interface}, {'kDriver' if OF_DRIVERS.match(interface) else 'kPortside'})")
        for method in methods:
            there = evidence.has(interface, method)
            grade, note = rows.get((interface, method), ("Full" if there else "Missing", ""))
            if (grade == "Missing") == there:
                grade = "Full" if there else "Missing"
            print(f'METHOD({interface}, {method}, k{grade}, "{note}")')


if __name__ == "__main__":
    main(sys.argv[1])
