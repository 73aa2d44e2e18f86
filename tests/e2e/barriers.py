"""What keeps people from using a page, as axe-core finds it in the page as it is shown.

Only what is serious or critical counts: https://www.deque.com/axe/core-documentation/api-documentation/
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = frozenset({"serious", "critical"})
OF_COLOURS = ("color-contrast", "link-in-text-block")

FIND = """async (rules) => {
    const only = rules.length ? { runOnly: { type: "rule", values: rules } } : {};
    // A colour on its way to another one is no colour to be judged.
    const frame = () => new Promise(requestAnimationFrame);
    const ends = (each) => each.effect.getComputedTiming().endTime !== Infinity;
    do {
        await frame();
        await frame();
    } while (document.getAnimations().some(ends));
    const found = await axe.run(document, { ...only, resultTypes: ["violations"] });
    return found.violations.map(({ id, impact, help, nodes }) => (
        { id, impact, help, where: nodes.map((node) => node.target.join(" ")) }
    ));
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Barrier:
    """A rule that is broken, and the elements that break it."""

    rule: str
    help: str
    where: tuple[str, ...]


def barriers(page: Page, *, only: tuple[str, ...] = ()) -> list[Barrier]:
    """The grave ones on the page as it stands now; by all rules, or only those named.

    The page's context must have been made with `bypass_csp`: our own policy lets no script in.
    """
    if not page.evaluate("() => 'axe' in window"):
        page.add_script_tag(path=AXE)
    found: list[dict[str, Any]] = page.evaluate(FIND, list(only))
    return [
        Barrier(rule=each["id"], help=each["help"], where=tuple(each["where"]))
        for each in found
        if each["impact"] in GRAVE
    ]
