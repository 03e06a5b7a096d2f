"""HTTP, the first door: endpoints read a request, call one service, and shape its answer."""
