"""Ready-made sentences for requests that service trims or declines, in the customer's language.

Staff choose them by code and read English; the customer reads the translation.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

KIND_WORDS: dict[str, Promise] = {
    "many": _(
        "You have asked for more than we can give away in good conscience, because everybody who builds should find "
        "our shelves full when a part is missing."
    ),
    "often": _(
        "We have sent you quite a few parts recently. If your boxes keep coming incomplete, please tell us where you "
        "bought them, so that we can look into it there."
    ),
    "unclear": _(
        "From what you wrote we could not make out which part it is. A photo, or the number at the back of the "
        "building instructions, would help us a lot."
    ),
    "gone": _(
        "This part has not been made for years and we no longer have a single one in stock, much as we would have "
        "liked to send it to you."
    ),
}
