"""XML of a member of a ZIP archive, parsed while it is unpacked, within bounds."""

import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from xml.parsers import expat  # plain, to refuse a document type: without one no entity expands

_CHUNK = 16_384  # a row of a few bytes may have its cell far to the right
LARGEST = 512_000_000  # bytes of XML, some ten million cells
MOST_TEXT = 32_767  # characters of a cell, as spreadsheets have it

Start = Callable[[str, Mapping[str, str]], None]
End = Callable[[str], None]
Text = Callable[[str], None]


def parse_member(
    archive: zipfile.ZipFile, name: str, start: Start, end: End, text: Text
) -> Iterator[None]:
    """Call back for each element of a member; yields after every chunk, for the caller to take what it has.

    Names of elements come without their namespace, attributes as written.

    Args:
        archive: an open archive.
        name: of the member.
        start: called with name and attributes.
        end: called with the name.
        text: called with text between them, perhaps in pieces.

    Raises:
        ValueError: the member is missing, damaged, too large, or no plain XML.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = lambda tag, attributes: start(tag.rpartition(":")[2], attributes)
    parser.EndElementHandler = lambda tag: end(tag.rpartition(":")[2])
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    size = 0
    try:
        with archive.open(name) as member:
            while chunk := member.read(_CHUNK):
                size += len(chunk)
                if size > LARGEST:
                    raise ValueError(f"'{name}' unpacks to more than {LARGEST // 1_000_000} MB")
                parser.Parse(chunk, False)
                yield
            parser.Parse(b"", True)
    except KeyError:
        raise ValueError(f"no '{name}' in it") from None
    except expat.ExpatError as error:
        raise ValueError(f"'{name}' is damaged: {error}") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise ValueError(f"'{name}' cannot be unpacked: {error}") from None
    yield


def _refuse_doctype(*_: object) -> None:
    raise ValueError("a spreadsheet's XML has no document type")
