"""The page as people use it, in headless Chromium."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from compat.api import check_files
from compat.api.relax import relax_files
from compat.model.diagnostics import Safety
from compat.model.places import Edit
from compat.text.edits import apply_edits
from tests.e2e.browsing import PHONE, Watch, serving
from tests.toy_index import serve as serve_index

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytest.importorskip("playwright")

# One browser and one service: with `--dist loadgroup` all of these run in one process.
pytestmark = pytest.mark.xdist_group("browser")

#: With what breaks, a fix of each kind, Windows line ends and letters of two code units.
ENVIRONMENT = (
    "# 🚆 entraînement\r\nchannels: [conda-forge]\r\ndependencies:\r\n  - python=3.11\r\n  - pip:\r\n"
    "    - torch==2.4.1\r\n    - torchvision==0.20.0  # 🙂\r\n    - numpy==1.26.4\r\n"
)
DOCKERFILE = "FROM python:3.11-slim\nRUN pip install torch==2.4.1 torchvision==0.20.0\n"


def chip(page: Page, key: str, value: str) -> Locator:
    return page.locator(f'.chip[data-key="{key}"][data-value="{value}"]').first


def shown_chip(page: Page, key: str, value: str) -> Locator:
    """The chip, its fold open."""
    found = chip(page, key, value)
    if not found.is_visible():
        page.locator(f"#row-{key} .more summary").click()
    return found


def choose(page: Page, key: str, value: str) -> None:
    target = shown_chip(page, key, value)
    with page.expect_response(lambda answer: "/parts/choose" in answer.url):
        target.click()
    is_settled(page)


def is_settled(page: Page) -> None:
    page.locator("[aria-busy]").first.wait_for(state="detached")


def state_of(page: Page) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(page.url).query))


def answer_of(page: Page) -> str:
    return page.locator(".answer").inner_text()


def drop(page: Page, files: dict[str, str]) -> None:
    """Drop files on the page, as a file manager does."""
    page.evaluate(
        """files => {
            const data = new DataTransfer();
            for (const [name, text] of Object.entries(files)) data.items.add(new File([text], name));
            document.getElementById("drop").dispatchEvent(
                new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
        }""",
        files,
    )
    page.locator(".file, #check-said.wrong").first.wait_for()


def clipboard(page: Page) -> str:
    page.locator("#said", has_text="copied").wait_for()
    found: str = page.evaluate("navigator.clipboard.readText()")
    return found


# -- choosing ----------------------------------------------------------------------------------------------------------

CHOSEN = {"platform": "linux-64", "gpu": "h100", "driver": "535", "python": "3.12", "torch": "2.7.1"}


def test_the_order_of_choosing_does_not_matter(page: Page) -> None:
    answers = []
    for keys in (tuple(CHOSEN), tuple(CHOSEN)[::-1]):
        page.goto("/")
        for key in keys:
            choose(page, key, CHOSEN[key])
        assert state_of(page) == CHOSEN
        answers.append(answer_of(page))
    assert answers[0] == answers[1]
    assert "linux-64,gpu=h100,driver=535,python=3.12" in answers[0]
    assert "pip install torch==2.7.1 torchvision==0.22.1" in answers[0]


def test_what_cannot_go_with_it_says_why(page: Page) -> None:
    page.goto("/")
    choose(page, "torch", "2.4.1")
    closed = chip(page, "python", "3.13")
    assert closed.get_attribute("aria-disabled") == "true"
    assert chip(page, "python", "3.12").get_attribute("aria-disabled") is None
    closed.hover()
    why = page.locator("#why-python")
    words = "torch 2.4.1 has no wheel for Python 3.13 (there are some for 3.8-3.12)"
    assert words in why.inner_text()
    assert "read 20" in why.inner_text()
    assert closed.get_attribute("title") == words
    closed.click(force=True)  # playwright itself waits until a thing is enabled
    assert state_of(page) == {"torch": "2.4.1"}
    why.get_by_text("take 3.13 without torch 2.4.1").click()
    chip(page, "python", "3.13").and_(page.locator("[aria-checked=true]")).wait_for()
    assert state_of(page) == {"python": "3.13"}


def test_a_touch_tells_why(browser: Browser, base: str) -> None:
    with browser.new_context(viewport=PHONE, base_url=base, has_touch=True, is_mobile=True) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.goto("/?torch=2.4.1")
        chip(page, "python", "3.13").tap(force=True)
        assert "no wheel for Python 3.13" in page.locator("#why-python").inner_text()


def test_what_nobody_wrote_down_is_marked(page: Page) -> None:
    page.goto("/?platform=linux-aarch64&torch=2.3.1")
    unknown = chip(page, "cuda", "12.4")
    assert "unknown" in (unknown.get_attribute("class") or "")
    assert unknown.inner_text().endswith("?")
    choose(page, "cuda", "12.4")
    assert "Not known to work" in answer_of(page)


def test_an_answer_can_be_linked(page: Page) -> None:
    page.goto("/")
    choose(page, "platform", "linux-aarch64")
    choose(page, "cuda", "13.0")
    first = answer_of(page)
    page.get_by_role("button", name="Copy link").click()
    link = clipboard(page)
    page.goto("about:blank")
    page.goto(link)
    is_settled(page)
    assert chip(page, "cuda", "13.0").get_attribute("aria-checked") == "true"
    assert answer_of(page).replace("\nCopy link", "") == first.replace("\nCopy link", "")
    page.go_back()


def test_going_back_takes_a_choice_back(page: Page) -> None:
    page.goto("/")
    choose(page, "python", "3.12")
    choose(page, "torch", "2.7.1")
    with page.expect_response(lambda answer: "/parts/choose" in answer.url):
        page.go_back()
    chip(page, "torch", "").and_(page.locator("[aria-checked=true]")).wait_for()
    assert state_of(page) == {"python": "3.12"}


def test_commands_are_copied(page: Page) -> None:
    page.goto("/?platform=linux-64&cuda=12.6&torch=2.7.1")
    page.get_by_role("button", name="Copy the uv lines").click()
    assert clipboard(page).startswith("uv pip install torch==2.7.1")


def test_a_gpu_is_found_among_all_models(page: Page) -> None:
    page.goto("/")
    page.locator("#row-gpu summary", has_text="all models").click()
    page.locator("[data-filter=gpu]").fill("rtx a6000")
    page.locator('#row-gpu .group .chip[data-value="rtxa6000"]').click()
    page.locator('.chip[data-value="rtxa6000"][aria-checked=true]').first.wait_for()
    assert state_of(page) == {"gpu": "rtxa6000"}


def test_without_a_script_links_and_forms_do(browser: Browser, base: str) -> None:
    with browser.new_context(java_script_enabled=False, base_url=base) as context:
        page = context.new_page()
        page.goto("/")
        shown_chip(page, "torch", "2.4.1").click()
        assert state_of(page) == {"torch": "2.4.1"}
        page.locator("#row-python .told summary").click()
        assert "no wheel for Python 3.13" in page.locator("#row-python .told").inner_text()
        page.locator(".exact input[name=driver]").fill("535.104.05")
        page.locator(".exact button").click()
        assert state_of(page) == {"torch": "2.4.1", "driver": "535.104.05"}
        page.locator("select[name=map]").select_option("linux-aarch64")
        page.get_by_role("button", name="Show").click()
        page.locator('a.cell[data-cell="2.9.1/13.0"]').click()
        assert "linux-aarch64" in page.locator("#build").inner_text()


# -- the map -----------------------------------------------------------------------------------------------------------


def test_a_cell_opens_its_facts(page: Page) -> None:
    page.goto("/")
    cell = page.locator('a.cell[data-cell="2.9.1/12.8"]')
    assert cell.get_attribute("aria-label") == "torch 2.9.1, CUDA 12.8: what pip installs by default"
    cell.click()
    facts = page.locator("#facts")
    facts.locator("h2", has_text="torch 2.9.1, CUDA 12.8").wait_for()
    words = facts.inner_text()
    for fact in ("needs driver 525.60.13 or newer", "sm_90", "wheels for Python 3.10-3.14", "read 20"):
        assert fact in words
    assert facts.locator("a[href^='https://']").count() >= 2
    assert state_of(page) == {"cell": "2.9.1/12.8"}
    page.keyboard.press("Escape")
    page.locator("#facts[open]").wait_for(state="detached")
    assert state_of(page) == {}
    assert page.evaluate("document.activeElement.dataset.cell") == "2.9.1/12.8"


def test_signs_differ_and_not_only_in_colour(page: Page) -> None:
    page.goto("/?map=linux-aarch64")
    found = page.locator("table.map a.cell").evaluate_all("all => all.map(one => [one.className, one.textContent])")
    signs = {tuple(one) for one in found}
    assert {name for name, _ in signs} == {"cell default", "cell built", "cell thin", "cell none", "cell unknown"}
    assert len(signs) == len({sign for _, sign in signs}) == 5


def test_the_map_of_another_platform_and_python(page: Page) -> None:
    page.goto("/")
    for name, value in (("map", "osx-arm64"), ("map_python", "3.13")):
        with page.expect_response(lambda answer: "/parts/builds" in answer.url):
            page.locator(f"select[name={name}]").select_option(value)
        is_settled(page)
    assert state_of(page) == {"map": "osx-arm64", "map_python": "3.13"}
    cell = page.locator('a.cell[data-cell="2.4.1/none"]')
    assert "cell none" in (cell.get_attribute("class") or "")
    cell.click()
    page.locator("#facts", has_text="no wheel for Python 3.13").wait_for()


def test_a_linked_cell_is_open(page: Page) -> None:
    page.goto("/?cell=2.6.0/12.4&map=win-64")
    page.locator("#facts[open]", has_text="torch 2.6.0 is built for CUDA 12.4 for win-64").wait_for()
    page.locator("#facts").get_by_text("Choose it").click()
    page.locator(".answer", has_text="win-64").wait_for()
    page.locator(".chip[data-key=torch][aria-checked=true]", has_text="2.6.0").wait_for()
    assert {**state_of(page), "map": ""} == {"platform": "win-64", "cuda": "12.4", "torch": "2.6.0", "map": ""}


# -- files -------------------------------------------------------------------------------------------------------------


def fixed(files: dict[str, str], name: str) -> str:
    """What the page's fixed file must be, by the library: every fix that has edits."""
    report = check_files({key: text.encode() for key, text in files.items()})
    fixes = [one.fix for one in report.diagnostics if one.fix is not None and one.fix.safety is not Safety.SHOWN]
    edits: list[Edit] = [edit for fix in fixes for edit in fix.edits if edit.place.path == name]
    return apply_edits(files[name], edits)


def test_findings_are_drawn_in_a_dropped_file(page: Page) -> None:
    page.goto("/")
    drop(page, {"environment.yml": ENVIRONMENT})
    assert page.locator("#check-said").inner_text().startswith("Conflict: 1 error")
    error = page.locator(".line.error")
    assert error.locator(".number").inner_text() == "7"
    assert error.locator("mark").inner_text() == "torchvision==0.20.0"
    finding = page.locator(".finding.error")
    assert "ABI001" in finding.inner_text()
    assert "cannot be installed together" in finding.inner_text()
    finding.get_by_role("link", name="environment.yml:6").click()
    assert page.locator(".line.shown .text").inner_text().strip() == "- torch==2.4.1"


def test_the_fixed_file_is_the_librarys(page: Page) -> None:
    page.goto("/")
    drop(page, {"environment.yml": ENVIRONMENT})
    page.get_by_role("button", name="Copy fixed file").click()
    expected = fixed({"environment.yml": ENVIRONMENT}, "environment.yml")
    assert "torchvision==0.19.1  # 🙂\r\n" in expected
    assert "  - pip\r\n" in expected
    assert clipboard(page) == expected
    with page.expect_download() as download:
        page.get_by_role("button", name="Download fixed file").click()
    assert download.value.suggested_filename == "environment.yml"
    assert Path(download.value.path()).read_bytes().decode() == expected
    page.locator(".finding.error input[type=checkbox]").uncheck()
    page.get_by_role("button", name="Copy fixed file").click()
    page.wait_for_timeout(100)
    assert "torchvision==0.20.0" in clipboard(page)


def test_the_relaxed_file_is_the_librarys(page: Page) -> None:
    text = "torch==2.7.1\nnumpy==1.26.4\n"
    page.goto("/")
    drop(page, {"requirements.txt": text})
    page.get_by_role("button", name="Relax pins").click()
    page.get_by_role("button", name="Copy relaxed file").click()
    [(_, expected)] = written_of(text)
    assert clipboard(page) == expected != text


def written_of(text: str) -> list[tuple[str, str]]:
    relaxation = relax_files({"requirements.txt": text.encode()})
    changes = [change.edit for file in relaxation.files for change in file.changes]
    return [("requirements.txt", apply_edits(text, changes))]


def test_a_file_can_be_pasted_and_judged_for_what_is_chosen(page: Page) -> None:
    page.goto("/?platform=linux-64&gpu=h100&driver=535")
    page.get_by_role("button", name="paste one").click()
    page.get_by_label("Name").fill("Dockerfile")
    page.get_by_label("Content").fill(DOCKERFILE)
    page.get_by_role("button", name="Take what is chosen above").click()
    assert page.get_by_label("Targets").input_value() == "linux-64,gpu=h100,driver=535"
    page.get_by_role("button", name="Check", exact=True).click()
    page.locator(".finding.error", has_text="cannot be installed together").wait_for()
    assert page.locator(".file-head h3").inner_text() == "Dockerfile"


def test_what_the_service_refuses_is_said(page: Page, browser: Browser, base: str) -> None:
    with browser.new_context(base_url=base) as context:  # a refusal is an error on the browser's console
        own = context.new_page()
        own.goto("/")
        own.get_by_label("Targets").fill("beos")
        drop(own, {"requirements.txt": "torch\n"})
        assert "unknown platform" in own.locator("#check-said").inner_text()
    page.goto("/")
    drop(page, {"requirements.txt": "torch\n"})
    page.get_by_role("button", name="Lock").click()
    page.locator(".changes", has_text="no package index").wait_for()


def test_a_lock_is_made_of_the_services_index(browser: Browser) -> None:
    with serve_index() as index, serving("--index-url", index.url) as own, browser.new_context(base_url=own) as context:
        page = context.new_page()
        page.goto("/")
        page.get_by_label("Targets").fill("linux-64,python=3.11")
        drop(page, {"requirements.txt": "app\n"})
        page.get_by_role("button", name="Lock").click()
        page.get_by_role("button", name="Download pylock.toml").wait_for(timeout=30_000)
        with page.expect_download() as download:
            page.get_by_role("button", name="Download pylock.toml").click()
        assert 'name = "leaf"' in Path(download.value.path()).read_text(encoding="utf-8")


def test_a_key_is_asked_for_where_there_are_keys(browser: Browser, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.write_text(f"me:{hashlib.sha256(b'open sesame').hexdigest()}\n", encoding="utf-8")
    with serving("--keys", str(keys)) as own, browser.new_context(base_url=own) as context:
        page = context.new_page()
        page.goto("/?torch=2.4.1")
        drop(page, {"requirements.txt": "torch==2.4.1\ntorchvision==0.20.0\n"})
        page.get_by_label("This service asks for a key").fill("open sesame")
        page.get_by_role("button", name="Check", exact=True).click()
        page.locator(".finding.error").wait_for()
        assert "sesame" not in page.url


MARKUP = '<img src=x onerror="document.title=1">'


def test_markup_in_a_file_stays_text(page: Page) -> None:
    page.goto("/")
    name = f"{MARKUP}.txt"
    drop(page, {name: f"torch==2.4.1\ntorchvision==0.20.0\n# {MARKUP}\n{MARKUP}==1\n-r {MARKUP}\n"})
    assert MARKUP in page.locator(".file-head h3").inner_text()
    assert MARKUP in page.locator(".code").inner_text()
    assert page.locator("img").count() == 0
    assert page.title() == "compat: what goes together"


def test_markup_in_the_address_stays_text(page: Page) -> None:
    from urllib.parse import quote

    for key in ("torch", "gpu", "driver", "map", "cell"):
        value = f"{MARKUP}/{MARKUP}" if key == "cell" else MARKUP
        page.goto(f"/?{key}={quote(value)}")
        is_settled(page)
        assert page.locator("img").count() == 0
    assert page.title() == "compat: what goes together"


def test_the_content_of_a_file_is_in_no_address(page: Page) -> None:
    asked: list[Any] = []
    page.on("request", lambda request: asked.append(request))  # noqa: PLW0108 - playwright marks what it is given
    page.goto("/")
    drop(page, {"requirements.txt": "hunter2==1.0\n"})
    checks = [one for one in asked if one.url.endswith("/v1/check")]
    assert len(checks) == 1
    assert checks[0].method == "POST"
    assert all("hunter2" not in one.url for one in asked)
    assert "hunter2" not in page.url
    assert json.loads(checks[0].post_data)["files"][0]["name"] == "requirements.txt"


# -- everybody ---------------------------------------------------------------------------------------------------------


def test_with_the_keyboard_alone(page: Page) -> None:
    page.goto("/")
    press = page.keyboard.press
    press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the chooser"
    press("Enter")
    press("Tab")  # the first group, at what is chosen of it
    for key in ("ArrowRight", "ArrowRight", "Enter"):
        press(key)
    page.locator('.chip[data-value="linux-aarch64"][aria-checked=true]').wait_for()
    is_settled(page)
    assert page.evaluate("document.activeElement.dataset.value") == "linux-aarch64"
    press("End")  # the last platform
    press(" ")
    page.locator('.chip[data-value="win-64"][aria-checked=true]').wait_for()
    is_settled(page)
    chip(page, "torch", "").focus()
    press("ArrowLeft")  # round to the oldest that is shown
    assert page.evaluate("document.activeElement.dataset.key") == "torch"
    page.locator('a.cell[tabindex="0"]').focus()
    for key in ("ArrowDown", "ArrowRight", "Enter"):
        press(key)
    page.locator("#facts[open] h2").wait_for()
    press("Escape")
    page.locator("#facts[open]").wait_for(state="detached")
    page.locator("#paste-open").focus()
    press("Enter")
    page.keyboard.type("torch==2.4.1\ntorchvision==0.20.0\n")
    page.get_by_role("button", name="Check", exact=True).focus()
    press("Enter")
    page.locator(".finding.error").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_narrow_screen_does_not_scroll_sideways(scheme: Any, browser: Browser, base: str) -> None:  # noqa: ANN401
    with browser.new_context(viewport=PHONE, base_url=base, color_scheme=scheme, is_mobile=True) as context:  # type: ignore[arg-type]
        watch = Watch(context, base)
        page = context.new_page()
        page.goto("/?platform=linux-64&gpu=h100&driver=535&torch=2.4.1")
        page.locator(".told summary").first.click()
        drop(
            page,
            {"environment.yml": ENVIRONMENT, "a-very-long-name-of-a-file-" * 6 + ".txt": "torch==2.4.1\n" + "#" * 300},
        )
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        page.goto("/?cell=2.9.1/12.8")
        page.locator("#facts[open]").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        assert (watch.outside, watch.complaints) == ([], [])
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, ground[4:-1].split(","))) < 200) == (scheme == "dark")
