"""Links: what a browser, or a person who copies it, would take for an address of the web.

A host counts when its ending is on the Public Suffix List, which the package brings along: nothing
is fetched. Endings that are words as well ("so", "is", "me") are mostly a full stop without its
space, and count only with a path, or for hosts that are known.
"""

import re
from collections.abc import Mapping

from publicsuffixlist import PublicSuffixList

from moderation.lines.reading import Reading

_SUFFIXES = PublicSuffixList(accept_unknown=False)
_OPENING = re.compile(r"\b(?:https?|hxxps?|ftp) ?: ?/|://|\bwww\d? ?[.,] ?\w")
_HOST = re.compile(
    r"(?<![\w@.-])((?:[^\W_][\w-]{0,40}\.){1,4}[^\W\d_]{2,24})(?![\w@-])(/[\w?#=]|:\d)?"
)


class LinkFinder:
    """Finds links; `words` has `dots`, `suffixes`, `wordy_suffixes` and `known_hosts`."""

    def __init__(self, words: Mapping[str, tuple[str, ...]]) -> None:
        dots = "|".join(map(re.escape, words["dots"]))
        suffixes = "|".join(map(re.escape, words["suffixes"]))
        self._spelled = re.compile(
            rf" ?[(\[{{<*_]? ?(?<![^\W_])(?:{dots})(?![^\W_]) ?[)\]}}>*_]? ?|[(\[{{<]\.[)\]}}>]"
        )
        self._spaced = re.compile(rf"(?<=[^\W_]) ?[.,] ?(?=(?:{suffixes})(?![\w]))")
        self._wordy = frozenset(words["wordy_suffixes"])
        self._known = frozenset(words["known_hosts"])

    def finds(self, reading: Reading) -> bool:
        """Whether the newest line has a link, or completes one."""
        text = self._plain(reading.joined)
        newest_from = len(self._plain(reading.joined[: reading.newest_from].rstrip()))
        for opening in _OPENING.finditer(text):
            if opening.end() > newest_from:
                return True
        return any(
            found.end() > newest_from and self._is_link(found[1], has_path=found[2] is not None)
            for found in _HOST.finditer(text)
        )

    def _plain(self, text: str) -> str:
        return self._spaced.sub(".", self._spelled.sub(".", text))

    def _is_link(self, host: str, *, has_path: bool) -> bool:
        if host in self._known:
            return True
        if _SUFFIXES.privatesuffix(host) is None:
            return False
        return has_path or _SUFFIXES.publicsuffix(host) not in self._wordy
