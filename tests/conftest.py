"""Fixtures for files that lie beside the repository."""

from __future__ import annotations

import os
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


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """In CI a skip has to be for something that is not on the machine; any other one is a failure."""
    if os.environ.get("LAUNCHSPEC_STRICT") and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if "not here: " not in reason:
            pytest.exit(f"{report.nodeid} was skipped, though this machine can run it: {reason}", returncode=1)
