"""The programme that is shipped: its file, and the version that this says of itself, whichever that is."""

import tomllib

from runtime.settings import ROOT

K_CITY = ROOT / "programmes" / "k-city-2020.toml"
TEXT = K_CITY.read_text(encoding="utf-8")
VERSION: int = tomllib.loads(TEXT)["version"]
SAYS_VERSION = f"version = {VERSION}"
"""As it stands in the file."""
assert TEXT.count(f"\n{SAYS_VERSION}\n") == 1


def raised(by: int) -> tuple[str, str]:
    """What is there for the version, and what is there for a later one."""
    return SAYS_VERSION, f"version = {VERSION + by}"
