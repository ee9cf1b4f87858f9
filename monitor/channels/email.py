"""Mail through an SMTP server.

Settings: ``host``, ``port``, ``user``, ``password``, ``starttls``, ``sender``, and optionally ``ca_file`` for a
server whose certificate a private authority signed. With ``starttls`` the certificate and the name in it are
verified, always; port 465 speaks TLS from the first byte. Without ``starttls`` nothing is encrypted and no
password is sent: for a relay on the same machine.

What becomes of a message: accepted, or ChannelError. ``transient`` for everything that passes or that somebody
will put right without touching the message (no connection, 4xx, a wrong password, a bad certificate): it waits.
Permanent when the server refuses this message or recipient (5xx). ``begin`` is called when the server has taken
sender and recipient and only the text is left: what is interrupted before can be repeated. A connection that breaks
after the message was handed over, before the answer, is permanent too: it may have arrived, and a mail too few is the
better mistake (docs/alerts.md).
"""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from collections.abc import Callable
from typing import Protocol, cast

from monitor.channels._mime import address, compose
from monitor.errors import ChannelError, ConfigError
from monitor.text import clean
from monitor.types import Message, at_once

TIMEOUT = 30.0  # seconds, for each step


class SmtpSettings(Protocol):
    """What ``build`` reads; ``ca_file`` may be missing."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def user(self) -> str: ...
    @property
    def password(self) -> str: ...
    @property
    def starttls(self) -> bool: ...
    @property
    def sender(self) -> str: ...


class Email:
    name = "email"

    def __init__(self, settings: SmtpSettings, *, timeout: float = TIMEOUT) -> None:
        self._settings = settings
        self._timeout = timeout
        self._context: ssl.SSLContext | None = None
        self._encrypted = settings.starttls or settings.port == smtplib.SMTP_SSL_PORT
        if settings.user and not self._encrypted:
            raise ConfigError(
                "a mail server with a user needs STARTTLS, or the password travels in clear. "
                "Remedy: set OMDOMME_SMTP_STARTTLS=true, or leave OMDOMME_SMTP_USER out."
            )
        if self._encrypted:
            ca_file = str(getattr(settings, "ca_file", "") or "")
            try:
                self._context = ssl.create_default_context(cafile=ca_file or None)
            except (OSError, ssl.SSLError) as error:
                raise ConfigError(
                    f"the CA file of the mail server cannot be read: {ca_file}: {error}"
                ) from error

    def send(self, message: Message, begin: Callable[[], None] = at_once) -> None:
        sender = address(self._settings.sender or message.sender, "sender").addr_spec
        content = compose(message, sender).as_bytes()
        client = self._connect(sender.rpartition("@")[2])
        try:
            self._offer(client, sender, message.recipient)
            begin()
            self._deliver(client, content)
        finally:
            # Once the message is accepted nothing that happens at the farewell may make us repeat it.
            with contextlib.suppress(smtplib.SMTPException, OSError):
                client.quit()
            client.close()

    def _connect(self, helo: str) -> smtplib.SMTP:
        settings = self._settings
        where = f"mail server {settings.host}:{settings.port}"
        client: smtplib.SMTP | None = None
        try:
            # The name is given because smtplib would otherwise ask DNS for it, which can take minutes.
            if self._context and settings.port == smtplib.SMTP_SSL_PORT:
                client = smtplib.SMTP_SSL(
                    settings.host, settings.port, helo, timeout=self._timeout, context=self._context
                )
            else:
                client = smtplib.SMTP(settings.host, settings.port, helo, timeout=self._timeout)
                if self._context:
                    client.starttls(context=self._context)
            if settings.user:
                client.login(settings.user, settings.password)
        except (smtplib.SMTPException, OSError) as error:
            if client:
                client.close()
            raise ChannelError(f"{where}: {_reason(error)}", transient=True) from error
        return client

    def _offer(self, client: smtplib.SMTP, sender: str, recipient: str) -> None:
        try:
            client.ehlo_or_helo_if_needed()
            for code, answer in (client.mail(sender), client.rcpt(recipient)):
                if code not in (250, 251):
                    raise _refused(code, answer)
        except (smtplib.SMTPException, OSError) as error:
            raise ChannelError(
                f"mail server {self._settings.host}: {_reason(error)}", transient=True
            ) from error

    def _deliver(self, client: smtplib.SMTP, content: bytes) -> None:
        try:
            code, answer = client.data(content)
        except smtplib.SMTPDataError as error:
            raise _refused(error.smtp_code, error.smtp_error) from error
        except (smtplib.SMTPException, OSError) as error:
            raise ChannelError(
                f"the connection to {self._settings.host} broke before the message was confirmed; it may have "
                f"arrived and is not repeated ({_reason(error)})"
            ) from error
        if code != 250:
            raise _refused(code, answer)


def _refused(code: int, answer: bytes | str) -> ChannelError:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return ChannelError(
        f"the mail server answered {code} {clean(text, 200)}", transient=not 500 <= code <= 599
    )


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}. Remedy: a CA file, or the right host name"
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"user or password refused ({error.smtp_code})"
    return clean(f"{type(error).__name__}: {error}", 300)


def build(settings: object) -> Email:
    """``settings`` has the attributes of SmtpSettings."""
    missing = [
        name
        for name in ("host", "port", "user", "password", "starttls", "sender")
        if not hasattr(settings, name)
    ]
    if missing:
        raise ConfigError(
            f"the email channel needs {', '.join(missing)}. Remedy: set the OMDOMME_SMTP_ variables."
        )
    return Email(cast(SmtpSettings, settings))
