"""The snapshots: what is known of them from elsewhere, what they promise, and that they are the parser's own."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from command import run
from launchspec import resources
from launchspec.engines.difference import changes
from launchspec.engines.knowledge import lifetime, programs, snapshot, versions
from launchspec.engines.snapshot import static
from launchspec.engines.snapshot.normalise import normalise, write
from launchspec.errors import LaunchspecError

FILES = sorted((resources.root() / "specs" / "engines").glob("*/versions/*.json"))
COUNTS = {
    ("vllm", "0.7.2"): 131, ("vllm", "0.10.2"): 176, ("vllm", "0.24.0"): 266, ("vllm", "0.33.0"): 320,
    ("sglang", "0.4.3"): 98, ("sglang", "0.5.5"): 273, ("sglang", "0.5.23"): 531,
    ("mlx", "0.21.0"): 9, ("mlx", "0.32.2"): 26,
    ("llama_cpp.server", "0.3.7"): 56, ("llama_cpp.server", "0.3.36"): 57,
    ("transformers", "4.55.0"): 16, ("transformers", "5.0.0"): 15,
}  # fmt: skip
"""Options of the parser, positional arguments not counted, as an independent extraction found them."""


def test_there_is_a_snapshot_of_each_version_that_is_promised() -> None:
    assert {program: len(versions(program)) for program in programs()} == {
        "llama_cpp.server": 3, "mlx": 4, "sglang": 6, "transformers": 4, "vllm": 10,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("place", "count"), COUNTS.items(), ids=lambda value: "-".join(value) if isinstance(value, tuple) else ""
)
def test_options_are_as_many_as_elsewhere(place: tuple[str, str], count: int) -> None:
    assert len(snapshot(*place).all()) == count


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.parent.name}-{path.stem}")
def test_a_snapshot_is_whole_and_in_its_one_form(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = json.loads(text)
    assert text == write(tree)
    assert (tree["snapshot"], tree["version"]) == (1, path.stem)
    spellings = [flag for each in tree["options"] for flag in (*each["flags"], *each.get("negations", ()))]
    assert len(spellings) == len(set(spellings))
    assert all(flag.startswith("-") for flag in spellings)
    for option in tree["options"]:
        assert option["kind"] in {"flag", "boolean", "value", "list", "count"}
        assert option.get("schema") is None or option["schema"] in tree["schemas"]
        assert option.get("registry") is None or tree["registries"][option["registry"]]
    assert "/root" not in text
    assert "/home" not in text


def test_known_facts() -> None:
    assert "--disable-log-requests" in snapshot("vllm", "0.33.0").options
    assert "--disable-log-requests" not in snapshot("vllm", "0.20.2").options
    assert lifetime("vllm", "--enable-reasoning") == ["0.7.2", "0.8.5"]
    assert "--tp" not in snapshot("sglang").options
    assert "gguf" not in snapshot("vllm", "0.24.0").registries["quantization"]
    assert "gguf" in snapshot("vllm", "0.10.2").registries["quantization"]
    assert "deepseek_r1" in snapshot("vllm").registries["reasoning_parser"]


def test_a_version_without_a_snapshot_is_the_newest_before_it() -> None:
    assert snapshot("vllm", "0.11.0").version == "0.10.2"
    assert snapshot("vllm").version == "0.33.0"
    for asked in ("0.1", "newest"):
        with pytest.raises(LaunchspecError, match="LS702"):
            snapshot("vllm", asked)
    with pytest.raises(LaunchspecError, match="did you mean 'vllm'"):
        versions("vlm")


def test_a_difference_names_what_breaks_first() -> None:
    found = changes(snapshot("vllm", "0.8.5"), snapshot("vllm", "0.33.0"))
    gone = {change.flag for change in found if change.breaks}
    assert {"--enable-reasoning", "--guided-decoding-backend", "--num-scheduler-steps", "--swap-space"} <= gone
    assert [change.breaks for change in found] == sorted((change.breaks for change in found), reverse=True)
    assert not changes(snapshot("mlx", "0.26.0"), snapshot("mlx", "0.30.0"))


def test_the_command_says_so_and_exits_accordingly() -> None:
    assert "vllm: 0.7.2, " in run("engines", "versions", code=0).stdout
    done = run("engines", "diff", "vllm", "0.8.5", "0.11.1", code=1)
    assert "breaks: --enable-reasoning is gone" in done.stdout
    assert "0.11.1 is not known; compared is 0.10.2" in done.stderr
    assert run("engines", "diff", "mlx", "0.26.0", "0.30.0", code=0).stdout == ""
    assert "LS701" in run("engines", "snapshot", "vlm", "1", "--source", ".", "--python", "python", code=2).stderr
    broken = run("engines", "snapshot", "mlx", "1", "--source", ".", "--python", "python3", code=1)
    assert "the probe failed" in broken.stderr


def test_normalising_keeps_what_the_parser_says() -> None:
    raw = {
        "options": [
            {"spellings": ["--b", "-b"], "dest": "b", "types": ["int"], "default": 3, "help": "DEPRECATED, use --c"},
            {"spellings": ["--a", "--no-a"], "negative": ["--no-a"], "dest": "a", "default": True},
            {"spellings": [], "dest": "model", "nargs": "?"},
        ]
    }
    made = normalise(
        raw, engine="E", program="e", version="1", source={}, parser={}, registries={"b": ["x"]}, env=["E_B", "E_A"]
    )
    assert [option["flags"] for option in made["options"]] == [["--a"], ["--b", "-b"]]
    assert made["options"][0]["negations"] == ["--no-a"]
    assert made["options"][1]["registry"] == "b"
    assert made["options"][1]["replaced_by"] == "--c"
    assert made["env"] == ["E_A", "E_B"]
    assert json.loads(write(made)) == made


def test_the_reader_of_sources_sees_what_is_declared(tmp_path: Path) -> None:
    source = tmp_path / "x.py"
    source.write_text("def f(parser):\n    parser.add_argument('--a', '-a')\n    parser.add_argument('b')\n", "utf-8")
    assert static.declared(static.parse(source), "f") == {"--a", "-a"}


def test_a_snapshot_loads_quickly_enough_to_be_loaded_late(record_property: pytest.RecordProperty) -> None:
    start = time.process_time()
    for path in FILES:
        json.loads(path.read_text(encoding="utf-8"))
    record_property("milliseconds_each", (time.process_time() - start) * 1000 / len(FILES))
