"""Fixtures for files that lie beside the repository."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with material that is not ours, or a skip where it is absent."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip("not here: ../shared")
    return folder


@pytest.fixture(scope="session")
def corpus(shared: Path) -> Path:
    """Parts of foreign catalogs."""
    return shared / "corpus"
