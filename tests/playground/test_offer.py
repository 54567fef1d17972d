"""What a manifest declares is what the page offers."""

from playground.offer import MANIFEST, declared

WITH_SHORTCUTS = """
features:
  slash_commands:
    # Another name is fine.
    - command: "/task"
      description: Add tasks

      url: https://example.com/slack/events
  shortcuts:
  - name: Make it a task
    type: message
    callback_id: make_task
    description: From a message
  - name: New task
    type: global
    callback_id: new_task
oauth_config:
  scopes:
    bot:
      - commands
"""


def test_the_command_of_our_manifest_is_offered() -> None:
    offer = declared(MANIFEST.read_text(encoding="utf-8"))
    assert [it["command"] for it in offer.commands] == ["/task"]
    assert offer.commands[0]["usage_hint"].startswith("add ")
    assert offer.commands[0]["description"]
    assert offer.dm_read_only


def test_commands_and_shortcuts_are_read() -> None:
    offer = declared(WITH_SHORTCUTS)
    assert offer.commands == [{"command": "/task", "usage_hint": "", "description": "Add tasks"}]
    assert offer.shortcuts == [
        {
            "type": "message",
            "callback_id": "make_task",
            "name": "Make it a task",
            "description": "From a message",
        },
        {"type": "global", "callback_id": "new_task", "name": "New task", "description": ""},
    ]
    assert not offer.dm_read_only


def test_a_manifest_may_declare_nothing() -> None:
    offer = declared("display_information:\n  name: Taskbot\n")
    assert (offer.commands, offer.shortcuts) == ([], [])
