"""Pages: valid for docutils and Sphinx, equal to the goldens, and no template can be garbled unseen."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from docutils import nodes
from docutils.core import publish_doctree

from launchspec import __version__, init, render, resources
from launchspec.checks import rules
from launchspec.read import Data, Source, load, read
from launchspec.resolve import resolve
from launchspec.spec import Model, ModelSpec
from launchspec.targets import docs, reference
from launchspec.validate import validate, validate_tree

GOLDEN = Path(__file__).parent / "golden"
MODELS = ("Golden.Model", "plain")
TEMPLATES = sorted((resources.root() / "templates").rglob("*.jinja"))
SPECS = sorted((resources.root() / "specs" / "models").glob("*.yaml"))

NASTY = [
    ".. include:: /etc/passwd",
    ".. raw:: html\n\n   <script>alert(1)</script>",
    ":ref:`x` :download:`/etc/passwd` :unknown:`y`",
    "`x <javascript:alert(1)>`_ x_ x__ _`x` [1]_ [#]_ |x|",
    "*a **b ``c `d |e \\f _g h_ __",
    "  leading\ttab\n\n\n\nblank lines\n   indented  \n- list\n1. list\n",
    "====\ntitle\n====\n\n----\n\n>>> doctest",
    "+---+\n| x |\n+---+",
    "::\n\n  literal::",
    "a@b.com mailto:a@b.com ftp://x.y https://x.y/z_ http://x.y/é file:///etc/passwd",
    "{{ model }} {% raw %} {# x #}",
    "日本 עברית \u202e\u200b\u00a0\u2028\ue000 \U0001f600",
    "",
    " ",
    "\n",
    ".. |U+0009| unicode:: U+0041",
    "|U+0009| \t",
    "x" * 3000,
]
FIRST = {"code": "LS901", "name": "first", "severity": "error", "title": "One", "why": "Since."}
SECOND = {"code": "LS902", "name": "second-rule", "severity": "warning", "title": "Two", "why": "For."}
RULES = [
    FIRST | {"invalid": [["a:", "  b"], ["c"]], "valid": [["d:", "  e"], ["f"]]},
    SECOND | {"invalid": [], "valid": [["g"]]},
]


def page_model(path: Path) -> Model:
    return resolve(validate(read(path), "model"))


def golden(name: str) -> Model:
    return page_model(GOLDEN / "docs" / f"{name.lower()}.yaml")


def spec(**fields: Any) -> ModelSpec:
    return resolve(
        tree(specs=[{"format": "pytorch", "size_in_billions": 1, "quantizations": ["none"], **fields}])
    ).specs[0]


def tree(**fields: Any) -> Data:
    specs = [{"format": "pytorch", "size_in_billions": 1, "quantizations": ["none"]}]
    data = {
        "name": "m", "context_length": 1, "languages": [], "abilities": [], "description": "", "specs": specs, **fields,
    }  # fmt: skip
    validate_tree(data, "model", "m")
    return data


def outputs(folder: Path) -> Iterator[tuple[str, str]]:
    """Everything that is made from templates, by the name of its golden."""
    models = [golden(name) for name in MODELS]
    for model in models:
        yield f"docs/{docs.page_file(model)}", docs.page(model)
    yield "docs/index.rst", docs.index(docs.index_row(model) for model in models)
    yield "reference/checks.rst", render.render("reference/checks.rst.jinja", rules=RULES)
    for path in init.start(folder):
        if path.suffix != ".json":
            name = path.relative_to(folder).as_posix()
            yield f"init/{name}", path.read_text().replace(f"launchspec=={__version__}", "launchspec==VERSION")


def differing(folder: Path) -> list[str]:
    """The goldens that are not what the templates give."""
    return [name for name, text in outputs(folder) if text.encode() != (GOLDEN / name).read_bytes()]


def test_goldens(tmp_path: Path) -> None:
    """After a wanted change: ``python tests/test_docs.py`` writes them anew."""
    assert differing(tmp_path) == []


def dropped(lines: list[str], at: int) -> list[str]:
    return lines[:at] + lines[at + 1 :]


def doubled(lines: list[str], at: int) -> list[str]:
    return lines[: at + 1] + lines[at:]


def constant(lines: list[str], at: int) -> list[str]:
    return [*lines[:at], re.sub(r"\{\{.*?\}\}", "constant", lines[at]), *lines[at + 1 :]]


def swapped(lines: list[str], at: int) -> list[str]:
    return lines[:at] + lines[at : at + 2][::-1] + lines[at + 2 :]


def padded(lines: list[str], at: int) -> list[str]:
    return [*lines[:at], lines[at] + " ", *lines[at + 1 :]]


MUTATIONS: tuple[Callable[[list[str], int], list[str]], ...] = (dropped, doubled, constant, swapped, padded)


@pytest.fixture
def fresh_templates() -> Iterator[None]:
    yield
    render._environment.cache_clear()


@pytest.mark.usefixtures("fresh_templates")
@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.relative_to(path.parents[1]).as_posix())
def test_no_template_can_be_garbled_unseen(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "root"
    for name in ("templates", "specs/schemas", "specs/engines"):
        shutil.copytree(resources.root() / name, root / name)
    monkeypatch.setattr(resources, "root", lambda: root)
    copied = root / "templates" / template.parent.name / template.name
    lines = template.read_text().split("\n")[:-1]
    count = 0
    for at in range(len(lines)):
        for mutation in MUTATIONS:
            changed = mutation(lines, at)
            statement = mutation is padded and re.fullmatch(r"\s*\{%.*%\}", lines[at])
            if changed == lines or statement:
                continue
            copied.write_text("\n".join(changed) + "\n")
            render._environment.cache_clear()
            count += 1
            try:
                noticed = bool(differing(tmp_path / f"{count}"))
            except Exception:
                noticed = True
            assert noticed, f"{mutation.__name__} line {at + 1}: {lines[at]}"
    assert count


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_pages_of_the_catalog_are_valid(path: Path) -> None:
    assert messages(docs.page(page_model(path))) == []


def messages(rst: str) -> list[str]:
    settings = {"report_level": 1, "halt_level": 5, "warning_stream": False, "_disable_config": True}
    document = publish_doctree(rst, settings_overrides=settings)
    return [node.astext() for node in document.findall(nodes.system_message)]


@pytest.mark.parametrize("text", NASTY)
def test_a_page_with_a_nasty_description_is_valid(text: str) -> None:
    assert messages(docs.page(resolve(tree(description=text)))) == []


def test_sphinx_builds_everything_without_a_warning(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    models = [page_model(path) for path in SPECS]
    models += [resolve(tree(name=f"nasty-{number}", description=text)) for number, text in enumerate(NASTY)]
    long = {"format": "compressed-tensors", "size_in_billions": 123456.789, "quantizations": ["x" * 64]}
    models += [resolve(tree(name="N" * 128)), resolve(tree(name="long-spec", specs=[long]))]
    for model in models:
        (source / docs.page_file(model)).write_text(docs.page(model))
    (source / docs.INDEX).write_text(docs.index(docs.index_row(model) for model in models))
    for name, content in reference.files().items():
        (source / name).write_bytes(b":orphan:\n\n" + content)
    (source / "conf.py").write_text("project = 'x'\nroot_doc = 'index'\n")
    command = [sys.executable, "-m", "sphinx", "-W", "-n", "-q", "-b", "dummy", str(source), str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("engines", "text"),
    [
        ([], ""),
        (["vLLM"], "vLLM"),
        (["SGLang", "vLLM"], "SGLang, vLLM"),
        ({"vLLM": "all", "MLX": "all"}, "vLLM, MLX"),
        ({"vLLM": ["a", "b", "c"]}, "vLLM"),
        ({"vLLM": ["c", "b", "a"]}, "vLLM"),
        ({"vLLM": ["a"], "MLX": "all"}, "vLLM, MLX (vLLM only available for quantization a)"),
        (
            {"SGLang": ["c"], "MLX": "all", "vLLM": ["c"]},
            "SGLang, MLX, vLLM (vLLM and SGLang only available for quantization c)",
        ),
        (
            {"SGLang": ["c"], "MLX": ["a"], "vLLM": ["a", "b"]},
            (
                "SGLang, MLX, vLLM (MLX only available for quantization a; "
                "vLLM only available for quantization a and b; SGLang only available for quantization c)"
            ),
        ),
        (
            {"SGLang": ["a"], "MLX": ["a"], "vLLM": ["a"]},
            "SGLang, MLX, vLLM (vLLM, SGLang and MLX only available for quantization a)",
        ),
    ],
)
def test_engines_text(engines: Data, text: str) -> None:
    assert docs.engines_text(spec(quantizations=["a", "b", "c"], engines=engines)) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (7, "7"),
        (7.0, "7"),
        (1.5, "1_5"),
        (0.6, "0_6"),
        (0.1 + 0.2, "0_3"),
        (46.7, "46_7"),
        (1000000, "1000000"),
        (0.000001, "0_000001"),
        (123456.789, "123456_789"),
    ],
)
def test_size_text(size: float, text: str) -> None:
    assert docs.size_text(size) == text


def test_sizes_on_pages_are_numbers() -> None:
    assert "(pytorch, 0_000001 Billion)" in docs.page(
        resolve(tree(specs=[{**tree()["specs"][0], "size_in_billions": 1e-6}]))
    )


def test_engines_that_read_the_format_are_meant_where_none_are_given() -> None:
    assert docs.engines_text(spec(format="mlx")) == "MLX"
    assert docs.engines_text(spec(format="ggufv2")).split(", ") == sorted(resolve_engines("ggufv2"), reverse=True)


def resolve_engines(format_: str) -> list[str]:
    files = (resources.root() / "specs" / "engines").glob("*/engine.yaml")
    engines = [load(read(path)) for path in files]
    return [engine["name"] for engine in engines if format_ in engine["formats"]]


def test_only_hubs_that_pages_show_are_linked() -> None:
    hubs = {name: {"id": "o/m_x"} for name in ("csghub", "modelscope", "huggingface")}
    assert docs.hubs_text(spec(hubs=hubs)) == (
        "`Hugging Face <https://huggingface.co/o/m_x>`__, `ModelScope <https://modelscope.cn/models/o/m_x>`__"
    )
    assert docs.hubs_text(spec()) == ""


def test_the_id_is_that_of_hugging_face_or_else_the_first() -> None:
    assert docs.id_text(spec(hubs={"modelscope": {"id": "a/b"}, "huggingface": {"id": "c/d"}})) == "c/d"
    assert docs.id_text(spec(hubs={"modelscope": {"id": "a/b"}})) == "a/b"
    assert docs.id_text(spec(uri="file:///srv/m")) == "file\\:///srv/m"
    assert docs.id_text(spec()) == ""


def test_the_pages_own_text_wins() -> None:
    given = {"size": "large", "quantizations": "q*", "engines": "e*", "model_id": "i*", "hubs": "h*"}
    data = tree(
        page={"context_length": "c*", "languages": "l*", "abilities": "a*", "description": "*d*\n  e"},
        specs=[{"format": "awq", "size_in_billions": 1, "quantizations": ["none"], "page": given}],
    )
    page = docs.page(resolve(data))
    for line in ("**Context Length:** c*", "**Languages:** l*", "**Abilities:** a*", "**Description:** *d*\n  e"):
        assert f"- {line}\n" in page
    for line in ("**Quantizations:** q*", "**Engines**: e*", "**Model ID:** i*", "**Model Hubs**:  h*"):
        assert f"- {line}\n" in page
    assert "Model Spec 1 (awq, large Billion)\n" in page
    assert "--size-in-billions large " in page


def test_an_empty_text_of_the_page_is_one_too() -> None:
    assert "- **Languages:** \n" in docs.page(resolve(tree(languages=["en"], page={"languages": ""})))


@pytest.mark.parametrize("name", ["m", "N" * 40, "N" * 41, "N" * 128])
def test_titles_are_ruled_in_full(name: str) -> None:
    page = docs.page(resolve(tree(name=name)))
    rule = "=" * max(40, len(name))
    assert f".. _models_llm_{name.lower()}:\n\n{rule}\n{name}\n{rule}\n" in page


def test_the_reference_has_every_rule() -> None:
    page = reference.files()["checks.rst"].decode()
    for rule in rules():
        assert f".. _launchspec_check_{rule.CODE}:\n\n{rule.CODE} {rule.NAME}: " in page
        assert f"*Severity: {rule.SEVERITY}.*" in page
        for example in (*rule.VALID, *rule.INVALID):
            shown = example.replace(" #!", "  # here").rstrip("\n").split("\n")
            assert "".join(f"   {line}\n" for line in shown) in page
    assert messages(page.replace("code-block::", "code::")) == []


def test_the_index_is_sorted_by_page() -> None:
    rows = [docs.index_row(resolve(tree(name=name, description=" a \n b "))) for name in ("b", "C", "a", "B2")]
    text = docs.index(rows)
    assert re.findall(r"<models_llm_(.*)>", text) == ["a", "b", "b2", "c"]
    assert text.endswith("\n   a\n   b\n   b2\n   c\n")
    assert text == docs.index(reversed(rows))
    assert text.count("     - a b\n") == 4


def test_the_seed(corpus: Path) -> None:
    from launchspec.importers.rst import page_tree

    path = corpus / "seed-deepseek-r1.rst"
    assert docs.page(resolve(page_tree(Source("x", path.read_text())))) == path.read_text()


if __name__ == "__main__":
    import tempfile

    for name, text in outputs(Path(tempfile.mkdtemp())):
        (GOLDEN / name).parent.mkdir(parents=True, exist_ok=True)
        (GOLDEN / name).write_text(text)
