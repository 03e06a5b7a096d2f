"""The addresses of pictures on our own pages; `protocol/tokens/claims.py` writes the one that apps get."""

AVATARS = "/avatars/"
LOGOS = "/logos/"
SUFFIX = ".webp"


class PicturePath(str):
    """The address of a picture, as a page of ours shows it: as a picture, not as words."""

    __slots__ = ()


def avatar(name: str | None, pixels: int = 256) -> str:
    """Return where the picture of a person is; empty for a person who has none."""
    return _path(AVATARS, name, pixels)


def logo(name: str | None, pixels: int = 256) -> str:
    """Return where the logo of an app is; empty for an app that has none."""
    return _path(LOGOS, name, pixels)


def _path(place: str, name: str | None, pixels: int) -> str:
    return PicturePath(f"{place}{name}{SUFFIX}?size={pixels}") if name else ""
