"""Decodes pictures that anybody may have made, and draws ours: the one file that knows Pillow.

What is too large is refused by what its header says, before a single pixel is decoded (T136).
"""

from collections.abc import Mapping
from hashlib import sha256
from io import BytesIO
from typing import Any

from PIL import Image

from oauth2system.policy import quotas
from oauth2system.services.pictures.unfit import UnfitPicture

# Every picture is kept in these sizes, in pixels: in a list, on a page or at a site, and large.
SIZES = (64, 256, 512)
KIND = b"image/webp"
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
_QUALITY = 82
_CELLS = 5
_HALF = 128

# How a picture stands when its camera was turned (Exif 2.32 §4.6.4, tag 274).
_ORIENTATION = 0x0112
_TURNS: Mapping[int, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

Encoded = Mapping[int, bytes]


def encode(body: bytes, *, cropped: bool) -> Encoded:
    """Return a picture as WebP in every size, square, without anything but its pixels; raises UnfitPicture.

    `cropped` takes the largest square of its middle; otherwise all of it is shown on a transparent ground.
    Of what moves, the first frame is taken. It costs up to a second and 128 MB: run one at a time.
    """
    try:
        with Image.open(BytesIO(body), formats=FORMATS) as source:
            _check_size(source)
            picture = _upright(source, cropped=cropped)
    except UnfitPicture:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnfitPicture("picture_pixels") from error
    except Image.UnidentifiedImageError as error:
        raise UnfitPicture("picture_kind") from error
    except Exception as error:  # the decoders raise errors of every type for bytes that somebody made up
        raise UnfitPicture("picture_damaged") from error
    return {pixels: _webp(_scaled(picture, pixels)) for pixels in SIZES}


def draw(name: str, pixels: int) -> bytes:
    """Return the drawing that stands in for the picture of a person: always the same for a name."""
    digest = sha256(name.encode()).digest()
    ground, ink = _tint(digest[0], light=True), _tint(digest[0], light=False)
    cells = Image.new("RGB", (_CELLS + 2, _CELLS + 2), ground)
    for row in range(_CELLS):
        for column in range(_CELLS // 2 + 1):
            if digest[1 + row * 3 + column] >= _HALF:
                for place in {column, _CELLS - 1 - column}:
                    cells.putpixel((place + 1, row + 1), ink)
    return _lossless(_resized(cells, (pixels, pixels), how=Image.Resampling.NEAREST))


def _check_size(source: Image.Image) -> None:
    wide, high = source.size
    most = quotas.PICTURE_PIXELS_JPEG if source.format in {"JPEG", "MPO"} else quotas.PICTURE_PIXELS
    if wide * high > most or max(wide, high) > quotas.PICTURE_SIDE:
        raise UnfitPicture("picture_pixels")


def _upright(source: Image.Image, *, cropped: bool) -> Image.Image:
    """Decode a picture and return it at its largest size, square and as the camera was held."""
    largest = max(SIZES)
    turn = _TURNS.get(_orientation(source))
    source.draft("RGB", (largest, largest))  # a JPEG is made smaller while it is decoded
    plain = _plain(source)
    square = _middle(plain, largest) if cropped else _whole(plain, largest)
    return square if turn is None else square.transpose(turn)


def _orientation(source: Image.Image) -> int:
    try:
        return source.getexif().get(_ORIENTATION, 1)
    except Exception:  # noqa: BLE001  (metadata that cannot be read says nothing, and is not kept)
        return 1


def _plain(source: Image.Image) -> Image.Image:
    """Return a picture in 8 bits a colour, with its transparency if it has any."""
    if source.mode.startswith("I;16") or source.mode == "I":
        deep: Any = source.convert("I")
        return deep.point(_to_8_bits).convert("L").convert("RGB")
    wanted = "RGBA" if source.has_transparency_data else "RGB"
    if source.mode == wanted:
        source.load()
        return source
    return source.convert(wanted)


def _to_8_bits(value: float) -> float:
    return value * (1 / 256)


def _middle(plain: Image.Image, side: int) -> Image.Image:
    """Return the largest square of the middle."""
    wide, high = plain.size
    short = min(wide, high)
    left, top = (wide - short) / 2, (high - short) / 2
    box = (left, top, left + short, top + short)
    return _resized(plain, (side, side), box)


def _whole(plain: Image.Image, side: int) -> Image.Image:
    """Return all of a picture in the middle of a transparent square."""
    wide, high = plain.size
    long = max(wide, high)
    size = max(1, round(wide * side / long)), max(1, round(high * side / long))
    fitted = _resized(plain, size)
    if size == (side, side):
        return fitted
    square = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    square.paste(fitted, ((side - size[0]) // 2, (side - size[1]) // 2))
    return square


def _scaled(picture: Image.Image, pixels: int) -> Image.Image:
    return picture if picture.size == (pixels, pixels) else _resized(picture, (pixels, pixels))


def _resized(
    picture: Image.Image,
    size: tuple[int, int],
    box: tuple[float, float, float, float] | None = None,
    how: Image.Resampling = Image.Resampling.LANCZOS,
) -> Image.Image:
    untyped: Any = picture  # Pillow's types name those of NumPy, which we do not have
    return untyped.resize(size, how, box=box, reducing_gap=3.0)


def _webp(picture: Image.Image) -> bytes:
    """Encode pixels and nothing else: without its options, Pillow adds neither metadata nor a colour profile."""
    out = BytesIO()
    picture.save(out, "WEBP", quality=_QUALITY, method=4)
    return out.getvalue()


def _lossless(picture: Image.Image) -> bytes:
    out = BytesIO()
    picture.save(out, "WEBP", lossless=True, quality=50, method=2)
    return out.getvalue()


def _tint(hue: int, *, light: bool) -> tuple[int, int, int]:
    """Return a pale or a strong colour of this hue, as our pages have them."""
    colour = Image.new("HSV", (1, 1), (hue, 40, 245) if light else (hue, 150, 150)).convert("RGB").getpixel((0, 0))
    if not isinstance(colour, tuple):
        raise TypeError(colour)
    return colour[0], colour[1], colour[2]
