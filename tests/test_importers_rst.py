"""Pages read back: the grammar, what is refused and where, and no page that ends in anything else."""

from __future__ import annotations

import os
import random
import re
from pathlib import Path

import pytest

from launchspec.errors import LaunchspecError, Problem
from launchspec.importers import write_specs
from launchspec.importers.rst import import_pages, page_tree
from launchspec.read import Data, Source, load
from launchspec.resolve import resolve
from launchspec.targets import docs
from launchspec.validate import validate_tree

SEED = 20240607
MUTANTS = max(3000, int(os.environ.get("LAUNCHSPEC_FUZZ", "0")) // 10)

SPEC = """\
name: Some-Model
context_length: 4096
languages: [en, zh]
abilities: [chat, tools]
description: A model, made up; see https://x.y/z for more.
specs:
- format: pytorch
  size_in_billions: 1.5
  quantizations: [4-bit, 8-bit, none]
  engines: {vLLM: [none], Transformers: all, SGLang: [none]}
  hubs: {huggingface: {id: org/Some_Model}, modelscope: {id: org/some-model}}
- format: ggufv2
  size_in_billions: 7
  quantizations: [Q4_K_M]
  engines: [llama.cpp]
  hubs: {huggingface: {id: "org/x-{quantization}-GGUF"}}
- format: mlx
  size_in_billions: 7
  quantizations: [4bit]
  engines: [MLX]
"""
PAGE = docs.page(resolve(load(Source("x", SPEC))))
LINES = PAGE.split("\n")

HOSTILE = [
    ".. include:: /etc/passwd",
    ".. literalinclude:: /etc/passwd",
    ".. raw:: html\n\n     <script>alert(1)</script>",
    ".. raw:: html\n     :file: /etc/passwd",
    ".. raw:: html\n     :url: http://x.y",
    ".. csv-table::\n     :file: /etc/passwd",
    ".. image:: http://x.y/spy.png",
    ".. figure:: x.png",
    ".. |x| image:: http://x.y/spy.png\n\n  |x|",
    ".. math::\n\n     x",
    ".. code:: python\n\n     import os",
    ".. automodule:: os",
    ".. toctree::\n\n     x",
    ".. role:: evil(raw)\n     :format: html\n\n  :evil:`<b>`",
    ".. default-role:: download",
    ".. meta::\n     :x: y",
    ".. contents::",
    ".. header:: x",
    ".. title:: x",
    ".. class:: x",
    ".. container:: x",
    ".. parsed-literal::\n\n     x",
    ".. only:: html\n\n     x",
    ":download:`/etc/passwd`",
    ":doc:`/index`",
    ":ref:`x`",
    ":raw:`x`",
    ":math:`x`",
    ":code:`x`",
    ":unknown:`x`",
    "`x`:download:",
    "`x <javascript:alert(1)>`_",
    "`x <javascript:alert(1)>`__",
    "`x <JaVaScript:alert(1)>`__",
    "`x <data:text/html,x>`__",
    "`x <file:///etc/passwd>`__",
    "`x <vbscript:x>`__",
    "`x <//evil.example>`__",
    "`x </etc/passwd>`__",
    "file:///etc/passwd",
    "ftp://x.y/z",
    "x_\n\n  .. _x: javascript:alert(1)",
    "[1]_\n\n  .. [1] x",
    "|now|\n\n  .. |now| date::",
    "+---+\n  | x |\n  +---+",
    "=== ===\n  a   b\n  === ===",
    ">>> import os",
    ":field: text",
    "-o  option",
]


def refused(text: str) -> Problem:
    with pytest.raises(LaunchspecError) as caught:
        page_tree(Source("page.rst", text))
    (problem,) = caught.value.problems
    return problem


def tree_or_problems(text: str) -> Data | None:
    """The tree, which gives the page again, or none where the page was refused."""
    try:
        tree = page_tree(Source("page.rst", text))
    except LaunchspecError:
        return None
    validate_tree(tree, "model", "page.rst")
    assert docs.page(resolve(tree)) == text
    return tree


def with_description(text: str) -> str:
    return PAGE.replace("A model, made up; see https://x.y/z for more.", text)


def line_of(text: str, page: str = PAGE) -> int:
    """The number of the first line that holds ``text``."""
    return next(number for number, line in enumerate(page.split("\n"), 1) if text in line)


def test_the_page_gives_the_spec() -> None:
    assert page_tree(Source("page.rst", PAGE)) == load(Source("x", SPEC))


@pytest.mark.parametrize(
    ("old", "new", "place", "code", "message"),
    [
        (".. _models_llm_", ".. _models_", "_models_", "LS402", "begins with '.. _models_llm_'"),
        ("_some-model:\n\n", "_some-model:\n", "====", "LS402", "expected an empty line, found '===="),
        ("_some-model:", "_other:", "Some-Model", "LS402", "the title 'Some-Model' is not that of the label 'other'"),
        ("\nSome-Model\n", "\nsome-model\n", "**Model Name", "LS402", "expected '- **Model Name:** some-model'"),
        ("=" * 40, "=" * 39, "=" * 39, "LS402", "a title between two lines of 40 '='"),
        ("- **Context Length:** ", "- Context Length: ", "Context", "LS402", "begins with '- **Context Length:** '"),
        ("- **Languages:** en, zh\n", "", "Abilities", "LS402", "begins with '- **Languages:** '"),
        ("- **Abilities:**", "- **Skills:**", "Skills", "LS402", "begins with '- **Abilities:** '"),
        ("- **Description:**", "- **Text:**", "**Text", "LS402", "begins with '- **Description:** '"),
        ("^^^\n\n", "^^^\nzz\n", "zz", "LS402", "expected an empty line, found 'zz'"),
        ("Spec 2 (", "Spec 4 (", "Spec 4", "LS402", "expected 'Model Spec 2 (<format>, <size> Billion)'"),
        ("(pytorch, 1_5 Billion)", "(pytorch, 1_5)", "(pytorch, 1_5)", "LS402", "found 'Model Spec 1 (pytorch, 1_5)'"),
        ("+" * 40, "+" * 41, "+" * 41, "LS402", "expected '++++++"),
        ("Format:** mlx", "Format:** awq", "Format:** awq", "LS402", "expected '- **Model Format:** mlx'"),
        (
            "billions):** 1_5",
            "billions):** 2",
            "billions):** 2",
            "LS402",
            "expected '- **Model Size (in billions):** 1_5'",
        ),
        ("- **Engines**:", "- **Engines:**", "**Engines:**", "LS402", "begins with '- **Engines**: '"),
        ("chosen quantization", "selected quantization", "selected", "LS402", "expected 'chosen quantization"),
        (
            "launch --model-engine",
            "launch --trust --model-engine",
            "--trust",
            "LS402",
            "expected '   xinference launch",
        ),
        (
            "--model-name Some-Model --size",
            "--model-name other --size",
            "name other",
            "LS402",
            "--model-name Some-Model",
        ),
        ("SGLang (vLLM", "SGLang ((vLLM", "SGLang ((vLLM", "LS402", "cannot read the engines"),
        ("`Hugging Face <", "`HuggingFace <", "`HuggingFace", "LS402", "not a hub that is known here"),
        ("`Hugging Face <", "`GitHub <", "`GitHub", "LS402", "not a hub that is known here"),
        ("https://huggingface.co/", "https://evil.example/", "evil", "LS402", "not below https://huggingface.co/"),
        (
            "https://huggingface.co/",
            "http://huggingface.co/",
            "http://hugg",
            "LS402",
            "not below https://huggingface.co/",
        ),
        ("https://modelscope.cn/", "javascript:alert(1)//", "javascript", "LS402", "of ModelScope is not below"),
    ],
)
def test_a_page_is_refused_where_it_deviates(old: str, new: str, place: str, code: str, message: str) -> None:
    page = PAGE.replace(old, new)
    problem = refused(page)
    assert (problem.line, problem.code) == (line_of(place, page), code), problem
    assert message in problem.message


def test_a_near_miss_is_named() -> None:
    assert refused(PAGE.replace("`Hugging Face <", "`HuggingFace <")).hint == "did you mean 'Hugging Face'?"


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("form", ["{}", "some text\n\n  {}", "some text\n\n  - {}", "*x*\n\n  {}"])
def test_a_description_is_text_only(text: str, form: str) -> None:
    page = with_description(form.format(text.replace("\n", "\n  ") if "- " in form else text))
    tree = tree_or_problems(page)
    if tree is None:
        problem = refused(page)
        assert (problem.line, problem.code) == (line_of("**Description"), "LS402")
        assert problem.message.startswith("the description holds ")
        assert problem.hint == "a description is text; remove the markup"
    else:  # markup that is none where it stands
        assert "page" not in tree or not re.search(r"(?m)^\s*\.\. [a-z]|:[a-z]+:`|<[a-z]+:|ftp:|file:", text), tree


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(
    "field",
    [
        "Languages:**",
        "Abilities:**",
        "Context Length:**",
        "Quantizations:**",
        "Engines**:",
        "Model ID:**",
        "Model Hubs**: ",
    ],
)
def test_other_fields_are_text_only(text: str, field: str) -> None:
    page = re.sub(rf"(?m)^- \*\*{re.escape(field)} .*$", lambda _: f"- **{field} {text}", PAGE, count=1)
    tree = tree_or_problems(page)
    if tree is not None:
        from launchspec.checks.page_text import find

        given = [*tree.get("page", {}).values(), *(t for spec in tree["specs"] for t in spec.get("page", {}).values())]
        assert not given or list(find(tree)) or not re.search(r":[a-z]+:`|<[a-z]+:|ftp:|file:|^\.\. ", text), tree


def test_carriage_returns_are_refused() -> None:
    problem = refused(PAGE.replace("\n", "\r\n"))
    assert (problem.code, problem.message, problem.hint) == (
        "LS402",
        "has carriage returns",
        "save it with line feeds only",
    )


@pytest.mark.parametrize("count", range(len(LINES)))
def test_a_page_cut_at_any_line(count: int) -> None:
    for text in ("\n".join(LINES[:count]), "".join(line + "\n" for line in LINES[:count])):
        assert (tree_or_problems(text) is not None) == text.endswith("${quantization}\n\n")


@pytest.mark.parametrize("number", range(len(LINES) - 1))
def test_a_page_with_lines_changed(number: int) -> None:
    one, other = LINES[number : number + 2]
    for changed in ([other, one], [one, one, other], [other], [one + " ", other], [" " + one, other], [one, "", other]):
        tree_or_problems("\n".join([*LINES[:number], *changed, *LINES[number + 2 :]]))


PIECES = [
    *(
        "",
        "\n",
        "\n\n",
        " ",
        "*",
        "`",
        "``",
        "_",
        "|",
        "\\",
        "::",
        ", ",
        "(",
        ")",
        "<",
        ">",
        "1",
        "é",
        "\x00",
        "\ue001",
        "\t",
    ),
    *("\u2028", "- **", "Model Spec ", ".. raw:: html\n\n", " and ", "; ", "{quantization}"),
]


def mutant(text: str, random_: random.Random) -> str:
    for _ in range(random_.randint(1, 4)):
        start = random_.randrange(len(text) + 1)
        end = min(len(text), start + random_.choice((0, 0, 1, 1, 2, 10, 80)))
        piece = random_.choice((*PIECES, text[start : start + 40], text[:start][-30:]))
        text = text[:start] + piece + text[end:]
    return text


def test_mutants_of_our_page() -> None:
    random_ = random.Random(SEED)
    for _ in range(MUTANTS):
        tree_or_problems(mutant(PAGE, random_))


def test_mutants_of_real_pages(corpus: Path) -> None:
    random_ = random.Random(SEED)
    files = sorted(corpus.glob("xinference-*/pages/*.rst"))
    for _ in range(MUTANTS // 4):
        tree_or_problems(mutant(random_.choice(files).read_text()[:4000], random_))
        tree_or_problems(mutant(random_.choice(files).read_text(), random_))


@pytest.mark.parametrize(
    ("rst", "text"),
    [
        ("", ""),
        ("plain", "plain"),
        ("two\n  lines", "two\nlines"),
        ("two\n\n  paragraphs\n  each", "two\n\nparagraphs\neach"),
        ("mail to a@b.com", "mail to a@b.com"),
        ("mail to a\\@b.com", "mail to a@b.com"),
        ("**bold** and *thin* ``code``", "bold and thin code"),
        ("`a <https://x.y>`__ link", "a link"),
        ("one\n\n  - two\n  - three", None),
        ("tab\\ |U+0009|\\ bed", "tab\tbed"),
        ("a \\* star", "a * star"),
        ("not\nindented", None),
        ("Unicode 日本 é", "Unicode 日本 é"),
    ],
)
def test_descriptions(rst: str, text: str | None) -> None:
    page = with_description(rst)
    if "U+0009" in rst:
        page += ".. |U+0009| unicode:: U+0009\n"
    tree = tree_or_problems(page)
    assert tree is not None
    assert text is None or tree["description"] == text
    assert ("page" in tree) == (docs.description_text(tree["description"]) != rst)


@pytest.mark.parametrize(
    ("address", "repository"),
    [
        ("gorilla-llm//x-GGUF", "gorilla-llm/x-GGUF"),
        ("opencsg_-_x", "opencsg_-_x"),
        ("org/x-{quantization}", "org/x-{quantization}"),
        ("gpt2", "gpt2"),
        ("org/a.b_c-d+e", "org/a.b_c-d+e"),
        ("../../etc/passwd", None),
        ("org/x?download=1", None),
        ("", None),
        ("/", None),
        ("-org/x", None),
    ],
)
def test_ids(address: str, repository: str | None) -> None:
    tree = tree_or_problems(PAGE.replace("huggingface.co/org/Some_Model", f"huggingface.co/{address}"))
    if tree is None:
        assert not address
        return
    hub = tree["specs"][0]["hubs"].get("huggingface")
    assert (hub and hub["id"]) == repository
    given = tree["specs"][0].get("page", {})
    assert "model_id" in given or repository == "org/Some_Model"


@pytest.mark.parametrize(
    ("text", "size", "given"),
    [
        ("0_5", 0.5, None),
        ("0.5", 0.5, "0.5"),
        ("7", 7, None),
        ("7_0", 7, "7_0"),
        ("07", 7, "07"),
        ("1_10", 1.1, "1_10"),
        ("235", 235, None),
        ("1e3", 1, "1e3"),
        ("large", 1, "large"),
        ("0_123456", 0.123456, None),
    ],
)
def test_sizes(text: str, size: float, given: str | None) -> None:
    tree = tree_or_problems(re.sub(r"\b1_5\b", text, PAGE).replace(*_rule(text)))
    assert tree is not None
    assert tree["specs"][0]["size_in_billions"] == size
    assert tree["specs"][0].get("page", {}).get("size") == given


def _rule(text: str) -> tuple[str, str]:
    """The line below the heading of the first spec, which is as long as the heading if that is long."""
    heading = f"Model Spec 1 (pytorch, {text} Billion)"
    return f"{heading}\n{'+' * 40}", f"{heading}\n{'+' * max(40, len(heading))}"


@pytest.mark.parametrize("text", ["0", "0_0", "0000000", "-1", "1 2"])
def test_sizes_that_are_none(text: str) -> None:
    assert tree_or_problems(re.sub(r"\b1_5\b", text, PAGE).replace(*_rule(text))) is None


@pytest.mark.parametrize(
    ("text", "engines"),
    [
        ("", []),
        ("vLLM", ["vLLM"]),
        ("vLLM, SGLang", ["vLLM", "SGLang"]),
        ("SGLang, vLLM", ["SGLang", "vLLM"]),
        ("vLLM (vLLM only available for quantization none)", {"vLLM": ["none"]}),
        ("vLLM, MLX (vLLM only available for quantization none)", {"vLLM": ["none"], "MLX": "all"}),
        ("vLLM, MLX (vLLM only available for quantization 4-bit and none)", {"vLLM": ["4-bit", "none"], "MLX": "all"}),
        (
            "vLLM, MLX (MLX only available for quantization 4-bit; vLLM only available for quantization 8-bit)",
            {"vLLM": ["8-bit"], "MLX": ["4-bit"]},
        ),
        ("MLX (vLLM only available for quantization none)", ["MLX"]),
    ],
)
def test_engines(text: str, engines: Data) -> None:
    old = "vLLM, Transformers, SGLang (vLLM and SGLang only available for quantization none)"
    assert old in PAGE
    tree = tree_or_problems(PAGE.replace(old, text))
    assert tree is not None
    assert tree["specs"][0]["engines"] == engines


@pytest.mark.parametrize("text", ["Unknown", "vLLM, vLLM", "vLLM, Ollama", "vllm"])
def test_engines_that_are_none(text: str) -> None:
    tree = tree_or_problems(PAGE.replace("**Engines**: MLX", f"**Engines**: {text}"))
    assert tree is None


@pytest.mark.parametrize("text", ["Q4_K_M, ", "Q4_K_M,Q8_0", "Q4 K", "*", "Q4_K_M, Q4_K_M", "", "-", "None"])
def test_quantizations_of_any_shape_stay_on_the_page(text: str) -> None:
    tree = tree_or_problems(PAGE.replace("**Quantizations:** Q4_K_M", f"**Quantizations:** {text}"))
    assert tree is not None


def test_empty_hubs() -> None:
    tree = page_tree(Source("page.rst", PAGE))
    assert "hubs" not in tree["specs"][2]


def test_a_folder_of_pages(tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "some-model.rst").write_text(PAGE)
    (pages / "bad.rst").write_text("x\n")
    (pages / "index.rst").write_text("x\n")
    (pages / "latin.rst").write_bytes(b"\xff")
    done = import_pages([pages, tmp_path / "none.rst"])
    assert list(done.trees) == ["Some-Model"]
    assert [(Path(p.path).name, p.line, p.code) for p in done.problems] == [
        ("bad.rst", 1, "LS402"), ("latin.rst", 1, "LS103"), ("none.rst", 0, "LS101"),
    ]  # fmt: skip
    assert [problem.code for problem in import_pages([tmp_path]).problems] == ["LS401"]


def test_specs_are_written_once(tmp_path: Path) -> None:
    (tmp_path / "page.rst").write_text(PAGE)
    done = import_pages([tmp_path / "page.rst"])
    assert write_specs(done, tmp_path, overwrite=False) == 1
    assert write_specs(done, tmp_path, overwrite=False) == 0
    path = tmp_path / "some-model.yaml"
    assert load(Source("x", path.read_text())) == done.trees["Some-Model"]
    path.write_text("changed\n")
    assert write_specs(done, tmp_path, overwrite=False) == 0
    assert [problem.code for problem in done.problems] == ["LS502"]
    assert path.read_text() == "changed\n"
    assert write_specs(done, tmp_path, overwrite=True) == 1
