"""Open pages: what one costs in memory, and how fast one worker answers their events, next to a bare Reflex app."""
