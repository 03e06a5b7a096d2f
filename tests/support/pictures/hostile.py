"""Pictures as people, cameras and attackers make them, and the forms that send them."""

import struct
import zlib
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from PIL import Image

BOUNDARY = "----a-form-of-the-tests"
RED, GREEN, BLUE = (220, 20, 20), (20, 200, 20), (20, 20, 220)
SCRIPT = b"<script>alert(document.domain)</script>"


def saved(image: Image.Image, kind: str = "PNG", **more: Any) -> bytes:
    """Return an image as a file."""
    out = BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def photo(kind: str = "PNG", size: tuple[int, int] = (60, 40), colour: Any = RED, mode: str = "RGB") -> bytes:
    """Return a small plain picture."""
    return saved(Image.new(mode, size, colour), kind)


def opened(body: bytes) -> Image.Image:
    """Decode what the server serves."""
    return Image.open(BytesIO(body))


def is_near(found: Any, wanted: tuple[int, ...]) -> bool:
    """Return whether a colour is this one, but for what compression loses."""
    return all(abs(one - other) < 40 for one, other in zip(found, wanted, strict=False))


def png(  # noqa: PLR0913  (what its header says)
    wide: int, high: int, *, depth: int = 8, colour: int = 2, data: bytes = b"", more: bytes = b""
) -> bytes:
    """Return a PNG whose header says this, whatever pixels follow."""
    head = struct.pack(">IIBBBBB", wide, high, depth, colour, 0, 0, 0)
    pixels = zlib.compress(data or bytes(2000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + more + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )  # fmt: skip


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return one chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def webp_of(wide: int, high: int) -> bytes:
    """Return an animated WebP whose canvas is this large."""
    sizes = (wide - 1).to_bytes(3, "little") + (high - 1).to_bytes(3, "little")
    body = b"WEBP" + b"VP8X" + struct.pack("<I", 10) + bytes([2, 0, 0, 0]) + sizes
    body += b"ANIM" + struct.pack("<I", 6) + bytes(6)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def turned(orientation: int) -> bytes:
    """Return a photo whose camera was turned: its left half is red, its right half blue, as it is stored."""
    image = Image.new("RGB", (80, 80), RED)
    image.paste(BLUE, (40, 0, 80, 80))
    exif = Image.Exif()
    exif[0x0112] = orientation
    return saved(image, "JPEG", exif=exif.tobytes(), quality=95)


def with_a_place() -> bytes:
    """Return a photo that says where it was taken, by whom, and with what."""
    exif = Image.Exif()
    exif[0x010F], exif[0x013B] = "Camera of Ada", "Ada Lovelace"
    exif.get_ifd(0x8825).update({1: "N", 2: (51.0, 30.0, 26.0), 3: "W", 4: (0.0, 7.0, 39.0)})
    return saved(Image.new("RGB", (64, 64), GREEN), "JPEG", exif=exif.tobytes(), comment=b"kept in a drawer")


def form_of(*parts: tuple[str, bytes], end: bool = True) -> bytes:
    """Return a multipart body of parts, each with the line of its disposition."""
    body = b"".join(
        f"--{BOUNDARY}\r\nContent-Disposition: {disposition}\r\n\r\n".encode() + content + b"\r\n"
        for disposition, content in parts
    )
    return body + f"--{BOUNDARY}--\r\n".encode() if end else body


def upload_of(body: bytes, *, filename: str = "me.png", fields: Mapping[str, str] | None = None) -> bytes:
    """Return the form that a browser sends for one file."""
    more = [(f'form-data; name="{name}"', value.encode()) for name, value in (fields or {}).items()]
    return form_of(*more, (f'form-data; name="picture"; filename="{filename}"', body))


MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
