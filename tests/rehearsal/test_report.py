"""The page of findings in a real browser: Debian's Chromium, headless and without a network."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome, ChromeOptions, Keys
from selenium.webdriver.chrome.service import Service

from tests.verify.test_report import FOUND, HOSTILE, punctuality
from verify.report.findings import Findings
from verify.report.page import render

pytestmark = pytest.mark.rehearsal

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = ("headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-component-update")
QUIETER = ("disable-background-networking", "disable-sync", "hide-scrollbars")
CARRIERS = ("9E", "AA", "AS", "B6", "DL", "EV", "F9", "FL", "HA", "MQ", "OO", "UA", "US", "VX", "WN", "YV")
WIDE, PHONE = (1280, 900), (360, 740)
YEAR = Findings(
    **{
        **vars(FOUND),
        "punctuality": [
            punctuality(code, month, 1000, 90 + 7 * number + 11 * month)
            for number, code in enumerate(CARRIERS)
            for month in range(1, 13)
        ],
        "jobs": {"medallion-local-a-job-with-a-rather-long-name-of-its-own": 4.0},
        "reasons": {("flights", f"{HOSTILE} " * 9): 5},
    }
)


@pytest.fixture(scope="module")
def programs() -> tuple[str, str]:
    """The browser and its driver, from Debian's packages where they are not there yet."""
    if not _found():
        if os.geteuid() != 0 or not shutil.which("apt-get"):
            pytest.fail("There is no Chromium here; install Debian's packages chromium and chromium-driver.")
        print("installing Chromium from Debian's packages ...", flush=True)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], check=False, capture_output=True)
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", "chromium-driver"]
        subprocess.run(install, check=True, capture_output=True, env=quiet)
    found = _found()
    assert found, "Chromium was installed and is not on PATH"
    return found


def _found() -> tuple[str, str] | None:
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    driver = shutil.which("chromedriver")
    return (browser, driver) if browser and driver else None


@pytest.fixture(scope="module")
def browser(programs: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    options = ChromeOptions()
    options.binary_location = programs[0]
    for argument in (*QUIET, *QUIETER, f"user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(f"--{argument}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    running = Chrome(options=options, service=Service(programs[1]))
    yield running
    running.quit()


def shown(browser: Chrome, folder: Path, found: Findings = YEAR, size: tuple[int, int] = WIDE) -> str:
    """Open the page of these findings in a window of this size; its address."""
    file = folder / "index.html"
    file.write_text(render(found), encoding="utf-8")
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size == PHONE},
    )
    browser.get(file.as_uri())
    return file.as_uri()


def test_the_page_opens_without_an_error_and_asks_for_nothing_else(browser: Chrome, tmp_path: Path) -> None:
    browser.get("about:blank")
    browser.get_log("performance")  # type: ignore[no-untyped-call]
    address = shown(browser, tmp_path)
    assert browser.title == "medallion: 336,776 flights through the platform"
    assert browser.get_log("browser") == []  # type: ignore[no-untyped-call]
    told = browser.get_log("performance")  # type: ignore[no-untyped-call]
    messages = [json.loads(each["message"])["message"] for each in told]
    asked = [each["params"]["request"]["url"] for each in messages if each["method"] == "Network.requestWillBeSent"]
    assert address in asked
    assert set(asked) <= {address, "data:,"}, "the icon is in the page"


def test_hostile_text_runs_nowhere(browser: Chrome, tmp_path: Path) -> None:
    shown(browser, tmp_path)
    assert browser.execute_script("return document.scripts.length") == 0
    text: Any = browser.execute_script("return document.body.textContent")
    assert HOSTILE in text


@pytest.mark.parametrize("size", [WIDE, PHONE, (768, 1024)])
def test_no_width_makes_the_page_scroll_sideways(browser: Chrome, tmp_path: Path, size: tuple[int, int]) -> None:
    shown(browser, tmp_path, size=size)
    browser.execute_script("document.querySelectorAll('details').forEach(each => each.open = true)")
    widths: Any = browser.execute_script(
        "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert widths[0] <= widths[1]
    assert widths[1] == size[0]


def test_text_is_large_enough_on_a_phone(browser: Chrome, tmp_path: Path) -> None:
    shown(browser, tmp_path, size=PHONE)
    small: Any = browser.execute_script(
        """const texts = [...document.querySelectorAll('body *')].filter(each => each.checkVisibility()
             && !each.closest('.unseen') && [...each.childNodes].some(node => node.nodeType === 3 && node.data.trim()));
           const scale = each => each.ownerSVGElement ? each.ownerSVGElement.getBoundingClientRect().width / 360 : 1;
           return texts.filter(each => parseFloat(getComputedStyle(each).fontSize) * scale(each) < 9)
             .map(each => each.outerHTML)"""
    )
    assert small == []


def test_the_keyboard_reaches_every_link_and_part_in_order_and_opens_what_is_closed(
    browser: Chrome, tmp_path: Path
) -> None:
    shown(browser, tmp_path)
    reached = []
    for _ in range(40):
        browser.switch_to.active_element.send_keys(Keys.TAB)
        active = browser.switch_to.active_element
        if active.tag_name == "body":
            break
        reached.append(active.text.strip() or active.accessible_name)
        outline: Any = browser.execute_script("return getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid", f"nothing shows that {reached[-1]} has the focus"
        if active.tag_name == "summary":
            active.send_keys(Keys.ENTER)
            opened: Any = browser.execute_script("return document.activeElement.parentElement.open")
            assert opened
    sections = ["Flow", "Lineage", "Data contracts", "Marts", "Quality", "Timings", "Checks"]
    assert reached[:8] == ["Skip to the findings", *sections]
    assert any(each.startswith("flights 1.2.3") for each in reached)
    assert any(each.startswith("Quarantine: 221 records") for each in reached)
    assert any(each.startswith("2 checks, none of which differ") for each in reached)


def test_a_name_in_the_lineage_leads_to_its_contract_and_opens_it(browser: Chrome, tmp_path: Path) -> None:
    shown(browser, tmp_path)
    browser.find_element("css selector", '#lineage a[href="#contract-routes"]').send_keys(Keys.ENTER)
    contract = browser.find_element("css selector", "#contract-routes")
    assert contract.is_displayed()
    assert not browser.find_element("css selector", "#contract-flights").is_displayed()


def test_paper_shows_what_is_folded_on_the_screen(browser: Chrome, tmp_path: Path) -> None:
    shown(browser, tmp_path)
    folded = "return [...document.querySelectorAll('details td')].map(each => each.checkVisibility())"
    assert set(browser.execute_script(folded)) == {False}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert set(browser.execute_script(folded)) == {True}
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_every_drawing_and_table_has_a_name(browser: Chrome, tmp_path: Path) -> None:
    shown(browser, tmp_path)
    drawings = browser.find_elements("css selector", "svg")
    assert [each.accessible_name for each in drawings] == ["Arrivals more than 15 minutes late, by month"] * len(
        drawings
    )
    assert drawings
    browser.execute_script("document.querySelectorAll('details').forEach(each => each.open = true)")
    regions = browser.find_elements("css selector", "[tabindex='0']")
    assert all(each.accessible_name for each in regions)
    charts = browser.find_elements("css selector", "table.bars")
    assert all(each.find_element("css selector", "caption").text for each in charts)
    assert len(charts) == 6


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_what_is_behind_it(browser: Chrome, tmp_path: Path, scheme: str) -> None:
    """At least 4.5 to 1: https://www.w3.org/TR/WCAG22/#contrast-minimum"""
    feature = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", feature)
    shown(browser, tmp_path)
    faint: Any = browser.execute_script(
        """const parts = colour => colour.match(/[\\d.]+/g).map(Number);
           const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
             .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
             .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
           const behind = each => { for (; each; each = each.parentElement) {
             const found = parts(getComputedStyle(each).backgroundColor);
             if (found.length === 3 || found[3] > 0) return found; } return [255, 255, 255]; };
           return [...document.querySelectorAll('main *, header *')].filter(each => each.checkVisibility()
               && !each.ownerSVGElement && [...each.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
             .map(each => { const [a, b] = [light(parts(getComputedStyle(each).color)), light(behind(each))];
               return [(Math.max(a, b) + .05) / (Math.min(a, b) + .05), each.outerHTML.slice(0, 120)]; })
             .filter(([ratio]) => ratio < 4.5)"""
    )
    assert faint == []
