"""How Reflex builds and serves our pages; decision 0002 gives the reason for each choice."""

import reflex as rx
from reflex.constants import StateManagerMode

from oauth2system.policy.lifetimes import PAGE_KEPT
from oauth2system.settings import load

settings = load()

config = rx.Config(
    app_name="oauth2system",
    # One origin for pages and protocol. With the default "*", any page on the same site could act as the visitor.
    cors_allowed_origins=(settings.public_url,),
    api_url=settings.public_url,
    deploy_url=settings.public_url,
    backend_host=settings.host,
    backend_port=settings.port,
    # State is kept in memory, or in Redis if several processes share it; never in files on disk.
    redis_url=settings.redis_url,
    state_manager_mode=StateManagerMode.REDIS if settings.redis_url else StateManagerMode.MEMORY,
    # How long a page's state outlives its last event; those of anonymous visitors go sooner (ui/tab_states.py).
    redis_token_expiration=PAGE_KEPT.in_seconds,
    # Plain elements and our own stylesheet (decision 0010): no Radix plugin, so the sign-in page stays small.
    plugins=[],
    disable_plugins=[rx.plugins.SitemapPlugin],
    show_built_with_reflex=False,
    telemetry_enabled=False,
)
