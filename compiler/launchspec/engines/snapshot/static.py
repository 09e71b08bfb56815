"""What the source of an engine says of its options, read without running it: the cross-check of every import."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = [
    "class_members", "declared", "environment", "fields", "literals", "registered", "sglang",
    "transformers", "vllm",
]  # fmt: skip


def parse(path: Path) -> ast.Module:
    """The syntax tree of a file; of an empty one where there is no such file."""
    return ast.parse(path.read_text(encoding="utf-8")) if path.is_file() else ast.Module([], [])


def declared(tree: ast.AST, function: str | None = None) -> set[str]:
    """The spellings in the ``add_argument`` calls of a tree, or of the functions of that name in it."""
    scopes = [tree] if function is None else [each for each in ast.walk(tree) if _called(each, function)]
    return {flag for scope in scopes for call in _add_arguments(scope) for flag in _spellings(call)}


def _called(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name == name


def _add_arguments(scope: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(scope):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "add_argument":
            yield node


def _spellings(call: ast.Call) -> list[str]:
    texts = [each.value for each in call.args if isinstance(each, ast.Constant)]
    return [text for text in texts if isinstance(text, str) and text.startswith("-")]


def fields(tree: ast.AST, name: str) -> list[ast.AnnAssign]:
    """The annotated fields of a class, in order."""
    classes = (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name == name)
    return [each for node in classes for each in node.body if isinstance(each, ast.AnnAssign)]


def _target(field: ast.AnnAssign) -> str:
    return field.target.id if isinstance(field.target, ast.Name) else ""


def _kebab(name: str) -> str:
    return "--" + name.replace("_", "-")


def vllm(source: Path) -> set[str]:
    """The options of ``vllm serve``: what the engine's and the server's argument classes add."""
    package = source / "vllm"
    found = declared(parse(package / "engine" / "arg_utils.py"), "add_cli_args")
    for path in sorted(package.glob("entrypoints/*/cli_args.py")):
        tree = parse(path)
        found |= declared(tree)
        if "get_kwargs" in path.read_text(encoding="utf-8"):
            names = {_target(field) for each in ("BaseFrontendArgs", "FrontendArgs") for field in fields(tree, each)}
            found |= {_kebab(name) for name in names if name}
    return found


def sglang(source: Path) -> set[str]:
    """The options of SGLang: literal calls, and since 0.5.15 the fields annotated with ``A[...]``."""
    arguments = source / "sglang" / "srt"
    files = [arguments / "server_args.py", *sorted(arguments.glob("arg_groups/**/*.py"))]
    found = declared(parse(files[0]), "add_cli_args")
    for path in files:
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.AnnAssign):
                found.update(_annotated(node))
    return found


def _annotated(field: ast.AnnAssign) -> list[str]:
    """The spellings of ``name: A[type, "help" | Arg(...)]``."""
    note = field.annotation
    if not (isinstance(note, ast.Subscript) and ast.unparse(note.value) in ("A", "Annotated") and _target(field)):
        return []
    told = note.slice.elts[1] if isinstance(note.slice, ast.Tuple) and len(note.slice.elts) > 1 else None
    if not isinstance(told, ast.Call):
        return [_kebab(_target(field))] if told is not None else []
    if ast.unparse(told.func) != "Arg":
        return []
    words = {word.arg: _literal(word.value) for word in told.keywords if word.arg}
    if words.get("no_cli"):
        return []
    return [words.get("cli_name") or _kebab(_target(field)), *(words.get("aliases") or ())]


def _literal(node: ast.expr | None) -> Any:
    try:
        return None if node is None else ast.literal_eval(node)
    except ValueError:
        return {"$": ast.unparse(node)} if node is not None else None


def class_members(tree: ast.AST, name: str) -> dict[str, Any]:
    """The constants that the body of a class assigns (an enum's members)."""
    return {
        target.id: _literal(each.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and node.name == name
        for each in node.body
        if isinstance(each, ast.Assign)
        for target in each.targets
        if isinstance(target, ast.Name)
    }


def literals(path: Path, name: str) -> list[str]:
    """The texts in what a module assigns to ``name``: a ``Literal[...]``, a list, or the keys of a mapping."""
    for node in ast.walk(parse(path)):
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            return _texts(node.value)  # type: ignore[attr-defined]
    return []


def _texts(value: ast.expr | None) -> list[str]:
    if isinstance(value, ast.Dict):
        return [key.value for key in value.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]
    if isinstance(value, ast.Subscript) and ast.unparse(value.value).endswith("Literal"):
        value = value.slice
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return [value.value]
    elements = value.elts if isinstance(value, ast.List | ast.Tuple | ast.Set) else []
    return [each.value for each in elements if isinstance(each, ast.Constant) and isinstance(each.value, str)]


def registered(folder: Path, manager: str) -> list[str]:
    """The names under which ``@Manager.register_module(name)`` registers classes."""
    found: list[str] = []
    for path in sorted(folder.glob("**/*.py")):
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == f"{manager}.register_module":
                words = [*node.args, *(word.value for word in node.keywords if word.arg == "name")]
                found += [text for word in words[:1] for text in _texts(word)]
    return found


def environment(folder: Path, prefixes: tuple[str, ...]) -> list[str]:
    """The environment variables that the Python files below a folder name in quotes."""
    pattern = re.compile(rf"""["']((?:{"|".join(prefixes)})_[A-Z0-9_]*[A-Z0-9])["']""")
    texts = (path.read_text(encoding="utf-8", errors="replace") for path in folder.glob("**/*.py"))
    return sorted({name for text in texts for name in pattern.findall(text)})


def transformers(source: Path) -> dict[str, Any]:
    """The options of ``transformers serve``, in the form in which a probe prints them."""
    package = source / "transformers"
    if (package / "cli" / "serve.py").is_file():
        return _typer(parse(package / "cli" / "serve.py"))
    return _parsed_dataclass(parse(package / "commands" / "serving.py"))


def _typer(tree: ast.Module) -> dict[str, Any]:
    """5.x: the parameters of ``Serve.__init__``."""
    init = next(
        each
        for node in tree.body
        if isinstance(node, ast.ClassDef) and node.name == "Serve"
        for each in node.body
        if isinstance(each, ast.FunctionDef) and each.name == "__init__"
    )
    parameters = init.args.args[1:]
    defaults: list[ast.expr | None] = [None] * (len(parameters) - len(init.args.defaults))
    pairs = zip(parameters, defaults + list(init.args.defaults), strict=True)
    return {"options": [_parameter(tree, each, default) for each, default in pairs]}


def _parameter(tree: ast.Module, parameter: ast.arg, default: ast.expr | None) -> dict[str, Any]:
    note = parameter.annotation
    told: ast.expr | None = None
    if isinstance(note, ast.Subscript) and ast.unparse(note.value) == "Annotated" and isinstance(note.slice, ast.Tuple):
        note, told = note.slice.elts[:2]
    words = told.keywords if isinstance(told, ast.Call) else []
    said = {word.arg: _literal(word.value) for word in words if word.arg}
    names = [_literal(each) for each in told.args] if isinstance(told, ast.Call) else []
    flags = [flag for name in names if isinstance(name, str) for flag in name.split("/") if flag.startswith("-")]
    positional = isinstance(told, ast.Call) and ast.unparse(told.func).endswith("Argument")
    base = _base(note)
    members = class_members(tree, base)
    value = _literal(default)
    if isinstance(value, dict) and "$" in value:
        value = members.get(str(value["$"]).rpartition(".")[2], value)
    boolean = base == "bool" and not positional
    flags = [] if positional else flags or [_kebab(parameter.arg)]
    negative = ["--no-" + flag[2:] for flag in flags if flag.startswith("--")] if boolean else []
    return {
        "spellings": [*flags, *negative],
        "negative": negative,
        "dest": parameter.arg,
        "actions": [],
        "types": ["str" if members else base],
        "nargs": 0 if boolean else "?" if positional else None,
        "default": value,
        "choices": list(members.values()) or None,
        "required": default is None and not positional,
        "help": said.get("help") if isinstance(said.get("help"), str) else None,
        "hidden": bool(said.get("hidden")),
    }


def _base(note: ast.expr | None) -> str:
    """``int`` for ``int | None`` and ``Optional[int]``."""
    text = ast.unparse(note) if note is not None else "str"
    return re.sub(r"^Optional\[(.*)\]$", r"\1", text).replace(" | None", "").strip()


def _parsed_dataclass(tree: ast.Module) -> dict[str, Any]:
    """4.x: the fields of a dataclass that HfArgumentParser reads, each spelled with underscores and with dashes."""
    options = []
    for field in fields(tree, "ServeArguments"):
        name, base = _target(field), _base(field.annotation)
        words = (
            {word.arg: word.value for word in field.value.keywords if word.arg}
            if isinstance(field.value, ast.Call)
            else {}
        )
        default = _literal(words.get("default")) if words else _literal(field.value)
        metadata = words.get("metadata")
        told = (
            dict(zip(map(_literal, metadata.keys), metadata.values, strict=True))
            if isinstance(metadata, ast.Dict)
            else {}
        )
        spellings = [f"--{name}", *([_kebab(name)] if "_" in name else [])]
        off = [f"--no_{name}", *([f"--no-{name.replace('_', '-')}"] if "_" in name else [])]
        options.append(
            {
                "spellings": spellings,
                "negative": off if base == "bool" and default is True else [],
                "dest": name,
                "actions": [],
                "types": [base],
                "type": "bool" if base == "bool" else base,
                "nargs": "?" if base == "bool" else None,
                "const": True if base == "bool" else None,
                "default": default,
                "choices": _literal(told.get("choices")),
                "help": ast.unparse(told["help"]) if "help" in told else None,
            }
        )
    return {"options": options}
