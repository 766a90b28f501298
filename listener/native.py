"""The hot modules of the nlp stage and of linking as machine code, where ``make native`` compiled them: same answers.

The modules themselves stay as they are: mypyc compiles the very files, and without a build Python runs them. A build
lies in ``listener/_native`` with the digests of all sources that it was made from; if one of them, or the
Python, is another now, the build is not used. ``LISTENER_NATIVE=0`` leaves it alone, a folder there takes that
one's place.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader, ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Final

__all__ = ["FOLDER", "LIBRARY", "MANIFEST", "MODULES", "NativeFinder", "digest", "install", "machine"]

MODULES: Final = (
    "listener.complaints",
    "listener.customers.comparing",
    "listener.customers.gate",
    "listener.customers.hearing",
    "listener.customers.keys",
    "listener.customers.match",
    "listener.customers.naming",
    "listener.customers.partial",
    "listener.customers.said",
    "listener.customers.sieve",
    "listener.customers.speaking",
    "listener.customers.voice",
    "listener.customers.voices",
    "listener.customers.weights",
    "listener.model.matches",
    "listener.nlp.amounts",
    "listener.nlp.analyse",
    "listener.nlp.category",
    "listener.nlp.clauses",
    "listener.nlp.counted",
    "listener.nlp.cues",
    "listener.nlp.entities",
    "listener.nlp.entries",
    "listener.nlp.faces",
    "listener.nlp.features",
    "listener.nlp.kinds",
    "listener.nlp.lattice",
    "listener.nlp.lexicon",
    "listener.nlp.nothing",
    "listener.nlp.patterns",
    "listener.nlp.plainness",
    "listener.nlp.reading",
    "listener.nlp.register",
    "listener.nlp.segment",
    "listener.nlp.sentiment",
    "listener.nlp.severity",
    "listener.nlp.table",
    "listener.nlp.telling",
    "listener.nlp.weighing",
    "listener.nlp.wording",
    "listener.text.automaton",
    "listener.text.clean",
    "listener.text.mask",
    "listener.text.normalise",
    "listener.text.parts",
    "listener.text.sifted",
    "listener.text.sign",
    "listener.text.trie",
    "listener.text.weighty",
    "listener.topics.board",
    "listener.topics.folding",
    "listener.topics.matching",
    "listener.topics.plain",
    "listener.topics.scan",
    "listener.topics.telling",
)
"""What is compiled."""
LIBRARY: Final = "listener_native__mypyc"
"""The library that holds all of them; the modules' own files only lead into it."""
FOLDER: Final = Path(__file__).parent / "_native"
MANIFEST: Final = "built.json"
"""In the folder: ``machine`` and ``sources``, the digest of each file below the package's parent by its path."""


def machine() -> str:
    """The Python and the platform that a build is for."""
    return f"{sys.implementation.cache_tag} {sys.version} {EXTENSION_SUFFIXES[0]}"


def digest(source: Path) -> str:
    """Of what a file holds."""
    import hashlib

    return hashlib.sha256(source.read_bytes()).hexdigest()


class NativeFinder:
    """Finds the compiled modules in ``folder``, if they were made from the sources that are there now.

    A finder of ``sys.meta_path``; ``importlib.abc`` is left out, since every command would wait for it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._usable: bool | None = None

    @property
    def usable(self) -> bool:
        """Whether the build is of these sources and this Python, and can be loaded; looked at once."""
        if self._usable is None:
            self._usable = False  # loading the library asks this finder for it
            self._usable = self._fits() and self._loads()
        return self._usable

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Where a compiled module lies; None for any other."""
        if fullname != LIBRARY and fullname not in MODULES:
            return None
        return self._spec(fullname) if self.usable else None

    def _spec(self, name: str) -> ModuleSpec:
        file = str(self._folder.joinpath(*name.split("."))) + EXTENSION_SUFFIXES[0]
        spec = ModuleSpec(name, ExtensionFileLoader(name, file), origin=file)
        spec.has_location = True
        return spec

    def _fits(self) -> bool:
        import json

        try:
            built = json.loads((self._folder / MANIFEST).read_text(encoding="utf-8"))
            root = Path(__file__).parents[1]
            return built["machine"] == machine() and all(digest(root / p) == d for p, d in built["sources"].items())
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return False

    def _loads(self) -> bool:
        """A library built elsewhere may not fit the system's own, or lack what its modules stand on: then nothing of it
        is used."""
        try:
            import librt.vecs  # noqa: F401  (the rows of ``listener.machine``; it came with the compiler)

            spec = self._spec(LIBRARY)
            assert spec.loader is not None
            if module := spec.loader.create_module(spec):
                spec.loader.exec_module(module)
        except (ImportError, OSError):
            return False
        return True


def install() -> None:
    """Let the modules be found in a build, where there is one."""
    wanted = os.environ.get("LISTENER_NATIVE", "")
    folder = Path(wanted) if wanted not in ("", "0", "1") else FOLDER
    if wanted != "0" and folder.is_dir():
        sys.meta_path.insert(0, NativeFinder(folder))
