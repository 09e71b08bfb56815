"""Every page of the corpus comes out of its spec byte for byte, with and without Xinference's JSON."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

from launchspec.format import dump
from launchspec.importers import Imported
from launchspec.importers.rst import import_pages, page_tree
from launchspec.importers.xinference import import_families
from launchspec.read import Data, Source, read
from launchspec.resolve import resolve
from launchspec.targets import docs
from launchspec.validate import validate

COUNTS = {"2025-02": 80, "2026-08": 104}
JSON_2025 = ("llm_family.json", "llm_family_modelscope.json")


def again(tree: Data) -> str:
    """The page of a tree that went through YAML text."""
    return docs.page(resolve(validate(Source("dumped", dump(tree, "model")), "model")))


def pages_of(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.rst"))


def notes_of(done: Imported, model: str) -> dict[str, str]:
    return {note.field: note.message for note in done.notes if note.model == model}


@pytest.mark.parametrize("year", COUNTS)
def test_page_to_spec_to_page(corpus: Path, year: str) -> None:
    files = pages_of(corpus / f"xinference-{year}" / "pages")
    assert len(files) == COUNTS[year]
    for file in files:
        assert again(page_tree(read(file))).encode() == file.read_bytes(), file.name


@pytest.mark.parametrize("year", COUNTS)
def test_folder_of_pages(corpus: Path, year: str) -> None:
    folder = corpus / f"xinference-{year}" / "pages"
    done = import_pages([folder])
    assert not done.problems
    assert sorted(f"{name.lower()}.rst" for name in done.trees) == [file.name for file in pages_of(folder)]


@pytest.mark.parametrize(
    ("year", "names"),
    [*(("2025-02", names) for names in itertools.permutations(JSON_2025)), ("2026-08", JSON_2025[:1])],
)
def test_json_and_pages_to_pages(corpus: Path, year: str, names: tuple[str, ...]) -> None:
    folder = corpus / f"xinference-{year}"
    done = import_families([folder / name for name in names], folder / "pages")
    assert not done.problems
    made = {f"{name.lower()}.rst": again(tree) for name, tree in done.trees.items()}
    files = pages_of(folder / "pages")
    assert {file.name: made.get(file.name) for file in files} == {file.name: file.read_text() for file in files}
    entries = [entry for name in names for entry in json.loads((folder / name).read_text())]
    assert set(done.trees) == {entry["model_name"] for entry in entries}


def test_file_order_is_of_no_account(corpus: Path) -> None:
    folder = corpus / "xinference-2025-02"
    one, other = (
        import_families([folder / name for name in names], folder / "pages").trees
        for names in itertools.permutations(JSON_2025)
    )
    assert one == other


def test_json_adds_to_the_page_and_takes_nothing(corpus: Path) -> None:
    folder = corpus / "xinference-2026-08"
    done = import_families([folder / "llm_family.json"], folder / "pages")
    for file in pages_of(folder / "pages"):
        page = page_tree(read(file))
        joined = done.trees[page["name"]]
        assert {key: joined[key] for key in page if key != "specs"} == {
            key: page[key] for key in page if key != "specs"
        }
        for mine, theirs in zip(page["specs"], joined["specs"], strict=True):
            assert {key: theirs[key] for key in mine if key != "hubs"} == {
                key: mine[key] for key in mine if key != "hubs"
            }
            assert {hub: theirs["hubs"][hub]["id"] for hub in mine.get("hubs", {})} == {
                hub: entry["id"] for hub, entry in mine.get("hubs", {}).items()
            }


@pytest.mark.parametrize(
    ("model", "field", "message"),
    [
        ("mixtral-v0.1", "page.specs[1].engines", "keeps the page's own text"),
        (
            "glm4-chat",
            "specs[1].huggingface.id",
            "links 'THUDM/glm-4-9b-chat' and is kept; the JSON has 'THUDM/glm-4-9b-chat-hf'",
        ),
        ("deepseek-r1-distill-qwen", "specs[5].modelscope", "is not on the page"),
        ("deepseek-r1-distill-qwen", "model_specs[19]", "(gptq, 32 billion) is not on the page and is left out"),
        ("deepseek-r1-distill-llama", "model_specs[11]", "(ggufv2, 8 billion) is not on the page and is left out"),
    ],
)
def test_a_stale_page_wins_and_a_note_says_so(corpus: Path, model: str, field: str, message: str) -> None:
    folder = corpus / "xinference-2025-02"
    done = import_families([folder / name for name in JSON_2025], folder / "pages")
    assert again(done.trees[model]) == (folder / "pages" / f"{model}.rst").read_text()
    assert message in notes_of(done, model)[field]


def test_seed(corpus: Path) -> None:
    file = corpus / "seed-deepseek-r1.rst"
    tree = page_tree(read(file))
    assert again(tree).encode() == file.read_bytes()
    assert "page" not in tree
    assert [spec.get("page") for spec in tree["specs"]] == [None] * 4
    assert tree["specs"][0]["engines"] == {"vLLM": ["none"], "Transformers": "all", "SGLang": ["none"]}
