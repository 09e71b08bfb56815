"""The whole story: specs are read, validated, checked, resolved, rendered, and written or compared."""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from launchspec.cache import Cache, key
from launchspec.catalog import model_files, spec_files
from launchspec.errors import LaunchspecError, Problem, closest, errors_of, exit_code, quoted
from launchspec.write import Difference, compare, remove, write_file, write_files

__all__ = ["Generated", "Progress", "check_specs", "format_specs", "generate"]

_ENOUGH = 1024 * 1024
"""Bytes; more than any spec that the reader admits."""

Progress = Callable[[str, int], AbstractContextManager[Callable[[], None]]]
"""Given what is done and how often, a context whose value is called after each step."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """What is made of one spec; ``row`` is what the index says of it."""

    name: str
    file: str
    page: bytes
    row: tuple[str, str, str, int, str]


@dataclass(slots=True)
class Generated:
    """What ``generate`` did or, for a check, would have to do; one difference per target."""

    specs: int = 0
    files: int = 0
    differences: dict[str, Difference] = field(default_factory=dict)

    @property
    def stale(self) -> bool:
        """True where the generated files are not what the specs give."""
        return any(self.differences.values())


def check_specs(places: Sequence[Path], progress: Progress) -> list[Problem]:
    """Everything that is wrong in the specs at ``places``, by place; raises LaunchspecError where there are none."""
    from launchspec.checks import check
    from launchspec.read import read
    from launchspec.validate import validate

    problems: list[Problem] = []
    names: dict[str, Path] = {}
    files = spec_files(places)
    with progress("Checking", len(files)) as step:
        for file in files:
            try:
                source = read(file.path)
                tree = validate(source, file.kind)
                if file.kind == "model":
                    problems += [*check(tree, source), *_taken(tree["name"], file.path, names)]
            except LaunchspecError as error:
                problems += error.problems
            step()
    return sorted(problems)


def format_specs(places: Sequence[Path], *, write: bool) -> tuple[list[Path], list[Problem]]:
    """The specs at ``places`` that are not in the one style, put into it where ``write`` is on; and what cannot be."""
    from launchspec.format import reformat
    from launchspec.read import read

    changed: list[Path] = []
    problems: list[Problem] = []
    for file in spec_files(places):
        try:
            content = reformat(read(file.path), file.kind).encode()
            if content != file.path.read_bytes():
                if write:
                    write_file(file.path, content)
                changed.append(file.path)
        except LaunchspecError as error:
            problems += error.problems
    return changed, sorted(problems)


def generate(
    specs: Path,
    only: Collection[str],
    out: Path,
    targets: Sequence[str],
    progress: Progress,
    *,
    write: bool,
    prune: bool,
) -> Generated:
    """Compile the catalog at ``specs`` and write what differs below ``out``, or with ``write`` off only compare.

    ``only`` limits the pages to some models, by name; the index and unknown files are then left alone. Files that no
    spec gives are reported, and removed where ``prune`` is on. Raises LaunchspecError with the problems of all specs,
    before anything is written.
    """
    models = _compile_all(specs, only, progress)
    done = Generated(specs=len(models))
    for target in targets:
        files = _TARGETS[target](models, bool(only))
        difference = compare(files, out / target, whole=not only)
        done.differences[target] = difference
        done.files += len(files)
        if write:
            write_files(files, out / target, difference)
            if prune:
                remove(out / target, difference.unknown)
    return done


def _compile_all(specs: Path, only: Collection[str], progress: Progress) -> list[Compiled]:
    cache = Cache()
    problems: list[Problem] = []
    models: list[Compiled] = []
    names: dict[str, Path] = {}
    files = model_files(specs)
    with progress("Compiling", len(files)) as step:
        for file in files:
            try:
                model = _compile(file, cache)
                problems += _taken(model.name, file, names)
                models.append(model)
            except LaunchspecError as error:
                problems += error.problems
            step()
    cache.close()
    problems += _unknown(only, [model.name for model in models], specs)
    if problems:
        raise LaunchspecError(sorted(problems), exit_code(problems))
    wanted = {name.lower() for name in only}
    return [model for model in models if not only or model.name.lower() in wanted]


def _compile(file: Path, cache: Cache) -> Compiled:
    """One spec, from the cache or through all stages; raises LaunchspecError with its errors."""
    content = _bytes(file)
    known = cache.get(key(content))
    if known is not None:
        name, page_file, page, row = json.loads(known)
        return Compiled(name, page_file, page.encode(), tuple(row))

    from launchspec.checks import check
    from launchspec.read import read
    from launchspec.resolve import resolve
    from launchspec.targets import docs
    from launchspec.validate import validate

    source = read(file)
    tree = validate(source, "model")
    errors = errors_of(check(tree, source))
    if errors:
        raise LaunchspecError(errors)
    model = resolve(tree)
    page, row = docs.page(model), docs.index_row(model)
    made = [
        model.name,
        docs.page_file(model),
        page,
        [row.name, row.page, row.abilities, row.context_length, row.description],
    ]
    if source.text.encode() == content.removeprefix(codecs.BOM_UTF8):  # it may have been saved in between
        cache.put(key(content), json.dumps(made, ensure_ascii=False).encode())
    return Compiled(
        model.name,
        docs.page_file(model),
        page.encode(),
        (row.name, row.page, row.abilities, row.context_length, row.description),
    )


def _bytes(file: Path) -> bytes:
    """What identifies a spec's content; a file that is too large or cannot be read is left to the reader to refuse."""
    try:
        with file.open("rb") as opened:
            return opened.read(_ENOUGH)
    except OSError:
        return b""


def _taken(name: str, file: Path, names: dict[str, Path]) -> Iterable[Problem]:
    """A problem where another file has a model of this name, big and small letters being the same, or the index has."""
    if name.lower() == "index":
        hint = "choose another name"
        yield Problem(str(file), 1, 1, "LS320", f"the model {quoted(name)} has the name of the index page", hint)
    first = names.setdefault(name.lower(), file)
    if first is not file:
        hint = "rename one; pages and files are named by the lower-case name"
        yield Problem(str(file), 1, 1, "LS320", f"the model {quoted(name)} is also in {first}", hint)


def _unknown(only: Collection[str], names: Collection[str], specs: Path) -> Iterable[Problem]:
    known = {name.lower() for name in names}
    for name in only:
        if name.lower() not in known:
            yield Problem(str(specs), 0, 0, "LS321", f"has no model {quoted(name)}", closest(name, names))


def _docs(models: Sequence[Compiled], partly: bool) -> dict[str, bytes]:
    files = {model.file: model.page for model in models}
    if not partly:
        files["index.rst"] = _index([model.row for model in models])
    return files


def _index(rows: Sequence[tuple[str, str, str, int, str]]) -> bytes:
    cache = Cache()
    content = json.dumps(["index", rows], ensure_ascii=False).encode()
    known = cache.get(key(content))
    if known is None:
        from launchspec.targets import docs

        known = docs.index([docs.IndexRow(*row) for row in rows]).encode()
        cache.put(key(content), known)
    cache.close()
    return known


def _reference(models: Sequence[Compiled], partly: bool) -> dict[str, bytes]:
    from launchspec.targets import reference

    return reference.files()


_TARGETS: dict[str, Callable[[Sequence[Compiled], bool], dict[str, bytes]]] = {"docs": _docs, "reference": _reference}
