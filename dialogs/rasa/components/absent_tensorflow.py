"""Lets Rasa import without TensorFlow: its modules become empty classes that do nothing.

Our pipeline never touches TensorFlow, but Rasa imports it at many places; without it the
environment is 0.6 GB instead of 2.5 GB. Components that need it (DIET, TED) cannot be used.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
import types
from typing import Any

_ROOTS = frozenset({"tensorflow", "tensorflow_text", "tensorflow_hub", "keras", "tensorboard"})


class _Empty(type):
    """A class whose every attribute is another empty class; it can be derived from and called."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _empty(name)


def _empty(name: str) -> type:
    body = {
        "__init__": lambda self, *args, **kwargs: None,
        "__class_getitem__": classmethod(lambda cls, item: cls),
        "__call__": lambda self, decorated=None, *args, **kwargs: decorated,
    }
    return _Empty(name, (), body)


class _EmptyModule(types.ModuleType):
    __path__: list[str] = []
    __file__ = "absent"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = _decorator if name == "function" else _empty(name)
        setattr(self, name, value)
        return value


def _decorator(decorated: Any = None, **_options: Any) -> Any:
    return decorated if callable(decorated) else lambda function: function


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name.split(".")[0] in _ROOTS:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec: Any) -> types.ModuleType:
        return _EmptyModule(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        """There is nothing to run."""


def install() -> None:
    """Stand in for TensorFlow in this process."""
    sys.meta_path.insert(0, _Finder())
