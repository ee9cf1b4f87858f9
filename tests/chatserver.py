"""A real web server on loopback that answers like a chat server, and otherwise when a test says so."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any

from monitor.classifiers import endpoint
from monitor.classifiers.endpoint import EndpointClassifier
from monitor.types import JudgeRequest
from tests.webserver import Request, Server

KEY = "sk-hemmelig-0123456789"
BAD, GOOD = (
    {"negative": 0.8, "neutral": 0.15, "positive": 0.05},
    {"negative": 0.0, "neutral": 0.1, "positive": 0.9},
)


class ChatServer:
    """Answers like a chat server. ``say`` makes the content from the request; ``script`` holds other answers, each
    used once; ``bodies`` are the requests that came."""

    path = "/v1/chat/completions"

    def __init__(self, server: Server) -> None:
        self.server = server
        self.url = server.url + "/v1"
        self.bodies: list[dict[str, Any]] = []
        self.script: list[Callable[[Request], None]] = []
        self.say: Callable[[dict[str, Any]], str] = lambda body: json.dumps(BAD)
        self.usage: Any = {"total_tokens": 100}
        self.pause = 0.0
        self.now = self.most = 0
        self._lock = threading.Lock()
        server.answers[self.path] = self._answer

    def _answer(self, request: Request) -> None:
        with self._lock:
            body = json.loads(request.body)
            self.bodies.append(body)
            other = self.script.pop(0) if self.script else None
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(self.pause)
        with self._lock:
            self.now -= 1
        if other:
            other(request)
        else:
            request.reply(200, completion(self.say(body), self.usage), Content_Type="application/json")


def completion(content: object, usage: object = None, why: str = "stop") -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": why}
    return json.dumps({"object": "chat.completion", "choices": [choice], "usage": usage}).encode()


def status(code: int, body: bytes = b"", **headers: str) -> Callable[[Request], None]:
    return lambda request: request.reply(code, body, **headers)


def says(content: object, why: str = "stop") -> Callable[[Request], None]:
    return lambda request: request.reply(200, completion(content, None, why))


def judge_at(server: ChatServer, **options: object) -> EndpointClassifier:
    return endpoint.load(
        options={"url": server.url, "model": "liten", "api_key": KEY, "retries": 1, **options}
    )


def posts(count: int, start: int = 0) -> list[JudgeRequest]:
    return [JudgeRequest(f"Lomvi sak nummer {n}.", "Lomvi") for n in range(start, start + count)]
