"""What a row came to: ratios against bars, the times behind them, and whether the work was right."""

import math
from dataclasses import asdict, dataclass, field

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
    processor: float = float("nan")
    """The same ratio by processor time."""

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

    @property
    def by_processor(self) -> str:
        return "" if math.isnan(self.processor) else f"{self.processor:.2f} {self.unit}"

    @staticmethod
    def ratio(what: str, limit: float, ours: Contestant, theirs: Contestant) -> "Bar":
        r = Ratio.of(ours, theirs)
        return Bar(what, r.value, r.least, r.most, limit, processor=r.processor)

    @staticmethod
    def faster(what: str, limit: float, ours: Contestant, theirs: Contestant) -> "Bar":
        r = Ratio.of(theirs, ours)
        return Bar(what, r.value, r.least, r.most, limit, at_most=False, processor=r.processor)


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
        return {**self.__dict__, "bars": [asdict(bar) for bar in self.bars]}

    @staticmethod
    def from_dict(kept: dict) -> "Row":
        return Row(**{**kept, "bars": [Bar(**bar) for bar in kept["bars"]]})


def seconds(value: float) -> str:
    return f"{value * 1000:.1f} ms" if value < 0.1 else f"{value:.3f} s"
