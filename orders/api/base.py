"""The base of every endpoint about one order: it loads and authorises the order before a method's body runs."""

from collections.abc import Sequence
from typing import Any, final

from drf_spectacular.utils import OpenApiParameter
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.permissions import HasRole
from core.api.views import ApiView
from orders.api.serializers import order_detail
from orders.links import find_order
from orders.models import Order
from orders.permissions import MayReadOrder, no_such_order
from orders.privacy.access_log import note_api_access

NUMBER = OpenApiParameter(
    "number", str, OpenApiParameter.PATH, description="`B14-7K2M-9QX3`, in any case, with or without hyphens."
)


class OrderApiView(ApiView):
    """Its methods find the order of the path in `self.order`, and the caller may do with it what the view does.

    Each subclass declares its callers in `permission_classes`: a role, or a permission that asks the order itself
    (`MayReadOrder`). A subclass that declares none, or that admits every caller, raises TypeError.
    """

    permission_classes: Sequence[type[BasePermission]] = ()
    path_parameters = (NUMBER,)
    # The kind of personal data that its answers show, if any (Access.Kind): what staff see is noted.
    shows = ""
    order: Order

    def __init_subclass__(cls, **options: Any) -> None:
        """Raises TypeError for a view that is open."""
        super().__init_subclass__(**options)
        for declared in (cls.permission_classes, cls.post_permission_classes):
            if declared is not None and not any(
                issubclass(each, (HasRole, MayReadOrder)) for each in declared
            ):
                raise TypeError(f"{cls.__name__} must declare who may call it: a role, or MayReadOrder.")

    @final
    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """The methods do not get the number: they have the order, and look up none."""
        self.number: str = kwargs.pop("number")
        return super().dispatch(request, *args, **kwargs)

    @final
    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Checks the order, after the caller's key, permissions, scope and rate. Raises NotFound, Refusal."""
        super().initial(request, *args, **kwargs)
        method = str(request.method).lower()
        # A method that the view lacks is answered with 405, whatever the order.
        if method in self.http_method_names and hasattr(self, method):
            self.order = self.stored_order()
            self.check_object_permissions(request, self.order)

    @final
    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Notes in the access log what a caller in a role of the staff is shown."""
        if self.shows and response.status_code < 300:
            note_api_access(request, self.shows, [self.order.pk])
        return super().finalize_response(request, response, *args, **kwargs)

    def stored_order(self) -> Order:
        """The order as it is stored now. Raises NotFound."""
        order = find_order(self.number)
        if order is None:
            raise no_such_order()
        return order

    def detail(self) -> dict[str, Any]:
        """The order as it is stored now, for an answer."""
        return order_detail(self.stored_order())
