"""Something that is not as it must be."""

from dataclasses import dataclass
from typing import Literal

# lost: it was promised and is not there; double: it is there twice; stuck: it waits for ever; untold: a caller was not
# told what became of a request; off: the books say two things.
Fault = Literal["lost", "double", "stuck", "untold", "off"]
FAULTS: tuple[Fault, ...] = ("lost", "double", "stuck", "untold", "off")


@dataclass(frozen=True, slots=True)
class Finding:
    fault: Fault
    rule: str  # the same for all findings of a kind
    subject: str

    def __str__(self) -> str:
        return f"{self.fault}: {self.rule}: {self.subject}"
