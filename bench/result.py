"""What a row came to: ratios against bars, the times behind them, and whether the work was right."""

import math
from dataclasses import dataclass, field

from clock import Contestant, Ratio


@dataclass
class Bar:
    """A ratio and what it must be: at most `limit`, or at least."""

    what: str
    value: float
    least: float
    most: float
    limit: float
    at_most: bool = True
    unit: str = "×"

    @property
    def met(self) -> bool:
        return self.value <= self.limit if self.at_most else self.value >= self.limit

    @property
    def wanted(self) -> str:
        return f"{'≤' if self.at_most else '≥'} {self.limit:g} {self.unit}"

    @property
    def measured(self) -> str:
        spread = "" if math.isnan(self.least) else f" ({self.least:.2f}–{self.most:.2f})"
        return f"{self.value:.2f} {self.unit}{spread}"

    @staticmethod
    def ratio(what: str, limit: float, ours: Contestant, theirs: Contestant,
              scale: float = 1.0) -> "Bar":
        ratio = Ratio.of(ours, theirs, scale)
        return Bar(what, ratio.value, ratio.least, ratio.most, limit)

    @staticmethod
    def faster(what: str, limit: float, ours: Contestant, theirs: Contestant) -> "Bar":
        ratio = Ratio.of(theirs, ours)
        return Bar(what, ratio.value, ratio.least, ratio.most, limit, at_most=False)


@dataclass
class Row:
    """One row of the result, ready to be printed and kept."""

    name: str
    work: str
    size: str = ""
    bars: list = field(default_factory=list)
    times: list = field(default_factory=list)
    checked: list = field(default_factory=list)
    """What was found right or wrong beside the time, as sentences."""
    fidelity: dict = field(default_factory=dict)
    left_out: list = field(default_factory=list)
    others: float = float("nan")
    commit: str = ""

    def timed(self, *contestants: Contestant) -> None:
        for who in contestants:
            self.times.append({
                "name": who.name, "rounds": len(who.wall), "median": who.median,
                "least": min(who.wall), "most": max(who.wall),
                "processor": sorted(who.processor)[len(who.processor) // 2],
            })

    def as_dict(self) -> dict:
        bars = [{"what": b.what, "value": b.value, "least": b.least, "most": b.most,
                 "limit": b.limit, "at_most": b.at_most, "unit": b.unit} for b in self.bars]
        return {**self.__dict__, "bars": bars}

    @staticmethod
    def from_dict(kept: dict) -> "Row":
        return Row(**{**kept, "bars": [Bar(**bar) for bar in kept["bars"]]})


def seconds(value: float) -> str:
    return f"{value * 1000:.1f} ms" if value < 0.1 else f"{value:.3f} s"
