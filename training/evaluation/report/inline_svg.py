"""A picture of matplotlib as part of a page: no addresses, no clashing ids, the page's own colours."""

from __future__ import annotations

import re

from training.evaluation.plots import COLOURS, FAINT, INK, PAPER

_PROLOGUE = re.compile(r"^.*?(?=<svg)", re.DOTALL)
_METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
_NAMESPACES = re.compile(r'\s(?:xmlns(?::\w+)?)="[^"]*"')


def inlined(svg: str, name: str) -> str:
    """The `<svg>` element of a file, for a page that defines --ink, --faint, --paper and --series-1 to -6.

    Args:
        svg: the file, as matplotlib writes it.
        name: of the picture; its ids begin with it.
    """
    svg = _METADATA.sub("", _PROLOGUE.sub("", svg, count=1))
    svg = _NAMESPACES.sub("", svg).replace("xlink:href", "href")
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', svg)
    svg = re.sub(r'(href="|url\()#', rf"\1#{name}-", svg)
    head, rest = svg.split(">", 1)
    head = re.sub(r'\s(?:width|height)="[^"]*"', "", head)
    colours = {INK: "--ink", FAINT: "--faint", PAPER: "--paper"}
    colours |= {colour: f"--series-{number}" for number, colour in enumerate(COLOURS, 1)}
    for colour, variable in colours.items():
        rest = rest.replace(colour, f"var({variable})")
    return f"{head}>{rest}"
