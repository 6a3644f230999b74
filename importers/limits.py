"""How large a workbook may be, and how long its reading may take."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that hold before and while a file is read. Sizes in bytes, times in seconds.

    `cells` counts filled cells of the sheets that are read; it leaves room for 100,000 full lines beside the headings.
    `area` bounds rows times columns, since one cell far away makes a reader hold all the empty ones before it.
    """

    file_bytes: int = 10_000_000
    zip_parts: int = 200
    inflated_bytes: int = 200_000_000
    cells: int = 1_200_000
    area: int = 4_000_000
    rows: int = 400_000
    columns: int = 702
    text_characters: int = 65_536
    problems: int = 5_000
    memory_bytes: int = 1_000_000_000
    cpu_seconds: int = 25
    wall_seconds: float = 28
    answer_bytes: int = 200_000_000
