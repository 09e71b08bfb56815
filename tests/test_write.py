"""Writing: whole files or none, as little as possible, and nothing overlooked."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from launchspec.errors import ExitCode, LaunchspecError
from launchspec.write import Difference, compare, remove, write_file, write_files

FILES = {"a.rst": b"a\n", "b.rst": b"", "c.rst": b"c" * 100_000}


def _written(folder: Path) -> Path:
    write_files(FILES, folder, compare(FILES, folder))
    return folder


def test_what_is_written_is_no_difference(tmp_path: Path) -> None:
    assert compare(FILES, tmp_path / "new").missing == sorted(FILES)
    folder = _written(tmp_path / "new")
    assert compare(FILES, folder) == Difference()
    assert not compare(FILES, folder)


@pytest.mark.parametrize(
    "content",
    [b"", b"a", b"b\n", b"a\n\n", b"a\r\n", b"a\n" * 9],
    ids=["empty", "cut", "other", "more", "crlf", "long"],
)
def test_any_other_content_is_a_change(tmp_path: Path, content: bytes) -> None:
    folder = _written(tmp_path)
    (folder / "a.rst").write_bytes(content)
    assert compare(FILES, folder) == Difference(changed=["a.rst"])


def test_what_nobody_gives_is_unknown(tmp_path: Path) -> None:
    folder = _written(tmp_path)
    (folder / ".hidden").write_text("x")
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "deep" / "er" / "x.rst").write_text("x")
    (folder / "deep" / "away").symlink_to(tmp_path.parent)
    (folder / "nowhere").symlink_to("nothing")
    unknown = [".hidden", "deep/away", "deep/er/x.rst", "nowhere"]
    assert compare(FILES, folder) == Difference(unknown=unknown)
    assert compare(FILES, folder, whole=False) == Difference()
    remove(folder, unknown)
    assert compare(FILES, folder) == Difference()
    assert tmp_path.parent.is_dir()


def test_removing_what_is_gone_is_no_failure(tmp_path: Path) -> None:
    remove(tmp_path, ["gone"])


def test_a_folder_cannot_be_removed(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(LaunchspecError, match="LS501 cannot be removed") as caught:
        remove(tmp_path, ["folder"])
    assert caught.value.exit_code is ExitCode.IO


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o777])
def test_modes_do_not_depend_on_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        write_file(tmp_path / "x", b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o644


def test_a_file_keeps_its_place_while_it_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"old")
    with path.open("rb") as reader:
        write_file(path, b"new and longer")
        assert reader.read() == b"old"
    assert path.read_bytes() == b"new and longer"
    assert [entry.name for entry in tmp_path.iterdir()] == ["x"]


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"keep me")
    (tmp_path / "x").symlink_to("precious")
    write_file(tmp_path / "x", b"new")
    assert (tmp_path / "precious").read_bytes() == b"keep me"
    assert not (tmp_path / "x").is_symlink()


def test_a_long_name_has_room_for_its_temporary_file(tmp_path: Path) -> None:
    write_file(tmp_path / ("x" * 255), b"x")


@pytest.mark.parametrize("name", ["folder", "file/x", "x" * 256])
def test_what_cannot_be_written_leaves_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(LaunchspecError, match="LS501 cannot be written") as caught:
        write_file(tmp_path / name, b"x")
    assert caught.value.exit_code is ExitCode.IO
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["file", "folder"]


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x").write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fchmod", full)
    with pytest.raises(LaunchspecError, match="No space left on device"):
        write_file(tmp_path / "x", b"new")
    assert {entry.name: entry.read_bytes() for entry in tmp_path.iterdir()} == {"x": b"old"}


@pytest.mark.parametrize("broken", ["folder", "file"])
def test_what_cannot_be_compared_is_said(tmp_path: Path, broken: str) -> None:
    folder = _written(tmp_path / "out")
    if broken == "folder":
        (folder / "a.rst").unlink()
        (folder / "a.rst").mkdir()
    else:
        folder = folder / "a.rst"
    with pytest.raises(LaunchspecError, match="LS101 cannot be read"):
        compare(FILES, folder)


def test_writers_and_pruners_at_once(tmp_path: Path) -> None:
    """A temporary file that another run prunes is written again."""
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for number in range(150):
                write_file(tmp_path / "x", b"%d" % number)
                remove(tmp_path, compare({"x": b""}, tmp_path).unknown)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [str(failure) for failure in failures] == []
    assert [entry.name for entry in tmp_path.iterdir()] == ["x"]
