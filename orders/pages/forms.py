"""What customers type into the smaller forms. The request itself is read by `orders.pages.request_form`."""

from django.http import QueryDict
from django.utils.translation import gettext as _

from core.codes import read_code
from core.form_state import FormState
from core.mail_addresses import UnusableAddress, usable_address
from core.text import ascii_digits


class FindForm(FormState):
    """The number of a request and the e-mail address it was made with."""

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__({name: data.get(name, "") if data else "" for name in ("number", "email")})

    @property
    def number(self) -> str:
        return ascii_digits(self.value("number")).strip()

    @property
    def email(self) -> str:
        return self.value("email").strip()

    def check(self) -> bool:
        """Whether both could be what they are asked for; whether they exist is not looked at."""
        if read_code("B14", self.number) is None:
            self.add_error("number", _("Enter the number of your request, such as B14-7K2M-9QX3."))
        try:
            usable_address(self.email)
        except UnusableAddress:
            self.add_error("email", _("Enter an e-mail address such as name@example.com."))
        return not self.errors
