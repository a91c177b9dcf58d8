"""Text in Markdown."""

import re

# A bare address would become a link (GitHub Flavored Markdown, section 6.9).
_SPECIAL = re.compile(
    r"([\\`*\[\]|~$#@]|(?<!\w)_|_(?!\w)|(?<=:)/(?=/)|(?<=\bwww)\.)", re.IGNORECASE
)


def as_text(text: str) -> str:
    """Text that Markdown shows as it is: neither markup nor HTML nor a link."""
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(r"\\\1", safe)
