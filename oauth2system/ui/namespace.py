"""What Reflex gets to see of the packets of a tab, and how long it keeps the tab's state.

Reflex keeps what a browser sends with an event unread, logs it and quotes it. So here an event is read first, and
only what pages of ours send is passed on, in texts of bounded length (T145).
"""

import asyncio
from itertools import islice
from typing import TYPE_CHECKING, Any

from reflex.app import EventNamespace
from reflex.istate.manager.memory import StateManagerMemory
from reflex.istate.manager.redis import StateManagerRedis
from reflex.istate.manager.token import BaseStateToken
from reflex.state import OnLoadInternalState, State, StateUpdate
from reflex_base.registry import RegistrationContext
from reflex_base.utils.format import format_event_handler, json_dumps

from oauth2system import log
from oauth2system.policy import quotas
from oauth2system.ui import live
from oauth2system.ui.live import LiveTabs
from oauth2system.ui.tab_states import TabStates
from oauth2system.ui.tabs.sockets import TabSocket

if TYPE_CHECKING:
    from reflex.app import App

# How often it is looked which states are to be forgotten, while there are any.
LOOK_EVERY_S = 15.0
_FACTS = ("pathname", "asPath")
_FLAGS = frozenset(
    format_event_handler(kind.event_handlers["set_is_hydrated"]) for kind in (State, OnLoadInternalState)
)


class TabNamespace(EventNamespace):
    """Passes on the events of our pages, and forgets the states of tabs that closed."""

    def __init__(self, namespace: str, app: "App") -> None:
        """Begin without any tab."""
        super().__init__(namespace, app)
        self._tabs = TabStates()
        self._live = LiveTabs(self.emit_update)
        live.serve(self._live)
        self._look: asyncio.TimerHandle | None = None
        self._forgetting: set[asyncio.Task[None]] = set()

    async def on_connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        """Note whose tab this is; the edge has put the session's handle, or nothing, into the cookie."""
        await super().on_connect(sid, environ, auth)
        token = self.sid_to_token.get(sid)
        if token is not None:
            _name, _mark, handle = environ.get("HTTP_COOKIE", "").partition("=")
            self._tabs.open(token, handle)

    def on_disconnect(self, sid: str) -> Any:
        """Forget what is over the limit at once, and the others when they are due."""
        token = self.sid_to_token.get(sid)
        task = super().on_disconnect(sid)
        if token is not None:
            self._live.forget(token)
            self._tabs.close(token)
            self._forget_due()
        return task

    async def on_event(self, sid: str, data: Any) -> None:
        """Pass an event on when its name is registered and its parts have the right shape."""
        event = read_event(data)
        if event is None:
            log.anonymous("event.unknown")
            return
        token = self.sid_to_token.get(sid)
        if token is None:
            return
        if self._count_waiting(token) >= quotas.EVENTS_WAITING:
            log.anonymous("event.too_many")
            return
        await super().on_event(sid, event)

    async def emit_update(self, update: StateUpdate, token: str) -> None:
        """Send an update to a tab. What Socket.IO does for one of this process takes two more tasks."""
        socket = self._find_socket(token)
        if socket is None:
            await super().emit_update(update, token)
        else:
            socket.send_text(write_event(self.namespace, update))

    def _find_socket(self, token: str) -> TabSocket | None:
        record = self._token_manager.token_to_socket.get(token)
        if record is None or record.instance_id != self._token_manager.instance_id:
            return None
        sio: Any = self.app.sio
        return sio.eio.sockets.get(sio.manager.eio_sid_from_sid(record.sid, self.namespace))

    def _count_waiting(self, token: str) -> int:
        return len(self.app.event_processor._token_queues.get(token, ()))  # noqa: SLF001  (there is no other way to ask)

    def _forget_due(self) -> None:
        due = self._tabs.take_due()
        if due:
            task = asyncio.ensure_future(self._forget(due))
            self._forgetting.add(task)
            task.add_done_callback(self._forgetting.discard)
        if self._look is None and self._tabs.are_kept():
            self._look = asyncio.get_running_loop().call_later(LOOK_EVERY_S, self._look_again)

    def _look_again(self) -> None:
        self._look = None
        self._forget_due()

    async def _forget(self, tokens: list[str]) -> None:
        for token in tokens:
            try:
                if not self._tabs.is_open(token) and not await self._is_open_elsewhere(token):
                    await forget_state(self.app.state_manager, token)
            except Exception as error:  # noqa: BLE001  (Reflex forgets it later by itself)
                log.crash("tab.not_forgotten", error)

    async def _is_open_elsewhere(self, token: str) -> bool:
        """Return whether another process that shares our Redis has the tab by now."""
        shared = isinstance(self.app.state_manager, StateManagerRedis)
        return shared and await self._token_manager.is_token_connected(token)


def write_event(namespace: str, update: StateUpdate) -> str:
    """Return what Socket.IO sends for an update: a message, an event, its namespace and its parts."""
    sent = json_dumps(["event", update], separators=(",", ":"))
    return f"42{namespace},{sent}"


async def forget_state(manager: Any, token: str) -> None:
    """Have Reflex forget the state of a tab; an event that still runs ends first."""
    state = BaseStateToken(ident=token, cls=State)
    if isinstance(manager, StateManagerMemory):
        async with manager.modify_state(state):
            pass
        manager._purge_token(state)  # noqa: SLF001  (what Reflex does when the time is over)
    elif isinstance(manager, StateManagerRedis):
        kinds = RegistrationContext.get().base_states.values()
        await manager.redis.unlink(*(str(state.with_cls(kind)) for kind in kinds))


def read_event(data: Any) -> dict[str, Any] | None:
    """Return the parts of an event that Reflex may see; None when it is no event of ours."""
    if not isinstance(data, dict):
        return None
    name, payload, router = data.get("name"), data.get("payload", {}), data.get("router_data", {})
    if not isinstance(name, str) or name not in RegistrationContext.get().event_handlers:
        return None
    if not isinstance(payload, dict) or not isinstance(router, dict):
        return None
    if name in _FLAGS and not isinstance(payload.get("value"), bool):
        return None
    return {"name": name, "payload": payload, "router_data": _read_address(router)}


def _read_address(router: dict[Any, Any]) -> dict[str, Any]:
    """Return the address that a page is at: its path, its query, and both in one text."""
    longest = quotas.PAGE_ADDRESS_LONGEST
    address: dict[str, Any] = {name: _text(router[name], longest) for name in _FACTS if name in router}
    query = router.get("query")
    if isinstance(query, dict):
        members = islice(query.items(), quotas.PAGE_QUERY_MEMBERS)
        longest = quotas.PAGE_QUERY_LONGEST
        address["query"] = {_text(name, longest): _text(value, longest) for name, value in members}
    return address


def _text(value: Any, longest: int) -> str:
    return value[:longest] if isinstance(value, str) else ""
