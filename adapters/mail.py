"""Two ways to send a letter: a mail server, or a folder of .eml files where none is configured."""

import hashlib
import smtplib
import ssl
from base64 import encodebytes
from email.header import Header
from email.message import Message
from email.policy import compat32
from email.utils import formataddr, formatdate, parseaddr

from activities.case.delivery import Letter, Refused, Send
from models.base import cleaned
from models.text import escaped, one_line
from runtime.settings import Settings


def sender(settings: Settings) -> Send:
    """The way this installation is configured for."""
    return _to_server(settings) if settings.smtp_host else _to_folder(settings)


def compose(letter: Letter, mail_from: str) -> Message:
    """The letter as a mail. Its message id is made of the business key: the same notice, the same id.

    An address that is more than one line, or none, is a ValueError.
    """
    message = Message(policy=_POLICY)
    message["From"] = _address(mail_from)
    message["To"] = _address(letter.address)
    message["Subject"] = _header("Subject", " ".join(one_line(letter.subject).split()))
    message["Date"] = formatdate()
    message["Message-ID"] = f"<{hashlib.sha256(letter.key.encode()).hexdigest()[:40]}@accord>"
    message["X-Accord-Key"] = _header("X-Accord-Key", _one_line(letter.key))
    message["X-Accord-Case"] = _header("X-Accord-Case", _one_line(letter.case))
    message["Auto-Submitted"] = "auto-generated"
    body = (escaped(letter.body).removesuffix("\n") + "\n").encode()
    short = all(len(line) <= _LONGEST_LINE for line in body.splitlines())
    message.add_header("Content-Type", "text/plain", charset="utf-8")
    message.add_header("Content-Transfer-Encoding", "8bit" if short else "base64")
    message.set_payload((body if short else encodebytes(body)).decode("ascii", "surrogateescape"))
    return message


_POLICY = compat32.clone(linesep="\r\n")
"""For mail as it is on the wire. The policies that parse every header take four times as long."""
_LONGEST_LINE = 900
"""Bytes; a line of a mail has at most 998 (RFC 5322 2.1.1)."""


def _header(name: str, text: str) -> str:
    """Encoded where it has to be, and folded so that the first line has room for the name."""
    return text if text.isascii() else Header(text, "utf-8", header_name=name).encode()


def _address(text: str) -> str:
    name, address = parseaddr(_one_line(text))
    if not address:
        raise ValueError("It is no address.")
    return formataddr((name, address))


def _one_line(text: str) -> str:
    if len(text.splitlines()) > 1:
        raise ValueError("A header is one line.")
    return text


def _to_folder(settings: Settings) -> Send:
    folder = settings.home / "mail"

    def send(letter: Letter) -> str:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / f"{hashlib.sha256(letter.key.encode()).hexdigest()[:24]}.eml"
        written = path.with_suffix(".tmp")
        written.write_bytes(compose(letter, settings.mail_from).as_bytes())
        written.replace(path)
        return str(path.name)

    return send


def _to_server(settings: Settings) -> Send:
    def send(letter: Letter) -> str:
        assert settings.smtp_host
        try:
            with smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=20) as server:
                if settings.smtp_starttls:
                    server.starttls(context=ssl.create_default_context())
                if settings.smtp_user and settings.smtp_password:
                    server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
                server.send_message(compose(letter, settings.mail_from))
        except smtplib.SMTPRecipientsRefused as error:
            code, text = next(iter(error.recipients.values()))
            raise _refused_or_later(code, text) from error
        except smtplib.SMTPDataError as error:
            raise _refused_or_later(error.smtp_code, error.smtp_error) from error
        # what else goes wrong (login, greeting, sender) is ours to repair: an OSError, tried again
        return "250 accepted"

    return send


def _refused_or_later(code: int, text: bytes | str) -> Exception:
    """5xx is for good, 4xx is for now (RFC 5321 4.2.1)."""
    words = text.decode(errors="replace") if isinstance(text, bytes) else text
    said = cleaned(f"{code} {words}", 1000)
    return Refused(said) if code >= 500 else OSError(said)
