"""The engine: how to reach it, by the environment or in the home folder, and how it is prepared."""

import asyncio
import contextlib
import os
import socket
from datetime import timedelta
from pathlib import Path
from typing import Any

from google.protobuf.duration_pb2 import Duration
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import UpdateNamespaceRequest
from temporalio.client import Client, HeaderCodecBehavior
from temporalio.envconfig import ClientConfig
from temporalio.runtime import Runtime
from temporalio.service import RPCError

from adapters.ciphers import Ciphers
from runtime.settings import Settings
from runtime.temporal import folder
from runtime.workers.plugin import plugin

RETENTION = timedelta(days=3650)
"""Ten years. The development server deletes finished histories after 24 hours unless told otherwise."""

SEARCH_ATTRIBUTES = ("AccordStage", "AccordStatus", "AccordProgramme", "AccordCountry", "AccordArea")

_PATIENCE = 600
"""Tries, a tenth of a second apart."""
SOON = timedelta(seconds=2)
"""An engine that has not answered by then does not answer."""


class EngineError(RuntimeError):
    """The engine cannot be started or reached; the text says what to do."""


def configured() -> bool:
    """Whether the environment names a cluster, by TEMPORAL_ADDRESS or a Temporal profile."""
    return bool(os.environ.get("TEMPORAL_ADDRESS") or os.environ.get("TEMPORAL_PROFILE"))


async def connect(settings: Settings, runtime: Runtime | None = None) -> Client:
    """A client for the cluster of the environment, else for the embedded engine running on the home. One
    that is just being started, or started again, is waited for. ``runtime``: where the SDK measures.
    """
    if configured():
        config = ClientConfig.load_client_connect_config()
        return await Client.connect(**config, **_manner(settings), runtime=runtime)
    address = await awaited(settings.home)
    if address is None:
        raise EngineError("No engine is running. Start it with `make up`, or set TEMPORAL_ADDRESS.")
    return await dial(address, settings, runtime)


async def dial(address: str, settings: Settings, runtime: Runtime | None = None) -> Client:
    """A client of the engine at ``address``, with payloads as this installation keeps them."""
    return await Client.connect(address, **_manner(settings), runtime=runtime)


def _manner(settings: Settings) -> dict[str, Any]:
    """How this installation speaks with an engine: what is encrypted of a payload is of a header, too."""
    ours = plugin(ciphers=Ciphers(settings.keys_folder))
    return {"plugins": [ours], "header_codec_behavior": HeaderCodecBehavior.CODEC}


def running(home: Path) -> str | None:
    """The address of the embedded engine on ``home``, if it is running."""
    state = folder.read(home)
    if state is None or not state.ready or not folder.is_locked(home):
        return None
    try:
        with socket.create_connection(("127.0.0.1", state.port), timeout=1):
            return f"127.0.0.1:{state.port}"
    except OSError:
        return None


async def awaited(home: Path) -> str | None:
    """The address of the embedded engine on ``home``, once it serves; None: nobody runs one."""
    for _ in range(_PATIENCE):
        if (address := running(home)) or not folder.is_locked(home):
            return address
        await asyncio.sleep(0.1)
    raise EngineError(f"The engine on {home} does not serve. Stop `accord up` and start it again.")


def ui(home: Path) -> str | None:
    """Where the embedded engine shows its web pages, if it is running."""
    state = folder.read(home)
    return state.ui if state and not configured() and running(home) else None


async def prepare(client: Client) -> None:
    """Give the namespace its search attributes and its retention. Safe to repeat."""
    namespace = client.namespace
    operator = client.operator_service
    there = await operator.list_search_attributes(ListSearchAttributesRequest(namespace=namespace))
    keyword = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
    missing = {name: keyword for name in SEARCH_ATTRIBUTES if name not in there.custom_attributes}
    if missing:
        await operator.add_search_attributes(
            AddSearchAttributesRequest(namespace=namespace, search_attributes=missing)
        )
    kept = NamespaceConfig(workflow_execution_retention_ttl=Duration(seconds=int(RETENTION.total_seconds())))
    await client.workflow_service.update_namespace(UpdateNamespaceRequest(namespace=namespace, config=kept))


async def answers(client: Client) -> bool:
    """Whether the engine answers, within two seconds; it may have to wait for its disk all the same."""
    with contextlib.suppress(RPCError, RuntimeError):
        return await client.service_client.check_health(timeout=SOON)
    return False


async def check(client: Client) -> None:
    """Fail early, with what to do, where the namespace is not prepared."""
    there = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    missing = [name for name in SEARCH_ATTRIBUTES if name not in there.custom_attributes]
    if missing:
        raise EngineError(f"The namespace lacks {', '.join(missing)}. Run `accord setup` once.")
