"""The column words as properties of whatever has a column of reasons."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from retell_nb.vocabulary import classify

if TYPE_CHECKING:
    from retell_nb.engine.aliases import Column


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
    def _recorded(self) -> Column | None:
        return None

    @property
    def reason(self) -> Column:
        """Name of each reason as the API spells it.

        Examples
        --------
        >>> pd.Series(["Dial no answer"]).retell.reason.tolist()
        ['dial_no_answer']
        """
        return classify.reason(self._reasons)

    @property
    def status(self) -> Column:
        """Call status of each reason: `ended`, `not_connected` or `error`.

        Examples
        --------
        >>> pd.Series(["dial_busy", "error_retell"]).retell.status.tolist()
        ['not_connected', 'error']
        """
        return classify.status(self._reasons, self._recorded)

    @property
    def expected(self) -> Column:
        """Whether a healthy deployment ends calls this way.

        Examples
        --------
        >>> pd.Series(["user_hangup", "error_retell"]).retell.expected.tolist()
        [True, False]
        """
        return classify.expected(self._reasons, self._recorded)

    @property
    def outcome(self) -> Column:
        """Outcome of each call: a row of `retell_nb.OUTCOMES`.

        Examples
        --------
        >>> pd.Series(["user_hangup", "dial_failed", "brand_new"]).retell.outcome.tolist()
        ['completed', 'failed', 'unknown']
        """
        return classify.outcome(self._reasons, self._recorded)

    @property
    def category(self) -> Column:
        """Category of each reason.

        Examples
        --------
        >>> pd.Series(["error_llm_websocket_open"]).retell.category.tolist()
        ['llm_server']
        """
        return classify.category(self._reasons, self._recorded)

    @property
    def owner(self) -> Column:
        """Owner of each reason: who can mend it.

        Examples
        --------
        >>> pd.Series(["invalid_destination"]).retell.owner.tolist()
        ['dial_list']
        """
        return classify.owner(self._reasons, self._recorded)

    @property
    def stage(self) -> Column:
        """Stage that each call had reached: `admission`, `dialing` or `connected`.

        Examples
        --------
        >>> pd.Series(["dial_busy", "inactivity"]).retell.stage.tolist()
        ['dialing', 'connected']
        """
        return classify.stage(self._reasons, self._recorded)

    @property
    def answered(self) -> Column:
        """Whether somebody or something picked up.

        Examples
        --------
        >>> pd.Series(["voicemail_reached", "dial_busy"]).retell.answered.tolist()
        [True, False]
        """
        return classify.answered(self._reasons, self._recorded)

    @property
    def retry(self) -> Column:
        """Whether the number may be redialed, and when.

        Examples
        --------
        >>> pd.Series(["dial_busy", "user_requested_dnc"]).retell.retry.tolist()
        ['later', 'never']
        """
        return classify.retry(self._reasons, self._recorded)

    @property
    def meaning(self) -> Column:
        """Meaning of each reason, in a sentence.

        Examples
        --------
        >>> pd.Series(["dial_busy"]).retell.meaning.tolist()
        ['Outbound: the line was busy.']
        """
        return classify.meaning(self._reasons, self._recorded)

    @property
    def remedy(self) -> Column:
        """Remedy for each reason: what its owner should do.

        Examples
        --------
        >>> pd.Series(["credit_exhausted"]).retell.remedy.tolist()
        ['Top up the credit.']
        """
        return classify.remedy(self._reasons, self._recorded)
