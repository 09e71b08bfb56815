"""The house: imports point one way, one module exits, one writes, none is large."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import launchspec

ROOT = Path(inspect.getfile(launchspec)).parent
MODULES = {
    ".".join(("launchspec", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in sorted(ROOT.rglob("*.py"))
    if path.parent.name != "probes"  # programs of their own, which run where an engine is and launchspec is not
}
LAYERS = (
    {"launchspec"},
    {"launchspec.errors", "launchspec.progress", "launchspec.hubs"},
    {"launchspec.resources", "launchspec.read", "launchspec.report", "launchspec.write", "launchspec.markup"},
    {"launchspec.layout"},
    {"launchspec.validate", "launchspec.format", "launchspec.render", "launchspec.quoting", "launchspec.cache"},
    {"launchspec.spec"},
    {"launchspec.resolve"},
    {"launchspec.engines"},
    {"launchspec.catalog", "launchspec.checks", "launchspec.targets", "launchspec.importers", "launchspec.init"},
    {"launchspec.pipeline"},
    {"launchspec.cli"},
    {"launchspec.__main__"},
)
SHELVES = ("launchspec.engines", "launchspec.checks", "launchspec.targets", "launchspec.importers", "launchspec.hubs")
ACROSS = {("launchspec.importers", "launchspec.targets"), ("launchspec.targets", "launchspec.checks")}
"""Shelves that look at a neighbour: pages are read back by making them again; the reference is made from the rules."""
LIBRARIES = {"docutils", "jinja2", "jsonschema_rs", "markupsafe", "packaging", "rich", "typer", "yaml"}


def _shelf(module: str) -> str:
    return next((shelf for shelf in SHELVES if module == shelf or module.startswith(shelf + ".")), module)


def _layer(module: str) -> int:
    for number, layer in enumerate(LAYERS):
        if _shelf(module) in layer:
            return number
    pytest.fail(f"{module} has no place in the order of layers")


def _imported(tree: ast.AST) -> Iterator[str]:
    """The modules that are imported at any depth of a module, types included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            assert node.module
            below = [f"{node.module}.{name.name}" for name in node.names]
            yield from (name if name in MODULES else node.module for name in below)


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_one_way(module: str) -> None:
    for other in _imported(_tree(MODULES[module])):
        if other.split(".")[0] != "launchspec":
            continue
        here, there = _shelf(module), _shelf(other)
        same_shelf = here == there and here in SHELVES
        assert same_shelf or (here, there) in ACROSS or _layer(other) < _layer(module), f"{module} imports {other}"


@pytest.mark.parametrize("module", MODULES)
def test_only_the_command_imports_typer_and_nothing_foreign_comes_in(module: str) -> None:
    roots = {name.split(".")[0] for name in _imported(_tree(MODULES[module]))}
    assert roots <= LIBRARIES | set(sys.stdlib_module_names) | {"launchspec"}
    assert "typer" not in roots or module == "launchspec.cli"


@pytest.mark.parametrize("module", MODULES)
def test_only_the_command_exits(module: str) -> None:
    if module == "launchspec.cli":
        return
    for node in ast.walk(_tree(MODULES[module])):
        name = ast.unparse(node) if isinstance(node, ast.Name | ast.Attribute) else ""
        assert name not in {"sys.exit", "os._exit", "exit", "quit", "SystemExit", "typer.Exit", "print"}


def _writes(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in {"open", "fdopen"}:
        modes = [*call.args, *(word.value for word in call.keywords if word.arg == "mode")]
        texts = [mode.value for mode in modes if isinstance(mode, ast.Constant) and isinstance(mode.value, str)]
        return any(set(text) & set("wax+") and len(text) <= 3 for text in texts)
    return name in {
        "write_text", "write_bytes", "mkstemp", "mkdtemp", "NamedTemporaryFile", "touch", "mkdir", "makedirs", "unlink",
        "rename", "symlink_to", "rmdir", "rmtree",
    }  # fmt: skip


@pytest.mark.parametrize("module", MODULES)
def test_only_two_modules_write(module: str) -> None:
    found = [
        ast.unparse(node) for node in ast.walk(_tree(MODULES[module])) if isinstance(node, ast.Call) and _writes(node)
    ]
    assert bool(found) == (module in {"launchspec.write", "launchspec.cache"}), found


@pytest.mark.parametrize("module", MODULES)
def test_modules_are_small_and_say_what_they_are(module: str) -> None:
    text = MODULES[module].read_text(encoding="utf-8")
    assert text.count("\n") < 400
    assert (ast.get_docstring(ast.parse(text)) or "").split("\n")[0].endswith((".", ":"))
    assert not set(module.split(".")) & {"utils", "util", "helpers", "helper", "common", "misc"}


def test_every_public_name_exists() -> None:
    for module, path in MODULES.items():
        tree = _tree(path)
        public = [
            ast.literal_eval(node.value)
            for node in tree.body
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
        ]
        defined = {ast.unparse(node.target) for node in tree.body if isinstance(node, ast.AnnAssign)}
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                defined.add(node.name)
            elif isinstance(node, ast.Assign):
                defined.update(ast.unparse(target) for target in node.targets)
        assert all(set(names) <= defined for names in public), module


def test_the_data_folders_are_no_packages() -> None:
    for folder in ("specs", "templates"):
        for root in (ROOT, ROOT.parent.parent):
            assert not list((root / folder).rglob("*.py"))
