#!/usr/bin/python3
"""Turns what a program printed on a terminal into an SVG: terminal_picture.py TITLE < run.ansi > run.svg

Understands the colors that Portside prints (SGR bold, dim, red, green, yellow, cyan) and nothing else; the text stays
text, so that it can be searched and read aloud.
"""
import html
import re
import sys

COLORS = {"31": "#ff7b72", "32": "#7ee787", "33": "#e3b341", "36": "#79c0ff"}
LINE, CHAR, MARGIN, TOP = 17, 7.83, 18, 44


def spans(line, style):
    """Yields (text, style) of a line; style is the set of SGR codes in force."""
    for part in re.split(r"(\x1b\[[0-9;]*[mK])", line):
        codes = re.fullmatch(r"\x1b\[([0-9;]*)([mK])", part)
        if not codes:
            if part:
                yield part, frozenset(style)
        elif codes.group(2) == "m":
            for code in codes.group(1).split(";"):
                if code in ("", "0"):
                    style.clear()
                else:
                    style.add(code)


def attributes(style):
    color = next((COLORS[c] for c in style if c in COLORS), "#8b949e" if "2" in style else "#e6edf3")
    return f'fill="{color}"' + (' font-weight="bold"' if "1" in style else "")


def picture(title, text):
    lines = text.rstrip("\n").split("\n")
    plain = [re.sub(r"\x1b\[[0-9;]*[mK]", "", line) for line in lines]
    width = int(max([len(line) for line in plain] + [len(title) + 12]) * CHAR + 2 * MARGIN)
    height = TOP + LINE * len(lines) + MARGIN
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
           f'role="img" aria-label="{html.escape(title, quote=True)}">',
           f'<rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>',
           '<circle cx="20" cy="18" r="6" fill="#ff5f57"/><circle cx="40" cy="18" r="6" fill="#febc2e"/>'
           '<circle cx="60" cy="18" r="6" fill="#28c840"/>',
           f'<text x="{width / 2}" y="22" text-anchor="middle" font-family="sans-serif" font-size="12" fill="#8b949e">'
           f'{html.escape(title)}</text>',
           '<g font-family="ui-monospace, Menlo, DejaVu Sans Mono, monospace" font-size="13" xml:space="preserve">']
    style = set()
    for number, line in enumerate(lines):
        body = "".join(f"<tspan {attributes(s)}>{html.escape(t)}</tspan>" for t, s in spans(line, style))
        out.append(f'<text x="{MARGIN}" y="{TOP + LINE * number + 10}">{body}</text>')
    out.append("</g></svg>")
    return "\n".join(out) + "\n"


if __name__ == "__main__":
    sys.stdout.write(picture(sys.argv[1] if len(sys.argv) > 1 else "", sys.stdin.read()))
