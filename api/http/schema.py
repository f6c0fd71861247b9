"""What all answers of the HTTP interface have in common."""

from __future__ import annotations

from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict

Item = TypeVar("Item")


class Shown(BaseModel):
    """An answer made from a domain value by its attributes."""

    model_config = ConfigDict(from_attributes=True)


class Page(BaseModel, Generic[Item]):
    """A list; every list answers in this shape, so that it can grow."""

    items: list[Item]
