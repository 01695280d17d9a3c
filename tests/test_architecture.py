"""The imports point one way, and each heavy library is known in one place. Read from the sources."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("bot", "retrieval", "corpus")
MAY_IMPORT = {
    "bot": {"bot", "retrieval", "corpus"},
    "retrieval": {"retrieval", "corpus"},
    "corpus": {"corpus"},
}
PARSERS = {
    "PIL",
    "charset_normalizer",
    "docx",
    "htmldate",
    "lxml",
    "markdown_it",
    "openpyxl",
    "pptx",
    "pypdfium2",
    "trafilatura",
    "zipfile",
}
ENVIRONMENT = {"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"}


@dataclass(frozen=True, slots=True)
class Module:
    """A source file: its path below the root, and what it imports and reads."""

    path: str
    imports: frozenset[str]
    reads_environment: bool

    @property
    def package(self) -> str:
        """The top-level package."""
        return self.path.partition("/")[0]


def read(path: str, source: str) -> Module:
    """What a source imports anywhere in it, by top-level name, and whether it reads the environment."""
    imports: set[str] = set()
    reads = False
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            imports |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imports.add((node.module or "").partition(".")[0] if node.level == 0 else path.partition("/")[0])
            reads |= node.module == "os" and any(alias.name in ENVIRONMENT for alias in node.names)
        elif isinstance(node, ast.Attribute):
            reads |= node.attr in ENVIRONMENT and isinstance(node.value, ast.Name) and node.value.id == "os"
        elif isinstance(node, ast.Call):
            imports |= _imported_by_name(node)
    return Module(path, frozenset(imports), reads)


def _imported_by_name(call: ast.Call) -> set[str]:
    """The module that ``import_module("...")`` or ``__import__("...")`` names."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name not in ("import_module", "__import__") or not call.args:
        return set()
    first = call.args[0]
    named = first.value if isinstance(first, ast.Constant) else None
    return {named.partition(".")[0]} if isinstance(named, str) else {"unknown"}


@lru_cache(maxsize=1)
def modules() -> tuple[Module, ...]:
    """Every module of the three packages."""
    paths = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return tuple(read(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")) for path in paths)


def importers(names: set[str]) -> set[str]:
    """The paths of the modules that import any of ``names``."""
    return {module.path for module in modules() if module.imports & names}


def test_every_package_is_looked_at() -> None:
    assert {module.package for module in modules()} == set(PACKAGES)
    assert {"bot/settings.py", "retrieval/index/vector_index.py", "corpus/readers/pdf.py"} <= {
        module.path for module in modules()
    }


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_point_from_bot_to_retrieval_to_corpus(package: str) -> None:
    forbidden = {*PACKAGES, "tests"} - MAY_IMPORT[package]
    back = {
        module.path: sorted(module.imports & forbidden)
        for module in modules()
        if module.package == package and module.imports & forbidden
    }
    assert back == {}


def test_telegram_is_known_only_in_the_bot() -> None:
    found = importers({"telegram"})
    assert found
    assert {path for path in found if not path.startswith("bot/")} == set()


def test_faiss_is_known_only_in_the_vector_index() -> None:
    assert importers({"faiss"}) == {"retrieval/index/vector_index.py"}


def test_openvino_is_known_only_where_it_is_kept_from_reporting_to_its_makers() -> None:
    assert importers({"openvino"}) == {"retrieval/encoders/runtimes.py"}


@pytest.mark.parametrize("parser", sorted(PARSERS))
def test_parsers_of_file_formats_are_known_only_in_the_corpus(parser: str) -> None:
    assert {path for path in importers({parser}) if not path.startswith("corpus/")} == set()


def test_the_parsers_are_looked_for_by_their_names() -> None:
    assert importers({"pypdfium2"}) >= {"corpus/readers/pdf.py"}
    assert importers({"trafilatura"}) >= {"corpus/readers/html.py"}
    assert importers({"markdown_it"}) >= {"corpus/readers/markdown.py"}
    assert importers({"docx"}) >= {"corpus/readers/docx.py"}
    assert importers({"openpyxl"}) >= {"corpus/readers/xlsx.py"}


def test_sqlite_is_known_only_where_databases_are_opened() -> None:
    assert importers({"sqlite3"}) == {"corpus/database.py"}


def test_only_the_settings_read_the_environment() -> None:
    assert {module.path for module in modules() if module.reads_environment} == {"bot/settings.py"}


def test_nothing_is_imported_by_a_computed_name() -> None:
    assert importers({"unknown"}) == set()


@pytest.mark.parametrize(
    "source",
    [
        "import faiss",
        "import faiss.contrib as f",
        "from faiss import IndexFlatIP",
        "def later():\n    from faiss.contrib import inspect_tools",
        "if TYPE_CHECKING:\n    import faiss",
        "import importlib\nimportlib.import_module('faiss.contrib')",
        "__import__('faiss')",
    ],
)
def test_every_way_of_importing_is_seen(source: str) -> None:
    assert "faiss" in read("bot/any.py", source).imports


def test_a_relative_import_is_of_the_package_itself() -> None:
    assert read("corpus/any.py", "from . import text\nfrom .text import read").imports == {"corpus"}
    assert read("corpus/any.py", "from retrievals import faiss_like").imports == {"retrievals"}


@pytest.mark.parametrize(
    ("source", "reads"),
    [
        ("import os\nos.environ['A']", True),
        ("import os\nos.getenv('A')", True),
        ("from os import environ as e", True),
        ("from os import getenv", True),
        ("import os\nos.path.join('a')", False),
        ("environment = {}", False),
    ],
)
def test_every_way_of_reading_the_environment_is_seen(source: str, reads: bool) -> None:
    assert read("corpus/any.py", source).reads_environment is reads
