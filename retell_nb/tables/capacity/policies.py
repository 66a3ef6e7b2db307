"""How a refused call is tried again: after how long, and how often."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from retell_nb.engine.aliases import Floats


__all__ = ["Policy", "as_policy"]

_MOST = 100


@dataclass(frozen=True)
class Policy:
    """Waits before each further try: `base` seconds, then `factor` times as long, up to `cap`.

    Parameters
    ----------
    base : float, default 2
        Seconds before the first further try; above 0.
    factor : float, default 2
        By how much each wait is longer than the one before; 1 or more.
    cap : float, default 60
        The longest wait in seconds; not below `base`.
    jitter : float, default 0.5
        Share of each wait that is left to chance, from 0 to 1, so that calls that were refused
        together do not come back together.
    tries : int, default 8
        Further tries until a call is given up; 0 is no retry.

    Raises
    ------
    ValueError
        If a value is out of its range.

    Examples
    --------
    >>> Policy(tries=4, jitter=0).waits(np.zeros((1, 4))).tolist()
    [[2.0, 4.0, 8.0, 16.0]]
    """

    base: float = 2.0
    factor: float = 2.0
    cap: float = 60.0
    jitter: float = 0.5
    tries: int = 8

    def __post_init__(self) -> None:
        ranges = {
            "base": (self.base > 0, "above 0"),
            "factor": (self.factor >= 1, "1 or more"),
            "cap": (self.cap >= self.base, f"not below base, which is {self.base}"),
            "jitter": (0 <= self.jitter <= 1, "from 0 to 1"),
            "tries": (0 <= self.tries <= _MOST and self.tries == int(self.tries),
                      f"a whole number from 0 to {_MOST}"),
        }  # fmt: skip
        for name, (right, allowed) in ranges.items():
            if not (right and isfinite(getattr(self, name))):
                raise ValueError(
                    f"{name} of a policy is {getattr(self, name)!r}; it must be {allowed}."
                )

    def waits(self, chances: Floats) -> Floats:
        """Seconds before each further try.

        Parameters
        ----------
        chances : array of float
            From 0 to 1, a row for each call, with at least as many columns as there are tries.

        Returns
        -------
        array of float
            A row for each call, a column for each try.

        Examples
        --------
        >>> Policy(base=10, tries=2, jitter=0.5).waits(np.array([[0.0, 1.0]])).tolist()
        [[10.0, 10.0]]
        """
        with np.errstate(over="ignore"):
            longest = np.minimum(self.base * self.factor ** np.arange(self.tries), self.cap)
        waits: Floats = longest * (1 - self.jitter * chances[:, : self.tries])
        return waits


def as_policy(policy: Policy | Mapping[str, float] | None) -> Policy:
    """Return a policy from what was given: none is the default one, a mapping changes it.

    Raises
    ------
    ValueError
        If a policy cannot have a key or a value.

    Examples
    --------
    >>> as_policy({"tries": 3})
    Policy(base=2.0, factor=2.0, cap=60.0, jitter=0.5, tries=3)
    """
    if isinstance(policy, Policy):
        return policy
    names, changes = [field.name for field in fields(Policy)], {} if policy is None else policy
    strange = sorted(set(changes) - set(names)) if isinstance(changes, Mapping) else [repr(changes)]
    if strange:
        raise ValueError(
            f"a policy has no {', '.join(map(str, strange))}; give a mapping of "
            f"{', '.join(names)}, such as {asdict(Policy())}."
        )
    values: dict[str, Any] = dict(changes)
    return Policy(**values)
