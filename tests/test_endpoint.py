"""The judge elsewhere, against a real web server that is a chat server, or none, or a hostile one."""

from __future__ import annotations

import contextlib
import json
import logging
import math
import time
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from pathlib import Path

import numpy as np
import pytest

from monitor import classifiers, sentiment
from monitor.classifiers import chat, endpoint, errand, prompt
from monitor.config import load
from monitor.errors import ConfigError
from monitor.types import Asking, JudgeRequest
from monitor.windows import PostClassifier
from tests.chatserver import BAD, GOOD, KEY, ChatServer, completion, judge_at, posts, says, status
from tests.webserver import Request, serving


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with serving() as web:
        yield ChatServer(web)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errand, "_BACKOFF", 0.01)


# --- what is asked ------------------------------------------------------------------------------------------


def test_a_post_is_asked_about_and_judged(server: ChatServer) -> None:
    judge = judge_at(server)
    request = JudgeRequest(
        "De kom for sent.", "Lomvi", title="Igjen", aliases=("@lomvi",), voice="leader", author="Kari Nordvik"
    )
    (verdict,) = sentiment.judge([request], judge)
    assert (verdict.label, verdict.status, verdict.model) == ("negative", "judged", judge.name)
    assert verdict.negative == pytest.approx(0.8, abs=1e-6)
    assert isinstance(judge, PostClassifier) and isinstance(judge, Asking)
    (body,) = server.bodies
    assert (body["model"], body["temperature"], body["stream"]) == ("liten", 0, False)
    assert body["response_format"]["json_schema"]["schema"] == prompt.SCHEMA
    system, user = body["messages"]
    assert (system["role"], user["role"]) == ("system", "user")
    for meaning in ("how would an ordinary reader think of the target afterwards", "a dry report of a fine is negative",
                    "A boast is positive, self-criticism is negative, anything else is neutral"):  # fmt: skip
        assert meaning in " ".join(system["content"].replace("\\\n", "").split())
    shown = json.loads(user["content"])
    assert shown["question"] == {
        "target": "Lomvi", "other_names": "@lomvi", "kind": "brand", "voice": "leader", "source": "other"
    }  # fmt: skip
    assert "Nordvik" not in json.dumps(body), "authors stay here"
    assert server.server.seen[0][1]["Authorization"] == f"Bearer {KEY}"


def test_long_posts_are_cut_and_still_name_the_target(server: ChatServer) -> None:
    text = "Om været. " * 50 + "Lomvi brøt loven."
    judge_at(server, max_chars=300).probabilities([JudgeRequest(text, "Lomvi")])
    shown = json.loads(server.bodies[0]["messages"][1]["content"])
    material = next(iter(shown.values()))
    assert len(material["text"]) == 300
    assert material["sentences_that_name_the_target"] == "Lomvi brøt loven."


def test_a_bad_reply_is_asked_for_once_more(server: ChatServer) -> None:
    judge = judge_at(server)
    server.script = [says("well, positive I guess")]
    assert judge.probabilities(posts(1))[0, 0] == pytest.approx(0.8)
    server.script = [says("no"), says(None), status(500)]
    row = judge.probabilities(posts(1, start=1))[0]
    assert np.isnan(row).all() and len(server.bodies) == 4, "two bad replies are the end of it"
    server.script = [says(json.dumps(GOOD), why="content_filter"), says("")]
    (verdict,) = sentiment.judge(posts(1, start=2), judge)
    assert verdict.status == "unjudged" and verdict.model == judge.name
    assert judge.stopped == ""


# --- what servers do ----------------------------------------------------------------------------------------


def test_the_form_is_found_out_once(server: ChatServer) -> None:
    judge = judge_at(server, in_flight=1)
    refuse = status(400, b'{"error": {"message": "response_format is not supported"}}')
    server.script = [refuse, status(422)]
    rows = judge.probabilities(posts(3))
    assert np.allclose(rows[:, 0], 0.8)
    forms = [body.get("response_format", {}).get("type", "plain") for body in server.bodies]
    assert forms == ["json_schema", "json_object", "plain", "plain", "plain"]
    server.script = [refuse]
    assert np.isnan(judge.probabilities(posts(1, 3))).all() and len(server.bodies) == 6, (
        "then it is the post's"
    )
    judge_at(server, format="json_object").probabilities(posts(1))
    assert server.bodies[-1]["response_format"] == {"type": "json_object"}


def test_weather_is_tried_again(server: ChatServer) -> None:
    server.script = [
        status(500, b"x" * 10_000),
        status(503),
        lambda request: request.connection.close(),
        lambda request: request.reply(200, b'{"choi', Content_Length="5000"),
    ]
    judge = judge_at(server, timeout=2, retries=6)
    assert not server.bodies, "loading asks nobody"
    rows = judge.probabilities(posts(1))
    assert rows[0, 0] == pytest.approx(0.8) and len(server.bodies) >= 5 and not server.script


def test_retry_after_is_kept_by_all_threads(server: ChatServer) -> None:
    judge = judge_at(server, in_flight=1)
    server.script = [status(429, Retry_After="1")]
    judge.probabilities(posts(2))
    times = [at for _, _, at in server.server.seen]
    assert 0.95 <= times[1] - times[0] < 5
    server.script = [status(429, Retry_After="7200")]
    rows = judge.probabilities(posts(3, 2))
    assert np.isnan(rows).all() and "left alone" in judge.stopped and len(server.bodies) == 4
    judge.begin()
    assert np.isnan(judge.probabilities(posts(1, 9))).all() and len(server.bodies) == 4, (
        "the next run keeps away too"
    )


def trickle(request: Request) -> None:
    """A header at once, then a byte now and then."""
    request.send_response(200)
    request.send_header("Content-Length", "1000")
    request.end_headers()
    for _ in range(100):
        if request.server.over.wait(0.1):
            return
        request.wfile.write(b" ")
        request.wfile.flush()


@pytest.mark.parametrize("answer", [trickle, lambda request: request.server.over.wait(20)])
def test_a_server_that_hangs_costs_the_timeout_and_no_more(
    server: ChatServer, answer: Callable[[Request], None]
) -> None:
    server.script = [answer]
    started = time.monotonic()
    (verdict,) = sentiment.judge(posts(1), judge_at(server, timeout=1, retries=0))
    assert verdict.status == "unjudged"
    assert 0.9 <= time.monotonic() - started < 8


def test_a_huge_body_is_not_read(server: ChatServer) -> None:
    sent = 0

    def flood(request: Request) -> None:
        nonlocal sent
        request.send_response(200)
        request.send_header("Content-Length", "1000000000")
        request.end_headers()
        with contextlib.suppress(OSError):
            for _ in range(1_000):
                request.wfile.write(b" " * 1_000_000)
                sent += 1

    server.script = [flood, flood]
    assert np.isnan(judge_at(server).probabilities(posts(1))).all()
    assert sent < 50


@pytest.mark.parametrize(
    "body",
    [
        b"<html>Sign in</html>",
        b"",
        b"[]",
        b"{}",
        b'{"choices": []}',
        b'{"choices": [{"message": "hei"}]}',
        b'{"choices": {"0": 1}}',
        b'{"choices": [{"message": {"content": {"negative": 1}}}]}',
        b"[" * 100_000,
        b"\xff\xfe\x00",
    ],
)
def test_an_answer_of_no_chat_server_is_no_verdict(server: ChatServer, body: bytes) -> None:
    server.server.at(server.path, 200, body)
    judge = judge_at(server, retries=0)
    for n in range(6):
        assert np.isnan(judge.probabilities(posts(1, n))).all()
    assert "came to nothing" in judge.stopped


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(server: ChatServer, code: int) -> None:
    with serving() as elsewhere:
        target = elsewhere.at("/v1/chat/completions", 200, completion(json.dumps(GOOD)))
        server.server.at(server.path, code, Location=target)
        judge = judge_at(server)
        assert np.isnan(judge.probabilities(posts(5))).all()
        assert elsewhere.seen == [], "neither the key nor a post reached it"
        assert f"redirects to 127.0.0.1:{elsewhere.server_port}" in judge.stopped


@pytest.mark.parametrize("code", [401, 403, 404, 405])
def test_what_only_a_person_can_mend_ends_the_run(
    server: ChatServer, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said = json.dumps({"error": {"message": f"Incorrect key {KEY} for Lomvi\u202e\n sak"}}).encode()
    server.server.at(server.path, code, said)
    judge = judge_at(server, in_flight=1)
    assert np.isnan(judge.probabilities(posts(20))).all()
    assert len(server.server.seen) == 1
    assert f"HTTP {code} (Incorrect key *** for Lomvi sak)" in judge.stopped
    assert "20 not asked" in judge.summary() and judge.summary() in caplog.text
    assert KEY not in caplog.text + repr(judge) + repr(vars(judge)["_options"]) + judge.summary() + judge.name
    server.server.answers[server.path] = server._answer
    judge.begin()
    assert judge.stopped == "" and judge.probabilities(posts(1))[0, 0] == pytest.approx(0.8), "mended"


def test_nobody_there(server: ChatServer) -> None:
    judge = judge_at(server, url="http://127.0.0.1:9/v1", retries=0, in_flight=1)
    rows = judge.probabilities(posts(50))
    assert np.isnan(rows).all() and "no connection" in judge.stopped
    assert "5 given up after retries, 45 not asked" in judge.summary()


# --- budget, threads, copies --------------------------------------------------------------------------------


def test_at_most_so_many_at_once_and_copies_only_once(server: ChatServer) -> None:
    server.pause = 0.1
    judge = judge_at(server, in_flight=3)
    requests = posts(9) * 3
    rows = judge.probabilities(requests)
    assert server.most == 3 and len(server.bodies) == 9
    assert np.allclose(rows[:, 0], 0.8)
    judge.probabilities(requests)
    assert len(server.bodies) == 9, "nor in a later batch"
    judge.probabilities([JudgeRequest("Lomvi sak nummer 1.", "Vestskyss")])
    assert len(server.bodies) == 10, "another target is another question"


def test_rows_belong_to_their_posts(server: ChatServer) -> None:
    server.say = lambda body: json.dumps(
        GOOD if "7" in body["messages"][1]["content"].partition("question")[0].partition('"text"')[2] else BAD
    )
    rows = judge_at(server, in_flight=8).probabilities(posts(10))
    assert rows.argmax(1).tolist() == [0] * 7 + [2] + [0] * 2


@pytest.mark.parametrize(
    ("option", "value", "asked", "words"),
    [("budget_requests", 5, 5, "budget of 5 requests"), ("budget_tokens", 250, 3, "budget of 250 tokens")],
)
def test_when_the_budget_is_spent_the_rest_is_unjudged(
    server: ChatServer, option: str, value: int, asked: int, words: str
) -> None:
    judge = judge_at(server, in_flight=1, **{option: value})
    verdicts = sentiment.judge(posts(8), judge)
    assert [v.status for v in verdicts] == ["judged"] * asked + ["unjudged"] * (8 - asked)
    assert len(server.bodies) == asked and words in judge.stopped
    assert f"{asked} of 8 answered" in judge.summary() and f"{8 - asked} not asked" in judge.summary()
    judge.begin()
    again = [v.status for v in sentiment.judge(posts(8), judge)]
    assert again.count("judged") == min(8, 2 * asked), (
        "a new run, a new budget, and what is known is not asked again"
    )


def test_the_budget_of_time(server: ChatServer) -> None:
    server.pause = 0.3
    judge = judge_at(server, in_flight=1, budget_seconds=1)
    rows = judge.probabilities(posts(50))
    answered = int(np.isfinite(rows[:, 0]).sum())
    assert 1 <= answered <= 5 and "1 seconds" in judge.stopped


@pytest.mark.parametrize(
    "usage", [None, {"total_tokens": -5}, {"total_tokens": "many"}, {"total_tokens": 1e9}, []]
)
def test_tokens_the_server_does_not_count_are_estimated(server: ChatServer, usage: object) -> None:
    server.usage = usage
    judge = judge_at(server, budget_tokens=1_000, in_flight=1)
    judge.probabilities(posts(10))
    assert 1 <= len(server.bodies) <= 4 and "tokens" in judge.stopped


def test_posts_that_confuse_the_model_do_not_end_the_run(server: ChatServer) -> None:
    """Else anybody could switch the judge off."""
    judge = judge_at(server, in_flight=1)
    judge.probabilities(posts(1))
    server.say = lambda body: (
        "I am free!" if "jailbreak" in body["messages"][1]["content"] else json.dumps(BAD)
    )
    attack = [JudgeRequest(f"jailbreak {n} Lomvi", "Lomvi") for n in range(20)]
    verdicts = sentiment.judge(attack + posts(2, 1), judge)
    assert [v.status for v in verdicts] == ["unjudged"] * 20 + ["judged"] * 2
    assert judge.stopped == ""


# --- options ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"url": "http://127.0.0.1/v1"}, "model"),
        ({"model": "m"}, "url"),
        ({"url": "ftp://host.example/v1", "model": "m"}, "http"),
        ({"url": "http://", "model": "m"}, "host"),
        ({"url": "http://user:hemmelig@host.example/v1", "model": "m"}, "no user or password"),
        ({"url": "http://[::1/v1", "model": "m"}, "not an address"),
        ({"retries": -1}, "retries"),
        ({"in_flight": True}, "in_flight"),
        ({"timeout": 0}, "timeout"),
        ({"timeout": math.nan}, "timeout"),
        ({"format": "xml"}, "format"),
        ({"body": {"messages": []}}, "body"),
        ({"keys": "x"}, "keys"),
        ({"api_key": "${HOME}"}, "OMDOMME_"),
        ({"api_key": "hemmelig nøkkel\r\nX-Evil: 1"}, "holds no key"),
    ],
)
def test_wrong_options_are_named(options: dict[str, object], words: str) -> None:
    whole = (
        options
        if {"url", "model"} & options.keys()
        else {"url": "http://127.0.0.1/v1", "model": "m", **options}
    )
    with pytest.raises(ConfigError, match=words) as caught:
        endpoint.load(options=whole)
    assert "hemmelig" not in str(caught.value)


def test_options_reach_the_request_and_the_name(server: ChatServer) -> None:
    plain = judge_at(server)
    other = judge_at(
        server, temperature="none", body={"max_completion_tokens": 900, "seed": 3}, format="plain"
    )
    other.probabilities(posts(1))
    body = server.bodies[0]
    assert {"temperature", "max_tokens", "response_format"}.isdisjoint(body)
    assert (body["max_completion_tokens"], body["seed"]) == (900, 3)
    assert plain.name != other.name and plain.name.startswith("endpoint:liten@")
    assert judge_at(server, api_key="another", timeout=9).name == plain.name


@pytest.mark.parametrize(
    ("url", "full"),
    [
        ("http://localhost:11434/v1", "http://localhost:11434/v1/chat/completions"),
        ("https://h.example/v1/", "https://h.example/v1/chat/completions"),
        ("https://h.example/openai/chat/completions?v=2", "https://h.example/openai/chat/completions?v=2"),
    ],
)
def test_addresses(url: str, full: str) -> None:
    assert chat.address(url) == full


def test_which_addresses_the_configured_host_may_have() -> None:
    open_, clear = chat._Configured(clear=False), chat._Configured(clear=True)
    for private in ("127.0.0.1", "::1", "10.0.0.7", "192.168.1.5", "100.64.0.9"):
        assert clear.permits(ip_address(private), "ollama") and open_.permits(ip_address(private), "ollama")
    assert open_.permits(ip_address("93.184.216.34"), "api.example") is True
    assert clear.permits(ip_address("93.184.216.34"), "api.example") is False, "a key in clear text"
    for metadata in ("169.254.169.254", "::ffff:169.254.169.254", "fe80::1", "0.0.0.0", "224.0.0.1"):
        assert not open_.permits(ip_address(metadata), "api.example"), metadata
    judge = endpoint.load(
        options={"url": "http://93.184.216.34/v1", "model": "m", "api_key": KEY, "timeout": 1}
    )
    assert np.isnan(judge.probabilities(posts(1))).all()
    assert "not sent over http" in judge.stopped


# --- in the brand file --------------------------------------------------------------------------------------


def test_the_brand_file_names_the_judge_and_never_holds_the_key(tmp_path: Path, server: ChatServer) -> None:
    path = tmp_path / "brand.yaml"
    text = "name: Lomvi\nclassifier:\n  name: endpoint\n  url: {url}\n  model: liten\n  api_key: {key}\n"
    path.write_text(text.format(url=server.url, key=KEY), encoding="utf-8")
    with pytest.raises(ConfigError, match="secret does not belong"):
        load(path, {})
    path.write_text(text.format(url=server.url, key="${OMDOMME_LLM_KEY}"), encoding="utf-8")
    settings = load(path, {"OMDOMME_LLM_KEY": KEY}).settings
    judge = classifiers.load(settings.classifier, options=settings.classifier_options)
    judge.probabilities(posts(1))
    assert server.server.seen[0][1]["Authorization"] == f"Bearer {KEY}"
    assert KEY not in repr(settings)
    settings = load(path, {}).settings
    classifiers.load(settings.classifier, options=settings.classifier_options).probabilities(posts(1))
    assert "Authorization" not in server.server.seen[1][1], "not set: asked without"
