"""Finds the class that `--client MODULE:CLASS` names, or says what is wrong with the name."""

from __future__ import annotations

import difflib
import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from proefbank.clients.refusals import describe
from proefbank.errors import BadInvocation

__all__ = ["load_target"]

_ALWAYS_THERE = "proefbank.clients.silent:SilentClient"


def load_target(target: str, folder: Path | None = None) -> Callable[[], object]:
    """Import `MODULE:CLASS`, from `folder` or else the current directory first; return the class.

    Raises `BadInvocation` with what to type instead.
    """
    module_name, colon, class_name = target.partition(":")
    if not colon or not module_name or not class_name:
        raise _bad(f"{target} is not of the form MODULE:CLASS", f"--client {_near_form(target)}")
    if module_name.endswith(".py") or "/" in module_name or "\\" in module_name:
        dotted = ".".join(Path(module_name).with_suffix("").parts)
        raise _bad(
            f"{module_name} is a file, and the name of a module is asked",
            f"--client {dotted}:{class_name}",
        )
    module = _module(module_name, class_name, str(folder or Path.cwd()))
    found: object = module
    for part in class_name.split("."):
        if not hasattr(found, part):
            raise _bad(f"{module_name} has no {class_name}", _near_class(module, class_name))
        found = getattr(found, part)
    if not callable(found):
        raise _bad(
            f"{target} is a {type(found).__name__}, not a class", _near_class(module, class_name)
        )
    return found


def _module(name: str, class_name: str, here: str) -> ModuleType:
    if here not in sys.path:
        sys.path.insert(0, here)  # the command's own folder is there instead of the user's
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:
        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        if missing and (name == missing or name.startswith(f"{missing}.")):
            raise _bad(
                f"there is no module {missing} in {here} or on Python's path",
                _near_module(name, class_name),
            ) from error
        raise _bad(
            f"importing {name} failed: {describe(error)}",
            f'The whole story: {Path(sys.executable).name} -c "import {name}"',
        ) from error


def _bad(message: str, hint: str) -> BadInvocation:
    if hint.startswith("--client "):
        hint = f"For example: proefbank run {hint}"
    return BadInvocation(message, where="--client", hint=hint)


def _near_form(target: str) -> str:
    if ":" not in target and "." in target and not target.endswith(".py"):
        return ":".join(target.rsplit(".", 1))
    return _ALWAYS_THERE


def _near_module(name: str, class_name: str) -> str:
    here = [path.stem for path in Path.cwd().glob("*.py")]
    here += [path.parent.name for path in Path.cwd().glob("*/__init__.py")]
    near = difflib.get_close_matches(name, here, n=1)
    return f"--client {near[0]}:{class_name}" if near else f"--client {_ALWAYS_THERE}"


def _near_class(module: ModuleType, class_name: str) -> str:
    own = [
        name
        for name, value in vars(module).items()
        if isinstance(value, type) and not name.startswith("_")
    ]
    mine = [name for name in own if vars(module)[name].__module__ == module.__name__]
    folded = {name.lower(): name for name in own}
    near = difflib.get_close_matches(class_name.lower(), folded, n=1)
    if near:
        return f"--client {module.__name__}:{folded[near[0]]}"
    if mine:
        return f"It has the classes {', '.join(mine)}: --client {module.__name__}:{mine[0]}"
    return f"--client {_ALWAYS_THERE}"
