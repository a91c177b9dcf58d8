"""YAML as data and nothing else: YAML 1.2 scalars, Python tags as plain values, bombs refused.

Training tools write ``!!python/object/apply:collections.OrderedDict`` and the like. Nothing is ever
imported or called for such a tag: it stands for the plain data below it.
"""

import re
from collections.abc import Callable
from typing import Any, ClassVar

import yaml

from logminer.core.problem import Problem
from logminer.formats._encoding import text_of
from logminer.formats._last_line import is_growing, unfinished
from logminer.formats._peers import are_open
from logminer.formats._probe import Probe
from logminer.formats.documents.values import as_text

MAX_BYTES = 4_000_000
MAX_NODES = 200_000
MAX_DEPTH = 100
_TOO_LARGE = f"YAML of more than {MAX_BYTES // 1_000_000} MB is not read"
_BLOCKS, _QUOTES = ("|", ">"), ("'", '"')
_WORDS = frozenset(
    ["true", "True", "TRUE", "false", "False", "FALSE", "null", "Null", "NULL", "None"]
)
_LINE_END = re.compile(r"\r\n|\r|\n")

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# Leading dashes and blanks bound the depth of block style, brackets that of flow style.
_DEEP_BLOCK = re.compile(rb"(?m)^[ \t?:-]{%d}" % MAX_DEPTH)


class _PlainLoader(_Loader):  # type: ignore[misc]
    """The safe loader with YAML 1.2 scalars (``1e-3`` is a number, ``no`` a text) and harmless tags."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}
    yaml_constructors: ClassVar[dict[Any, Any]] = dict(_Loader.yaml_constructors)
    yaml_multi_constructors: ClassVar[dict[str, Callable[..., Any]]] = {}


def read_yaml(probe: Probe, problems: list[Problem]) -> Any:
    """What a YAML file says, without the entry that its end may have cut.

    Where the last line has no end, its value may go on: ``lr: 0.00`` of ``lr: 0.001``. That it is whole shows a bracket or a
    quote that closes, a word such as ``true``, a comment behind it, or that the files beside it end so, too.

    Args:
        probe: the file, in the encoding that its bytes tell.
        problems: where it is said that an entry was left out.

    Raises:
        ValueError: as ``load_yaml``, or nothing of it is whole.
    """
    if probe.size > MAX_BYTES:
        raise ValueError(_TOO_LARGE)
    text = text_of(probe.read_bytes())
    last = text[max(text.rfind(b"\n"), text.rfind(b"\r")) + 1 :]
    if not last.strip() or last.rstrip() in {b"---", b"..."}:
        return load_yaml(text)
    is_open = is_growing(probe.path) or not are_open(probe.path)
    try:
        loaded, is_cut = _load(text, is_open=is_open)
    except ValueError:
        # A key without its colon, or a bracket that is not closed: what stands above may be sound.
        above = text[: len(text) - len(last)]
        if not above.strip():
            raise
        loaded, is_cut = load_yaml(above), True
    if is_cut and loaded is None:
        raise ValueError("no YAML entry of it is whole: its only line has no end")
    if is_cut:
        problems.append(unfinished(probe.path))
    return loaded


def load_yaml(data: bytes) -> Any:
    """What a YAML text says, as mappings, lists and scalars; several documents come as a list.

    Args:
        data: in UTF-8.

    Raises:
        ValueError: not YAML, too large, nested too deeply or an alias bomb; one line.
    """
    return _load(data, is_open=False)[0]


def _load(data: bytes, *, is_open: bool) -> tuple[Any, bool]:
    """As ``load_yaml``, and whether the last entry was left out, which is so if it may be cut and the end is open."""
    if len(data) > MAX_BYTES:
        raise ValueError(_TOO_LARGE)
    text = data.decode("utf-8-sig", errors="replace")
    if text.count("\n") + text.count(",") > 2 * MAX_NODES:
        raise ValueError(f"YAML of more than {MAX_NODES} values is not read")
    if text.count("[") + text.count("{") >= MAX_DEPTH or _DEEP_BLOCK.search(data):
        _refuse_deep(text)
    try:
        documents, is_cut = _documents(text, is_open=is_open)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise ValueError(f"not YAML: {what}{f' (line {mark.line + 1})' if mark else ''}") from None
    except (RecursionError, TypeError, OverflowError) as error:
        raise ValueError(f"YAML that cannot be read: {type(error).__name__}") from None
    return (documents[0] if len(documents) == 1 else documents), is_cut


def _documents(text: str, *, is_open: bool) -> tuple[list[Any], bool]:
    loader = _PlainLoader(text)
    documents, is_cut = [], False
    try:
        more = loader.check_node()
        while more:
            node = loader.get_node()
            _weigh(node, {}, set())
            more = loader.check_node()
            if not more:
                is_cut = is_open and not _shows_end(node, text)
                if (is_cut or _ends_unwritten(node)) and not _drop_last(node):
                    break
            documents.append(loader.construct_document(node))
    finally:
        loader.dispose()
    return [d for d in documents if d is not None] or documents[:1] or [None], is_cut


def _shows_end(node: Any, text: str) -> bool:
    """Whether the form of the last value of a document shows that nothing of it is missing."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        node = node.value[-1][1] if isinstance(node, yaml.MappingNode) else node.value[-1]
    is_text = isinstance(node, yaml.ScalarNode)
    if is_text and node.style in _BLOCKS:  # a comment would be text of it
        return False
    lines = _LINE_END.split(text)
    if lines[-1].lstrip().startswith("#"):
        return True
    if node.end_mark.line != len(lines) - 1:  # an alias
        return False
    behind = lines[-1][node.end_mark.column :].strip()
    if behind:
        return behind[0] == "#"
    return not is_text or node.style in _QUOTES or node.value in _WORDS


def _ends_unwritten(node: Any) -> bool:
    """Whether the last key of a document stands alone: what belongs to it may have been cut off."""
    while isinstance(node, yaml.MappingNode) and node.value:
        node = node.value[-1][1]
    return isinstance(node, yaml.ScalarNode) and not node.value and not node.style


def _drop_last(node: Any) -> bool:
    """Take out the entry that ends a document; whether anything is left. A list within a mapping goes as a whole."""
    if isinstance(node, yaml.SequenceNode):
        node.value = node.value[:-1]
    elif isinstance(node, yaml.MappingNode):
        if node.value and not (
            isinstance(node.value[-1][1], yaml.MappingNode) and _drop_last(node.value[-1][1])
        ):
            node.value = node.value[:-1]
    else:
        return False
    return bool(node.value)


def _refuse_deep(text: str) -> None:
    """Raise for nesting that would overflow the C stack of the composer."""
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_PlainLoader):
            if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                depth += 1
            elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                depth -= 1
            if depth > MAX_DEPTH:
                raise ValueError(f"YAML nested more than {MAX_DEPTH} deep")
    except yaml.YAMLError:
        return  # the loader meets the same error and names its place


def _weigh(node: Any, known: dict[int, int], above: set[int]) -> int:
    """Number of nodes with every alias written out; refuses bombs and circles before they are built."""
    if isinstance(node, yaml.ScalarNode):
        return 1
    me = id(node)
    if me in above:
        raise ValueError("YAML alias that contains itself")
    if me not in known:
        above.add(me)
        pairs = isinstance(node, yaml.MappingNode)
        children = [part for pair in node.value for part in pair] if pairs else node.value
        known[me] = 1 + sum(_weigh(child, known, above) for child in children)
        above.discard(me)
    if known[me] > MAX_NODES:
        raise ValueError(f"YAML of more than {MAX_NODES} values (aliases written out)")
    return known[me]


def _plain(loader: Any, node: Any) -> Any:
    """The data below a node, whatever its tag says."""
    if isinstance(node, yaml.MappingNode):
        pairs = loader.construct_pairs(node, deep=True)
        return {k if _hashable(k) else as_text(k)[:200]: v for k, v in pairs}
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node)


def _hashable(key: Any) -> bool:
    return key is None or isinstance(key, str | int | float | bool)


def _python(loader: Any, suffix: str, node: Any) -> Any:
    """``!!python/…``: the arguments or fields that were written, never the object itself."""
    kind, _, target = suffix.partition(":")
    value = _plain(loader, node)
    if kind in {"name", "module"}:
        return target
    if kind in {"int", "long", "float", "bool", "complex"}:
        return _scalar_of(loader, value)
    if kind == "object/apply" and isinstance(value, list):
        return _arguments(target, value)
    return value


def _scalar_of(loader: Any, text: Any) -> Any:
    node = yaml.ScalarNode(loader.resolve(yaml.ScalarNode, text, (True, False)), text)
    return loader.construct_object(node)


def _arguments(target: str, value: list[Any]) -> Any:
    if target.startswith("pathlib."):
        return "/".join(str(part).rstrip("/") for part in value) or "/"
    only = value[0] if len(value) == 1 else value
    if isinstance(only, list) and all(
        isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str) for pair in only
    ):
        return dict(only)  # collections.OrderedDict([[key, value], …])
    return only


def _mapping(loader: Any, node: Any) -> dict[Any, Any]:
    loader.flatten_mapping(node)
    plain: dict[Any, Any] = _plain(loader, node)
    return plain


def _float(loader: Any, node: Any) -> float:
    text = loader.construct_scalar(node).lower().replace(".inf", "inf").replace(".nan", "nan")
    return float(text)


def _int(loader: Any, node: Any) -> int | float:
    text = loader.construct_scalar(node)
    if text[:2] in {"0x", "0o"}:
        return int(text, 0)
    return int(text) if len(text) <= 300 else float(text)


def _resolve(tag: str, pattern: str, first: str) -> None:
    _PlainLoader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first))


_resolve("null", r"^(~|null|Null|NULL|)$", "~nN")
_PlainLoader.yaml_implicit_resolvers[""] = _PlainLoader.yaml_implicit_resolvers["~"]
_resolve("bool", r"^(true|True|TRUE|false|False|FALSE)$", "tTfF")
_resolve("int", r"^([-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$", "-+0123456789")
_resolve(
    "float",
    r"^([-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$",
    "-+.0123456789",
)
_resolve("merge", r"^(<<)$", "<")
_PlainLoader.add_constructor("tag:yaml.org,2002:map", _mapping)
_PlainLoader.add_constructor("tag:yaml.org,2002:float", _float)
_PlainLoader.add_constructor("tag:yaml.org,2002:int", _int)
_PlainLoader.add_constructor("tag:yaml.org,2002:timestamp", _plain)
_PlainLoader.add_constructor("tag:yaml.org,2002:binary", lambda _loader, _node: None)
_PlainLoader.add_constructor("tag:yaml.org,2002:set", _plain)
_PlainLoader.add_constructor(None, _plain)
_PlainLoader.add_multi_constructor("tag:yaml.org,2002:python/", _python)
