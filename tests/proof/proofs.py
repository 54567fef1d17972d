"""Finds the proofs: the modules of this folder that are named by an id and a fault."""

import importlib
import pkgutil
import re
from collections.abc import Awaitable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

from tests.bot_process import ROOT
from tests.proof.figures import Figure, Size

NAME = re.compile(r"(?P<letter>[mrs])(?P<number>\d\d)_\w+")


class Prove(Protocol):
    """Every proof's `prove`: `house` is where the bot lives that is run."""

    def __call__(self, size: Size, house: Path = ROOT) -> Awaitable[list[Figure]]: ...


@dataclass(frozen=True)
class Proof:
    """One of them."""

    id: str
    prove: Prove
    needs: str = ""
    """A program that not every machine has."""


def proofs() -> list[Proof]:
    """All of them, in the order of their ids."""
    folder = str(Path(__file__).parent)
    names = [module.name for module in pkgutil.iter_modules([folder])]
    return [_proof(match) for name in names if (match := NAME.fullmatch(name))]


def proof(id_: str) -> Proof:
    """The one with this id."""
    return next(one for one in proofs() if one.id == id_)


def _proof(match: re.Match[str]) -> Proof:
    module = importlib.import_module(f"tests.proof.{match[0]}")
    id_ = f"{match['letter'].upper()}{int(match['number'])}"
    return Proof(id_, cast("Prove", module.prove), getattr(module, "NEEDS", ""))
