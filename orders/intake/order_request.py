"""What a request says, as web form, API and staff pages hand it to `orders.intake.placing`: typed, not yet checked."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRequest:
    """A bag by its label, or a piece by part and colour or by element id: exactly one of the three."""

    bag: str | None = None
    part_num: str | None = None
    color_id: int | None = None
    element_id: str | None = None
    quantity: int = 1
    reason: str = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRequest:
    name: str
    email: str
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressRequest:
    line1: str
    country: str
    line2: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuilderRequest:
    """Who is building, if the customer likes to say so."""

    name: str = ""
    age_band: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRequest:
    """`described`: the customer's words for what is missing, where our catalogue lacks it.

    `described_set`: their words for the set, where our catalogue lacks that too; then `set_num` is empty.
    """

    set_num: str
    lines: tuple[LineRequest, ...]
    customer: CustomerRequest
    address: AddressRequest
    builder: BuilderRequest = field(default_factory=BuilderRequest)
    message: str = ""
    box_code: str = ""
    bought_at: str = ""
    described: str = ""
    described_set: str = ""
