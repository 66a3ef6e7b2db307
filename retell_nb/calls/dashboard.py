"""Where a call is in Retell's dashboard."""

from __future__ import annotations

import re
from html import escape

__all__ = ["dashboard_link", "dashboard_url"]

_CALL_ID = re.compile(r"call_(?!masked_)[0-9A-Za-z_-]+")
_PAGE = "https://dashboard.retellai.com/call-history?history="


def dashboard_url(call_id: object) -> str | None:
    """Return the address of a call in the dashboard; None for what is no id of Retell's.

    Examples
    --------
    >>> dashboard_url("call_0a1b"), dashboard_url("call_masked_0a1b"), dashboard_url(None)
    ('https://dashboard.retellai.com/call-history?history=call_0a1b', None, None)
    """
    if not isinstance(call_id, str) or not _CALL_ID.fullmatch(call_id):
        return None
    return f"{_PAGE}{call_id}"


def dashboard_link(call_id: object, shown: str) -> str:
    """Return HTML that is a link to a call in the dashboard, where there is one.

    Parameters
    ----------
    call_id : str
    shown : str
        What stands for the id; HTML.

    Examples
    --------
    >>> dashboard_link("<b>", "&lt;b&gt;")
    '&lt;b&gt;'
    """
    url = dashboard_url(call_id)
    if url is None:
        return shown
    return f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{shown}</a>'
