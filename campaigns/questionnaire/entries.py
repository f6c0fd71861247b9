"""Reading the questions of the file: the entries of its list, with groups within groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from campaigns.questionnaire.document_map import DocumentMap
from campaigns.questionnaire.model import Group, Question
from campaigns.questionnaire.names import Names, computed_of
from campaigns.questionnaire.question_entry import identifier, is_random, read_question

_GROUP_KEYS = ("group", "when", "for_each", "most", "order", "pick", "questions")
_MOST_ROUNDS = 20
_DEEPEST = 4


@dataclass(slots=True)
class _Node:
    """An entry as it stands: its id and what is below it."""

    entry: DocumentMap
    id: str | None
    below: list[_Node] | None
    random: bool = False

    def question_ids(self) -> list[str]:
        if self.below is None:
            return [self.id] if self.id else []
        return [each for node in self.below for each in node.question_ids()]


@dataclass(slots=True)
class Entries:
    """Reads the questions and groups of a file of format 1 or 2 (`second`); `computed` are its
    computed values. What is wrong is noted in the entries."""

    second: bool
    computed: Mapping[str, str]
    questions: list[Question] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)

    def read(self, top: DocumentMap) -> None:
        """Read the list `questions` of a mapping."""
        nodes = self._nodes(top, 0)
        self._open = [each for node in nodes for each in node.question_ids()]
        taken: set[str] = set(self.computed)
        self._read(nodes, None, taken, frozenset(), in_loop=False)

    def _nodes(self, parent: DocumentMap, depth: int) -> list[_Node]:
        nodes = []
        for entry in parent.maps("questions"):
            if not self.second or "group" not in entry:
                nodes.append(_Node(entry, entry.text("id") if "id" in entry else None, None))
            elif depth == _DEEPEST:
                entry.refuse("group", f"groups go {_DEEPEST} deep at most")
            else:
                drawn = entry.peek("order") == "random"
                nodes.append(_Node(entry, None, self._nodes(entry, depth + 1), drawn))
        return nodes

    def _read(
        self,
        nodes: list[_Node],
        parent: str | None,
        taken: set[str],
        siblings: frozenset[str],
        *,
        in_loop: bool,
        random: bool = False,
    ) -> None:
        """Read entries that stand side by side. `siblings` are questions that may come later than
        what is read, since their order is drawn."""
        for node in nodes:
            own = node.question_ids()
            beside = siblings
            if random:
                beside |= {each for other in nodes for each in other.question_ids()} - set(own)
            if node.below is None:
                self._read_question(node, parent, taken, beside)
                continue
            group = self._read_group(node, parent, taken, beside, in_loop=in_loop)
            looped = in_loop or "for_each" in node.entry
            name = group.id if group else None
            self._read(node.below, name, taken, beside, in_loop=looped, random=node.random)

    def _read_question(
        self, node: _Node, group: str | None, taken: set[str], beside: frozenset[str]
    ) -> None:
        if node.id is not None and node.id in taken:
            node.entry.refuse("id", f"the id {node.id} is used by an earlier question")
        question = read_question(node.entry, self._names(beside), group, second=self.second)
        if node.id is not None:
            taken.add(node.id)
            if node.id in self._open:
                self._open.remove(node.id)
        if question is not None:
            self.questions.append(question)

    def _read_group(
        self,
        node: _Node,
        parent: str | None,
        taken: set[str],
        beside: frozenset[str],
        *,
        in_loop: bool,
    ) -> Group | None:
        entry = node.entry
        entry.only(_GROUP_KEYS)
        words = "small letters, digits and _, a letter first"
        key = identifier(entry, "group", r"[a-z][a-z0-9_]*", words)
        if key in taken:
            entry.refuse("group", f"the name {key} is used by an earlier question or group")
        names = self._names(beside)
        when = names.check_condition(entry, "when")
        for_each = self._loop(entry, names, in_loop=in_loop)
        count = len(node.below or ())
        pick = entry.whole("pick", 1, 1, max(1, count)) if "pick" in entry else None
        most = entry.whole("most", 10, 1, _MOST_ROUNDS)
        shuffle = is_random(entry) if "order" in entry else False
        if key is None:
            return None
        taken.add(key)
        group = Group(key, parent, when, for_each, most, shuffle, pick)
        self.groups.append(group)
        return group

    def _loop(self, entry: DocumentMap, names: Names, *, in_loop: bool) -> str | None:
        source = entry.text("for_each", spoken=False)
        if source is None:
            if "most" in entry:
                entry.refuse("most", "most belongs to for_each")
            return None
        if in_loop:
            entry.refuse("for_each", "a loop within a loop cannot be asked")
        if source in names.open_yet:
            entry.refuse("for_each", f"{source} is not answered yet when this is asked")
        known = next((each for each in self.questions if each.id == source), None)
        if known is not None and not known.options:
            entry.refuse("for_each", f"{source} is no choice: there is nothing to go through")
        if (
            known is not None
            and known.group
            and any(each.for_each for each in self.groups if each.id == known.group)
        ):
            entry.refuse("for_each", f"{source} is itself asked in a loop")
        if not source.isidentifier():
            entry.refuse("for_each", "for_each names one earlier choice or one contact attribute")
        return source

    def _names(self, beside: frozenset[str]) -> Names:
        open_yet = frozenset(self._open) | beside
        return Names(open_yet | computed_of(self.computed, open_yet))
