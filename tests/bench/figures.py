"""What a benchmark gives: a figure of ours beside its floor, as a line of a table and as bench.json has it."""

from collections.abc import Iterable
from pathlib import Path
from statistics import median

import msgspec

_HEAD = ("figure", "ours", "floor", "unit", "ratio", "aim", "")
_WIDTHS = (67, 8, 8, 12, 7, 5, 5)


class Figure(msgspec.Struct, frozen=True):
    """Medians of several runs, ours and the floor's in turn; less is better. `holds` is None where nothing is aimed at."""

    name: str
    ours: float
    floor: float
    unit: str
    ratio: float
    aim: float | None
    holds: bool | None


def figure(name: str, ours: Iterable[float], floor: Iterable[float], unit: str, aim: float | None = None) -> Figure:
    """The figure that the runs come to. `aim` is the largest ratio that is good enough."""
    mine, least = median(ours), median(floor)
    ratio = mine / least
    return Figure(
        name=name,
        ours=_round(mine),
        floor=_round(least),
        unit=unit,
        ratio=round(ratio, 2),
        aim=aim,
        holds=None if aim is None else ratio <= aim,
    )


def counted(name: str, wrong: int, of: int, unit: str) -> Figure:
    """How many of a number are wrong, where none may be."""
    return Figure(name=name, ours=wrong, floor=of, unit=unit, ratio=round(wrong / of, 2), aim=0.0, holds=not wrong)


def _round(number: float) -> float:
    """Four figures that mean something."""
    return float(f"{number:.4g}")


def table(figures: Iterable[Figure]) -> str:
    """The figures for people, in columns of fixed width."""
    lines = [_HEAD, *(_cells(figure) for figure in figures)]
    return "\n".join(_line(cells) for cells in lines)


def _cells(figure: Figure) -> tuple[str, ...]:
    aim = "" if figure.aim is None else f"{figure.aim:g}x"
    said = {None: "", True: "holds", False: "short"}[figure.holds]
    return (figure.name, f"{figure.ours:g}", f"{figure.floor:g}", figure.unit, f"{figure.ratio:.2f}x", aim, said)


def _line(cells: tuple[str, ...]) -> str:
    name, *rest = (
        cell.ljust(width) if at in (0, 3, 6) else cell.rjust(width)
        for at, (cell, width) in enumerate(zip(cells, _WIDTHS, strict=True))
    )
    return "  ".join((name, *rest)).rstrip()


def write_json(figures: list[Figure], path: Path) -> None:
    """bench.json."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(figures)) + b"\n")
