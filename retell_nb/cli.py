"""`retell-nb`: reports, a store of calls, and checks of it, from the command line."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from retell_nb.calls.api.errors import RetellError
from retell_nb.calls.store.errors import DamagedError, StoreError
from retell_nb.calls.store.syncing import sync_calls
from retell_nb.report import pdf, runner
from retell_nb.report.keys import read_key
from retell_nb.report.page import NO_CALLS
from retell_nb.text import cleaned

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["main"]


@click.group(
    help="Why Retell AI voice calls end, which of them failed, and who can fix it.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="retell_nb")
def main() -> None:
    """Entry of the command `retell-nb`.

    Examples
    --------
    >>> sorted(main.commands)
    ['call', 'check', 'lab', 'notebooks', 'report', 'sync']
    """


@main.command()
@click.argument("name")
@click.option(
    "-p",
    "--parameter",
    "given",
    type=(str, str),
    multiple=True,
    metavar="KEY VALUE",
    help="A parameter of the notebook; may be repeated.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="HTML file [NAME.html]; a name ending in .pdf is printed with Chromium, Chrome or Edge.",
)
@click.option(
    "--notebook", type=click.Path(path_type=Path), help="Also keep the executed notebook here."
)
@click.option(
    "--engine",
    type=click.Choice(["pandas", "dask"]),
    help="Counting engine, if the notebook has this parameter: dask for calls that do not fit in "
    "memory.",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="With dask: address of a cluster scheduler, such as tcp://scheduler:8786.",
)
@click.option(
    "--summary",
    is_flag=True,
    help="Print the headline, figures and findings of failure_report as plain text; write no file.",
)
@click.option(
    "--mask-key",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File with the masking key, so every report uses the same pseudonyms; created if missing.",
)
def report(  # noqa: PLR0913 - its options
    name: str,
    given: tuple[tuple[str, str], ...],
    output: Path | None,
    notebook: Path | None,
    *,
    engine: str | None,
    scheduler: str | None,
    summary: bool,
    mask_key: Path | None,
) -> None:
    """Run the notebook NAME and write its result as one HTML file that needs no network.

    NAME is one of `retell-nb notebooks`, or the path of a notebook. Exit codes: 0 done; 1 the
    notebook failed; 2 wrong usage; 5 no calls to report on.
    """
    # What reads notebooks brings jsonschema, and that a parser of international addresses, which
    # takes two seconds to build. No notebook needs it.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    try:
        source = runner.find(name)
        words = dict(given) | _engine(engine, scheduler)
        parameters = runner.check_parameters(source, words)
        if mask_key:
            os.environ["RETELL_NB_MASK_KEY"] = read_key(mask_key)
        if summary:
            _summarize(source, parameters, output or notebook)
            return
        output = output or Path(f"{source.stem}.html")
        runner.check_output(output, ".html", ".htm", ".pdf")
        if output.suffix.lower() == ".pdf":
            pdf.browser()
        if notebook:
            runner.check_output(notebook, ".ipynb")
    except ValueError as error:
        raise click.UsageError(_wording(error)) from None
    with tempfile.TemporaryDirectory() as folder:
        executed = Path(folder, source.name)
        try:
            html = runner.make(source, executed, parameters, progress=sys.stderr.isatty())
            _write(output, html)
        except runner.ReportError as error:
            so_far = _keep(executed, notebook or output.with_suffix(".failed.ipynb"))
            raise click.ClickException(
                f"{_wording(error)}\nThe notebook, up to the cell that failed, is in {so_far}"
            ) from None
        if notebook:
            _keep(executed, notebook)
    click.echo(f"{output} ({output.stat().st_size / 1e6:.2f} MB)")
    if NO_CALLS in html:
        raise _NoCallsError(NO_CALLS)


def _engine(engine: str | None, scheduler: str | None) -> dict[str, str]:
    """The parameter that says who counts."""
    if scheduler and engine == "pandas":
        raise ValueError("--scheduler needs dask: leave out --engine pandas.")
    if scheduler and "://" not in scheduler:
        raise ValueError(
            f"--scheduler {scheduler!r} is not an address; give one such as tcp://scheduler:8786."
        )
    who = scheduler or engine
    return {"engine": who} if who else {}


def _summarize(source: Path, parameters: dict[str, Any], place: Path | None) -> None:
    """Write the first screen of the failure report as plain text."""
    from retell_nb.report.digest import digest

    if source != runner.find("failure_report") or place:
        raise ValueError("--summary is for failure_report and writes no file: leave out -o.")
    own = ("source", "start", "end", "timezone", "filters", "columns", "mask", "currency")
    if strange := [name for name in parameters if name not in own]:
        raise ValueError(
            f"--summary takes no parameter {', '.join(strange)}; it takes {', '.join(own)}."
        )
    try:
        with _warnings_in_a_line():
            words = digest(**parameters)
    except (OSError, RetellError) as error:
        raise click.ClickException(_wording(error)) from None
    if words == NO_CALLS:
        raise _NoCallsError(words)
    click.echo(words)


class _NoCallsError(click.ClickException):
    """There is nothing to report on."""

    exit_code = 5


def _write(path: Path, html: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    is_pdf = path.suffix.lower() == ".pdf"
    try:
        if is_pdf:
            pdf.print_page(html, path)
        else:
            path.write_text(html, encoding="utf-8")
    except (OSError, subprocess.SubprocessError) as error:
        cure = (
            "write an HTML page instead: -o report.html"
            if is_pdf
            else "choose another place with -o"
        )
        raise click.ClickException(f"{_wording(error)}; {cure}.") from None


def _keep(executed: Path, place: Path) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(executed, place)
    return place


@main.command()
@click.option(
    "--copy",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Copy the notebooks into this folder so you can edit them.",
)
def notebooks(folder: Path | None) -> None:
    """List the notebooks with their parameters."""
    for path in runner.notebooks().values():
        click.echo(f"{path.stem}: {runner.title(path)}")
        for parameter in runner.parameters(path):
            click.echo(f"  {_described(parameter)}")
        if folder:
            click.echo(f"  copied to {_copied(path, folder)}")


def _described(parameter: dict[str, Any]) -> str:
    words = f"  {parameter['help']}" if parameter["help"] else ""
    return f"{parameter['name']} = {parameter['default']}{words}"


def _copied(path: Path, folder: Path) -> Path:
    target = folder / path.name
    if target.exists():
        raise click.ClickException(f"{target} already exists; choose another folder.")
    return _keep(path, target)


@main.command(context_settings={"ignore_unknown_options": True})
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default="retell_nb_notebooks",
    show_default=True,
    help="Folder for the copies; existing files are not overwritten.",
)
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def lab(folder: Path, options: tuple[str, ...]) -> None:
    """Open a copy of the notebooks in JupyterLab, started with OPTIONS such as --no-browser."""
    if find_spec("jupyterlab") is None:
        raise click.ClickException(
            "JupyterLab is not installed. Run `python -m pip install jupyterlab` and try again, or "
            "open the notebooks elsewhere: `retell-nb notebooks --copy FOLDER`."
        )
    for path in runner.notebooks().values():
        if not (folder / path.name).exists():
            _keep(path, folder / path.name)
    click.echo(f"The notebooks are in {folder}")
    command = [sys.executable, "-m", "jupyterlab", *options, str(folder)]
    sys.exit(subprocess.run(command, check=False).returncode)  # noqa: S603 - the user's own words


@main.command()
@click.argument("call_id")
@click.option(
    "--source",
    default="api",
    help="Where to look: api (the key is in RETELL_API_KEY), sample, or a file, folder or glob.",
)
@click.option("--columns", help="Map column names in the file to API names, as JSON.")
@click.option("--mask", is_flag=True, help="Hide phone numbers and everything that was said.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for other programs.")
def call(call_id: str, source: str, columns: str | None, *, mask: bool, as_json: bool) -> None:
    """Explain why the call CALL_ID ended: evidence, who can fix it, and what to do."""
    from retell_nb import diagnose

    try:
        hide = "all" if mask else False
        diagnosis = diagnose(call_id, source=source, columns=columns, mask=hide)
    except (KeyError, OSError, RetellError, ValueError) as error:
        raise click.ClickException(_wording(error)) from None
    click.echo(json.dumps(diagnosis.as_dict(), indent=2) if as_json else str(diagnosis))


@main.command()
@click.argument("source")
@click.option("--rule", "rules", multiple=True, metavar="RULE", help="A rule; may be repeated.")
@click.option(
    "--rules",
    "file",
    type=click.Path(path_type=Path),
    help='TOML file with more rules: rules = ["rate(failed) > 0.1", "silence"].',
)
@click.option("--last", default="24h", show_default=True, help="Length of the period to check.")
@click.option(
    "--baseline",
    help="How far back the comparison calls go [all; 28d if SOURCE is api].",
)
@click.option("--now", help="Calls are complete up to this time [last sync, or last call].")
@click.option("--tz", default="UTC", show_default=True, help="Time zone of hours and of --now.")
@click.option(
    "--state", type=click.Path(path_type=Path), help="File that remembers incidents between runs."
)
@click.option("--columns", help="Map column names in the file to API names, as JSON.")
@click.option("--no-mask", is_flag=True, help="Show other people's numbers as they are.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for other programs.")
@click.option(
    "--self-test",
    metavar="FAULT",
    help="Test the rules on copies of the calls with this fault planted, such as 'failed +10 "
    "points on one agent' or 'silence of 12h on one agent'.",
)
@click.option("--trials", default=20, show_default=True, help="Number of copies for --self-test.")
def check(source: str, rules: tuple[str, ...], file: Path | None, **options: Any) -> None:
    """Check the last calls of SOURCE against rules, and print a line for each incident.

    SOURCE is api (the key is in RETELL_API_KEY), sample, a store, a file, a folder or a glob.

    \b
    RULE is one of
      rate(failed) > 0.1              also by=agent, among=not_connected, min_calls=50, <
      new_reasons                     reasons that did not occur before
      explain(p < 0.01)               segments behind a rise
      silence                         lines that went silent, also by=to_number
      findings(ongoing)               findings that last at the end of the calls

    Exit codes: 0 quiet; 1 an incident; 2 wrong usage; 4 cannot say, as there are too few calls or
    they cannot be read. What cannot be said goes to stderr. A self-test ends with 0.
    """  # noqa: D301 - click reads the backslash
    from retell_nb.check.check import conduct, prepare
    from retell_nb.check.rules import rules_in

    try:
        texts = [*rules, *(rules_in(file) if file else [])]
        names = ("state", "last", "baseline", "self_test", "trials")
        plan = prepare(texts, **{name: options[name] for name in names})
        calls = _calls_to_check(source, plan, options)
        mask = not options["no_mask"]
        table = conduct(plan, calls, now=options["now"], mask=mask, tz=options["tz"])
    except (RetellError, StoreError, PermissionError, TimeoutError) as error:
        raise _CannotSayError(_wording(error)) from None
    except (KeyError, OSError, ValueError) as error:
        raise click.UsageError(_wording(error)) from None
    write = _write_json if options["as_json"] else _write_lines
    write(table)
    sys.exit(_EXIT_CODES.get(table.attrs.get("verdict", "quiet"), 0))


_EXIT_CODES = {"quiet": 0, "incident": 1, "cannot say": 4}


class _CannotSayError(click.ClickException):
    """The calls cannot be read, so that there is nothing to judge."""

    exit_code = 4


def _calls_to_check(source: str, plan: Any, options: dict[str, Any]) -> Any:
    """The calls; of the API those of the period and of its baseline."""
    import pandas as pd

    from retell_nb.calls.schema import check_zone
    from retell_nb.selection.filters import moment
    from retell_nb.selection.loading import load_calls

    check_zone(options["tz"])
    now = None if options["now"] is None else moment(options["now"], options["tz"], "now")
    start = None
    if source == "api":
        end = pd.Timestamp.now("UTC") if now is None else now
        start = end - plan.last - (plan.baseline or pd.Timedelta("28D"))
    with _warnings_in_a_line():
        return load_calls(source, start, tz=options["tz"], columns=options["columns"])


def _write_json(table: Any) -> None:
    """A check as JSON: its verdict and period, and a list of rows."""
    rows = json.loads(table.to_json(orient="records", date_format="iso"))
    click.echo(json.dumps({**table.attrs, "rows": rows}, indent=2, default=lambda t: t.isoformat()))


def _write_lines(table: Any) -> None:
    """A line for each incident on the output, and for what cannot be said on the error output."""
    from retell_nb.text import calls as in_calls
    from retell_nb.text import interval

    for row in table.to_dict("records"):
        if "trials" in row:
            share = interval(row["rate"], row["low"], row["high"])
            without = row["without_fault"]
            note = "" if without == "quiet" else f"; without the fault: {without}"
            times = f"{row['detected']} of {row['trials']} trials, {share}"
            click.echo(f"{row['rule']}: detects it in {times}{note}")
        elif row["verdict"] == "incident" or row["status"] == "over":
            status = f"{row['status']}: " if isinstance(row["status"], str) else ""
            click.echo(f"{status}{row['rule']}: {row['sentence']}")
        elif row["verdict"] == "cannot say":
            click.echo(f"cannot say: {row['rule']}: {row['sentence']}", err=True)
    if undated := table.attrs.get("undated"):
        click.echo(f"{in_calls(undated)} without a time not judged", err=True)


class _BusyError(click.ClickException):
    """Somebody else is at it; a later try may find the way free."""

    exit_code = 3


@main.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--start", help="First sync: from calls that ended on this day, such as 2026-01-01.")
@click.option(
    "--settle", default="2h", show_default=True, help="How far back each sync reads again."
)
@click.option(
    "--adopt",
    is_flag=True,
    help="Rebuild the list of segments in FOLDER, if _manifest.json or segments are lost.",
)
def sync(folder: Path, start: str | None, settle: str, *, adopt: bool) -> None:
    """Bring the store in FOLDER up to date with Retell's API, and print what was added.

    The API key is read from RETELL_API_KEY. Exit codes: 0 done; 1 the API or the disk failed or the
    store is damaged, and what came before is stored; 2 wrong usage; 3 another sync is writing to
    the store.
    """
    try:
        with _warnings_in_a_line():
            click.echo(sync_calls(folder, start=start, settle=settle, adopt=adopt))
    except TimeoutError as error:
        raise _BusyError(str(error)) from None
    except (RetellError, OSError, DamagedError) as error:
        raise click.ClickException(_wording(error)) from None
    except ValueError as error:
        raise click.UsageError(_wording(error)) from None


@contextlib.contextmanager
def _warnings_in_a_line() -> Iterator[None]:
    """Print each warning without the place in the code that it comes from."""
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = _show
        yield


def _show(message: Warning | str, *_: Any, **__: Any) -> None:
    click.echo(f"Warning: {_wording(message)}", err=True)


def _wording(error: BaseException | str) -> str:
    """What an error says, with the cure that fits a command line."""
    words = error.on_command_line if isinstance(error, StoreError) else str(error)
    if isinstance(error, KeyError):  # whose text is the repr of its message
        words = str(error.args[0])
    return "\n".join(map(cleaned, words.splitlines()))
