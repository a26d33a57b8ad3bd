"""The annotate page in a real browser: what it offers beside labelling one text after another."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from activelearn.data import LabelSchema
from workbench import config, people
from workbench.labelstudio.labelconfig import build
from workbench.project import Project
from workbench.siblings import Siblings
from workbench.tables import Annotation, Event, Item, Lease, Queued, Round, now

PASSWORD = "a password for the tests"
LABELS = ("delivery", "login", "refund")
LONG = "This sentence repeats itself until the text is long. " * 1900
ARABIC = "لم تصل الشحنة حتى الآن ولا أحد يجيب على الهاتف."
TWIN = "my parcel with the number {n} has been lost on its way to the new address in town"
GUIDE = (
    "# How to label\n\n- **refund**: money goes back\n- a [link](https://example.com)\n\n"
    "<script>window.broken = 1</script>\n\n<img src=x onerror='window.broken = 1'>\n"
)


def words(number: int) -> str:
    """A text unlike every other one."""
    kinds = ("courier", "password", "invoice", "charger", "kettle", "sofa", "garden")
    return " ".join(f"{kinds[(number * k) % 7]}{number * k % 97}" for k in range(2, 12))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Without a Label Studio: 120 queued texts, suggestions for every third, and some special ones.

    A test visits as a person of its own, and looks at what that person did only.
    """
    root = tmp_path_factory.mktemp("plain") / "project"
    Project.create(root, name="Annotate page", labels=LABELS).close()
    config.write(root, {"annotate": {"hot_keys": {"refund": "q"}}})
    made = Project.open(root)
    for name in ("lea", "hot", "his", "sea", "bulk", "flag", "two", "off", "out", "long", "dark"):
        role = "lead" if name == "lea" else "annotator"
        people.add(made, f"{name}@example.com", role=role, password=PASSWORD)
    texts = [(f"i{n}", words(n), {}) for n in range(120)]
    texts += [(f"twin{n}", TWIN.format(n=n), {}) for n in range(5)]
    texts += [
        ("long", LONG, {}),
        ("rtl", ARABIC, {}),
        ("zh", "我的包裹还没有收到，请尽快退款。", {}),
        ("held", "Ünïque words of the holdout stay blind", {}),
    ]
    made.pool.append(texts)
    with made.store.session() as session:
        session.get(Item, "held").holdout = True
        session.get(Item, "twin4").holdout = True
        session.add(Round(number=1, state="done", model_version="m1", view_url="http://ls/view"))
        for rank, (uid, _, _) in enumerate(texts):
            if uid != "zh":
                said = ["refund"] if rank % 3 == 0 else None
                session.add(Queued(round=1, uid=uid, rank=rank, suggestion=said, confidence=0.8))
    (root / "guideline.md").write_text(GUIDE)
    Siblings(made).refresh()
    yield made
    made.close()


@pytest.fixture(scope="module")
def pages(serve, plain: Project):
    return serve(plain.root)


class Person:
    """Somebody at the annotate page, with helpers for what tests do often."""

    def __init__(self, context, url: str, name: str) -> None:
        self.context, self.url, self.email = context, url, f"{name}@example.com"
        self.log_in()
        self.page = self.tab()

    def log_in(self) -> None:
        form = {"email": self.email, "password": PASSWORD}
        assert self.context.request.post(f"{self.url}/login", form=form).ok

    def tab(self):
        page = self.context.new_page()
        page.goto(f"{self.url}/annotate")
        page.wait_for_selector(".wb-item[data-uid]:not([data-uid=''])")
        return page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    @property
    def uid(self) -> str:
        return self.page.locator(".wb-item").get_attribute("data-uid")

    def label(self, key: str = "1") -> str:
        uid = self.uid
        self.press(key)
        self.page.wait_for_selector(f".wb-item:not([data-uid='{uid}'])")
        return uid

    def shown(self, uid: str) -> None:
        self.page.wait_for_selector(f".wb-item[data-uid='{uid}']")

    def saved(self) -> None:
        self.page.wait_for_selector(".wb-mark[data-unsaved='0']")

    def find(self, text: str) -> None:
        """Searches and opens the first hit."""
        self.press("f")
        self.page.fill("#wb-search", text)
        self.press("Enter")
        self.page.wait_for_selector(".wb-side[hidden]", state="attached")

    def found(self, text: str) -> str:
        """Searches; what is said of the hit."""
        self.press("f")
        self.page.fill("#wb-search", text)
        return self.page.wait_for_selector(f".wb-row:has-text('{text}') small").inner_text()


@pytest.fixture
def come(chromium, pages) -> Iterator[Callable[..., Person]]:
    """Opens a browser of its own for a person."""
    opened = []

    def enter(name: str, **options: object) -> Person:
        options = {"viewport": {"width": 1280, "height": 844}, "locale": "en-US", **options}
        context = chromium.new_context(**options)
        context.set_default_timeout(60_000)
        opened.append(context)
        return Person(context, pages.url, name)

    yield enter
    for context in opened:
        context.close()


def answers(project: Project, email: str) -> dict[str, Annotation]:
    """uid → this person's live answer."""
    with project.store.session() as session:
        rows = session.query(Annotation).where(Annotation.annotator == email, ~Annotation.deleted)
        return {row.uid: row for row in rows}


def logged(project: Project, who: str) -> list[tuple[str, dict]]:
    """What the event log has of this person."""
    with project.store.session() as session:
        return [(row.what, row.about) for row in session.query(Event).where(Event.who == who)]


def test_configured_keys_are_on_the_buttons_and_work(plain: Project, come) -> None:
    hot = come("hot")
    keys = hot.page.locator(".wb-labels kbd").all_inner_texts()
    assert keys == ["1", "2", "Q"]
    studio = hot.page.locator(".wb-help a:has-text('Label in Label Studio instead')")
    assert studio.get_attribute("href") == "http://ls/view"
    uid = hot.label("q")
    hot.saved()
    assert answers(plain, hot.email)[uid].target == ["refund"]


def test_the_history_shows_the_last_answers_and_goes_back_to_one(plain: Project, come) -> None:
    his = come("his")
    done = [his.label(key) for key in ("1", "2", "1")]
    his.saved()
    his.page.reload()
    his.page.wait_for_selector(".wb-item[data-uid^=i]")
    his.press("r")
    rows = his.page.locator(".wb-row")
    assert [text.split("\n")[1] for text in rows.all_inner_texts()] == [
        "delivery", "login", "delivery",
    ]  # fmt: skip
    his.press("ArrowDown", "Enter")
    his.shown(done[1])
    expect(his.page.locator(".wb-suggest b")).to_contain_text("login")
    his.label("q")
    his.saved()
    said = {uid: one.target for uid, one in answers(plain, his.email).items()}
    assert said == {done[0]: ["delivery"], done[1]: ["refund"], done[2]: ["delivery"]}
    expect(his.page.locator(".wb-count")).to_contain_text("you today 3")
    his.press("r")
    rows.nth(2).click()
    his.shown(done[0])
    his.press("z", "z", "z")
    his.saved()
    his.page.wait_for_selector(".wb-mark:has-text('Taken back')")
    (left,) = answers(plain, his.email).values()
    assert (left.uid, left.target) == (done[1], ["login"]), "what was corrected counts again"
    while his.uid != done[1]:
        his.press("z")
        his.page.wait_for_timeout(200)
    his.saved()
    assert answers(plain, his.email) == {}
    log = [what for what, _ in logged(plain, his.email)]
    assert log.count("undo") == 4 and log.count("label") == 4


def test_search_finds_any_text_and_labels_it(plain: Project, come) -> None:
    sea = come("sea")
    sea.find("包裹")
    sea.shown("zh")
    sea.label("q")
    sea.find("ÜNÏQUE holdout")
    sea.shown("held")
    expect(sea.page.locator(".wb-suggest b")).to_have_count(0)
    sea.label("2")
    sea.saved()
    said = answers(plain, sea.email)
    assert (said["zh"].target, said["held"].target) == (["refund"], ["login"])
    assert (said["held"].suggestion_shown, said["zh"].suggestion) == (False, None)
    assert sea.found("包裹") == "you refund"
    lea = come("lea")
    assert lea.found("包裹") == f"{sea.email} refund"
    other = come("two")
    assert other.found("包裹") == "answered by 1"


def test_texts_nearly_the_same_are_labelled_and_taken_back_at_once(plain: Project, come) -> None:
    one = come("bulk")
    one.find("my parcel with the number 0")
    one.shown("twin0")
    near = one.page.locator(".wb-near:not([hidden])")
    near.wait_for()
    expect(near).to_contain_text("3 more texts are nearly the same")
    one.press("b")
    expect(one.page.locator(".wb-box[aria-checked=true]")).to_have_count(3)
    one.press("ArrowDown", " ")
    expect(one.page.locator(".wb-side h2")).to_contain_text("Label 3 texts at once")
    unchecked = one.page.locator(".wb-row:has([aria-checked=false]) .wb-start").inner_text()
    one.press("q")
    one.saved()
    said = answers(plain, one.email)
    assert len(said) == 3 and "twin0" in said and "twin4" not in said
    assert {row.target[0] for row in said.values()} == {"refund"}
    left_out = next(uid for uid in ("twin1", "twin2", "twin3") if uid not in said)
    assert unchecked == TWIN.format(n=left_out[-1])
    one.press("r")
    expect(one.page.locator(".wb-row").first).to_contain_text("and 2 nearly the same")
    one.press("Escape", "z")
    one.shown("twin0")
    one.page.wait_for_selector(".wb-mark:has-text('Taken back')")
    assert answers(plain, one.email) == {}


def test_flag_note_and_what_was_suggested_reach_the_store(plain: Project, come) -> None:
    one = come("flag")
    one.find(words(60))
    one.shown("i60")
    one.press("n")
    one.page.keyboard.type("which one is it?")
    one.press("Escape", "g")
    one.page.wait_for_selector("[data-act=unclear][aria-pressed=true]")
    one.page.reload()
    one.page.wait_for_selector(".wb-item[data-uid^=i]")
    one.find(words(60))
    assert one.page.input_value("#wb-note") == "which one is it?"
    one.press("Enter")
    one.page.wait_for_selector(".wb-item:not([data-uid=i60])")
    one.saved()
    said = answers(plain, one.email)["i60"]
    assert (said.note, said.unclear, said.target) == ("which one is it?", True, ["refund"])
    assert (said.suggestion, said.suggestion_shown) == (["refund"], True)


def test_the_guideline_is_read_beside_the_text_and_is_inert(plain: Project, come) -> None:
    lea = come("lea")
    lea.press("h")
    manual = lea.page.wait_for_selector(".wb-manual h1")
    assert manual.inner_text() == "How to label"
    expect(lea.page.locator(".wb-manual")).to_contain_text("<script>")
    assert lea.page.evaluate("window.broken") is None
    expect(lea.page.locator(".wb-manual :is(script, img)")).to_have_count(0)
    link = lea.page.locator(".wb-manual a")
    assert (link.get_attribute("target"), link.get_attribute("rel")) == (
        "_blank",
        "noopener noreferrer nofollow",
    )
    lea.page.reload()
    lea.page.wait_for_selector(".wb-manual h1")
    lea.page.goto(lea.url)
    field = lea.page.locator("#wb-guideline textarea")
    lea.page.wait_for_function("document.querySelector('#wb-guideline textarea')?.value")
    field.fill("# New rules")
    lea.page.click("#wb-guideline-save")
    lea.page.wait_for_selector("text=The guideline is saved")
    assert (plain.root / "guideline.md").read_text() == "# New rules"
    assert ("guideline", {"file": "guideline.md", "characters": 11}) in logged(plain, lea.email)
    page = lea.tab()
    page.wait_for_selector(".wb-manual h1:has-text('New rules')")


def test_two_tabs_share_the_work_and_lose_nothing(plain: Project, come) -> None:
    two = come("two")
    first, second = two.page, two.tab()
    shared = two.uid
    assert second.locator(".wb-item").get_attribute("data-uid") == shared
    first.bring_to_front()
    two.label()
    second.wait_for_selector(f".wb-item:not([data-uid='{shared}'])")
    first.route("**/api/annotate/answers", lambda route: route.abort())
    second.route("**/api/annotate/answers", lambda route: route.abort())
    here = [two.label() for _ in range(2)]
    there = []
    two.page = second
    second.bring_to_front()
    time.sleep(0.8)
    there += [two.label("2") for _ in range(2)]
    assert not set(here) & set(there)
    second.unroute("**/api/annotate/answers")
    two.saved()
    first.unroute("**/api/annotate/answers")
    two.page = first
    two.saved()
    said = {uid: one.target[0] for uid, one in answers(plain, two.email).items()}
    assert said == dict.fromkeys([shared, *here], "delivery") | dict.fromkeys(there, "login")
    for page in (first, second):
        page.wait_for_selector(".wb-count:has-text('you today 5')")


def test_offline_says_so_keeps_what_is_typed_and_sends_it_later(plain: Project, come) -> None:
    off = come("off")
    off.context.set_offline(True)
    off.press("n")
    off.page.keyboard.type("typed without a line")
    off.press("Escape")
    uids = [off.label(), off.label("2")]
    off.page.wait_for_selector(".wb-alert:has-text('does not answer')")
    off.page.wait_for_selector(".wb-mark:has-text('2 not saved yet')")
    assert answers(plain, off.email) == {}
    off.context.set_offline(False)
    off.saved()
    said = answers(plain, off.email)
    assert [said[uid].target[0] for uid in uids] == ["delivery", "login"]
    assert said[uids[0]].note == "typed without a line"


def test_an_answer_that_is_refused_comes_back_with_its_note(plain: Project, come) -> None:
    off = come("off")

    def misread(route) -> None:
        sent = json.loads(route.request.post_data)
        for one in sent["commands"]:
            one["target"] = ["spam"]
        route.continue_(post_data=json.dumps(sent))

    off.page.route("**/api/annotate/answers", misread)
    off.press("n")
    off.page.keyboard.type("what I saw")
    off.press("Escape")
    uid = off.label()
    off.page.wait_for_selector(".wb-alert:has-text('spam')")
    off.shown(uid)
    assert off.page.input_value("#wb-note") == "what I saw"
    expect(off.page.locator(".wb-suggest")).not_to_contain_text("delivery")
    off.page.unroute("**/api/annotate/answers")
    off.page.wait_for_timeout(1_000)
    off.label()
    off.saved()
    assert answers(plain, off.email)[uid].note == "what I saw"
    assert off.page.locator(".wb-alert").is_hidden()


def test_who_has_gone_away_does_not_keep_what_lies_ahead(plain: Project, come) -> None:
    two = come("two")
    two.page.clock.install()
    two.page.reload()
    two.page.wait_for_selector(".wb-item[data-uid]:not([data-uid=''])")
    asked: list[str] = []
    two.page.on("request", lambda one: asked.append(one.url) if "answers" in one.url else None)

    def asks_within(seconds: int) -> bool:
        asked.clear()
        two.page.clock.run_for(1000 * seconds)
        two.page.wait_for_timeout(500)
        return bool(asked)

    assert asks_within(20), "who is there asks for more"
    two.page.clock.run_for(120_000)
    assert not all(asks_within(60) for _ in range(5)), "what was under way has ended"
    assert not asks_within(60)
    two.page.mouse.move(300, 300)
    assert asks_within(1), "back again"


def test_a_request_that_hangs_over_a_closed_laptop_is_asked_again(plain: Project, come) -> None:
    off = come("off")
    off.page.clock.install()
    hung = []
    off.page.route("**/api/annotate/answers", lambda route: hung.append(route))
    uid = off.label()
    off.page.wait_for_timeout(300)
    assert hung and uid not in answers(plain, off.email)
    off.page.unroute("**/api/annotate/answers")
    off.page.clock.fast_forward("04:00:00")
    off.page.clock.run_for(3000)
    off.saved()
    assert answers(plain, off.email)[uid].target == ["delivery"]


def test_logged_out_in_between_keeps_the_answers_for_their_owner(plain: Project, come) -> None:
    out = come("out")
    out.context.request.get(f"{out.url}/logout")
    uid = out.label()
    out.page.wait_for_selector(".wb-alert a[href^='/login']:has-text('Log in')")
    guest = {"email": "long@example.com", "password": PASSWORD}
    out.context.request.post(f"{out.url}/login", form=guest)
    out.page.wait_for_selector(".wb-alert:has-text('Somebody else')")
    assert answers(plain, out.email) == {} == answers(plain, "long@example.com")
    out.context.request.get(f"{out.url}/logout")
    out.log_in()
    out.saved()
    assert list(answers(plain, out.email)) == [uid]


def test_long_and_right_to_left_texts_on_a_phone(plain: Project, come) -> None:
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    one = come("long", **phone)
    one.page.tap("[data-act=search]")
    one.page.fill("#wb-search", "repeats itself")
    one.page.tap(".wb-row")
    one.shown("long")
    box = one.page.locator(".wb-text").bounding_box()
    assert box["height"] < 844
    assert not one.page.evaluate("document.documentElement.scrollWidth > innerWidth")
    buttons = one.page.locator(".wb-dock button:visible")
    for place in range(buttons.count()):
        assert buttons.nth(place).bounding_box()["height"] >= 44
    labels = one.page.locator(".wb-labels button")
    for place in range(labels.count()):
        low = labels.nth(place).bounding_box()
        assert low["y"] > 844 / 2 and low["y"] + low["height"] <= 844
    started = time.monotonic()
    labels.nth(1).tap()
    one.page.wait_for_selector(".wb-item:not([data-uid=long])")
    assert time.monotonic() - started < 1
    one.page.tap("[data-act=search]")
    one.page.fill("#wb-search", "الشحنة")
    one.page.tap(".wb-row:has-text('الشحنة')")
    one.shown("rtl")
    assert one.page.evaluate("getComputedStyle(document.querySelector('.wb-text')).direction") == (
        "rtl"
    )
    one.saved()
    assert answers(plain, one.email)["long"].target == ["login"]


def test_dark_and_light_follow_the_system_until_the_switch_is_used(come) -> None:
    dark = come("dark", color_scheme="dark")
    expect(dark.page.locator("body.dark")).to_have_count(1)
    dark.page.click(".wb-theme")
    dark.page.wait_for_selector("body:not(.dark) .wb-text")
    cookies = {one["name"]: one["value"] for one in dark.context.cookies()}
    assert cookies["workbench_theme"] == "light"
    dark.page.click(".wb-theme")
    dark.page.wait_for_selector("body.dark .wb-text")
    assert "workbench_theme" not in {one["name"] for one in dark.context.cookies()}


def test_leaving_the_page_frees_what_was_on_it(plain: Project, come) -> None:
    one = come("hot")
    with plain.store.session() as session:
        until = now().replace(year=2100)
        session.merge(Lease(uid="i99", annotator=one.email, until=until))
        session.merge(Lease(uid="i98", annotator="out@example.com", until=until))
    one.page.goto("about:blank")
    for _ in range(50):
        with plain.store.session() as session:
            left = [row.annotator for row in session.query(Lease)]
        if one.email not in left:
            break
        time.sleep(0.1)
    assert "out@example.com" in left and one.email not in left


def test_spans_point_to_label_studio_and_several_labels_are_submitted(
    serve, chromium, tmp_path
) -> None:
    made = Project.create(tmp_path / "multi", name="Multiple choice")
    made.set_config(build(LabelSchema("spans", LABELS)))
    people.add(made, "hot@example.com", role="annotator", password=PASSWORD)
    made.pool.append([(f"i{n}", words(n), {}) for n in range(3)])
    with made.store.session() as session:
        session.add(Round(number=1, state="done"))
        for n in range(3):
            session.add(Queued(round=1, uid=f"i{n}", rank=n))
    context = chromium.new_context()
    one = Person(context, serve(made.root).url, "hot")
    one.page.wait_for_selector(".wb-suggest:has-text('This project marks spans')")
    expect(one.page.locator(".wb-labels button")).to_have_count(0)
    made.set_config(build(LabelSchema("multi", LABELS)))
    one.page.wait_for_selector(".wb-labels button")
    one.press("1", "3", "2", "2", "Enter")
    one.shown("i1")
    one.saved()
    assert answers(made, one.email)["i0"].target == ["delivery", "refund"]
    context.close()
    made.close()
