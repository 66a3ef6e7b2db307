"""Links to calls in the dashboard, wherever their ids are shown."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import retell_nb as rn
from retell_nb.calls.dashboard import dashboard_link, dashboard_url
from retell_nb.explorer import pages
from retell_nb.explorer.index import Index
from retell_nb.report import page

URL = "https://dashboard.retellai.com/call-history?history=call_0a1b"
CALLS = pd.DataFrame({"call_id": ["call_0a1b", "<b>"], "disconnection_reason": "user_hangup"})


@pytest.mark.parametrize("call_id", ["<b>", "call_", "call_1&x=2", "call_masked_0a", None, 7])
def test_what_is_no_id_of_a_call_has_no_link(call_id: object) -> None:
    """Foreign ids, pseudonyms and what is missing."""
    assert dashboard_url(call_id) is None
    assert dashboard_link(call_id, "shown") == "shown"


def test_a_call_is_linked_wherever_its_id_is_shown() -> None:
    """On the card, in a terminal, in the list on the screen and in the tables of reports."""
    card = rn.diagnose(CALLS.iloc[0])
    assert f'<a href="{URL}" target="_blank"' in card._repr_html_()
    assert URL in repr(card)
    index = Index(CALLS)
    rows = pages.page(index, np.array([0, 1]), 0, pages.Order("call_id")).html
    assert rows.count("<a ") == 1
    assert f'<a href="{URL}"' in rows
    table = repr(page.table(CALLS))
    assert f'<a href="{URL}" target="_blank" rel="noopener noreferrer">call_0a1b</a>' in table
    assert "<b>" not in table
    audit = CALLS.assign(disconnection_reason="brand_new").retell.audit()
    assert URL in repr(page.table(audit.assign(example="call_0a1b")))


def test_a_masked_call_is_not_linked() -> None:
    """A pseudonym leads nowhere."""
    masked = CALLS.retell.mask(keep_ids=False)
    assert "href" not in repr(page.table(masked))
