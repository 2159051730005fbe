"""Two ways to send a letter: a mail server, or a folder of .eml files where none is configured."""

import hashlib
import smtplib
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from functools import lru_cache
from typing import Any

from activities.case.notice import Letter, Refused, Send
from models.base import cleaned
from runtime.settings import Settings


def sender(settings: Settings) -> Send:
    """The way this installation is configured for."""
    return _to_server(settings) if settings.smtp_host else _to_folder(settings)


def compose(letter: Letter, mail_from: str) -> EmailMessage:
    """The letter as a mail. Its message id is made of the business key: the same notice, the same id."""
    message = EmailMessage(policy=SMTP)
    message["From"] = _parsed("From", mail_from)
    message["To"] = _parsed("To", letter.address)
    message["Subject"] = " ".join(letter.subject.split())
    message["Date"] = formatdate()
    message["Message-ID"] = f"<{hashlib.sha256(letter.key.encode()).hexdigest()[:40]}@accord>"
    message["X-Accord-Key"] = letter.key
    message["X-Accord-Case"] = letter.case
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.body)
    return message


@lru_cache(maxsize=1000)
def _parsed(header: str, address: str) -> Any:
    """A header with an address, parsed once: it costs more than the rest of the letter."""
    return SMTP.header_factory(header, address)


def _to_folder(settings: Settings) -> Send:
    folder = settings.home / "mail"

    def send(letter: Letter) -> str:
        folder.mkdir(parents=True, exist_ok=True)
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
                    server.starttls()
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
