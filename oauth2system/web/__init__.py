"""Door one: HTTP. Endpoints read a request, call one service, and shape its answer."""
