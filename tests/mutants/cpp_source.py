"""A C++ source of a driver as tokens and statements: as much syntax as the operators need, from formatted sources.

The drivers are formatted by clang-format, and this leans on it where C++ alone is ambiguous: a relational or a binary operator
has a space on either side, a template's angle bracket and a pointer's star have none. What is not understood is `other`, and no
operator touches it.
"""
import re

TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/)
      |(?P<pp>^[ \t]*\#(?:[^\n\\]|\\.|\\\n)*)
      |(?P<str>(?:L|u8|u|U)?"(?:[^"\\\n]|\\.)*")
      |(?P<chr>L?'(?:[^'\\\n]|\\.)+')
      |(?P<num>(?:0[xX][0-9a-fA-F']+|[0-9][0-9']*(?:\.[0-9]+)?)[a-zA-Z]*)
      |(?P<id>[A-Za-z_]\w*)
      |(?P<punct><<=|>>=|\.\.\.|->\*|::|->|\+\+|--|<<|<=|>=|==|!=|&&|\|\||\+=|-=|\*=|/=|%=|&=|\|=|\^=|.)""",
    re.X | re.S | re.M)
OPEN = {"(": ")", "[": "]", "{": "}"}
ASSIGNMENTS = {"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="}
KEYWORDS = {"if", "for", "while", "switch", "return", "sizeof", "static_cast", "reinterpret_cast", "const_cast", "alignof", "decltype",
            "static_assert", "catch", "constexpr", "delete", "new", "case", "else", "do", "operator", "typedef", "using"}


class Token:
    __slots__ = ("kind", "text", "start", "end", "spaced")

    def __init__(self, kind, text, start, end, spaced):
        self.kind, self.text, self.start, self.end, self.spaced = kind, text, start, end, spaced  # spaced: a space before it

    def __repr__(self):
        return self.text


class Statement:
    """first and last are token indices, both inside. condition: the tokens between an if's, a loop's parentheses."""

    def __init__(self, kind, first, last=None):
        self.kind, self.first, self.last = kind, first, last
        self.parent = self.condition = self.then = self.otherwise = None
        self.children = []  # of a block; the body of a loop or switch; lambdas inside an expression

    def walk(self):
        yield self
        for child in self.children:
            yield from child.walk()

    def place(self):
        """(the list of statements that this one stands in, its index there), or (None, 0) for a body without braces."""
        if self.parent is not None and self.parent.kind == "block":
            return self.parent.children, self.parent.children.index(self)
        return None, 0


class Call:
    """name( arguments ): `start` is the first token of the whole postfix expression (`port->`), arguments are (first, last) pairs."""

    def __init__(self, name, start, at, open_, close, arguments):
        self.name, self.start, self.at, self.open, self.close, self.arguments = name, start, at, open_, close, arguments


class Function:
    def __init__(self, name, body, first):
        self.name, self.body, self.first = name, body, first


class Source:
    def __init__(self, name, text):
        self.name, self.text = name, text
        self.tokens, self.directives, self.match = [], [], {}
        self.functions = []
        self._tokenise()
        self._scope(0, len(self.tokens))
        self.functions.sort(key=lambda f: f.body.first)

    # --- reading -------------------------------------------------------------------------------------------------

    def _tokenise(self):
        at, spaced, stack = 0, True, []
        while at < len(self.text):
            found = TOKEN.match(self.text, at)
            kind = found.lastgroup
            if kind == "space":
                spaced = True
            elif kind == "pp":
                self.directives.append(Token("pp", found.group(), found.start(), found.end(), True))
                spaced = True
            else:
                token = Token(kind, found.group(), found.start(), found.end(), spaced)
                index = len(self.tokens)
                if kind == "punct" and token.text in OPEN:
                    stack.append(index)
                elif kind == "punct" and token.text in OPEN.values():
                    if not stack or OPEN[self.tokens[stack[-1]].text] != token.text:
                        raise ValueError(f"{self.name}: unbalanced {token.text} at offset {token.start}")
                    self.match[stack[-1]] = index
                    self.match[index] = stack.pop()
                self.tokens.append(token)
                spaced = False
            at = found.end()
        if stack:
            raise ValueError(f"{self.name}: nothing closes the {self.tokens[stack[-1]].text} at offset {self.tokens[stack[-1]].start}")

    def of(self, first, last):
        """The text from one token to another, both inside."""
        return self.text[self.tokens[first].start:self.tokens[last].end]

    def is_(self, index, *texts):
        return 0 <= index < len(self.tokens) and self.tokens[index].text in texts

    def line(self, offset):
        return self.text.count("\n", 0, offset) + 1

    def top_level(self, first, last, *texts):
        """Indices of tokens of these texts between first and last, outside of any bracket."""
        found, i = [], first
        while i <= last:
            if self.tokens[i].text in texts:
                found.append(i)
            i = self.match[i] + 1 if self.tokens[i].text in OPEN else i + 1
        return found

    def _skip_angles(self, i):
        depth = 0
        while True:
            text = self.tokens[i].text
            depth += (text == "<") - (text == ">") - 2 * (text == ">>")
            i += 1
            if depth <= 0:
                return i

    # --- declarations --------------------------------------------------------------------------------------------

    def _scope(self, i, end):
        while i < end:
            if self.is_(i, "template"):
                i = self._skip_angles(i + 1)
            elif self.is_(i, "namespace", "class", "struct", "union", "extern", "enum"):
                i = self._named_scope(i, end)
            elif self.is_(i, "public", "private", "protected") and self.is_(i + 1, ":"):
                i += 2
            elif self.is_(i, ";"):
                i += 1
            else:
                i = self._declaration(i, end)

    def _named_scope(self, i, end):
        j = i + 1
        while j < end and not self.is_(j, "{", ";", "(", "="):
            j += 1
        if j >= end or not self.is_(j, "{"):  # a declaration that begins with the word
            return self._declaration(i, end)
        if not self.is_(i, "enum"):
            self._scope(j + 1, self.match[j])
        return self.match[j] + 1

    def _declaration(self, i, end):
        name, assigned, first = None, False, i
        while i < end:
            text = self.tokens[i].text
            if text == ";":
                return i + 1
            if text == "namespace" and i > first:  # what came before was a macro, which needs no semicolon
                return i
            if text == "=":
                assigned = True
            if text == "(" and name is None and not assigned and not self.is_(i - 1, "STDMETHODIMP_", "decltype"):
                j = i - 1
                while j > first and (self.tokens[j - 1].text in ("::", "~", "operator") or self.tokens[j].text in ("::", "~")):
                    j -= 1
                name = "".join(t.text for t in self.tokens[j:i]) or "?"
            if text == "{":
                if name is not None and not assigned and not self._is_member_initialiser(i):
                    body = self._block(i, None)
                    self.functions.append(Function(name, body, first))
                    return self.match[i] + 1
                i = self.match[i]
            elif text in OPEN:
                i = self.match[i]
            i += 1
        return i

    def _is_member_initialiser(self, i):
        return self.tokens[i - 1].kind == "id" and not self.is_(i - 1, "const", "override", "noexcept", "final") and not self.tokens[i].spaced

    # --- statements ----------------------------------------------------------------------------------------------

    def _block(self, i, parent):
        block = Statement("block", i, self.match[i])
        block.parent = parent
        at = i + 1
        while at < block.last:
            child = self._statement(at, block)
            block.children.append(child)
            at = child.last + 1
        return block

    def _statement(self, i, parent):
        text = self.tokens[i].text
        if text == "{":
            return self._block(i, parent)
        if text in ("if", "for", "while", "switch"):
            return self._controlled(text, i, parent)
        if text in ("__try", "try"):
            return self._guarded(i, parent)
        statement = Statement("other", i)
        statement.parent = parent
        if text in ("case", "default", "public", "private"):
            j = i
            while not self.is_(j, ":"):
                j = self.match[j] + 1 if self.tokens[j].text in OPEN else j + 1
            statement.kind, statement.last = "label", j
            return statement
        j = i
        while not self.is_(j, ";"):
            if self.tokens[j].text in OPEN:
                if self._opens_lambda(j):
                    statement.children.append(self._block(j, statement))
                else:
                    self._lambdas(j + 1, self.match[j], statement)
                j = self.match[j]
            j += 1
        statement.last = j
        statement.kind = self._kind(i, j)
        return statement

    def _controlled(self, kind, i, parent):
        statement = Statement(kind, i)
        statement.parent = parent
        j = i + 2 if self.is_(i + 1, "constexpr") else i + 1
        close = self.match[j]
        statement.condition = (j + 1, close - 1)
        self._lambdas(j + 1, close, statement)
        statement.then = self._statement(close + 1, statement)
        statement.children.append(statement.then)
        statement.last = statement.then.last
        if kind == "if" and self.is_(statement.last + 1, "else"):
            statement.otherwise = self._statement(statement.last + 2, statement)
            statement.children.append(statement.otherwise)
            statement.last = statement.otherwise.last
        return statement

    def _guarded(self, i, parent):
        """__try and its kin, with their __except, __finally or catch."""
        statement = Statement("guarded", i)
        statement.parent = parent
        at = i + 1
        while True:
            block = self._block(at, statement)
            statement.children.append(block)
            at = block.last + 1
            if not self.is_(at, "__except", "__finally", "catch"):
                break
            at = self.match[at + 1] + 1 if self.is_(at + 1, "(") else at + 1
        statement.last = block.last
        return statement

    def _opens_lambda(self, i):
        return self.is_(i, "{") and (self.is_(i - 1, "]") or self.is_(i - 1, ")") and self.is_(self.match[i - 1] - 1, "]"))

    def _lambdas(self, first, end, statement):
        for i in range(first, end):
            if self._opens_lambda(i) and not any(c.first < i < c.last for c in statement.children):
                statement.children.append(self._block(i, statement))

    def _kind(self, i, semicolon):
        first, last = self.tokens[i], semicolon - 1
        if last < i:
            return "empty"
        if first.text == "return":
            return "return"
        if first.text in ("break", "continue", "goto"):
            return "jump"
        if first.text in ("struct", "class", "enum", "union", "typedef", "using", "static_assert"):
            return "other"
        if first.text == "delete":
            return "delete"
        if first.text in ("++", "--") or self.tokens[last].text in ("++", "--"):
            return "step"
        assigned = self.top_level(i, last, *ASSIGNMENTS)
        if self._declares(i, assigned[0] if assigned else last + 1):
            return "declaration"
        if assigned:
            return "assignment"
        if self.is_(last, ")") and first.kind == "id" and first.text not in KEYWORDS:
            return "call"
        return "other"

    def _declares(self, i, end):
        """Two names side by side, as in `const ULONG bytes`, `auto* entry`, `ComPointer<Cable> cable`."""
        if self.is_(i, "const", "constexpr", "static", "auto", "struct", "volatile"):
            return True
        while i < end - 1:
            a, b = self.tokens[i], self.tokens[i + 1]
            if a.text in ("(", "["):
                i = self.match[i]
            elif b.kind == "id" and b.spaced and (a.kind == "id" or a.text in ("*", "&", ">") and not a.spaced) and a.text != "return":
                return True
            i += 1
        return False

    # --- expressions ---------------------------------------------------------------------------------------------

    def arguments(self, open_):
        close = self.match[open_]
        if close == open_ + 1:
            return []
        commas = self.top_level(open_ + 1, close - 1, ",")
        bounds = [open_] + commas + [close]
        return [(a + 1, b - 1) for a, b in zip(bounds, bounds[1:])]

    def calls(self, first, last):
        """The calls between two tokens, in order."""
        for i in range(first, last):
            if self.tokens[i].kind != "id" or not self.is_(i + 1, "(") or self.tokens[i].text in KEYWORDS:
                continue
            start = i
            while start > first and self.is_(start - 1, "->", ".", "::"):
                start -= 2
                if self.tokens[start].text in (")", "]"):
                    start = self.match[start]
                    if self.tokens[start - 1].kind == "id":
                        start -= 1
            if self.tokens[i - 1].kind == "id" and not self.is_(i - 1, "return", "else", "case"):
                continue  # the name of a variable: `SpinLockGuard guard(lock_)`
            yield Call(self.tokens[i].text, start, i, i + 1, self.match[i + 1], self.arguments(i + 1))

    def statements(self):
        """(function, statement) of all functions, in order; every statement once."""
        for function in self.functions:
            for statement in function.body.walk():
                yield function, statement

    def whole_call(self, statement):
        """The call that a call statement is, or None."""
        if statement.kind != "call":
            return None
        outer = None
        for call in self.calls(statement.first, statement.last):
            if call.close == statement.last - 1 and self.match.get(call.close) == call.open:
                outer = call
        return outer

    def function_at(self, index):
        inside = [f for f in self.functions if f.body.first <= index <= f.body.last or f.first <= index <= f.body.last]
        return inside[-1] if inside else None
