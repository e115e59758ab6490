"""The quality of a pack beyond its form: every rule of the library, each telling the line and the remedy.

`docs/cases.md` lists the rules. A pack that cannot be loaded is told by the faults of loading.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from simlab.engine import casechoices, casevalues, casewording
from simlab.engine.cardcue import cue_faults
from simlab.engine.case import Read, read_case
from simlab.engine.casetexts import Finding
from simlab.engine.casetwins import family, twin_faults
from simlab.engine.errors import Fault, InvalidFile
from simlab.engine.pack import load_pack
from simlab.engine.parsing import Origin
from simlab.engine.yamlfile import fault_at

if TYPE_CHECKING:
    from simlab.engine.case import Case

Rule = Callable[["Case"], Iterable[Finding]]

RULES: tuple[Rule, ...] = (
    casewording.spelling,
    casewording.reading_level,
    casewording.lengths,
    casewording.leakage,
    casevalues.units,
    casevalues.impossible_values,
    casevalues.doses,
    casevalues.ages,
    casechoices.option_length,
    casechoices.cards,
    casechoices.licence,
    casechoices.sign_off,
    casechoices.image_alt,
)


def quality_faults(folder: Path, today: str) -> list[Fault]:
    """Every fault of a pack in `folder`, file by file; `today` is a day such as 2026-11-23."""
    try:
        load_pack(folder)
    except InvalidFile as invalid:
        return list(invalid.faults)
    read = [read_case(path) for path in sorted(folder.glob("*/case.yaml"))]
    faults = [fault for case, origin, _ in read for fault in _case_faults(case, origin, today)]
    faults += [*_twins(read), *_duplicates(read)]
    cues = cue_faults([case for case, _, _ in read])
    name = f"{folder.name}/pack.yaml"
    return faults + [fault_at(name, None, (), cue, "Even out the cards of the pack.") for cue in cues]


def library_faults(folders: Sequence[Path]) -> list[Fault]:
    """What shows of several packs only together: cues that a judge learns from the cards of all of them.

    A case that cannot be read is left out; `quality_faults` tells why.
    """
    paths = [path for folder in folders for path in sorted(folder.glob("*/case.yaml"))]
    cues = cue_faults([case for path in paths for case in _readable(path)]) if len(folders) > 1 else []
    remedy = "Even out the wording of the cards that carry it."
    return [fault_at("all packs together", None, (), cue, remedy) for cue in cues]


def _readable(path: Path) -> Iterator["Case"]:
    try:
        yield read_case(path)[0]
    except InvalidFile:
        return


def faults_beside(case: "Case", origin: Origin, others: Mapping[str, "Case"], today: str) -> list[Fault]:
    """Every fault of one sound case among the other cases of its pack, but for the cues, which are the pack's."""
    cases = {**others, case.id: case}
    findings = list(twin_faults(case, cases))
    own = {sentence: path for path, sentence in casewording.sentences(case)}
    told = [other for name, other in sorted(others.items()) if name != case.id and family(other) != family(case)]
    findings += [
        (own[sentence], *_repeats(other))
        for other in told
        for sentence in dict.fromkeys(sentence for _, sentence in casewording.sentences(other))
        if sentence in own
    ]
    faults = [origin.fault(path, message, remedy) for path, message, remedy in findings]
    return sorted([*_case_faults(case, origin, today), *faults], key=lambda fault: fault.line or 0)


def _case_faults(case: "Case", origin: Origin, today: str) -> list[Fault]:
    findings = [finding for rule in RULES for finding in rule(case)]
    findings += casevalues.dates(case, today)
    faults = [origin.fault(path, message, remedy) for path, message, remedy in findings]
    return sorted(faults, key=lambda fault: fault.line or 0)


def _twins(read: list[Read]) -> Iterator[Fault]:
    cases = {case.id: case for case, _, _ in read}
    for case, origin, _ in read:
        for path, message, remedy in twin_faults(case, cases):
            yield origin.fault(path, message, remedy)


def _duplicates(read: list[Read]) -> Iterator[Fault]:
    """A sentence that two cases share helps whoever met the first. Twins are meant to."""
    seen: dict[str, Case] = {}
    for case, origin, _ in read:
        for path, sentence in casewording.sentences(case):
            first = seen.setdefault(sentence, case)
            if family(first) != family(case):
                yield origin.fault(path, *_repeats(first))


def _repeats(other: "Case") -> tuple[str, str]:
    return f"a sentence stands word for word in {other.id} as well.", "Write it in other words."
