"""How the explorer looks: nothing is cut off or pale, on any ground; pictures are kept of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .conftest import in_theme

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .conftest import Shown

WIDTHS = (1280, 1920)
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


@pytest.fixture(scope="module", params=["light", "dark"])
def themed(request: pytest.FixtureRequest, opened: Shown) -> Iterator[Shown]:
    """Show the explorer on light or on dark ground."""
    with in_theme(opened, request.param) as shown:
        yield shown


@pytest.mark.parametrize("width", WIDTHS)
def test_the_explorer_fits_and_can_be_read(
    themed: Shown, width: int, screenshots: Path, request: pytest.FixtureRequest
) -> None:
    """Nothing must be scrolled sideways, and every text stands out from its ground."""
    themed.page.set_viewport_size({"width": width, "height": 2200})
    themed.screen.press("Reset")
    themed.screen.press("calls failed at your own LLM server")
    themed.screen.counts(171)
    themed.screen.open()
    themed.screen.settled()
    path = screenshots / f"{request.node.callspec.id}.png"
    themed.screen.root.screenshot(path=path, animations="disabled")
    assert path.stat().st_size > 50_000
    for faults in (_CUT, _PALE):
        assert _once_it_rests(themed, faults) == []


def _once_it_rests(shown: Shown, faults: str) -> list[str]:
    """What is wrong with the looks after at most ten seconds: themes and pictures fade in."""
    for _ in range(20):
        if not (found := shown.screen.root.evaluate(faults)):
            break
        shown.page.wait_for_timeout(500)
    return list(found)
