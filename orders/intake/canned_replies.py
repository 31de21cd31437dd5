"""Ready-made sentences for requests that are not granted as they came, said in the customer's language.

Staff choose by code and read English; the customer reads it as its translators wrote it.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

KIND_WORDS: dict[str, Promise] = {
    "many": _(
        "You have asked for more than we can give away in good conscience, because everybody who builds should find "
        "our shelves full when a part is missing."
    ),
    "often": _(
        "We have sent you quite a few parts of late. If your boxes keep coming incomplete, please tell us where you "
        "bought them, so that we can look into it there."
    ),
    "unclear": _(
        "From what you wrote we could not make out which part it is. A photo, or the number at the back of the "
        "building instructions, would help us a lot."
    ),
    "gone": _(
        "This part has not been made for years and is nowhere to be found in our house any more, much as we would "
        "have liked to send it to you."
    ),
}
