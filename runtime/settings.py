"""Settings: environment variables with the prefix ACCORD_, or secrets in files of the same names."""

import os
from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)

from models.case.envelope import Mode

ROOT = Path(__file__).resolve().parent.parent
SECRETS = "ACCORD_SECRETS"
"""Environment variable: the folder with secrets. A file `accord_bank_token` in it is ACCORD_BANK_TOKEN, which
others then see neither in the environment of a process nor in what describes a container."""


class Settings(BaseSettings):
    """How this installation runs. Everything has a default that works on one machine."""

    model_config = SettingsConfigDict(env_prefix="ACCORD_", extra="ignore")

    home: Path = Path(".accord")
    """Where the state of the embedded engine, the database and the mail folder live."""
    database_url: SecretStr | None = None
    """`postgresql://…`; without it a SQLite file in ``home``. May hold a password: never logged."""
    database_role: str | None = None
    """The role of PostgreSQL that works, where another one owns the tables: `accord setup`, run as the owner,
    gives it what it needs."""
    database_reader: str | None = None
    """The role of PostgreSQL that only reads, for backups; the same."""
    programmes: Path = ROOT / "programmes"
    funds: tuple[Path, ...] = (ROOT / "data" / "pis-fund.toml",)
    """Funds beside those of the programmes."""
    people: Path = ROOT / "data" / "people.toml"
    actor: str | None = None
    """Who is typing, as the directory knows them; `--as` overrides it."""
    token: SecretStr | None = None
    """An access token (`accord token`): who holds it is signed in. Never a flag, which everybody sees."""
    mode: Mode | None = None
    """Whether names may be self-declared (trial) or whoever acts must be signed in (attested)."""
    keys: Path | None = None
    """The folder with what verifies: public keys, and what workers seal with; else one in ``home``."""
    signing_keys: Path | None = None
    """The folder with the private keys, only where people sign in; else one in ``home``."""
    smtp_host: str | None = None
    """Without a mail server, notices are written to ``home``/mail as .eml files."""
    smtp_port: int = 25
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_starttls: bool = False
    mail_from: str = "accord@localhost"
    bank_url: str | None = None
    """Where the bank takes payments (docs/bank.md); without one they are approved and wait."""
    bank_token: SecretStr | None = None
    """What opens the bank's door; sent as a bearer token, never logged."""
    metrics: str | None = None
    """Where Prometheus asks the worker for metrics: a port of loopback, or an address and a port."""
    health_file: Path | None = None
    """Where the worker writes every few seconds how it is, for `accord health`; else in ``home``."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What the program says, before the environment, before the folder of secrets."""
        files = SecretsSettingsSource(settings_cls, secrets_dir=os.environ.get(SECRETS))
        return init_settings, env_settings, files

    @property
    def mode_in_force(self) -> Mode:
        """ACCORD_MODE, else what `accord setup --attested` wrote down; a trial where nobody has said."""
        if self.mode:
            return self.mode
        try:
            return Mode((self.home / "mode").read_text(encoding="ascii").strip())
        except FileNotFoundError:
            return Mode.TRIAL

    @property
    def keys_folder(self) -> Path:
        """Where the keys are that verify."""
        return self.keys or self.home / "keys"

    @property
    def signing_folder(self) -> Path:
        """Where the private keys are."""
        return self.signing_keys or self.home / "signing"

    @property
    def health(self) -> Path:
        """Where the worker writes how it is."""
        return self.health_file or self.home / "worker.json"

    @property
    def database(self) -> str:
        """The URL to connect to."""
        if self.database_url:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.home / 'accord.db'}"
