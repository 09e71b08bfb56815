"""The verbs of the command line: arguments in, exit codes out, no logic."""

from __future__ import annotations

import io
import os
import shlex
import sys
from collections.abc import Sequence
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from launchspec import __version__
from launchspec.errors import ExitCode, LaunchspecError, Problem, Severity, errors_of, exit_code, shown

if TYPE_CHECKING:
    from launchspec.importers import Imported
    from launchspec.pipeline import Generated

__all__ = ["app", "main"]

app = typer.Typer(
    name="launchspec",
    help="Compile one YAML spec per model into pages, scripts, configs and manifests.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
import_app = typer.Typer(no_args_is_help=True, help="Turn a foreign catalog into specs.", rich_markup_mode=None)
export_app = typer.Typer(no_args_is_help=True, help="Turn a spec into what another tool reads.", rich_markup_mode=None)
app.add_typer(import_app, name="import")
app.add_typer(export_app, name="export")
engines_app = typer.Typer(no_args_is_help=True, help="What the engines' own parsers take.", rich_markup_mode=None)
app.add_typer(engines_app, name="engines")


class Form(StrEnum):
    """How problems are printed."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"


class Target(StrEnum):
    """What can be generated."""

    DOCS = "docs"
    REFERENCE = "reference"


class HubName(StrEnum):
    """Hubs that Xinference can fetch from."""

    HUGGINGFACE = "huggingface"
    MODELSCOPE = "modelscope"


SpecsOption = Annotated[
    Optional[Path],
    typer.Option(
        "--specs",
        help="Catalog, or flat folder of specs. [default: specs/, else the catalog that launchspec brings along]",
    ),
]
FormOption = Annotated[Form, typer.Option("--format", help="How problems are printed.")]
OutOption = Annotated[Path, typer.Option("--out", help="Folder for the specs.")]
OverwriteOption = Annotated[bool, typer.Option("--overwrite", help="Replace specs that exist and differ.")]


def main() -> None:
    """Run the command; problems become lines on standard error and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # it is None where the shell closed it
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
        if sys.stdout:
            sys.stdout.flush()
    except LaunchspecError as error:
        _say(*error.problems)
        sys.exit(error.exit_code)
    except OSError as error:
        place = str(error.filename or "the output")
        _say(Problem(place, 0, 0, "LS101", f"cannot be used: {error.strerror or type(error).__name__}"))
        with suppress(OSError, AttributeError):  # what is left to be written would fail again on the way out
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ExitCode.IO)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"launchspec {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None: ...


@app.command()
def check(
    paths: Annotated[
        Optional[list[Path]], typer.Argument(help="Specs, folders of specs, catalogs. [default: specs/]")
    ] = None,
    form: FormOption = Form.TEXT,
) -> None:
    """Check specs against the schema and the rules; exit with 1 where there is an error."""
    from launchspec.catalog import default_specs
    from launchspec.pipeline import check_specs
    from launchspec.progress import progress
    from launchspec.report import report

    problems = check_specs(paths or [default_specs()], progress)
    text = report(problems, form)
    if text:
        typer.echo(text if form is Form.TEXT else _utf8(text))
    errors = errors_of(problems)
    if form is Form.TEXT:
        typer.echo(f"{_count(len(errors), 'error')}, {_count(len(problems) - len(errors), 'warning')}", err=True)
    if errors:
        raise typer.Exit(exit_code(errors))


@app.command()
def generate(  # noqa: PLR0917 -- typer's parameters are options
    models: Annotated[Optional[list[str]], typer.Argument(help="Models to generate for. [default: all]")] = None,
    specs: SpecsOption = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for what is generated.")] = Path("generated"),
    target: Annotated[
        Optional[list[Target]], typer.Option("--target", help="What to generate; may be repeated. [default: docs]")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit with 3 where files are changed, missing or unknown.")
    ] = False,
    prune: Annotated[bool, typer.Option("--prune", help="Remove files that no spec gives.")] = False,
) -> None:
    """Compile specs into files; write those that differ."""
    from launchspec.catalog import default_specs
    from launchspec.pipeline import generate
    from launchspec.progress import progress

    place, targets = specs or default_specs(), target or [Target.DOCS]
    done = generate(
        place, models or [], out, [str(name) for name in targets], progress, write=not check, prune=prune and not check
    )
    if check:
        _report_check(done, out, models or [], specs, targets)
    else:
        _report_written(done, out, prune)


def _report_check(
    done: Generated, out: Path, models: Sequence[str], specs: Path | None, targets: Sequence[Target]
) -> None:
    for target, difference in done.differences.items():
        for what, names in (
            ("changed", difference.changed),
            ("missing", difference.missing),
            ("unknown", difference.unknown),
        ):
            for name in names:
                typer.echo(f"{shown(str(out / target / name))}: {what}")
    if not done.stale:
        typer.echo(f"{_count(done.files, 'file')} up to date", err=True)
        return
    words = ["launchspec", "generate", *models]
    words += ["--specs", str(specs)] if specs else []
    words += ["--out", str(out)] if out != Path("generated") else []
    words += (
        [word for target in targets for word in ("--target", str(target))] if list(targets) != [Target.DOCS] else []
    )
    words += ["--prune"] if any(difference.unknown for difference in done.differences.values()) else []
    typer.echo(f"to mend it: {shlex.join(words)}", err=True)
    raise typer.Exit(ExitCode.STALE)


def _report_written(done: Generated, out: Path, prune: bool) -> None:
    written = sum(len(d.changed) + len(d.missing) for d in done.differences.values())
    unknown = [out / target / name for target, d in done.differences.items() for name in d.unknown]
    for path in unknown:
        typer.echo(
            f"{shown(str(path))}: {'removed' if prune else 'no spec gives this file; --prune removes it'}", err=True
        )
    typer.echo(f"{_count(done.specs, 'model')}: {written} of {_count(done.files, 'file')} written to {out}", err=True)


@app.command()
def fmt(
    paths: Annotated[list[Path], typer.Argument(help="Specs, folders of specs, catalogs.")],
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit with 3 where a file would change.")
    ] = False,
) -> None:
    """Put specs into one style: order of keys, quotes, line lengths. Comments stay where they belong."""
    from launchspec.pipeline import format_specs

    changed, problems = format_specs(paths, write=not check)
    for path in changed:
        typer.echo(f"{shown(str(path))}: {'would be changed' if check else 'changed'}")
    _say(*problems)
    if problems:
        raise typer.Exit(exit_code(problems))
    if changed and check:
        raise typer.Exit(ExitCode.STALE)


@import_app.command("rst")
def import_rst(
    sources: Annotated[list[Path], typer.Argument(help="Pages, or folders of pages.")],
    out: OutOption,
    overwrite: OverwriteOption = False,
) -> None:
    """Read documentation pages back into specs."""
    from launchspec.importers.rst import import_pages

    _keep(import_pages(sources), out, overwrite)


@import_app.command("xinference")
def import_xinference(
    families: Annotated[
        list[Path],
        typer.Argument(help="llm_family.json, with its ModelScope twin where there is one, or registered models."),
    ],
    out: OutOption,
    pages: Annotated[
        Optional[Path], typer.Option("--pages", help="Folder with the families' pages, which give the engines.")
    ] = None,
    overwrite: OverwriteOption = False,
) -> None:
    """Read Xinference's families into specs."""
    from launchspec.importers.xinference import import_families

    _keep(import_families(families, pages), out, overwrite)


def _keep(imported: Imported, out: Path, overwrite: bool) -> None:
    """Write what was imported and say what was not."""
    from launchspec.importers import write_specs

    written = write_specs(imported, out, overwrite=overwrite)
    by_text: dict[tuple[str, str], list[str]] = {}
    for note in imported.notes:
        by_text.setdefault((note.field, note.message), []).append(note.model)
    for (field, message), names in by_text.items():
        who = names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
        typer.echo(f"{who}: {field} {message}", err=True)
    _say(*imported.problems)
    typer.echo(f"{_count(len(imported.trees), 'model')} read, {_count(written, 'spec')} written to {out}", err=True)
    if imported.problems:
        raise typer.Exit(exit_code(imported.problems))


@export_app.command("xinference")
def export_xinference(
    model: Annotated[str, typer.Argument(help="Name of a model.")],
    specs: SpecsOption = None,
    hub: Annotated[HubName, typer.Option("--hub", help="Hub to name as the source.")] = HubName.HUGGINGFACE,
) -> None:
    """Print the JSON that `xinference register -t LLM -f FILE` takes."""
    import json

    from launchspec.catalog import default_specs, find_model
    from launchspec.targets.xinference import registration

    made, notes = registration(find_model(specs or default_specs(), model), hub)
    for note in notes:
        typer.echo(note, err=True)
    typer.echo(_utf8(json.dumps(made, ensure_ascii=False, indent=2)))


@app.command()
def schema(
    kind: Annotated[str, typer.Argument(help="model or engine.")] = "model",
    out: Annotated[
        Optional[Path], typer.Option("--out", help="Folder to write all schemas to, for an editor to find.")
    ] = None,
) -> None:
    """Print a JSON Schema, or write all of them to a folder."""
    from launchspec import resources
    from launchspec.write import write_file

    if out:
        for path in resources.schema_files():
            write_file(out / path.name, path.read_bytes())
        return
    typer.echo(resources.schema_file(kind).read_bytes(), nl=False)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Folder for the catalog; made where it does not exist.")] = Path(),
) -> None:
    """Start a catalog of your own: a first spec, schemas for the editor, hooks and a CI workflow."""
    from launchspec.init import start

    for path in start(folder):
        typer.echo(f"{path}: written")
    typer.echo(f"next: cd {shlex.quote(str(folder))} && launchspec generate && launchspec check", err=True)


@app.command()
def rules(code: Annotated[Optional[str], typer.Argument(help="A code, such as LS302. [default: all]")] = None) -> None:
    """Say what the rules of `check` are about."""
    from launchspec.checks import explained

    typer.echo(explained(code))


def _utf8(text: str) -> bytes:
    """``text`` as programs read it, whatever the locale."""
    return text.encode("utf-8", "backslashreplace")


@engines_app.command("versions")
def engines_versions(
    program: Annotated[Optional[str], typer.Argument(help="A program, such as vllm. [default: all]")] = None,
) -> None:
    """List the versions whose options are known."""
    from launchspec.engines.knowledge import programs, versions

    for name in [program] if program else programs():
        typer.echo(f"{name}: {', '.join(versions(name))}")


@engines_app.command("diff")
def engines_diff(
    program: Annotated[str, typer.Argument(help="A program, such as vllm.")],
    old: Annotated[str, typer.Argument(help="The version in use.")],
    new: Annotated[str, typer.Argument(help="The version to go to.")],
) -> None:
    """Say what breaks and what changes silently from one version to another; exit with 1 where something breaks."""
    from launchspec.engines.difference import changes
    from launchspec.engines.knowledge import snapshot

    before, after = snapshot(program, old), snapshot(program, new)
    for asked, found in ((old, before), (new, after)):
        if asked != found.version:
            typer.echo(f"{program} {asked} is not known; compared is {found.version}", err=True)
    found_changes = changes(before, after)
    for change in found_changes:
        typer.echo(f"{'breaks' if change.breaks else 'changes'}: {change.flag} {change.what}")
    breaking = sum(change.breaks for change in found_changes)
    typer.echo(f"{_count(breaking, 'change')} that break, {len(found_changes) - breaking} others", err=True)
    if breaking:
        raise typer.Exit(ExitCode.PROBLEMS)


@engines_app.command("snapshot")
def engines_snapshot(
    program: Annotated[str, typer.Argument(help="A program, such as vllm.")],
    version: Annotated[str, typer.Argument(help="Its version.")],
    source: Annotated[Path, typer.Option("--source", help="Folder with the unpacked wheel or sdist of that version.")],
    python: Annotated[str, typer.Option("--python", help="A Python that has what the program imports.")],
    path: Annotated[Optional[list[Path]], typer.Option("--path", help="Further folder to import from.")] = None,
) -> None:
    """Print the options of a version as its own parser declares them, checked against its source."""
    from launchspec.engines.snapshot.make import snapshot
    from launchspec.engines.snapshot.normalise import write

    typer.echo(_utf8(write(snapshot(program, version, source.resolve(), path or [], python))), nl=False)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _say(*problems: Problem) -> None:
    for problem in problems:
        colour = typer.colors.RED if problem.severity is Severity.ERROR else typer.colors.YELLOW
        line = str(problem)
        typer.echo(line if os.environ.get("NO_COLOR") else typer.style(line, fg=colour), err=True)
