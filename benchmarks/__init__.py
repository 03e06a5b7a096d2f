"""Benchmarks: the real server beside a bare ASGI floor in one run, so that ratios carry to other machines."""
