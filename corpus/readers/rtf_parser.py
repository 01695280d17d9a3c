"""The parser of Rich Text Format, after Microsoft's specification 1.9.1: from tokens to paragraphs, tables, notes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from corpus.errors import RefusedContent
from corpus.readers.numerals import numeral
from corpus.readers.office import DAMAGED_FILE, NESTED
from corpus.readers.rtf_flow import Flow, Paragraph
from corpus.readers.rtf_tokens import Fonts, Token, tokens

# No file of a word processor comes near it, and the writer follows text boxes inside one another.
_DEEPEST = 300
_CHARACTERS = {
    **{"tab": "\t", "line": "\n", "softline": "\n", "page": "\n", "column": "\n", "emdash": "—", "endash": "–"},
    **{"bullet": "•", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "emspace": " "},
    **{"enspace": " ", "qmspace": " ", "zwj": "\u200d", "zwnj": "\u200c", "ltrmark": "\u200e", "rtlmark": "\u200f"},
}
_SYMBOLS = {"~": " ", "_": "-", "-": "", "\\": "\\", "{": "{", "}": "}", "\t": "\t"}
_PASSED_OVER = frozenset(
    {
        *("colortbl", "header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr", "footerf", "pict"),
        *("object", "fldinst", "annotation", "nonshppict", "xe", "tc", "txe", "rxe", "sp", "ftnsep", "ftnsepc"),
        *("aftnsep", "aftnsepc", "upr", "subject", "keywords", "comment", "doccomm", "operator", "company", "category"),
        *("manager", "creatim", "printim", "buptim", "mmathPr", "datafield", "formfield"),
    }
)
# Marked as one that older programs pass over, and yet text.
_STARRED_TEXT = frozenset({"footnote", "shpinst", "ud", "shptxt"})
_NUMBERINGS = {"ar": "decimal", "alc": "lowerLetter", "auc": "upperLetter", "rlc": "lowerRoman", "ruc": "upperRoman"}
_NUMBERING = re.compile(r"(a?ftn)n(ar|alc|auc|rlc|ruc|chi)")
_HEADING = re.compile(r"heading ([1-9])", re.IGNORECASE)


@dataclass(slots=True)
class _State:
    """What holds inside a group; its end brings back what held before."""

    destination: str = "text"
    font: int | None = None
    second_font: int | None = None
    is_right_to_left: bool = False
    takes_second: bool = False
    replacements: int = 1
    is_hidden: bool = False
    is_struck: bool = False
    style: int = 0
    level: int | None = None
    is_listed: bool = False
    in_table: bool = False
    flow: Flow = field(default_factory=Flow)
    is_numbered: bool = False
    is_endnote: bool = False
    opens: str = ""


@dataclass(slots=True)
class Parser:
    """Follows the tokens; what it finds is in the ``body``, the ``info`` and the list of ``styles``."""

    fonts: Fonts = field(default_factory=Fonts)
    body: Flow = field(default_factory=Flow)
    info: dict[str, str] = field(default_factory=dict)
    styles: dict[int, tuple[str, int | None]] = field(default_factory=dict)
    numberings: dict[str, str] = field(default_factory=lambda: {"ftn": "decimal", "aftn": "lowerRoman"})
    counted: dict[str, int] = field(default_factory=lambda: {"ftn": 0, "aftn": 0})
    stack: list[_State] = field(default_factory=list)
    state: _State = field(default_factory=_State)
    skipped: int = 0
    is_starred: bool = False
    _bytes: bytearray = field(default_factory=bytearray)

    def parse(self, content: bytes) -> None:
        """Follow a whole file; raises ``RefusedContent`` where it ends too early or is nested too deeply."""
        self.state.flow = self.body
        for token in tokens(content):
            if token.kind == "text":
                self._data(token)
                continue
            self._flush()
            match token.kind:
                case "{":
                    self._open()
                case "}":
                    if not self.stack:
                        break
                    self._close()
                    if not self.stack:
                        break
                case "symbol":
                    self._symbol(token.word)
                case _:
                    self._word(token.word, token.number)
        self._flush()
        if self.stack:
            raise RefusedContent(DAMAGED_FILE)
        self._end_paragraph()
        self.body.end_row()

    def _open(self) -> None:
        if len(self.stack) > _DEEPEST:
            raise RefusedContent(NESTED)
        self.stack.append(self.state)
        self.state = replace(self.state, opens="", is_numbered=False, is_endnote=False)
        self.skipped, self.is_starred = 0, False

    def _close(self) -> None:
        closed, self.state = self.state, self.stack.pop()
        self.skipped = 0
        if closed.opens in ("note", "box"):
            if closed.flow.parts:
                closed.flow.end_paragraph(None, False, False, False)
            closed.flow.end_row()
        if closed.opens == "note":
            self._note(closed)
        elif closed.opens == "box":
            self.state.flow.boxes.append(closed.flow)

    def _note(self, closed: _State) -> None:
        kind = "aftn" if closed.is_endnote else "ftn"
        if closed.is_numbered:
            self.counted[kind] += 1
            mark = numeral(self.counted[kind], self.numberings[kind])
        else:
            mark = self.state.flow.take_mark()
            first = closed.flow.items[0] if closed.flow.items else None
            if mark and isinstance(first, Paragraph):
                first.text = first.text.strip().removeprefix(mark)
        self.state.flow.notes.append((mark, closed.flow))

    def _data(self, token: Token) -> None:
        data = token.data
        if self.skipped:
            taken = min(self.skipped, len(data))
            self.skipped -= taken
            data = data[taken:]
        self._bytes += data

    def _flush(self) -> None:
        """Decode the bytes at hand in the font that they were written in."""
        if not self._bytes:
            return
        data, state = bytes(self._bytes), self.state
        self._bytes.clear()
        font = state.second_font if state.is_right_to_left and state.second_font is not None else state.font
        codec = self.fonts.codec(font)
        if codec is not None:
            self._add(data.decode(codec, "replace"))

    def _add(self, text: str) -> None:
        state = self.state
        match state.destination:
            case "text" if not state.is_hidden:
                state.flow.parts.append(text)
                state.flow.is_struck |= state.is_struck and not text.isspace()
            case "mark":
                state.flow.mark += text
            case "title" | "author":
                self.info[state.destination] = self.info.get(state.destination, "") + text
            case "stylesheet":
                name, level = self.styles.get(state.style, ("", None))
                self.styles[state.style] = (name + text, level)

    def _symbol(self, symbol: str) -> None:
        if symbol == "*":
            self.is_starred = True
        elif symbol in "\r\n":
            self._word("par", None)
        elif self.skipped:
            self.skipped -= 1
        else:
            self._add(_SYMBOLS.get(symbol, ""))

    def _word(self, word: str, number: int | None) -> None:
        is_starred, self.is_starred = self.is_starred, False
        state = self.state
        if word == "u" and number is not None:
            self._add(chr(number % 0x10000))
            self.skipped = state.replacements
            return
        if self.skipped:
            self.skipped -= 1
            return
        if word in _CHARACTERS:
            self._add(_CHARACTERS[word])
        elif word in _PASSED_OVER or (is_starred and word not in _STARRED_TEXT):
            state.destination = "none"
        elif state.destination == "text" and word in ("par", "sect", "cell", "nestcell", "row", "nestrow"):
            self._structure(word)
        elif not self._destination(word, number) and not self._look(word, number):
            self._page(word, number)

    def _structure(self, word: str) -> None:
        if word in ("par", "sect"):
            self._end_paragraph()
        elif word == "cell":
            self.state.in_table = True
            self._end_paragraph()
            self.state.flow.end_cell()
        elif word == "row":
            self.state.flow.end_row()
        else:
            # The cells of a table inside a cell are its paragraphs.
            self._end_paragraph()

    def _end_paragraph(self) -> None:
        state = self.state
        name, level = self.styles.get(state.style, ("", None))
        heading = _HEADING.match(name.strip())
        found = state.level or level or (int(heading.group(1)) if heading else None)
        is_title = name.strip(" ;").lower() == "title"
        state.flow.end_paragraph(found, is_title, state.is_listed, state.in_table)

    def _destination(self, word: str, number: int | None) -> bool:
        """Enter a destination, or take in what belongs to one; say whether the word was such."""
        state = self.state
        match word:
            case "fonttbl" | "stylesheet" | "title" | "author":
                state.destination = word
                state.style = 0
            case "ud" | "shpinst" | "fldrslt":
                state.destination = "text" if state.destination != "none" or word == "ud" else "none"
            case "info":
                state.destination = "info"
            case "revtim":
                state.destination = "revtim"
            case "yr" | "mo" | "dy" if state.destination == "revtim":
                self.info[word] = f"{number or 0:02}"
            case "listtext" | "pntext" if state.destination == "text":
                state.flow.is_listed = True
                state.destination = "mark"
            case "footnote" if state.destination == "text":
                state.flow, state.opens, state.destination = Flow(), "note", "text"
                state.style, state.level, state.in_table, state.is_listed = 0, None, False, False
            case "shptxt":
                state.flow, state.opens, state.destination = Flow(), "box", "text"
                state.style, state.level, state.in_table, state.is_listed = 0, None, False, False
            case "ftnalt" | "chftn":
                self._note_says(word)
            case "outlinelevel" if state.destination == "stylesheet" and number is not None:
                name, _ = self.styles.get(state.style, ("", None))
                self.styles[state.style] = (name, number + 1 if 0 <= number < 9 else None)
            case "fcharset" if state.destination == "fonttbl" and state.font is not None:
                self.fonts.charsets[state.font] = number or 0
            case "cpg" if state.destination == "fonttbl" and state.font is not None and number:
                self.fonts.pages[state.font] = self.fonts.page(number)
            case _:
                return False
        return True

    def _note_says(self, word: str) -> None:
        """Note on the note that is open that it is an endnote, or that its mark is a number."""
        for state in (self.state, *reversed(self.stack)):
            if state.opens == "note":
                state.is_endnote |= word == "ftnalt"
                state.is_numbered |= word == "chftn"
                return

    def _look(self, word: str, number: int | None) -> bool:
        """Take in what a word says of the letters or of the paragraph that follow; say whether it did."""
        state = self.state
        is_on = number != 0
        match word:
            case "f":
                state.font, state.takes_second = number, False
            case "af":
                if state.takes_second:
                    state.second_font = number
            case "rtlch" | "ltrch":
                state.is_right_to_left = state.takes_second = word == "rtlch"
            case "loch" | "hich" | "dbch":
                state.takes_second = False
            case "uc":
                state.replacements = min(max(number or 0, 0), 16)
            case "plain":
                state.is_hidden = state.is_struck = state.is_right_to_left = False
                state.font = state.second_font = None
            case "v" | "deleted":
                state.is_hidden = is_on
            case "strike" | "striked":
                state.is_struck = is_on
            case "pard":
                state.style, state.level, state.is_listed, state.in_table = 0, None, False, False
            case "s":
                state.style = number or 0
            case "outlinelevel":
                state.level = number + 1 if number is not None and 0 <= number < 9 else None
            case "ls":
                state.is_listed = bool(number)
            case "intbl":
                state.in_table = is_on
            case _:
                return False
        return True

    def _page(self, word: str, number: int | None) -> None:
        """Take in what a word says of the whole file: its code page, and how its notes are numbered."""
        match word:
            case "ansicpg" if number:
                self.fonts.own = self.fonts.page(number)
            case "mac":
                self.fonts.own = "mac_roman"
            case "pc" | "pca":
                self.fonts.own = "cp437" if word == "pc" else "cp850"
            case "ftnstart" | "aftnstart":
                self.counted[word.removesuffix("start")] = (number or 1) - 1
            case _ if match := _NUMBERING.fullmatch(word):
                self.numberings[match[1]] = _NUMBERINGS.get(match[2], "chicago")
