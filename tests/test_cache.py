"""The cache: it saves time and never changes what comes out."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import launchspec
from command import SPEC, catalog, contents, environment, run
from launchspec import cache, resources
from launchspec.cache import Cache, key

FILE = "compiled.sqlite3"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of an empty cache that this process uses."""
    monkeypatch.setenv("LAUNCHSPEC_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / FILE


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """A folder with a catalog, its pages, and a cache of them in ``cache/``."""
    catalog(tmp_path, ["alpha", "beta"])
    run("generate", cwd=tmp_path, env={"LAUNCHSPEC_CACHE": "cache"}, code=0)
    assert (tmp_path / "cache" / FILE).exists()
    return tmp_path


def _put(name: bytes, value: bytes) -> None:
    kept = Cache()
    kept.put(name, value)
    kept.close()


def _get(name: bytes) -> bytes | None:
    kept = Cache()
    value = kept.get(name)
    kept.close()
    return value


def test_what_is_put_comes_back(store: Path) -> None:
    _put(b"k", b"\x00value" * 1000)
    assert _get(b"k") == b"\x00value" * 1000
    assert _get(b"other") is None
    assert store.exists()


def test_nothing_is_stored_where_it_is_off(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LAUNCHSPEC_CACHE", "off")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    _put(b"k", b"v")
    assert _get(b"k") is None
    assert list(tmp_path.iterdir()) == []


def test_places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LAUNCHSPEC_CACHE", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    _put(b"k", b"v")
    assert list(contents(tmp_path)) == [f"xdg/launchspec/{FILE}"]
    assert (tmp_path / "xdg" / "launchspec").stat().st_mode & 0o077 == 0
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    _put(b"k", b"v")
    assert not (tmp_path / "relative").exists()


@pytest.mark.parametrize("column", ["key", "value"])
def test_an_entry_that_was_changed_is_not_used(store: Path, column: str) -> None:
    _put(b"one", b"value")
    with sqlite3.connect(store) as connection:
        connection.execute(f"UPDATE compiled SET {column} = x'00' || {column}")
    connection.close()
    assert _get(b"one") is None
    assert _get(b"\x00one") is None


def test_entries_that_were_exchanged_are_not_used(store: Path) -> None:
    _put(b"one", b"1")
    _put(b"two", b"2")
    with sqlite3.connect(store) as connection:
        rows = dict(connection.execute("SELECT key, value FROM compiled"))
        connection.execute("UPDATE compiled SET value = ? WHERE key = ?", (rows[b"two"], b"one"))
        connection.execute("UPDATE compiled SET value = 'text' WHERE key = ?", (b"two",))
    connection.close()
    assert (_get(b"one"), _get(b"two")) == (None, None)


def test_the_oldest_entries_go(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_MOST", 3)
    for number in range(9):
        _put(b"%d" % number, b"v")
    assert [_get(b"%d" % number) for number in range(9)] == [None] * 6 + [b"v"] * 3


def test_a_hit_equals_a_miss(filled: Path) -> None:
    for number, place in enumerate(("off", "cache", "cache", "fresh", "fresh")):
        out = filled / f"out-{number}"
        run("generate", "--out", out, cwd=filled, env={"LAUNCHSPEC_CACHE": place}, code=0)
        assert contents(out) == contents(filled / "generated")


def test_a_hit_needs_no_parser(filled: Path) -> None:
    program = "import sys; sys.modules['yaml'] = sys.modules['jinja2'] = None; from launchspec.cli import main; main()"
    subprocess.run(
        [sys.executable, "-c", program, "generate", "--check"],
        cwd=filled, env=environment(LAUNCHSPEC_CACHE="cache"), check=True, capture_output=True,
    )  # fmt: skip


def _garbage(file: Path) -> None:
    file.write_bytes(b"garbage" * 1000)


def _truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2 + 7])


def _flip(file: Path) -> None:
    file.write_bytes(file.read_bytes().replace(b"model named", b"MODEL NAMED"))


def _zero(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:4096].ljust(file.stat().st_size, b"\0"))


def _empty(file: Path) -> None:
    file.write_bytes(b"")


def _folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def _other_table(file: Path) -> None:
    file.unlink()
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE compiled (other TEXT)")
    connection.close()


def _no_folder(file: Path) -> None:
    file.unlink()
    file.parent.rmdir()
    file.parent.write_bytes(b"a file")


def _swap(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        rows = list(connection.execute("SELECT key, value FROM compiled"))
        values = [value for _, value in rows[1:] + rows[:1]]
        connection.executemany(
            "UPDATE compiled SET value = ? WHERE key = ?", [(v, k) for v, (k, _) in zip(values, rows, strict=True)]
        )
    connection.close()


@pytest.mark.parametrize(
    "damage", [_garbage, _truncate, _flip, _zero, _empty, _folder, _other_table, _no_folder, _swap]
)
def test_a_damaged_cache_changes_nothing(filled: Path, damage: Callable[[Path], None]) -> None:
    damage(filled / "cache" / FILE)
    env = {"LAUNCHSPEC_CACHE": "cache"}
    assert run("generate", "--check", cwd=filled, env=env, code=0).stderr == "3 files up to date\n"
    page = filled / "generated" / "docs" / "alpha.rst"
    right = page.read_bytes()
    page.write_bytes(right.replace(b"model named", b"MODEL NAMED"))
    for _ in range(2):
        assert run("generate", "--check", cwd=filled, env=env, code=3).stdout == "generated/docs/alpha.rst: changed\n"
    run("generate", cwd=filled, env=env, code=0)
    assert page.read_bytes() == right


def test_a_damaged_cache_is_begun_anew(store: Path) -> None:
    store.parent.mkdir()
    _garbage(store)
    _put(b"k", b"v")
    _put(b"k", b"v")
    assert _get(b"k") == b"v"


def test_a_locked_cache_is_done_without(filled: Path) -> None:
    locker = sqlite3.connect(filled / "cache" / FILE, isolation_level=None)
    locker.execute("BEGIN EXCLUSIVE")
    (filled / "specs" / "models" / "alpha.yaml").write_text(SPEC.format(name="alpha").replace("4096", "8192"))
    done = run("generate", cwd=filled, env={"LAUNCHSPEC_CACHE": "cache"}, code=0)
    locker.close()
    assert done.stderr == "2 models: 2 of 3 files written to generated\n"
    run("generate", "--check", cwd=filled, code=0)
    assert (filled / "cache" / FILE).exists()


def test_a_read_only_cache_is_read(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = sqlite3.connect

    def read_only(path: Path, **words: float) -> sqlite3.Connection:
        return connect(f"file:{path}?mode=ro", uri=True, **words)

    monkeypatch.setattr(sqlite3, "connect", read_only)
    monkeypatch.setenv("LAUNCHSPEC_CACHE", str(filled / "cache"))
    spec = (filled / "specs" / "models" / "alpha.yaml").read_bytes()
    assert _get(key(spec)) is not None
    _put(b"new", b"v")
    assert _get(b"new") is None


def test_a_broken_spec_is_never_remembered(filled: Path) -> None:
    wrong = SPEC.format(name="wrong").replace("context_length: 4096", "context_length: none")
    (filled / "specs" / "models" / "wrong.yaml").write_text(wrong)
    for _ in range(2):
        done = run("generate", "--check", cwd=filled, env={"LAUNCHSPEC_CACHE": "cache"}, code=1)
        assert "wrong.yaml:2:17" in done.stderr


def test_a_spec_saved_while_it_is_read_is_not_remembered(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from launchspec import pipeline

    (models := tmp_path / "models").mkdir()
    spec, old = models / "alpha.yaml", SPEC.format(name="alpha").encode()
    spec.write_bytes(old.replace(b"4096", b"8192"))
    monkeypatch.setattr(pipeline, "_bytes", lambda file: old)
    kept = Cache()
    assert b"8192" in pipeline._compile(spec, kept).page
    kept.close()
    assert _get(key(old)) is None
    assert store.exists()


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the package with its data inside, as a wheel has it."""
    copy = tmp_path / "copy" / "launchspec"
    shutil.copytree(Path(launchspec.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("specs", "templates"):
        if not (copy / name).is_dir():
            shutil.copytree(resources.root() / name, copy / name)
    return copy


def _key_in(package: Path) -> str:
    program = "from launchspec.cache import key; import launchspec; print(launchspec.__file__, key(b'spec').hex())"
    env = environment(PYTHONPATH=str(package.parent), PYTHONDONTWRITEBYTECODE="1")
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=package.parent, env=env, check=True, capture_output=True, text=True
    )
    file, made = done.stdout.split()
    assert Path(file).parent == package
    return made


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("templates/docs/model.rst.jinja", "\n", "\n\n"),
        ("templates/docs/index.rst.jinja", "\n", "\n\n"),
        ("specs/schemas/model.schema.json", "{", "{ "),
        ("specs/schemas/engine.schema.json", "{", "{ "),
        ("specs/engines/vllm/engine.yaml", "\n", "\n\n"),
        ("quoting.py", "\n", "\n\n"),
        ("checks/__init__.py", "\n", "\n\n"),
        ("targets/docs.py", "\n", "\n\n"),
        ("__init__.py", launchspec.__version__, "99.0.0"),
    ],
)
def test_the_key_changes_with_every_file_of_ours(package: Path, file: str, old: str, new: str) -> None:
    before = _key_in(package)
    assert _key_in(package) == before
    text = (package / file).read_text(encoding="utf-8")
    (package / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    assert _key_in(package) != before


def test_the_key_changes_with_the_spec_and_the_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    before = key(b"spec")
    assert key(b"spec ") != before
    assert {name.split("-")[0].lower() for name in cache._libraries()} >= {"jinja2", "jsonschema_rs", "pyyaml"}
    monkeypatch.setattr(cache, "_libraries", lambda: ["jinja2-99.dist-info"])
    cache._ours.cache_clear()
    assert key(b"spec") != before
    monkeypatch.undo()
    cache._ours.cache_clear()
    assert key(b"spec") == before
