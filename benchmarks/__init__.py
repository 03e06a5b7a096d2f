"""Benchmarks: the real server and a bare ASGI floor in one run, so that the ratios also hold on other machines."""
