"""The command: what goes where, with which exit code, and never a traceback."""

from __future__ import annotations

import json
import os
import pty
import shlex
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from command import COMMAND, SPEC, catalog, contents, environment, run, spawn
from launchspec import __version__
from launchspec.cli import app

HERE = Path(__file__).parent
VERBS = (
    "check", "generate", "fmt", "import", "import rst", "import xinference", "export", "export xinference", "schema",
    "init", "rules",
)  # fmt: skip
WARNING = "description: ''\n"
WRONG = SPEC.format(name="wrong").replace("context_length: 4096", "context_length: none")


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A folder with a catalog of two models and its pages."""
    catalog(tmp_path, ["alpha", "beta"])
    run("generate", cwd=tmp_path, code=0)
    return tmp_path


def _models(folder: Path) -> Path:
    return folder / "specs" / "models"


def _mend(stderr: str, folder: Path) -> None:
    """Execute the command that a check printed."""
    words = shlex.split(stderr.split("to mend it: ")[1])
    assert words[0] == "launchspec"
    run(*words[1:], cwd=folder, code=0)


def test_version() -> None:
    assert spawn("--version", code=0).stdout == f"launchspec {__version__}\n"


@pytest.mark.parametrize("verb", ["", *VERBS])
def test_help_fits_and_says_something(verb: str) -> None:
    done = CliRunner(env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"}).invoke(app, [*verb.split(), "--help"])
    assert done.exit_code == 0
    assert len(done.output.split("\n")) > 5
    assert max(len(line) for line in done.output.split("\n")) <= 80


@pytest.mark.parametrize(
    "words",
    ["bogus", "check --bogus", "check --format xml", "import", "export", "generate --target x", "fmt", "schema x"],
)
def test_a_wrong_command_line_exits_with_2(words: str) -> None:
    done = run(*words.split(), code=2)
    assert done.stderr


def test_no_words_give_the_help() -> None:
    assert "Usage:" in "".join((run().stdout, run().stderr))


def test_check_is_silent_on_stdout_where_all_is_right(made: Path) -> None:
    done = run("check", cwd=made, code=0)
    assert (done.stdout, done.stderr) == ("", "0 errors, 0 warnings\n")


def test_check_prints_problems_on_stdout_and_counts_on_stderr(made: Path) -> None:
    (_models(made) / "wrong.yaml").write_text(WRONG)
    done = run("check", cwd=made, code=1)
    (line,) = done.stdout.splitlines()
    assert line.startswith("specs/models/wrong.yaml:2:17: LS2")
    assert done.stderr == "1 error, 0 warnings\n"
    assert run("check", "specs/models/alpha.yaml", cwd=made, code=0).stdout == ""


def test_a_warning_does_not_fail(made: Path) -> None:
    text = SPEC.format(name="alpha").replace("A model named alpha.", '"a \\u200b b"')
    (_models(made) / "alpha.yaml").write_text(text)
    done = run("check", cwd=made, code=0)
    assert "LS314 warning:" in done.stdout
    assert done.stderr == "0 errors, 1 warning\n"
    assert run("check", "--format", "github", cwd=made, code=0).stdout.startswith("::warning file=specs/models/alpha")


def test_check_speaks_to_machines(made: Path) -> None:
    (_models(made) / "wrong.yaml").write_text(WRONG)
    (problem,) = json.loads(run("check", "--format", "json", cwd=made, code=1).stdout)["problems"]
    assert (problem["path"], problem["line"], problem["severity"]) == ("specs/models/wrong.yaml", 2, "error")
    (one,) = json.loads(run("check", "--format", "sarif", cwd=made, code=1).stdout)["runs"]
    assert one["results"][0]["ruleId"] == problem["code"]
    done = run("check", "--format", "github", cwd=made, code=1)
    assert done.stdout.startswith("::error file=specs/models/wrong.yaml,line=2,col=17,title=LS")
    assert done.stderr == ""


def test_generate_writes_only_what_changed(made: Path) -> None:
    pages = made / "generated" / "docs"
    assert sorted(contents(pages)) == ["alpha.rst", "beta.rst", "index.rst"]
    for path in pages.iterdir():
        os.utime(path, (1, 1))
    (_models(made) / "alpha.yaml").write_text(SPEC.format(name="alpha").replace("4096", "8192"))
    done = run("generate", cwd=made, code=0)
    assert done.stderr == "2 models: 2 of 3 files written to generated\n"
    assert {path.name for path in pages.iterdir() if path.stat().st_mtime == 1} == {"beta.rst"}


def test_check_of_generated_names_what_differs_and_how_to_mend_it(made: Path) -> None:
    assert run("generate", "--check", cwd=made, code=0).stderr == "3 files up to date\n"
    pages = made / "generated" / "docs"
    before = contents(pages)
    (pages / "alpha.rst").write_bytes(before["alpha.rst"][:-1])
    (pages / "beta.rst").unlink()
    (pages / "old").mkdir()
    (pages / "old" / "gamma.rst").write_text("x")
    (pages / "link").symlink_to(made)
    done = run("generate", "--check", cwd=made, code=3)
    assert done.stdout.splitlines() == [
        "generated/docs/alpha.rst: changed",
        "generated/docs/beta.rst: missing",
        "generated/docs/link: unknown",
        "generated/docs/old/gamma.rst: unknown",
    ]
    _mend(done.stderr, made)
    assert run("generate", "--check", cwd=made, code=0).stdout == ""
    assert contents(pages) == before
    assert _models(made).is_dir()


def test_the_mending_command_repeats_the_choices(made: Path) -> None:
    words = ["generate", "ALPHA", "--specs", "specs", "--out", "an out", "--target", "docs", "--target", "reference"]
    done = run(*words, "--check", cwd=made, code=3)
    assert done.stdout.splitlines() == ["an out/docs/alpha.rst: missing", "an out/reference/checks.rst: missing"]
    _mend(done.stderr, made)
    run(*words, "--check", cwd=made, code=0)
    assert not (made / "an out" / "docs" / "beta.rst").exists()


def test_changed_in_size_only(made: Path) -> None:
    page = made / "generated" / "docs" / "alpha.rst"
    page.write_bytes(page.read_bytes() + b"\n")
    assert run("generate", "--check", cwd=made, code=3).stdout == "generated/docs/alpha.rst: changed\n"


@pytest.mark.parametrize("name", ["alpha", "ALPHA", "Alpha"])
def test_one_model_is_generated_whatever_the_case(tmp_path: Path, name: str) -> None:
    catalog(tmp_path, ["Alpha", "beta"])
    done = run("generate", name, cwd=tmp_path, code=0)
    assert done.stderr == "1 model: 1 of 1 file written to generated\n"
    assert sorted(contents(tmp_path / "generated")) == ["docs/alpha.rst"]


def test_an_unknown_model_gets_a_hint(made: Path) -> None:
    done = run("generate", "alhpa", "beta", "--out", "new", cwd=made, code=1)
    assert done.stderr == "specs: LS321 has no model 'alhpa'; did you mean 'alpha'?\n"
    assert not (made / "new").exists()


def test_prune_removes_what_no_spec_gives(made: Path) -> None:
    (_models(made) / "beta.yaml").unlink()
    done = run("generate", cwd=made, code=0)
    assert "generated/docs/beta.rst: no spec gives this file; --prune removes it" in done.stderr
    assert (made / "generated" / "docs" / "beta.rst").exists()
    assert "generated/docs/beta.rst: removed" in run("generate", "--prune", cwd=made, code=0).stderr
    assert not (made / "generated" / "docs" / "beta.rst").exists()


def test_check_never_writes(made: Path) -> None:
    (made / "generated" / "docs" / "x.rst").write_text("x")
    (made / "generated" / "docs" / "beta.rst").unlink()
    before = contents(made)
    run("generate", "--check", "--prune", cwd=made, code=3)
    assert contents(made) == before


def test_one_name_in_two_files(made: Path) -> None:
    (_models(made) / "copy.yaml").write_text(SPEC.format(name="ALPHA"))
    for words in (["check"], ["generate", "--out", "new"]):
        done = run(*words, cwd=made, code=1)
        assert "specs/models/copy.yaml:1:1: LS320 the model 'ALPHA' is also in specs/models/alpha.yaml" in (
            done.stdout + done.stderr
        )
    assert not (made / "new").exists()


def test_a_model_cannot_take_the_place_of_the_index(tmp_path: Path) -> None:
    catalog(tmp_path, ["alpha", "Index"])
    assert "LS320" in run("check", cwd=tmp_path, code=1).stdout
    assert "LS320" in run("generate", cwd=tmp_path, code=1).stderr


def test_a_broken_spec_among_good_ones_writes_nothing(made: Path) -> None:
    (_models(made) / "wrong.yaml").write_text(WRONG)
    (_models(made) / "worse.yaml").write_text("name: [")
    (_models(made) / "alpha.yaml").write_text(SPEC.format(name="alpha").replace("4096", "8192"))
    before = contents(made / "generated")
    done = run("generate", "--target", "docs", "--target", "reference", cwd=made, code=1)
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == [
        "specs/models/worse.yaml",
        "specs/models/wrong.yaml",
    ]
    assert contents(made / "generated") == before


def test_fmt_mends_what_it_can_and_names_the_rest(made: Path) -> None:
    alpha = _models(made) / "alpha.yaml"
    lines = SPEC.format(name="alpha").splitlines()
    alpha.write_text("\n".join([*lines[1:], lines[0], ""]))
    assert run("fmt", "--check", "specs", cwd=made, code=3).stdout == "specs/models/alpha.yaml: would be changed\n"
    (_models(made) / "a-wrong.yaml").write_text("name: [")
    done = run("fmt", "specs", cwd=made, code=1)
    assert "specs/models/a-wrong.yaml:" in done.stderr
    assert done.stdout == "specs/models/alpha.yaml: changed\n"
    assert alpha.read_text().startswith("name: alpha\n")
    (_models(made) / "a-wrong.yaml").unlink()
    assert run("fmt", "--check", "specs", cwd=made, code=0).stdout == ""


def test_pages_come_back_as_specs(made: Path) -> None:
    run("import", "rst", "generated/docs", "--out", "back/models", cwd=made, code=0)
    run("generate", "--specs", "back", "--check", cwd=made, code=0)
    run("import", "rst", "generated/docs", "--out", "back/models", cwd=made, code=0)
    (made / "back" / "models" / "alpha.yaml").write_text("name: other\n")
    assert "LS502" in run("import", "rst", "generated/docs", "--out", "back/models", cwd=made, code=4).stderr
    run("import", "rst", "generated/docs", "--out", "back/models", "--overwrite", cwd=made, code=0)
    run("generate", "--specs", "back", "--check", cwd=made, code=0)


def test_a_model_goes_to_xinference_and_back(made: Path) -> None:
    done = spawn("export", "xinference", "ALPHA", cwd=made, code=0)
    assert json.loads(done.stdout)["model_name"] == "alpha"
    (made / "alpha.json").write_text(done.stdout)
    spawn("import", "xinference", "alpha.json", "--out", "back", cwd=made, code=0)
    spawn("check", "back", cwd=made, code=0)
    assert "did you mean 'alpha'" in spawn("export", "xinference", "alpa", cwd=made, code=1).stderr


def test_a_model_is_found_in_a_file_of_another_name(made: Path) -> None:
    (_models(made) / "gamma.yaml").write_text(SPEC.format(name="delta"))
    (_models(made) / "omega.yaml").write_text(SPEC.format(name="gamma"))
    assert json.loads(run("export", "xinference", "gamma", cwd=made, code=0).stdout)["model_name"] == "gamma"


def test_schemas_are_printed_and_written(tmp_path: Path) -> None:
    printed = spawn("schema", code=0).stdout
    assert json.loads(printed)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    spawn("schema", "--out", "schemas", cwd=tmp_path, code=0)
    assert (tmp_path / "schemas" / "model.schema.json").read_text(encoding="utf-8") == printed
    assert "did you mean 'model'" in spawn("schema", "modle", code=2).stderr


def test_init_starts_a_catalog_that_works(tmp_path: Path) -> None:
    done = spawn("init", "my catalog", cwd=tmp_path, code=0)
    folder = tmp_path / "my catalog"
    assert {line.removesuffix(": written") for line in done.stdout.splitlines()} == {
        f"my catalog/{name}" for name in contents(folder)
    }
    for words in ("check", "fmt --check specs", "generate", "generate --check"):
        spawn(*words.split(), cwd=folder, code=0)
    before = contents(folder)
    (folder / "README.md").unlink()
    assert "LS502" in spawn("init", cwd=folder, code=4).stderr
    assert contents(folder) == {name: text for name, text in before.items() if name != "README.md"}


def test_what_init_says_to_do_next_can_be_done(tmp_path: Path) -> None:
    done = run("init", "a 'b' c", cwd=tmp_path, code=0)
    script = done.stderr.split("next: ")[1]
    binaries = tmp_path / "bin"
    binaries.mkdir()
    (binaries / "launchspec").write_text(f'#!/bin/sh\nexec {shlex.join(COMMAND)} "$@"\n')
    (binaries / "launchspec").chmod(0o755)
    env = environment()
    env["PATH"] = f"{binaries}:{env['PATH']}"
    subprocess.run(["sh", "-ec", script], cwd=tmp_path, env=env, check=True, capture_output=True)
    assert (tmp_path / "a 'b' c" / "generated" / "docs" / "example.rst").exists()


@pytest.mark.parametrize(
    "words",
    [
        "check nowhere", "check empty", "check " + "x" * 300, "check specs/models/folder.yaml", "check odd",
        "generate --specs nowhere", "generate --specs odd", "generate --out file", "generate --out file --check",
        "generate --out taken", "generate --out taken --check", "fmt nowhere", "fmt odd", "import rst nowhere --out o",
        "import xinference nowhere --out o", "import xinference empty --out o", "import rst generated/docs --out file",
        "schema --out file", "init file", "export xinference alpha --specs nowhere", "check dangling",
        "generate --out " + "x" * 300,
    ],
)  # fmt: skip
def test_a_file_that_is_not_there_or_not_one_exits_with_4(made: Path, words: str) -> None:
    (made / "empty").mkdir()
    (made / "file").write_text("x")
    (made / "specs" / "models" / "folder.yaml").mkdir()
    (made / "odd" / "models" / "folder.yaml").mkdir(parents=True)
    (made / "taken" / "docs" / "alpha.rst").mkdir(parents=True)
    (made / "dangling" / "models").mkdir(parents=True)
    (made / "dangling" / "models" / "x.yaml").symlink_to("nowhere")
    if words.startswith(("generate --out", "import rst generated")):
        (made / "specs" / "models" / "folder.yaml").rmdir()
    before = contents(made)
    done = run(*words.split(), cwd=made, code=4)
    assert "LS101" in done.stdout + done.stderr or "LS501" in done.stderr
    assert contents(made) == before


@pytest.mark.skipif(not shutil.which("setpriv") or os.getuid() != 0, reason="not here: setpriv and root")
def test_without_permission(made: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Root may do everything, so the command gives its powers away."""
    drop = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all"]
    (made / "generated" / "docs").chmod(0o555)
    (made / "generated" / "docs" / "alpha.rst").write_text("x")
    done = subprocess.run(
        [*drop, *COMMAND, "generate"], cwd=made, env=environment(), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (
        4,
        "generated/docs/alpha.rst: LS501 cannot be written: Permission denied\n",
    )
    for path, words in (
        (_models(made) / "beta.yaml", ["check"]),
        (_models(made), ["check"]),
        (made / "specs", ["check"]),
    ):
        path.chmod(0)
        done = subprocess.run(
            [*drop, *COMMAND, *words], cwd=made, env=environment(), capture_output=True, text=True, check=False
        )
        path.chmod(0o755)
        assert "Permission denied" in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        assert done.returncode == 4


def test_a_file_name_may_be_no_text(made: Path) -> None:
    bad = os.fsdecode(b"\xff\n.yaml")
    (_models(made) / bad).write_text(WRONG)
    for env in ({"PYTHONUTF8": "1"}, {"LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "utf-8:strict"}, {"LC_ALL": "C"}):
        for form in ("text", "json", "github", "sarif"):
            done = spawn("check", "--format", form, cwd=made, env=env, code=1)
            if form in ("json", "sarif"):
                json.loads(done.stdout)
            else:
                assert len(done.stdout.splitlines()) == 1
    (_models(made) / bad).unlink()
    (made / "generated" / "docs" / bad).write_text("x")
    env = {"PYTHONIOENCODING": "utf-8:strict"}
    assert r"docs/\udcff\u000a.yaml: unknown" in spawn("generate", "--check", cwd=made, env=env, code=3).stdout
    spawn("generate", "--prune", cwd=made, env=env, code=0)
    spawn("generate", "--check", cwd=made, env=env, code=0)


@pytest.mark.parametrize(
    "env",
    [
        {"LC_ALL": "C"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"LC_ALL": "C.UTF-8"},
        {"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "latin-1"},
    ],
    ids=str,
)  # fmt: skip
def test_any_script_in_any_locale(made: Path, env: dict[str, str]) -> None:
    text = SPEC.format(name="alpha").replace("A model named alpha.", "深度求索 😀")
    (_models(made) / "alpha.yaml").write_text(text, encoding="utf-8")
    spawn("generate", cwd=made, env=env, code=0)
    assert "深度求索 😀" in (made / "generated" / "docs" / "alpha.rst").read_text(encoding="utf-8")
    (_models(made) / "宇宙.yaml").write_text(SPEC.format(name="深度😀"), encoding="utf-8")
    assert "LS2" in spawn("check", cwd=made, env=env, code=1).stdout
    assert "LS2" in spawn("generate", cwd=made, env=env, code=1).stderr
    problems = json.loads(spawn("check", "--format", "json", cwd=made, env=env, code=1).stdout)["problems"]
    assert any("深度😀" in problem["message"] for problem in problems)
    (_models(made) / "宇宙.yaml").unlink()
    exported = json.loads(spawn("export", "xinference", "alpha", cwd=made, env=env, code=0).stdout)
    assert exported["model_description"] == "深度求索 😀"
    spawn("schema", env=env, code=0)
    spawn("rules", env=env, code=0)


def _on_a_terminal(folder: Path, **env: str) -> str:
    watched, given = pty.openpty()
    subprocess.run(
        [*COMMAND, "check", "nowhere"], cwd=folder, env=environment(**env), stderr=given, stdout=given, check=False
    )
    os.close(given)
    text = os.read(watched, 4096).decode()
    os.close(watched)
    return text


def test_colour_is_for_terminals_that_want_it(tmp_path: Path) -> None:
    assert "\x1b[31m" in _on_a_terminal(tmp_path, TERM="xterm")
    assert "\x1b" not in _on_a_terminal(tmp_path, TERM="xterm", NO_COLOR="1")
    assert "\x1b" not in run("check", "nowhere", code=4).stderr


@pytest.mark.parametrize("words", ["check --format json invalid", "rules", "schema", "--help", "check invalid"])
def test_a_closed_pipe_is_no_failure_of_ours(tmp_path: Path, words: str) -> None:
    (tmp_path / "invalid").mkdir()
    for number in range(300):
        (tmp_path / "invalid" / f"{number}.yaml").write_text("a: 1\nb: 2\n")
    piped = f"{shlex.join(COMMAND)} {words} | head -1"
    done = subprocess.run(["sh", "-c", piped], cwd=tmp_path, env=environment(), capture_output=True, check=False)
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr
    assert done.stdout.count(b"\n") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="not here: /dev/full")
@pytest.mark.parametrize("words", ["rules", "schema", "--version"])
def test_a_full_disk_is_said(words: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COMMAND, *words.split()], stdout=full, stderr=subprocess.PIPE, text=True, env=environment(), check=False
        )
    assert (done.returncode, done.stderr) == (4, "the output: LS101 cannot be used: No space left on device\n")


@pytest.mark.parametrize("verb", ["check", "generate"])
def test_an_interrupt_ends_it_quietly(tmp_path: Path, verb: str) -> None:
    os.mkfifo(catalog(tmp_path, ["alpha"]) / "models" / "never.yaml")
    with subprocess.Popen(
        [*COMMAND, verb],
        cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=_hear_interrupts,  # noqa: PLW1509 -- this process has no threads
    ) as process:  # fmt: skip
        try:
            time.sleep(1.0)
            process.send_signal(signal.SIGINT)
            _, stderr = process.communicate(timeout=30)
        finally:
            process.kill()
    assert process.returncode == 130
    assert "Traceback" not in stderr


def _hear_interrupts() -> None:
    """A shell that starts the tests in the background makes them deaf to interrupts, and their children too."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize("path", sorted((HERE / "invalid").rglob("*.yaml")), ids=lambda path: path.stem)
def test_no_invalid_file_breaks_a_verb(path: Path, tmp_path: Path) -> None:
    assert run("check", path, code=1).stdout.startswith(f"{path}:")
    run("generate", "--specs", path, "--out", tmp_path / "out", code=1)
    assert run("fmt", "--check", path).returncode in {0, 1, 3}
    assert not (tmp_path / "out").exists()


def test_all_invalid_files_at_once(tmp_path: Path) -> None:
    for path in sorted((HERE / "invalid").rglob("*.yaml")):
        shutil.copy(path, tmp_path / f"{path.parent.name}-{path.name}")
    done = run("check", tmp_path, "--format", "json", code=1)
    named = {problem["path"] for problem in json.loads(done.stdout)["problems"]}
    assert named == {str(path) for path in tmp_path.iterdir()}
