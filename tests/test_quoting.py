"""Texts on pages: docutils gives back exactly the text of a spec, whatever it holds, and nothing more happens."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator
from typing import Any

import pytest
from docutils import nodes
from docutils.core import publish_doctree
from hypothesis import example, given, settings
from hypothesis import strategies as st

from launchspec.quoting import rst_definitions, rst_line, rst_text
from launchspec.read import Data
from launchspec.resolve import resolve
from launchspec.targets import docs
from launchspec.validate import validate_tree

SEED = 20240607
TEXTS = max(10_000, int(os.environ.get("LAUNCHSPEC_FUZZ", "0")))
BATCH = 50
PLAIN = {"list_item", "paragraph", "strong", "#text", "reference"}
SETTINGS: dict[str, Any] = {
    "_disable_config": True, "report_level": 1, "halt_level": 5, "warning_stream": False,
    "file_insertion_enabled": False, "raw_enabled": False, "line_length_limit": 1_000_000,
}  # fmt: skip

TOKENS = [
    *(
        "a",
        "b",
        "Foo",
        "x_",
        "_",
        "__",
        "___",
        "*",
        "**",
        "***",
        "`",
        "``",
        "```",
        "|",
        "||",
        "\\",
        "\\\\",
        "\\ ",
        "\\n",
    ),
    *(
        "\n",
        "\n",
        "\n\n",
        "\n\n\n",
        "\n  ",
        "\n\n   ",
        " ",
        " ",
        "  ",
        "\t",
        "\n\t",
        " \n",
        ":",
        "::",
        "::\n\n",
        ".. ",
        "..",
        "\n.. ",
    ),
    *(
        "include:: /etc/passwd",
        "raw:: html",
        "image:: x",
        "|x| replace:: y",
        "_x: http://x",
        "[1] x",
        "[#f]_",
        "csv-table::",
    ),
    *(
        "javascript:alert(1)",
        "mailto:a@b.c",
        "a@b.com",
        "http://x.y/z_",
        "https://a:8080/b_c?d=e#f_",
        "http://",
        "https://u@h/",
    ),
    *(
        "ftp://x",
        "data:text/html,x",
        "www.x.y",
        "news:x",
        "tel:1",
        "file:///etc/passwd",
        "http://a.b/(c)",
        "http://a.b/c,",
        "HTTP://X.Y",
    ),
    *(
        "http://x/*a*",
        "http://x/`a`_",
        "http://x\\",
        "<",
        ">",
        "<http://x>",
        "<a@b.c>",
        "`x <y>`_",
        "`x`_",
        "`x`__",
        "_`t`",
        "x__",
    ),
    *(
        "[1]_",
        "[#]_",
        "[*]_",
        "[CIT2002]_",
        "(",
        ")",
        "1. ",
        "a) ",
        "#. ",
        "(i) ",
        "iv. ",
        "A.",
        "1",
        "- ",
        "+ ",
        "* ",
        "•",
        "‣ ",
        "⁃ ",
    ),
    *(
        ">>> ",
        "=====",
        "-----",
        "~~~~",
        "| ",
        "+--+",
        "+===+",
        "-o ",
        "--opt=x  y",
        "/V",
        "-a FILE",
        "== ==",
        "____",
        "====\nx\n====",
    ),
    *(
        "日本",
        "עברית",
        "\u202e",
        "\u00a0",
        "\u3000",
        "\u2003",
        "é",
        "\u0301",
        "\u200b",
        "\u200d",
        "\u00ad",
        "\ufffd",
        "\ue000",
        "\ue001",
        "\ue0010041\ue002",
    ),
    *(
        "\U0001f600",
        "\U0010ffff",
        ":ref:",
        ":ref:`x`",
        ":download:`/etc/passwd`",
        ":role:`y`",
        "`y`:role:",
        "|sub|",
        "|U+0009|",
        "^",
        "~",
        ".",
    ),
    *(
        "“",
        "”",
        "«",
        "»",
        "«x»_",
        "‘",
        "’",
        '"',
        "'",
        "'*'",
        "{",
        "}",
        "{{ x }}",
        "{% raw %}",
        "$",
        "%",
        "&",
        "&lt;",
        "<b>",
        ":field: ",
        ":a: b",
    ),
    *(
        "foo_bar",
        "x_1",
        "1_x",
        "_x",
        "é_",
        "日_",
        "—",
        "…",
        "-- ",
        "PEP 8",
        "RFC 822",
        "@",
        "@b",
        "a@",
        "!",
        "?",
        ";",
        ",",
        "#",
    ),
]


def parsed(rst: str) -> nodes.document:
    return publish_doctree(rst, settings_overrides=SETTINGS)


def tree(**fields: Any) -> Data:
    return {
        "name": "m", "context_length": 1, "languages": [], "abilities": [], "description": "",
        "specs": [{"format": "pytorch", "size_in_billions": 1, "quantizations": ["none"], "engines": []}], **fields,
    }  # fmt: skip


def page(**fields: Any) -> str:
    data = tree(**fields)
    validate_tree(data, "model", "m")
    return docs.page(resolve(data))


def faults(document: nodes.document) -> Iterator[str]:
    """What in a page is a message or a link that leads anywhere but to the web."""
    for node in document.findall():
        if isinstance(node, nodes.system_message):
            yield node.astext()
        elif isinstance(node, nodes.reference) and not node.get("refuri", "").startswith(("http://", "https://")):
            yield f"a link to {node.get('refuri')!r}"


def wrong(item: nodes.Node, text: str, label: str = "Description:") -> str:
    """How a list item is not ``label`` and ``text``, or the empty string."""
    kinds = {node.tagname for node in item.findall()} - PLAIN
    strong = [node.astext() for node in item.findall(nodes.strong)]
    shown = "\n\n".join(child.astext() for child in item.children)
    expected = f"{label} {text}" if text else label
    if kinds or strong != [label] or shown != expected:
        return f"{text!r} is {shown!r}, with {kinds or strong}"
    return ""


def check_description(text: str) -> None:
    document = parsed(page(description=text))
    item = list(document.findall(nodes.list_item))[4]
    assert not wrong(item, text)
    assert not list(faults(document))


def items(texts: list[str]) -> str:
    """Many descriptions in the form in which each stands on its own page."""
    return "\n".join(f"- **Description:** {docs.description_text(text)}\n" for text in texts) + "\nEnd\n===\n"


def check_batch(texts: list[str]) -> None:
    """As ``check_description``, for many texts in one document; where that fails they are looked at one by one."""
    document = parsed(items(texts) + "\n" + "\n".join(rst_definitions(*texts)) + "\n")
    lists = list(document.findall(nodes.bullet_list))
    found = list(lists[0].children) if lists else []
    good = len(found) == len(texts) and not any(map(wrong, found, texts)) and not list(faults(document))
    if not good:
        for text in texts:
            check_description(text)
        pytest.fail(f"only together: {texts}")


def soup(random_: random.Random) -> str:
    return "".join(random_.choice(TOKENS) for _ in range(random_.randint(0, 9)))


LAWFUL = st.characters(
    codec="utf-8",
    exclude_categories=("Cs",),
    exclude_characters=[chr(c) for c in (*range(9), *range(11, 32), *range(127, 160))],
)
TEXT = st.one_of(st.text(LAWFUL, max_size=60), st.lists(st.sampled_from(TOKENS), max_size=9).map("".join))


def test_any_soup_of_tokens_is_text() -> None:
    random_ = random.Random(SEED)
    for _ in range(TEXTS // BATCH):
        check_batch([soup(random_) for _ in range(BATCH)])


@settings(deadline=None, max_examples=max(300, TEXTS // 30), derandomize=True)
@given(TEXT)
@example("")
@example("::")
@example("0http://TEL:0")
@example("$http://TEL:0 é_http://tel:1")
@example("http://x_x日本")
@example("\ue000\ue001\ue002")
@example("\u2028x")
def test_any_text_is_text(text: str) -> None:
    check_description(text)


def test_any_pair_of_tokens_is_text() -> None:
    for first in TOKENS:
        check_batch([first + second for second in TOKENS])


@settings(deadline=None, max_examples=600, derandomize=True)
@given(TEXT)
@example("0http://TEL:0")
@example("\ue000")
def test_a_cell_of_the_index_is_one_line_of_text(text: str) -> None:
    line = rst_line(text)
    assert "\n" not in line
    document = parsed(f".. list-table::\n\n   * - name\n     - {line}\n")
    cell = list(document.findall(nodes.entry))[1]
    assert cell.astext() == re.sub("[\ue000-\ue002]", "\ufffd", " ".join(text.split()))
    assert {node.tagname for node in cell.findall()} <= {"entry", "paragraph", "#text", "reference"}
    assert not list(faults(document))


@settings(deadline=None, max_examples=300, derandomize=True)
@given(
    st.from_regex(r"[A-Za-z0-9](?:(?:[A-Za-z0-9.+-]|_(?=[A-Za-z0-9])){0,20}[A-Za-z0-9+])?", fullmatch=True),
    st.lists(
        st.from_regex(r"[A-Za-z0-9](?:(?:[A-Za-z0-9.+-]|_(?=[A-Za-z0-9])){0,20}[A-Za-z0-9+])?", fullmatch=True),
        max_size=3,
    ),
    st.from_regex(r"[A-Za-z0-9_](?:[A-Za-z0-9_+-]|\{quantization\}|/[A-Za-z0-9_.]){0,20}", fullmatch=True),
)
def test_names_quantizations_and_ids_are_text(name: str, quantizations: list[str], repository: str) -> None:
    if ".." in repository:
        return
    hubs = {"huggingface": {"id": repository}, "modelscope": {"id": repository}}
    spec = {"format": "awq", "size_in_billions": 1, "quantizations": quantizations, "engines": ["vLLM"], "hubs": hubs}
    document = parsed(page(name=name, specs=[spec]))
    assert not list(faults(document))
    shown = [item.astext() for item in document.findall(nodes.list_item)]
    assert f"Model Name: {name}" in shown
    assert f"Quantizations: {', '.join(quantizations)}".rstrip() in shown
    assert f"Model ID: {repository}" in shown
    assert [link["refuri"] for link in document.findall(nodes.reference)] == [
        f"https://huggingface.co/{repository}",
        f"https://modelscope.cn/models/{repository}",
    ]
    assert f"--model-name {name} " in next(document.findall(nodes.literal_block)).astext()


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("see https://x.y/z_a for more", ["https://x.y/z_a"]),
        ("http://a.b/c.", ["http://a.b/c"]),
        ("(https://a.b/c?d=e&f=g#h)", ["https://a.b/c?d=e&f=g#h"]),
        ("javascript:alert(1) mailto:a@b.c a@b.c ftp://x.y file:///etc/passwd data:,x", []),
        ("`x <javascript:alert(1)>`_ and x_", []),
    ],
)
def test_only_addresses_of_the_web_are_links(text: str, links: list[str]) -> None:
    document = parsed(page(description=text))
    assert [link["refuri"] for link in document.findall(nodes.reference)] == links


def test_white_space_is_kept_by_references() -> None:
    assert rst_text("a\tb") == "a\\ |U+0009|\\ b"
    assert rst_definitions("a\tb", "c\td", " x") == [".. |U+0009| unicode:: U+0009", ".. |U+0020| unicode:: U+0020"]
    assert rst_definitions("plain text, of a common sort") == []


def test_common_texts_stay_as_they_are() -> None:
    text = "DeepSeek-R1: a 1.5 model (MoE), e.g. for 5-bit `none`; see https://x.y."
    assert rst_text(text.replace("`", '"')) == text.replace("`", '"')
    assert re.search(r"\\`none\\`", rst_text(text))
