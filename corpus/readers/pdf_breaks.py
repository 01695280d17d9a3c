"""Whether a paragraph that the end of a column or page cuts goes on at the top of the next."""

from __future__ import annotations

import re
from collections.abc import Sequence

from corpus.readers import wrapping
from corpus.readers.pdf_lines import INDENT, ITEM, Line, Margins

_DASH = re.compile(r"[–—-]\s+\S")


def goes_on(above: Sequence[Line], margins: Margins, line: Line, line_margins: Margins) -> bool:
    """Say whether the paragraph whose last lines are ``above`` goes on with ``line``, in the next column or page.

    Each has the margins of its page. The type has to be the same. Then a cut word, punctuation and case decide; where
    they do not, the paragraph goes on if its last line is full and the next is not indented. That counts after the
    end of a sentence too, where paragraphs begin with an indent.
    """
    last = above[-1]
    if abs(line.size - last.size) > 0.08 * last.size:
        return False
    is_all_bold = all(other.is_bold for other in above)
    if is_all_bold != line.is_bold and (len(above) == 1 or is_all_bold):
        return False
    if ITEM.match(line.text) and (not _DASH.match(line.text) or ITEM.match(above[0].text)):
        return False
    verdict = wrapping.goes_on(last.text, line.text)
    if verdict:
        return True
    if _is_indented(above, margins, line, line_margins):
        return False
    if verdict is None:
        return margins.is_full(last, line.text)
    are_indented = margins.are_paragraphs_indented and line_margins.are_paragraphs_indented
    return are_indented and margins.rest(last) < 0.5 * last.size


def _is_indented(above: Sequence[Line], margins: Margins, line: Line, line_margins: Margins) -> bool:
    indent = line_margins.indent(line)
    is_as_above = len(above) > 1 and abs(indent - margins.indent(above[-1])) < 0.5 * line.size
    return indent > INDENT * line.size and not is_as_above
