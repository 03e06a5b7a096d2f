"""Reads an upload: a form of one file and a few short fields (RFC 7578). File names and types count for nothing."""

from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from oauth2system.policy import lifetimes, quotas
from oauth2system.services.pictures.unfit import UnfitPicture
from oauth2system.web.http.message import Request, TooLarge, TooSlow

FILE = b"picture"
# What stands around a picture in its form: boundaries, headers and a few short fields.
_AROUND = 16 * 1024
_MOST_PARTS = 8
_LONGEST_FIELD = 200


async def read(request: Request) -> bytes:
    """Return the bytes of the one picture in a form; raises UnfitPicture with what is wrong with it (T138, T150)."""
    try:
        body = await request.body(quotas.PICTURE_LARGEST + _AROUND, lifetimes.UPLOAD)
    except TooLarge:
        raise UnfitPicture("picture_large") from None
    except TooSlow:
        raise UnfitPicture("picture_slow") from None
    parts = _FormParts()
    kind, options = parse_options_header(request.header(b"content-type"))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise UnfitPicture("incomplete")
    try:
        parser = MultipartParser(
            options[b"boundary"],
            {
                "on_part_begin": parts.begin,
                "on_header_field": parts.name_header,
                "on_header_value": parts.read_header,
                "on_header_end": parts.end_header,
                "on_part_data": parts.take,
                "on_part_end": parts.end,
                "on_end": parts.finish,
            },
        )
        parser.write(body)
        parser.finalize()
    except FormParserError:
        raise UnfitPicture("incomplete") from None
    return parts.picture()


@dataclass(slots=True)
class _FormParts:
    """Collects what the parser finds."""

    files: list[bytes] = field(default_factory=list[bytes])
    others: set[bytes] = field(default_factory=set[bytes])
    count: int = 0
    whole: bool = False
    _header: bytes = b""
    _value: bytes = b""
    _disposition: bytes = b""
    _pieces: list[bytes] = field(default_factory=list[bytes])

    def begin(self) -> None:
        self.count += 1
        if self.count > _MOST_PARTS:
            raise UnfitPicture("incomplete")
        self._header = self._value = self._disposition = b""
        self._pieces = []

    def name_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def read_header(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def end_header(self) -> None:
        if self._header.lower() == b"content-disposition":
            if self._disposition:
                raise UnfitPicture("incomplete")
            self._disposition = self._value
        self._header = self._value = b""

    def take(self, data: bytes, start: int, end: int) -> None:
        self._pieces.append(data[start:end])

    def end(self) -> None:
        kind, options = parse_options_header(self._disposition)
        name = options.get(b"name", b"")
        content = b"".join(self._pieces)
        if kind != b"form-data" or not name:
            raise UnfitPicture("incomplete")
        if name == FILE:
            self.files.append(content)
        elif len(content) > _LONGEST_FIELD or name in self.others:
            raise UnfitPicture("incomplete")
        else:
            self.others.add(name)

    def finish(self) -> None:
        self.whole = True

    def picture(self) -> bytes:
        """Return what came; raises UnfitPicture unless it is one file, whole."""
        if not self.whole:
            raise UnfitPicture("incomplete")
        if len(self.files) > 1:
            raise UnfitPicture("picture_several")
        if not self.files or not self.files[0]:
            raise UnfitPicture("picture_none")
        if len(self.files[0]) > quotas.PICTURE_LARGEST:
            raise UnfitPicture("picture_large")
        return self.files[0]
