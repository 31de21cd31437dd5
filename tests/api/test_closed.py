"""No endpoint is open by oversight: a walk along all routes, and a proof that the walk finds a view that forgets."""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.urls import get_resolver, path
from rest_framework.exceptions import NotAuthenticated, PermissionDenied
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory

from accounts.models import User
from accounts.permissions import Anyone, IsService, IsStaffMember
from core.api.views import ApiView
from orders.api.base import OrderApiView
from orders.permissions import MayReadOrder

# The routes that admit a stranger, and what keeps each of them safe.
CATALOGUE = "the catalogue is public, and read only"
OPEN = {
    "sets": CATALOGUE,
    "set": CATALOGUE,
    "pieces": CATALOGUE,
    "sets_with_piece": CATALOGUE,
    "orders": "anyone may place an order; the list is made by listed_orders, which refuses strangers",
    "mail_link": "answers every caller alike, and mails only to the address the order was placed with",
}
# The routes with an order's number whose views are authorised by something else than the order.
OWN_AUTHORISATION = {
    "data": "authorised by the proof from the order's mailbox",
    "erase": "authorised by the proof from the order's mailbox",
}


def is_open(view_class: type[ApiView], method: str) -> bool:
    """Whether the view's permissions admit a stranger, or a signed-in user who has no role."""
    return any(
        admits(view_class, method, user) for user in (AnonymousUser(), User(username="roleless", role=""))
    )


def admits(view_class: type[ApiView], method: str, user: Any) -> bool:
    view = view_class()
    request = getattr(APIRequestFactory(), method)("/")
    request.user = user
    view.request = view.initialize_request(request)
    view.request.user = user
    try:
        view.check_permissions(view.request)
    except (NotAuthenticated, PermissionDenied):
        return False
    return True


def open_methods(view_class: type[ApiView]) -> list[str]:
    return [
        method for method in ("get", "post") if hasattr(view_class, method) and is_open(view_class, method)
    ]


def oversights(routes: Iterable[Any]) -> Iterator[str]:
    """A sentence about each view that is open and stands in no list."""
    for route in routes:
        view_class = route.callback.cls
        names_an_order = str(route.pattern).startswith("orders/<")
        if names_an_order and issubclass(view_class, OrderApiView):
            continue
        if names_an_order and route.name not in OWN_AUTHORISATION:
            yield f"{route.name}: {view_class.__name__} names an order and is no OrderApiView"
        if route.name not in OPEN | OWN_AUTHORISATION:
            for method in open_methods(view_class):
                yield f"{route.name}: {view_class.__name__} is open to {method}"


def api_routes() -> list[Any]:
    return list(get_resolver("config.api_urls").url_patterns)


def test_every_route_is_closed_or_on_the_list() -> None:
    assert list(oversights(api_routes())) == []


def test_lists_name_only_routes_that_are_open() -> None:
    """A route that was closed, or renamed, leaves the list."""
    open_routes = {
        route.name
        for route in api_routes()
        if not issubclass(route.callback.cls, OrderApiView) and open_methods(route.callback.cls)
    }
    assert open_routes == (OPEN | OWN_AUTHORISATION).keys()


class Forgetful(ApiView):
    """Opens itself, and would have to look at the order in its body."""

    permission_classes = (AllowAny,)

    def get(self, request: Any, number: str = "") -> Response:
        return Response({"number": number})


class HalfForgetful(ApiView):
    """Closed to those who read, and open to those who post."""

    permission_classes = (IsService,)
    post_permission_classes = (Anyone,)

    def get(self, request: Any) -> Response:
        return Response()

    def post(self, request: Any) -> Response:
        return Response()


class WithoutRole(ApiView):
    """Asks for a signed-in user, and for no role."""

    permission_classes = (IsAuthenticated,)

    def get(self, request: Any) -> Response:
        return Response()


class WithoutPermissions(ApiView):
    permission_classes = ()

    def post(self, request: Any) -> Response:
        return Response()


class RoleWithoutOrder(ApiView):
    """Has a role, and yet looks up the order by itself."""

    permission_classes = (IsService,)

    def get(self, request: Any, number: str) -> Response:
        return Response({"number": number})


class Undeclared(ApiView):
    """Says nothing: the default closes it to strangers."""

    def get(self, request: Any) -> Response:
        return Response()


def test_walk_finds_a_view_that_forgets() -> None:
    routes = [
        path("orders/<str:number>/forgetful/", Forgetful.as_view(), name="forgetful"),
        path("forgetful/", Forgetful.as_view(), name="forgetful_list"),
        path("half/", HalfForgetful.as_view(), name="half"),
        path("signed-in/", WithoutRole.as_view(), name="signed_in"),
        path("none/", WithoutPermissions.as_view(), name="none"),
        path("orders/<str:number>/role/", RoleWithoutOrder.as_view(), name="role"),
        path("undeclared/", Undeclared.as_view(), name="undeclared"),
    ]
    assert list(oversights(routes)) == [
        "forgetful: Forgetful names an order and is no OrderApiView",
        "forgetful: Forgetful is open to get",
        "forgetful_list: Forgetful is open to get",
        "half: HalfForgetful is open to post",
        "signed_in: WithoutRole is open to get",
        "none: WithoutPermissions is open to post",
        "role: RoleWithoutOrder names an order and is no OrderApiView",
    ]


@pytest.mark.parametrize("declared", [None, (), (AllowAny,), (Anyone,), (IsAuthenticated,), (IsStaffMember,)])
def test_order_view_that_declares_no_caller_cannot_be_defined(declared: Any) -> None:
    with pytest.raises(TypeError, match="Careless must declare who may call it"):
        type("Careless", (OrderApiView,), {} if declared is None else {"permission_classes": declared})


def test_order_view_that_opens_its_post_cannot_be_defined() -> None:
    with pytest.raises(TypeError, match="Careless must declare who may call it"):
        type(
            "Careless",
            (OrderApiView,),
            {"permission_classes": (MayReadOrder,), "post_permission_classes": (Anyone,)},
        )
