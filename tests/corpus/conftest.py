"""PDFs drawn line by line, so that a test knows where everything stands; files; and a library of two documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from corpus.library import Library
from tests.corpus.shelf import CORRIDOR, TALKS, Clock, keep

DEJAVU = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")


@dataclass(slots=True)
class Drawing:
    """One line of type: where its baseline starts, in points from the lower left corner, and in what size and font."""

    x: float
    y: float
    text: str
    size: float = 10
    font: str = "Helvetica"


@dataclass(slots=True)
class Print:
    """A PDF in the making; ``pages`` are drawn in the order of their drawings."""

    pages: list[list[Drawing]] = field(default_factory=list)
    title: str | None = None
    author: str | None = None
    user_password: str | None = None
    owner_password: str | None = None

    def bytes(self) -> bytes:
        """Return the PDF."""
        encryption = None
        if self.owner_password is not None:
            encryption = StandardEncryption(self.user_password or "", self.owner_password)
        target = BytesIO()
        canvas = Canvas(target, pagesize=(595, 842), encrypt=encryption, invariant=1)
        if self.title is not None:
            canvas.setTitle(self.title)
        if self.author is not None:
            canvas.setAuthor(self.author)
        for page in self.pages:
            for drawing in page:
                canvas.setFont(drawing.font, drawing.size)
                canvas.drawString(drawing.x, drawing.y, drawing.text)
            canvas.showPage()
        canvas.save()
        return target.getvalue()


@pytest.fixture
def dejavu() -> str:
    """The name of a registered font with Cyrillic and Arabic; skips where the machine has none."""
    if not DEJAVU.is_file():
        pytest.skip("DejaVu Sans is not installed")
    pdfmetrics.registerFont(TTFont("DejaVuSans", str(DEJAVU)))
    return "DejaVuSans"


@pytest.fixture
def print_pages() -> Callable[..., bytes]:
    """Return a function of pages, each a list of (x, y, text[, size[, font]]), and document properties, to a PDF."""

    def make(*pages: list[tuple[object, ...]], **properties: str) -> bytes:
        drawn = [[Drawing(*drawing) for drawing in page] for page in pages]  # type: ignore[arg-type]
        return Print(drawn, **properties).bytes()

    return make


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    """Return a function that writes a file of a name and a content, and returns its path."""

    def make(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return make


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """A library that lists two documents, of which the originals are kept."""
    with Library.open(tmp_path / "library", now=Clock()) as library:
        keep(library, TALKS, CORRIDOR)
        yield library
