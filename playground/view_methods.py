"""The `views.*` methods: modals by trigger, and App Home."""

from typing import Any

from playground.blocks import check_view
from playground.calls import Call, Refused
from playground.messages import JSON, View
from playground.people import Person
from playground.tickets import TicketRefused

_MODALS = 3


def views_open(call: Call) -> JSON:
    """`views.open`: one view for one trigger, within three seconds."""
    content = _content(call, "modal")
    person = _holder(call)
    view = call.workspace.new_view(content)
    for covered in person.views:
        covered.closed = True
    person.views[:] = [view]
    return _shown(call, view)


def views_push(call: Call) -> JSON:
    """`views.push`: another modal on top, three at most."""
    content = _content(call, "modal")
    person = _holder(call)
    if len(person.views) >= _MODALS:
        raise Refused("push_limit_reached")
    view = call.workspace.new_view(content, under=person.modal)
    person.views.append(view)
    return _shown(call, view)


def views_update(call: Call) -> JSON:
    """`views.update`: a hash, when given, must be that of the view shown now."""
    view = _existing(call)
    _compare_hash(call, view)
    call.workspace.renew_view(view, _content(call, view.type))
    return _shown(call, view)


def views_publish(call: Call) -> JSON:
    """`views.publish`: what a person sees in App Home."""
    person = _person_to_publish_to(call)
    content = _content(call, "home")
    if person.home is None:
        person.home = call.workspace.new_view(content)
    else:
        _compare_hash(call, person.home)
        call.workspace.renew_view(person.home, content)
    return _shown(call, person.home)


def _shown(call: Call, view: View) -> JSON:
    call.state.changes.notify()
    return {"ok": True, "view": view.payload()}


def _content(call: Call, kind: str) -> JSON:
    view: Any = call.args.get("view")
    if not isinstance(view, dict):
        raise Refused("invalid_arguments", ["[ERROR] missing required field: view"])
    complaints = check_view(view)
    if view.get("type") != kind:
        complaints.append(f"[ERROR] a view of type {kind} is wanted [json-pointer:/view/type]")
    if complaints:
        raise Refused("invalid_arguments", complaints)
    return view


def _holder(call: Call) -> Person:
    """Return the person whose trigger this is."""
    try:
        trigger = call.state.tickets.exchange(
            call.text("trigger_id"), call.workspace.id, call.state.clock()
        )
    except TicketRefused as refused:
        raise Refused(refused.error) from None
    return call.workspace.people[trigger.user_id]


def _person_to_publish_to(call: Call) -> Person:
    person = call.workspace.people.get(call.text("user_id"))
    if person is None:
        raise Refused("invalid_arguments", ["[ERROR] no such user [json-pointer:/user_id]"])
    if person.role == "deactivated":
        raise Refused("not_enabled")
    return person


def _existing(call: Call) -> View:
    wanted = call.args.get("view_id")
    outside = call.args.get("external_id")
    for view in call.workspace.views.values():
        if view.closed:
            continue
        if wanted == view.id or (outside and outside == view.content.get("external_id")):
            return view
    raise Refused("not_found")


def _compare_hash(call: Call, view: View) -> None:
    if call.args.get("hash") not in (None, "", view.hash):
        raise Refused("hash_conflict")
