"""The page in a real browser: headless Chromium runs its script, and what it made of the page is read back."""

from __future__ import annotations

import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

import pytest

from siamtrack.evaluation.render import html

from .reports import NASTY, small_report


@pytest.fixture(scope="module")
def chromium() -> str:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
    if found is None:
        pytest.skip("no Chromium or Chrome on the path")
    return found


def page_after(chromium: str, folder: Path, action: str) -> str:
    """The page's HTML after the browser ran its script and then `action`; fails if anything stood on its console."""
    path = folder / "report.html"
    path.write_text(html(small_report()).replace("</body>", f"<script>{action}</script></body>"), encoding="utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"]
    done = subprocess.run(
        [chromium, *options, "--enable-logging=stderr", "--virtual-time-budget=2000", "--dump-dom", path.as_uri()],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert "</html>" in done.stdout, done.stderr
    assert "CONSOLE" not in done.stderr, done.stderr
    return done.stdout


def column(page: str, section: str, number: int) -> list[str]:
    """Text of a column of the first table of a section, top to bottom; hidden rows are left out."""
    body = page.split(f'id="{section}"')[1].split("<tbody>")[1].split("</tbody>")[0]
    rows = [row for row in body.split("<tr")[1:] if not row.startswith(" hidden")]
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)[number] for row in rows]
    return [unescape(re.sub(r"<[^>]*>", "", cell)) for cell in cells]


def click(section: str, number: int) -> str:
    return f"document.querySelectorAll('#{section} thead')[0].rows[0].cells[{number}].firstChild.click();"


def test_the_page_opens_in_the_order_of_the_report(chromium: str, tmp_path: Path) -> None:
    page = page_after(chromium, tmp_path, "")
    assert column(page, "ranking", 1) == ["plain", NASTY, "_hidden"]
    assert column(page, "sequences", 0) == ["bag", "<i>book</i>", "Jogging.1"]
    assert page.count("<figure>") == 2


def test_a_click_puts_the_best_on_top_and_a_second_one_the_worst(chromium: str, tmp_path: Path) -> None:
    once = page_after(chromium, tmp_path, click("sequences", 1))
    assert column(once, "sequences", 1) == ["0.800", "0.700", "0.400"]
    twice = page_after(chromium, tmp_path, 2 * click("sequences", 1))
    assert column(twice, "sequences", 1) == ["0.400", "0.700", "0.800"]
    assert re.findall(r'<th[^>]* aria-sort="(\w+)"', twice) == ["ascending"]


def test_what_has_no_number_stays_last(chromium: str, tmp_path: Path) -> None:
    page = page_after(chromium, tmp_path, click("ranking", 3))
    assert column(page, "ranking", 3) == ["2.0", "4.0", "\N{EN DASH}"]
    page = page_after(chromium, tmp_path, 2 * click("ranking", 3))
    assert column(page, "ranking", 3) == ["4.0", "2.0", "\N{EN DASH}"]


def test_the_filter_leaves_the_sequences_of_that_name(chromium: str, tmp_path: Path) -> None:
    typed = "const i = document.querySelector('input'); i.value = 'JOG'; i.dispatchEvent(new Event('input'));"
    assert column(page_after(chromium, tmp_path, typed), "sequences", 0) == ["Jogging.1"]
