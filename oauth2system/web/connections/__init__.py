"""Connections of HTTP/1.1: uvicorn reads requests from them, and our limits and our whole answers are added here."""
