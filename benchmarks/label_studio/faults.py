"""Faults of a set-up, each made for real, with the check that must see it."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import formatdate

from benchmarks.label_studio.lab import LABELS, Lab
from benchmarks.label_studio.proxy import CUT, Proxy, Reply
from workbench.doctor import Limits
from workbench.labelstudio.account import Account
from workbench.tables import Annotation, now

Make = Callable[[Lab, ExitStack], None]
HTML = (("Content-Type", "text/html"),)
NOBODY_LISTENS = "http://127.0.0.1:9"


@dataclass(frozen=True)
class Fault:
    """``check`` must be the only one that is wrong. ``there``: the fault is in Label Studio itself.
    ``own``: it needs a managed server of the project's own. ``fixed``: `mend` puts it right."""

    name: str
    check: str
    make: Make
    fixed: bool
    there: bool
    own: bool
    limits: Limits = field(default_factory=Limits)


FAULTS: dict[str, Fault] = {}


def fault(
    check: str,
    *,
    fixed: bool = False,
    there: bool = False,
    own: bool = False,
    **limits: float,
) -> Callable[[Make], Make]:
    """Enters the function as a fault that ``check`` must find."""

    def enter(make: Make) -> Make:
        chosen = Limits(**{"write": 20.0, "recount": 60.0, "answer": 15.0} | limits)
        FAULTS[make.__name__] = Fault(make.__name__, check, make, fixed, there, own, chosen)
        return make

    return enter


def _through(lab: Lab, stack: ExitStack, path: str = "", **spoiled: object) -> None:
    proxy = stack.enter_context(Proxy(lab.server.url, **spoiled))
    lab.set("labelstudio", url=proxy.url + path)


@fault("address")
def address_without_a_host(lab: Lab, stack: ExitStack) -> None:
    lab.set("labelstudio", url="http://:8080")


@fault("server")
def wrong_port(lab: Lab, stack: ExitStack) -> None:
    lab.set("labelstudio", url=NOBODY_LISTENS)


@fault("server")
def unknown_host(lab: Lab, stack: ExitStack) -> None:
    lab.set("labelstudio", url="http://label-studio.invalid:8080")


@fault("server")
def proxy_answers_500(lab: Lab, stack: ExitStack) -> None:
    _through(lab, stack, before=lambda method, path: Reply(500, HTML, b"<h1>Internal error</h1>"))


@fault("server", answer=2.0)
def proxy_hangs(lab: Lab, stack: ExitStack) -> None:
    def hang(method: str, path: str) -> None:
        time.sleep(20)

    _through(lab, stack, before=hang)


@fault("server")
def proxy_cuts_the_connection(lab: Lab, stack: ExitStack) -> None:
    _through(lab, stack, before=lambda method, path: CUT)


@fault("labelstudio")
def wrong_path_prefix(lab: Lab, stack: ExitStack) -> None:
    proxy = stack.enter_context(Proxy(lab.server.url, prefix="/studio"))
    lab.set("labelstudio", url=proxy.url.replace("/studio", "/label-studio/"))


@fault("labelstudio")
def address_of_another_program(lab: Lab, stack: ExitStack) -> None:
    _through(lab, stack, before=lambda method, path: Reply(200, HTML, b"<h1>Welcome</h1>"))


@fault("labelstudio")
def address_redirects(lab: Lab, stack: ExitStack) -> None:
    moved = Reply(301, (("Location", "https://elsewhere.example/"),))
    _through(lab, stack, before=lambda method, path: moved)


@fault("prefix", fixed=True)
def path_prefix_without_a_slash(lab: Lab, stack: ExitStack) -> None:
    _through(lab, stack, prefix="/studio")


@fault("clock")
def clock_an_hour_slow(lab: Lab, stack: ExitStack) -> None:
    def late(reply: Reply) -> Reply:
        return reply.header("Date", formatdate(time.time() - 3600, usegmt=True))

    _through(lab, stack, after=late)


@fault("legacy_tokens", fixed=True, own=True)
def legacy_tokens_disabled(lab: Lab, stack: ExitStack) -> None:
    account = stack.enter_context(_account(lab))
    stack.callback(account.allow_legacy_tokens)
    account.allow_legacy_tokens(False)


@fault("login", own=True, fixed=True)
def token_signed_by_another_key(lab: Lab, stack: ExitStack) -> None:
    _use_signed(lab, "another key, fifty characters long, of another server")


@fault("token_life", own=True, fixed=True)
def token_expired(lab: Lab, stack: ExitStack) -> None:
    _use_signed(lab, _secret_key(lab), exp=int(time.time()) - 3600)


@fault("login", own=True, fixed=True)
def token_revoked(lab: Lab, stack: ExitStack) -> None:
    with _account(lab) as account:
        lab.use_token(account.new_token())
        account.new_token()


@fault("login")
def token_of_another_server(lab: Lab, stack: ExitStack) -> None:
    lab.use_token("0123456789" * 4)


@fault("token")
def token_is_garbage(lab: Lab, stack: ExitStack) -> None:
    lab.use_token("please see the e-mail of the administrator")


@fault("token")
def token_missing(lab: Lab, stack: ExitStack) -> None:
    (lab.root / ".workbench" / "token").unlink()


@fault("token", own=True, fixed=True)
def access_token_in_place_of_a_personal_one(lab: Lab, stack: ExitStack) -> None:
    with _account(lab) as account:
        personal = account.new_token()
    lab.use_token(lab.ask("POST", "api/token/refresh/", {"refresh": personal})["access"])


@fault("permission")
def user_may_not_write(lab: Lab, stack: ExitStack) -> None:
    said = json.dumps({"detail": "You do not have permission to perform this action."}).encode()
    refused = Reply(403, (("Content-Type", "application/json"),), said)
    _through(lab, stack, before=lambda method, path: refused if method == "POST" else None)


@fault("write_speed", write=0.8)
def writes_are_slow(lab: Lab, stack: ExitStack) -> None:
    def slowly(method: str, path: str) -> None:
        if path.startswith("/api/predictions"):
            time.sleep(1)

    _through(lab, stack, before=slowly)


@fault("import_cost", own=True, recount=0.0005)
def predictions_flag_missing(lab: Lab, stack: ExitStack) -> None:
    """The own lab's server lacks the flag; the limit stands for a project of many tasks."""


@fault("managed", own=True)
def managed_server_died(lab: Lab, stack: ExitStack) -> None:
    path = lab.root / "label-studio" / "server.json"
    stack.callback(path.write_text, path.read_text())
    path.write_text(json.dumps({**json.loads(path.read_text()), "pid": 2**22 - 1}))


@fault("project")
def project_is_not_there(lab: Lab, stack: ExitStack) -> None:
    lab.set("labelstudio", project_id=999_999)


@fault("project")
def project_is_another(lab: Lab, stack: ExitStack) -> None:
    other = lab.client.create_project("Somebody else's", lab.xml)
    stack.callback(lab.ask, "DELETE", f"api/projects/{other}/")
    lab.set("labelstudio", project_id=other)


@fault("schema", there=True)
def tag_that_is_not_supported(lab: Lab, stack: ExitStack) -> None:
    rating = lab.xml.replace("</View>", '<Rating name="stars" toName="text"/></View>')
    _change(lab, label_config=rating)


@fault("labels", there=True)
def label_renamed(lab: Lab, stack: ExitStack) -> None:
    _change(lab, label_config=lab.xml.replace(f'"{LABELS[0]}"', '"defect"'))


@fault("duplicates", fixed=True, there=True)
def tasks_doubled(lab: Lab, stack: ExitStack) -> None:
    _import(lab, ("u1", "u2"))


@fault("duplicates", there=True)
def tasks_doubled_and_answered(lab: Lab, stack: ExitStack) -> None:
    _import(lab, ("u1",))
    there = lab.ask("GET", f"api/tasks?project={lab.number}&page_size=100")["tasks"]
    for task in there:
        if task["data"]["uid"] == "u1":
            lab.answer(task["id"])


@fault("batch", there=True)
def task_deleted(lab: Lab, stack: ExitStack) -> None:
    lab.ask("DELETE", f"api/tasks/{lab.tasks()['u3']}/")


@fault("predictions", fixed=True, there=True)
def predictions_lost(lab: Lab, stack: ExitStack) -> None:
    task = lab.ask("GET", f"api/tasks/{lab.tasks()['u2']}/")
    for one in task["predictions"]:
        lab.ask("DELETE", f"api/predictions/{one['id']}/")


@fault("predictions", fixed=True, there=True)
def predictions_all_deleted(lab: Lab, stack: ExitStack) -> None:
    version = lab.ask("GET", f"api/projects/{lab.number}/")["model_version"]
    lab.ask("DELETE", f"api/projects/{lab.number}/model-versions/", {"model_version": version})


@fault("model_version", fixed=True, there=True)
def model_version_not_set(lab: Lab, stack: ExitStack) -> None:
    _change(lab, model_version="")


@fault("model_version", fixed=True, there=True)
def model_version_of_another_round(lab: Lab, stack: ExitStack) -> None:
    said = lab.ask("GET", f"api/tasks/{lab.tasks()['u2']}/")["predictions"][0]["result"]
    other = {"task": lab.tasks()["u2"], "result": said, "score": 0.5, "model_version": "other"}
    made = lab.ask("POST", "api/predictions/", other)
    stack.callback(lab.ask, "DELETE", f"api/predictions/{made['id']}/")
    _change(lab, model_version="other")


@fault("suggestions", fixed=True, there=True)
def predictions_hidden(lab: Lab, stack: ExitStack) -> None:
    _change(lab, show_collab_predictions=False)


@fault("order", fixed=True, there=True)
def sampling_changed(lab: Lab, stack: ExitStack) -> None:
    _change(lab, sampling="Uniform sampling")


@fault("view", fixed=True, there=True)
def view_deleted(lab: Lab, stack: ExitStack) -> None:
    lab.ask("DELETE", f"{lab.view}/")


@fault("view", fixed=True, there=True)
def view_filter_changed(lab: Lab, stack: ExitStack) -> None:
    data = lab.ask("GET", lab.view)["data"]
    data["filters"] = {"conjunction": "and", "items": []}
    lab.ask("PATCH", lab.view, {"project": lab.number, "data": data})


@fault("view", fixed=True, there=True)
def view_order_changed(lab: Lab, stack: ExitStack) -> None:
    data = lab.ask("GET", lab.view)["data"] | {"ordering": ["-tasks:data.rank"]}
    lab.ask("PATCH", lab.view, {"project": lab.number, "data": data})


@fault("store")
def store_read_only(lab: Lab, stack: ExitStack) -> None:
    path = lab.root / ".workbench" / "store.sqlite3"
    lab.set("store", url=f"sqlite:///file:{path}?mode=ro&uri=true")


@fault("store")
def store_locked(lab: Lab, stack: ExitStack) -> None:
    path = lab.root / ".workbench" / "store.sqlite3"
    held = stack.enter_context(closing(sqlite3.connect(path, isolation_level=None)))
    held.execute("BEGIN IMMEDIATE")


@fault("store")
def database_away(lab: Lab, stack: ExitStack) -> None:
    lab.set("store", url="postgresql://workbench@127.0.0.1:9/workbench")


@fault("exchange", lock=0.5)
def exchange_lock_held(lab: Lab, stack: ExitStack) -> None:
    stack.enter_context(lab.project.exchange())


@fault("outbox")
def answers_wait_too_long(lab: Lab, stack: ExitStack) -> None:
    with lab.project.store.session() as session:
        session.add(
            Annotation(
                unique_id="00000000-0000-4000-8000-000000000000", uid="u9", to_send=True,
                annotator="ann@example.com", source="workbench", target=[LABELS[0]],
                created_at=now() - timedelta(hours=2),
            )
        )  # fmt: skip


@fault("disk", free=2**60)
def disk_nearly_full(lab: Lab, stack: ExitStack) -> None:
    """The limit stands for a disk with less space than it asks for."""


@fault("secrets", fixed=True)
def token_readable_by_others(lab: Lab, stack: ExitStack) -> None:
    (lab.root / ".workbench" / "token").chmod(0o644)


@fault("web")
def web_open_without_log_in(lab: Lab, stack: ExitStack) -> None:
    lab.set("web", host="0.0.0.0")


@fault("model")
def model_that_does_not_exist(lab: Lab, stack: ExitStack) -> None:
    lab.set("model", name="nobody/no-such-encoder")


@fault("model")
def model_folder_without_a_model(lab: Lab, stack: ExitStack) -> None:
    lab.set("model", name=str(lab.root / "pool"))


def _account(lab: Lab) -> Account:
    return Account(lab.server.url, lab.server.email, lab.server.password)


def _use_signed(lab: Lab, key: str, **claims: object) -> None:
    """A personal access token of the lab's user with other claims, signed with ``key``."""
    import jwt

    with _account(lab) as account:
        mine = jwt.decode(account.new_token(), options={"verify_signature": False})
    lab.use_token(jwt.encode(mine | claims, key, algorithm="HS256"))


def _secret_key(lab: Lab) -> str:
    lines = (lab.data_folder() / ".env").read_text("utf-8").splitlines()
    return next(line.partition("=")[2] for line in lines if line.startswith("SECRET_KEY="))


def _change(lab: Lab, **settings: object) -> None:
    lab.ask("PATCH", f"api/projects/{lab.number}", settings)


def _import(lab: Lab, uids: tuple[str, ...]) -> None:
    there = lab.ask("GET", f"api/tasks?project={lab.number}&page_size=100")["tasks"]
    rows = [{"data": task["data"]} for task in there if task["data"]["uid"] in uids]
    lab.ask("POST", f"api/projects/{lab.number}/import", rows)
