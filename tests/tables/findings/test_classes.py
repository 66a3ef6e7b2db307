"""What is counted by class, for all kinds of failure at once, is what is counted call by call."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import retell_nb as rn
from retell_nb.calls.facts import endings
from retell_nb.tables.findings.baseline import by_value
from retell_nb.tables.findings.case import Part
from retell_nb.tables.findings.context import cases, context_of

CALLS = rn.sample_calls(4_000, seed=5)


@pytest.mark.parametrize("lacking", [[], ["direction"], ["call_type", "duration_ms"], ["agent_id"]])
@pytest.mark.parametrize("with_baseline", [False, True])
def test_hits_and_calls_by_value_are_those_of_a_group_by(
    lacking: list[str], *, with_baseline: bool
) -> None:
    calls = CALLS.drop(columns=lacking)
    baseline = calls.iloc[:1_500] if with_baseline else None
    context = context_of(calls.iloc[1_500:], baseline, rn.REASONS, "UTC")
    for case in cases(context):
        for name, mask in (("fresh", case.risk & context.fresh), ("then", case.then)):
            part = Part(case, mask, name)
            assert (part.size, part.struck) == (mask.sum(), (mask & case.hit).sum())
            for place in case.places:
                counts = by_value(part, place.key)
                for own, where in zip(counts, (mask & case.hit, mask), strict=True):
                    codes = pd.Series(place.key.codes[where]).replace(-1, len(place.key.levels))
                    expected = codes.value_counts().reindex(range(len(own)), fill_value=0)
                    assert own.tolist() == expected.tolist()


def test_failures_by_class_are_the_failed_calls() -> None:
    context = context_of(CALLS, None, rn.REASONS, "UTC")
    failed = endings(CALLS).columns("outcome")["outcome"].eq("failed").to_numpy()
    assert np.array_equal(context.classes.of_calls(context.classes.failed), failed)
    assert context.classes.failures == failed.sum()
