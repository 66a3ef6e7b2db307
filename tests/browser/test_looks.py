"""How the explorer looks: nothing is cut off or pale, on any ground; pictures are kept of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .conftest import in_theme

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .conftest import Shown

WIDTHS = (640, 1280, 2560)  # the first is a small laptop that shows all at twice the size
_CUT = """root => [root, ...root.querySelectorAll('*')].filter(part => {
    const style = getComputedStyle(part), cut = part.scrollWidth - part.clientWidth;
    const may = style.textOverflow === 'ellipsis' || style.overflowX === 'visible';
    return part.clientWidth > 0 && cut > 1 && !may && !part.closest('select, svg, .slider');
}).map(part => `${part.className} by ${part.scrollWidth - part.clientWidth}`)"""
_PALE = """root => {
    const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
    const over = (top, ground) => {
        const alpha = top.length > 3 ? top[3] : 1;
        return ground.map((value, place) => alpha * top[place] + (1 - alpha) * value);
    };
    const light = colour => {
        const [r, g, b] = colour.map(value => value / 255).map(
            value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const path = part => part ? [...path(part.parentElement), part] : [];
    const pale = [];
    for (const part of root.querySelectorAll('*')) {
        const text = [...part.childNodes].some(node => node.nodeType === 3 && node.data.trim());
        const style = getComputedStyle(part), shown = part.getClientRects().length;
        if (!text || !shown || style.visibility === 'hidden') continue;
        if (part.closest('.faded, style, title, [disabled]')) continue;
        let ground = [255, 255, 255], seen = 1;
        for (const one of path(part)) {
            const style = getComputedStyle(one);
            ground = over(numbers(style.backgroundColor), ground);
            seen *= Number(style.opacity);
        }
        const ink = numbers(part.closest('svg') ? style.fill : style.color);
        const [a, b] = [light(over([...over(ink, ground), seen], ground)), light(ground)];
        const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        const said = `${part.className} ${part.textContent.slice(0, 40)}`;
        if (contrast < 4.5) pale.push(`${contrast.toFixed(1)}: ${said}`);
    }
    return pale;
}"""

_COLOUR = "([name, value]) => document.documentElement.style.setProperty(name, value)"

only_lab = pytest.mark.parametrize("opened", ["lab"], indirect=True)


@pytest.fixture(scope="module", params=["light", "dark"])
def themed(request: pytest.FixtureRequest, opened: Shown) -> Iterator[Shown]:
    """Show the explorer on light or on dark ground."""
    with in_theme(opened, request.param) as shown:
        yield shown


def faults_of(shown: Shown, width: int, picture: Path) -> list[str]:
    """Show the calls of a finding with a card beside them; what is cut off or hard to read."""
    shown.page.set_viewport_size({"width": width, "height": 2200})
    shown.screen.press("Reset")
    shown.screen.press("calls failed at your own LLM server")
    shown.screen.counts(171)
    shown.screen.open()
    shown.screen.settled()
    shown.screen.root.screenshot(path=picture, animations="disabled")
    assert picture.stat().st_size > 50_000
    return [fault for script in (_CUT, _PALE) for fault in _once_it_rests(shown, script)]


@only_lab
@pytest.mark.parametrize("width", WIDTHS)
def test_the_explorer_fits_and_can_be_read(
    themed: Shown, width: int, screenshots: Path, request: pytest.FixtureRequest
) -> None:
    """Nothing must be scrolled sideways, and every text stands out from its ground."""
    picture = screenshots / f"{request.node.callspec.id}.png"
    assert faults_of(themed, width, picture) == []


@pytest.mark.parametrize("opened", ["voila"], indirect=True)
def test_the_explorer_fits_and_can_be_read_as_a_page(
    themed: Shown, screenshots: Path, request: pytest.FixtureRequest
) -> None:
    """So it does in Voilà, whose page is as wide as the notebook."""
    picture = screenshots / f"{request.node.callspec.id}-page.png"
    assert faults_of(themed, 1280, picture) == []


@only_lab
def test_two_views_fit_and_can_be_read(
    themed: Shown, screenshots: Path, request: pytest.FixtureRequest
) -> None:
    """So do a view and its counterpart, with what is behind the difference."""
    themed.page.set_viewport_size({"width": 1280, "height": 2200})
    themed.screen.kernel(
        "[setattr(explorer, 'filters', {'start': '2026-03-16', 'end': '2026-03-23'}),"
        " setattr(explorer, 'compare', 'before')]"
    )
    themed.screen.press("Explain the difference")
    themed.screen.seen("retell-explained").wait_for()
    themed.screen.settled()
    path = screenshots / f"{request.node.callspec.id}-compared.png"
    themed.screen.root.screenshot(path=path, animations="disabled")
    for faults in (_CUT, _PALE):
        assert _once_it_rests(themed, faults) == []
    themed.screen.press("Reset")


@only_lab
def test_the_explorer_can_be_read_in_dark_vs_code(shown: Shown) -> None:
    """There widgets stand on white, whatever the theme; the explorer brings the editor's ground."""
    colours = {"--vscode-editor-background": "#1e1e1e", "--vscode-editor-foreground": "#cccccc"}
    for name, colour in colours.items():
        shown.page.evaluate(_COLOUR, [name, colour])
    try:
        shown.screen.choice("Search")
        assert _once_it_rests(shown, _PALE) == []
    finally:
        for name in colours:
            shown.page.evaluate(_COLOUR, [name, ""])


def _once_it_rests(shown: Shown, faults: str) -> list[str]:
    """What is wrong with the looks after at most ten seconds: themes and pictures fade in."""
    for _ in range(20):
        if not (found := shown.screen.root.evaluate(faults)):
            break
        shown.page.wait_for_timeout(500)
    return list(found)
