"""What Rasa is trained from."""

import re

from dialogs.rasa_training import PROJECT_FILES, as_heard, model_path
from dialogs.settings import DialogueSettings
from dialogs.understanding.lexicon import words

NAMES = re.compile(r"^- (?:intent|rule): (\w+)$", re.MULTILINE)
WANTED = set(
    words(
        "affirm deny sat_very sat_good sat_ok sat_bad sat_very_bad choose_option give_number "
        "repeat dont_know busy_now call_later wrong_number opt_out transfer_human ask_identity "
        "inform_reason greet goodbye nlu_fallback"
    )
)


def test_every_example_also_stands_as_it_may_be_heard() -> None:
    given = "- intent: sat_good\n  examples: |\n    - 挺满意的\n    - 还不错\n"
    lines = as_heard(given).splitlines()
    assert [line for line in lines if re.search("[一-鿿]", line)] == given.splitlines()[2:]
    heard = [line for line in lines if re.fullmatch("    - [a-z ]+", line)]
    assert len(heard) == 8
    assert len(set(heard)) > 2
    assert as_heard(given).splitlines() == lines


def test_every_intent_has_a_rule_and_examples_belong_to_one_intent() -> None:
    domain = (PROJECT_FILES / "domain.yml").read_text("utf-8")
    declared = set(re.findall(r"^- (\w+)$", domain.split("slots:")[0], re.MULTILINE))
    rules = set(NAMES.findall((PROJECT_FILES / "data" / "rules.yml").read_text("utf-8")))
    assert declared == rules
    assert declared >= WANTED
    owner: dict[str, str] = {}
    for path in (PROJECT_FILES / "data" / "nlu").glob("*.yml"):
        intent = ""
        for line in path.read_text("utf-8").splitlines():
            if named := NAMES.match(line):
                intent = named.group(1)
                assert intent in declared
            elif line.startswith("    - "):
                assert owner.setdefault(line, intent) == intent, line
    assert len(owner) > 1500


def test_the_same_inputs_are_the_same_model() -> None:
    settings = DialogueSettings()
    assert model_path(settings) == model_path(settings)
    assert model_path(settings).name.endswith(".tar.gz")
