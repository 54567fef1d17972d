"""The shape of a rich text block: the one place where typed words stay words."""

from playground.schema import Check, array, boolean, by_type, integer, one_of, shape, string

# docs.slack.dev/reference/block-kit/blocks/rich-text-block
_MARKS = dict.fromkeys(("bold", "italic", "strike", "code", "underline"), boolean)
_STYLE = shape({}, _MARKS)
_MENTION_STYLE = shape({}, {**_MARKS, "highlight": boolean, "client_highlight": boolean})

_INLINE: dict[str, Check] = {
    "text": shape({"text": string()}, {"style": _STYLE}),
    "link": shape({"url": string(3000)}, {"text": string(), "unsafe": boolean, "style": _STYLE}),
    "user": shape({"user_id": string(50)}, {"style": _MENTION_STYLE}),
    "channel": shape({"channel_id": string(50)}, {"style": _MENTION_STYLE}),
    "usergroup": shape({"usergroup_id": string(50)}, {"style": _MENTION_STYLE}),
    "broadcast": shape({"range": string(10)}, {"style": _STYLE}),
    "emoji": shape({"name": string()}, {"unicode": string(), "style": _STYLE}),
    "date": shape(
        {"timestamp": integer, "format": string()},
        {"url": string(3000), "fallback": string(), "style": _STYLE},
    ),
}

_BORDER = {"border": integer}

_PARTS: dict[str, Check] = {
    "rich_text_section": shape({"elements": array(by_type(_INLINE))}, {}),
    "rich_text_quote": shape({"elements": array(by_type(_INLINE))}, _BORDER),
    "rich_text_preformatted": shape(
        {"elements": array(by_type({"text": _INLINE["text"], "link": _INLINE["link"]}))},
        {**_BORDER, "language": string()},
    ),
    "rich_text_list": shape(
        {
            "style": one_of("bullet", "ordered"),
            "elements": array(
                by_type({"rich_text_section": shape({"elements": array(by_type(_INLINE))}, {})}),
                least=1,
            ),
        },
        {**_BORDER, "indent": integer, "offset": integer},
    ),
}

RICH_TEXT = array(by_type(_PARTS), least=1)
