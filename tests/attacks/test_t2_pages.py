"""T2: a page in somebody's browser posts to the HTTP port of the engine."""

import json
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from runtime.temporal import folder
from runtime.temporal.embedded import Embedded
from runtime.temporal.server import free_ports

pytestmark = pytest.mark.engine

_WORKFLOW = {"workflowType": {"name": "partnership"}, "taskQueue": {"name": "accord"}}
_SIGNAL = {"signalName": "decide", "input": [{"actor": "minister.kr"}]}
POSTS = {
    "start": ("workflows/T2-1", _WORKFLOW),
    "signal": ("workflows/T2-1/signal/decide", _SIGNAL),
    "terminate": ("workflows/T2-1/terminate", {"reason": "so"}),
    "activity": ("activities/a1", {"activityType": {"name": "record"}}),
    "schedule": ("schedules/s1", {}),
}
FROM = (
    {"Origin": "http://evil.example", "Content-Type": "text/plain"},
    {"Origin": "null", "Content-Type": "application/json"},
    {"Host": "evil.example", "Content-Type": "text/plain"},
    {"Host": "localhost", "Content-Type": "application/x-www-form-urlencoded"},
    {"Host": "127.0.0.1"},
)


@pytest.fixture(scope="module")
async def door(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Path, int]]:
    """The home of an engine, and its HTTP port."""
    home, port = tmp_path_factory.mktemp("pages"), free_ports()[0]
    engine = Embedded(home, extra=("--http-port", str(port)))
    await engine.start()
    try:
        yield home, port
    finally:
        engine.stop()


@pytest.mark.parametrize("sent", FROM, ids=lambda sent: " ".join(sent.values()))
@pytest.mark.parametrize("what", POSTS)
def test_a_page_gets_nothing_done(door: tuple[Path, int], what: str, sent: dict[str, str]) -> None:
    path, content = POSTS[what]
    url = f"http://127.0.0.1:{door[1]}/api/v1/namespaces/default/{path}"
    request = urllib.request.Request(url, json.dumps(content).encode(), sent, method="POST")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    assert refused.value.code == 403
    refused.value.close()


def test_a_page_reads_nothing_either(door: tuple[Path, int]) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"http://127.0.0.1:{door[1]}/api/v1/namespaces", timeout=10)
    assert refused.value.code == 403
    refused.value.close()


def test_the_engine_shows_no_pages_of_its_own(door: tuple[Path, int]) -> None:
    state = folder.read(door[0])
    assert state
    assert state.ui == ""
