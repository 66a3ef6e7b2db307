"""What can go wrong between here and Retell's API.

::

    RetellError
    ├── APIError                 the API refused, or gave no answer that can be read
    │   ├── AuthenticationError  401, 403, or no key at all
    │   ├── NotFoundError        404
    │   └── RateLimitError       429, after all tries
    ├── CountError               other calls came than the API counts
    └── PaginationError          the pages of a list do not come to an end
"""

from __future__ import annotations

from retell_nb.text import cleaned

__all__ = [
    "APIError",
    "AuthenticationError",
    "CountError",
    "NotFoundError",
    "PaginationError",
    "RateLimitError",
    "RetellError",
    "refused",
    "unanswered",
]


class RetellError(Exception):
    """Anything that goes wrong between here and Retell's API.

    Examples
    --------
    >>> issubclass(NotFoundError, RetellError)
    True
    """


class APIError(RetellError):
    """The API refused, or gave no answer that can be read.

    Attributes
    ----------
    status : int or None
        The HTTP status; None where no answer came.
    message : str
        What went wrong, in the words of the API where it gave any.
    request_id : str or None
        What Retell's support will ask for.
    retryable : bool
        Whether another try may help.
    retry_after : float or None
        Seconds that the API asks us to wait before it.

    Examples
    --------
    >>> APIError("out of order", 500).status
    500
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.request_id: str | None = None
        self.retryable = False
        self.retry_after: float | None = None


class AuthenticationError(APIError):
    """The key is missing, wrong, or may not do that (401, 403).

    Examples
    --------
    >>> AuthenticationError("no key", 401).status == 401
    True
    """


class NotFoundError(APIError):
    """What was asked for is not there (404).

    Examples
    --------
    >>> NotFoundError("no such call", 404).status == 404
    True
    """


class RateLimitError(APIError):
    """Too many requests (429), even after waiting.

    Examples
    --------
    >>> RateLimitError("slow down", 429).status == 429
    True
    """


class PaginationError(RetellError):
    """The pages of a list do not come to an end; what came before this is whole.

    Examples
    --------
    >>> issubclass(PaginationError, RetellError)
    True
    """


class CountError(RetellError):
    """Other calls came than the API counts, time after time.

    Attributes
    ----------
    told : int or None
        How many there are, as the API says.
    came : int
        How many came.

    Examples
    --------
    >>> CountError("two of three", told=3, came=2).told
    3
    """

    def __init__(self, message: str, *, told: int | None, came: int) -> None:
        super().__init__(message)
        self.told, self.came = told, came


_KINDS: dict[int, tuple[type[APIError], str]] = {
    401: (AuthenticationError, "Check the key: RETELL_API_KEY, or Client.ask() in a notebook."),
    402: (APIError, "The account has no credit left."),
    403: (AuthenticationError, "This key may not do that; see the keys in Retell's dashboard."),
    404: (NotFoundError, "Check the id, and that the key is of the workspace of the call."),
    429: (RateLimitError, "Ask for less at once, or later."),
}


def refused(asked: str, status: int, said: str, request_id: str | None = None) -> APIError:
    """Error for a refusal: what was asked for, what the API said, and what to do.

    Examples
    --------
    >>> refused("GET /v2/get-call/call_1", 404, "Not found", "r1")
    NotFoundError('GET /v2/get-call/call_1: 404 Not found (request r1). Check the id, ...')
    """
    kind, advice = _KINDS.get(status, (APIError, ""))
    request, message = cleaned(asked), cleaned(said)
    suffix = f" (request {cleaned(request_id, 80)})" if request_id else ""
    error = kind(f"{request}: {status} {message}{suffix}. {advice}".strip(), status)
    error.message, error.request_id = message, request_id
    return error


def unanswered(asked: str, fault: str, status: int | None = None) -> APIError:
    """Error for a request without an answer that can be read; another try may help.

    Examples
    --------
    >>> unanswered("GET /get-concurrency", "no answer: ReadTimeout").retryable
    True
    """
    fault = cleaned(fault)
    error = APIError(f"{cleaned(asked)}: {fault}", status)
    error.message, error.retryable = fault, True
    return error
