"""The column words as properties of whatever has a column of reasons."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

import pandas as pd  # noqa: F401 - the examples use it

from retell_nb.vocabulary.lookup import endings_of

if TYPE_CHECKING:
    from retell_nb.engine.aliases import Column
    from retell_nb.vocabulary.lookup import Endings


__all__ = ["ColumnWords"]


class ColumnWords:
    """What the vocabulary says of each call, as columns aligned to the calls.

    Examples
    --------
    >>> issubclass(type(pd.Series(["dial_busy"]).retell), ColumnWords)
    True
    """

    @property
    @abstractmethod
    def _reasons(self) -> Column:
        """The column of disconnection reasons."""

    @property
    def _endings(self) -> Endings:
        return endings_of(self._reasons)

    @property
    def reason(self) -> Column:
        """Name of each reason as the API spells it.

        Examples
        --------
        >>> pd.Series(["Dial no answer"]).retell.reason.tolist()
        ['dial_no_answer']
        """
        names = self._endings.columns("reason")["reason"]
        names.name = self._reasons.name
        return names

    @property
    def status(self) -> Column:
        """Call status of each reason: `ended`, `not_connected` or `error`.

        Examples
        --------
        >>> pd.Series(["dial_busy", "error_retell"]).retell.status.tolist()
        ['not_connected', 'error']
        """
        return self._endings.columns("status")["status"]

    @property
    def expected(self) -> Column:
        """Whether a healthy deployment ends calls this way.

        Examples
        --------
        >>> pd.Series(["user_hangup", "error_retell"]).retell.expected.tolist()
        [True, False]
        """
        return self._endings.columns("expected")["expected"]

    @property
    def outcome(self) -> Column:
        """Outcome of each call: a row of `retell_nb.OUTCOMES`.

        Examples
        --------
        >>> pd.Series(["user_hangup", "dial_failed", "brand_new"]).retell.outcome.tolist()
        ['completed', 'failed', 'unknown']
        """
        return self._endings.columns("outcome")["outcome"]

    @property
    def category(self) -> Column:
        """Category of each reason.

        Examples
        --------
        >>> pd.Series(["error_llm_websocket_open"]).retell.category.tolist()
        ['llm_server']
        """
        return self._endings.columns("category")["category"]

    @property
    def owner(self) -> Column:
        """Owner of each reason: who can fix it.

        Examples
        --------
        >>> pd.Series(["invalid_destination"]).retell.owner.tolist()
        ['dial_list']
        """
        return self._endings.columns("owner")["owner"]

    @property
    def stage(self) -> Column:
        """Stage that each call had reached: `admission`, `dialing` or `connected`.

        Examples
        --------
        >>> pd.Series(["dial_busy", "inactivity"]).retell.stage.tolist()
        ['dialing', 'connected']
        """
        return self._endings.columns("stage")["stage"]

    @property
    def answered(self) -> Column:
        """Whether somebody or something picked up.

        Examples
        --------
        >>> pd.Series(["voicemail_reached", "dial_busy"]).retell.answered.tolist()
        [True, False]
        """
        return self._endings.columns("answered")["answered"]

    @property
    def retry(self) -> Column:
        """Whether the number may be redialed, and when.

        Examples
        --------
        >>> pd.Series(["dial_busy", "user_requested_dnc"]).retell.retry.tolist()
        ['later', 'never']
        """
        return self._endings.columns("retry")["retry"]

    @property
    def meaning(self) -> Column:
        """Meaning of each reason, in a sentence.

        Examples
        --------
        >>> pd.Series(["dial_busy"]).retell.meaning.tolist()
        ['Outbound: the line was busy.']
        """
        return self._endings.columns("meaning")["meaning"]

    @property
    def remedy(self) -> Column:
        """Remedy for each reason: what its owner should do.

        Examples
        --------
        >>> pd.Series(["credit_exhausted"]).retell.remedy.tolist()
        ['Top up the credit.']
        """
        return self._endings.columns("remedy")["remedy"]
