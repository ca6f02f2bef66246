"""Attributes that an object shows to others and keeps in what its parts share."""

from __future__ import annotations

from typing import Any, Generic, Self, TypeVar, overload

__all__ = ["Kept"]

Value = TypeVar("Value")
HOME = "_shared"


class Kept(Generic[Value]):
    """An attribute that is read from and written to the attribute of that name in `_shared`."""

    def __init__(self, doc: str) -> None:
        """Let `doc` say what it is, as the docstring of a property would."""
        self.__doc__ = doc
        self._name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        """Hear the name of the attribute."""
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...

    @overload
    def __get__(self, instance: object, owner: type) -> Value: ...

    def __get__(self, instance: Any, owner: type) -> Self | Value:
        """Return the value, or the attribute itself when the class is asked."""
        if instance is None:
            return self
        value: Value = getattr(getattr(instance, HOME), self._name)
        return value

    def __set__(self, instance: Any, value: Value) -> None:
        """Keep another value."""
        setattr(getattr(instance, HOME), self._name, value)
