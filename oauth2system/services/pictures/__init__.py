"""Pictures of people and logos of apps.

Whatever is uploaded or fetched is decoded once, and only what we drew from its pixels is kept and served: never the
bytes that somebody sent (T135). A person without a picture is shown by a drawing.
"""
